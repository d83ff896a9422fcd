# SPDX-License-Identifier: Apache-2.0
"""A reading survives its way out of the helper process; what is no reading is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.mrtd.mrz_formats import MrzFormat
from station.optical.reasons import REASONS, Reason
from station.optical.wire import WireRefused, milliseconds_from_json, zones_from_json, zones_to_json
from station.ports.recognition import CorrectedCharacter, DoubtfulCharacter, RecognisedZone
from tests.station.optical.drawn import TD3

ZONE = RecognisedZone(
    format=MrzFormat.TD3,
    lines=TD3,
    raw_lines=("P(UTO", "L8989"),
    doubts=(DoubtfulCharacter(line=0, column=5, read="E", alternatives=("F",), reason=REASONS[Reason.FAINT]),),
    corrected=(CorrectedCharacter(line=1, column=9, seen="O", suggested="0", reason=REASONS[Reason.CLEANED]),),
    outline=((0.0, 1.5), (9.0, 1.5), (9.0, 4.0), (0.0, 4.0)),
)


def test_a_zone_survives_the_way() -> None:
    assert zones_from_json(json.loads(json.dumps(zones_to_json([ZONE])))) == (ZONE,)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "TD9"),
        ("lines", list(TD3[:1])),
        ("lines", [TD3[0], TD3[1][:-1]]),
        ("lines", [TD3[0], TD3[1].lower()]),
        ("raw_lines", ["a" * 300]),
        ("raw_lines", ["<b>\x07"]),
        ("doubts", [[0, 44, "E", [], "faint"]]),
        ("doubts", [[0, 1, "E", [], "click here"]]),
        ("doubts", [[0, 1, "EE", [], "faint"]]),
        ("corrected", [[-1, 1, "E", "F", "faint"]]),
        ("outline", [[0, float("inf")]]),
        ("outline", [[0, 1]] * 9),
    ],
)
def test_what_no_reading_holds_is_refused(key: str, value: object) -> None:
    item = zones_to_json([ZONE])[0]
    assert isinstance(item, dict)
    with pytest.raises(WireRefused):
        zones_from_json([item | {key: value}])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_no_values_do_anything_but_pass_or_be_refused(value: object) -> None:
    for take in (zones_from_json, milliseconds_from_json):
        try:
            take(value)
        except WireRefused:
            continue
