# SPDX-License-Identifier: Apache-2.0
"""Several lights of a page in journal and record, beside those written before there were several."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from station.domain.encounter import Encounter, ImageKind
from station.domain.identifiers import ImageId
from station.domain.provenance import Illumination
from station.domain.wire import from_json, to_json
from station.domain.words import say
from station.inspection import events as ev
from station.inspection.journal import entry_of, event_of
from station.inspection.state import Place, advance, record_of
from tests.station.inspection.samples import EVENTS, NOW, OFFICER, PROVENANCE, fresh, image

PLACE = Place(post="Kasumba", station="station-1", lane="2")
PAGE = replace(image(), remark=say("No page was found in the picture."))
DARK = replace(
    image(),
    image_id=ImageId("image-infrared"),
    same_page_as=PAGE.image_id,
    provenance=replace(PROVENANCE, illumination=Illumination.INFRARED),
)
_NEW = frozenset({"further", "same_page_as", "remark"})


def as_written_before(value: object) -> bytes:
    """The JSON of an earlier version of this program, which knew one light and no remark."""

    def without(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: without(inner) for name, inner in part.items() if name not in _NEW}
        return [without(inner) for inner in part] if isinstance(part, list) else part

    return json.dumps(without(json.loads(to_json(value)))).encode()


def test_a_journal_gives_the_lights_and_the_remark_back() -> None:
    captured = ev.PageCaptured(image=PAGE, further=(DARK,))
    state = advance(fresh(), captured)
    assert event_of(entry_of(state, captured, at=NOW, by=OFFICER)) == captured
    assert (state.page, state.further) == (PAGE, (DARK,))


def test_a_journal_written_before_is_replayed() -> None:
    captured = ev.PageCaptured(image=image())
    state = advance(fresh(), captured)
    entry = replace(entry_of(state, captured, at=NOW, by=OFFICER), body=as_written_before(captured))
    assert b"further" not in entry.body
    assert event_of(entry) == captured
    assert state.further == ()


def test_a_record_written_before_is_read_and_has_one_page() -> None:
    record = record_of(advance(fresh(), ev.PageCaptured(image=image())), PLACE, recorded_at=NOW)
    old = from_json(Encounter, as_written_before(record))
    assert old == record
    assert old.newest_page == (image(),)


def test_the_newest_page_is_shown_with_its_own_lights_and_never_with_those_of_another() -> None:
    state = advance(fresh(), ev.PageCaptured(image=PAGE, further=(DARK,)))
    for kind in (
        ev.DocumentRead,
        ev.ChecksDone,
        ev.PortraitTaken,
        ev.Referred,
        ev.SecondLineOpened,
        ev.ChecksDone,
        ev.PortraitTaken,
    ):
        state = advance(state, EVENTS[kind])
    second = replace(image(), image_id=ImageId("second-page"))
    record = record_of(advance(state, ev.PageCaptured(image=second)), PLACE, recorded_at=None)
    assert [one.image_id for one in record.images] == ["image-page", "image-infrared", "image-portrait", "second-page"]
    assert record.newest_page == (second,)
    assert record_of(fresh(), PLACE, recorded_at=None).newest_page == ()
    assert {one.kind for one in record.newest_page} == {ImageKind.PAGE}
