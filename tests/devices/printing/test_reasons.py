# SPDX-License-Identifier: Apache-2.0
"""A printer's state in words of the counter: what blocks comes first, nothing is said twice, nothing is invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.printing.reasons import QueueState, findings, forgot_job, of_reasons, queue_state
from station.ports.devices import PrinterCondition

C = PrinterCondition


@pytest.mark.parametrize(
    ("reason", "condition", "blocks"),
    [
        ("media-empty-error", C.PAPER_OUT, True),
        ("media-empty-warning", C.PAPER_OUT, True),  # printers that wait for paper call it a warning, too
        ("media-empty-report", C.PAPER_OUT, False),
        ("media-needed", C.PAPER_OUT, True),
        ("media-low-warning", C.PAPER_LOW, False),
        ("media-jam-error", C.JAM, True),
        ("door-open", C.DOOR_OPEN, True),
        ("cover-open-error", C.DOOR_OPEN, True),
        ("interlock-open-error", C.DOOR_OPEN, True),
        ("toner-empty-error", C.TONER_OUT, True),
        ("marker-supply-empty-error", C.TONER_OUT, True),
        ("marker-supply-low-warning", C.TONER_LOW, False),
        ("paused", C.STOPPED, True),
        ("offline-report", C.OFFLINE, False),
        ("shutdown", C.OFFLINE, True),
        ("output-area-full-error", C.OTHER, True),
        ("fuser-over-temp-error", C.OTHER, True),
        ("fuser-over-temp-warning", C.OTHER, False),
    ],
)
def test_each_reason_has_its_condition(reason: str, condition: PrinterCondition, blocks: bool) -> None:
    (found,) = of_reasons([reason])
    assert (found.condition, found.blocks) == (condition, blocks)
    assert found.cause.in_english().endswith(".")
    assert found.next_step.in_english().endswith(".")


@pytest.mark.parametrize(
    "reason", ["none", "connecting-to-device", "cups-waiting-for-job-completed", "com.example.thing-report"]
)
def test_what_is_no_trouble_is_not_said(reason: str) -> None:
    assert of_reasons([reason]) == ()


def test_a_word_that_is_not_known_is_said_as_the_printer_says_it() -> None:
    (found,) = of_reasons(["stacker-unhappy-error"])
    assert found.cause.in_english() == "The printer reports: stacker unhappy."


@given(st.lists(st.sampled_from(["media-empty-error", "media-low", "door-open", "cover-open", "toner-low", "none"])))
def test_what_blocks_comes_first_and_nothing_twice(reasons: list[str]) -> None:
    found = of_reasons(reasons)
    assert [each.blocks for each in found] == sorted((each.blocks for each in found), reverse=True)
    assert len({each.condition for each in found}) == len(found)


def test_a_mute_printer_behind_a_well_queue_is_offline() -> None:
    (found,) = findings(QueueState(name="q", title="q", answers=False))
    assert (found.condition, found.blocks) == (C.OFFLINE, True)


def test_a_stopped_queue_without_a_reason_was_stopped_by_somebody() -> None:
    (found,) = findings(QueueState(name="q", title="q", stopped=True))
    assert found.condition is C.STOPPED


def test_a_stopped_queue_with_a_reason_says_the_reason() -> None:
    (found,) = findings(QueueState(name="q", title="q", stopped=True, reasons=("media-jam-error",)))
    assert found.condition is C.JAM


@pytest.mark.parametrize(
    ("markers", "conditions"),
    [
        (((0, 10, "toner"),), [C.TONER_OUT]),
        (((5, 10, "toner"),), [C.TONER_LOW]),
        (((60, 10, "toner"), (5, 10, "toner")), [C.TONER_LOW]),
        (((60, 10, "toner"),), []),
        (((-1, 10, "toner"),), []),  # not known
        (((0, 10, "waste-toner"),), []),  # full or empty, it is nothing to print with
    ],
)
def test_toner_is_judged_by_its_level(
    markers: tuple[tuple[int, int, str], ...], conditions: list[PrinterCondition]
) -> None:
    assert [found.condition for found in findings(QueueState(name="q", title="q", markers=markers))] == conditions


def test_the_printer_s_own_word_counts_for_more_than_the_queue_s_last_one() -> None:
    said = {
        "name": "q",
        "queue": {"printer-info": "Counter", "printer-state-reasons": ["media-empty-warning", "paused"]},
        "printer": {"printer-state-reasons": ["none"], "printer-up-time": [7]},
    }
    state = queue_state(said)
    assert [found.condition for found in findings(state)] == [C.STOPPED]
    assert (state.title, state.answers, state.up_seconds) == ("Counter", True, 7)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "queue", "printer", "marker-levels", "marker-types", "printer-state-reasons"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_a_helper_says_is_some_state(said: object) -> None:
    """The helper talks to printers of the network: what it passes on is not trusted."""
    findings(queue_state(said if isinstance(said, dict) else {}))


def test_a_job_that_its_printer_forgot_is_known_as_such() -> None:
    assert forgot_job(["cups-ipp-conformance-failure-report", "cups-ipp-missing-job-history"])
    assert not forgot_job(["none"])
