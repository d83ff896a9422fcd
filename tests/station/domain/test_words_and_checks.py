# SPDX-License-Identifier: Apache-2.0
"""Sentences keep their values out of sight; checks combine as BSI TR-03135 says; identifiers sort by time."""

from __future__ import annotations

import itertools
import pickle
from datetime import UTC, datetime, timedelta

import pytest

from station.domain.checks import Check, CheckFamily, CheckResult, CheckWeight, combined
from station.domain.crossing import Crossing, Direction, Purpose, missing_fields
from station.domain.decision import Decision, DecisionKind, RefusalGround
from station.domain.identifiers import OfficerId, new_identifier
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, say, say_count

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_a_sentence_is_formatted_with_its_values_and_nested_sentences() -> None:
    text = say("{what} on {day}", what=say("entry"), day="3 MAR")
    assert text.in_english() == "entry on 3 MAR"


@pytest.mark.parametrize(("count", "words"), [(0, "0 days"), (1, "1 day"), (5, "5 days")])
def test_the_count_picks_the_form(count: int, words: str) -> None:
    assert say_count("{count} day", "{count} days", count=count).in_english() == words


def test_values_of_a_sentence_never_reach_its_repr() -> None:
    assert "ERIKSSON" not in repr(say("Welcome, {name}", name="ERIKSSON"))


def test_a_sentence_survives_the_journal() -> None:
    text = say_count("{count} day of {who}", "{count} days of {who}", count=3, who=say("you"))
    assert from_json(Text, to_json(text)) == text


def test_strange_json_is_refused_without_repeating_it() -> None:
    with pytest.raises(NotThisShape) as refusal:
        from_json(Crossing, b'{"direction": "sideways", "address": "SECRET STREET"}')
    assert "SECRET" not in str(refusal.value)


def check(result: CheckResult, weight: CheckWeight = CheckWeight.MANDATORY) -> Check:
    return Check(name="x", family=CheckFamily.OPTICAL, result=result, weight=weight, says=say("x"))


ORDER = [CheckResult.FAILED, CheckResult.ABORTED, CheckResult.UNDETERMINED, CheckResult.SUCCESSFUL]


@pytest.mark.parametrize(("one", "other"), list(itertools.product(ORDER, repeat=2)))
def test_the_worse_of_two_results_is_the_combined_one(one: CheckResult, other: CheckResult) -> None:
    expected = min(one, other, key=ORDER.index)
    assert combined([check(one), check(other)]) is expected


def test_evaluatory_checks_never_count_and_no_check_is_not_supported() -> None:
    assert combined([]) is CheckResult.NOT_SUPPORTED
    failed = check(CheckResult.FAILED, CheckWeight.EVALUATORY)
    assert combined([failed, check(CheckResult.SUCCESSFUL)]) is CheckResult.SUCCESSFUL


def test_an_optional_check_that_is_not_supported_does_not_spoil_the_rest() -> None:
    unsupported = check(CheckResult.NOT_SUPPORTED, CheckWeight.OPTIONAL)
    assert combined([unsupported, check(CheckResult.SUCCESSFUL)]) is CheckResult.SUCCESSFUL
    assert combined([unsupported]) is CheckResult.NOT_SUPPORTED


def test_identifiers_sort_by_time_and_say_nothing_else() -> None:
    made = [new_identifier(NOW + timedelta(milliseconds=step), bytes(10)) for step in range(50)]
    assert made == sorted(made)
    assert len(set(made)) == 50
    assert made[0][14] == "7"
    with pytest.raises(ValueError, match="10 random bytes"):
        new_identifier(NOW, b"short")


def test_a_refusal_has_a_ground_and_nothing_else_has() -> None:
    for kind, ground in ((DecisionKind.REFUSE, None), (DecisionKind.ADMIT, RefusalGround.ALERT)):
        with pytest.raises(ValueError, match="ground"):
            Decision(kind=kind, decided_by=OfficerId("o"), decided_at=NOW, ground=ground)


def test_mandatory_fields_that_are_empty_are_named_in_their_order() -> None:
    crossing = Crossing(direction=Direction.ENTRY, purpose=Purpose.TRANSIT)
    assert missing_fields(crossing, frozenset({"purpose", "address", "transport"})) == ("transport", "address")


def test_a_secret_cannot_be_shown_or_pickled_and_can_be_forgotten() -> None:
    secret = Secret.of("hunter2 hunter2")
    assert "hunter2" not in f"{secret!r} {secret}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    secret.forget()
    assert secret.reveal() == b""
