# SPDX-License-Identifier: Apache-2.0
"""What a shift's report says, section by section, before a language is chosen: one order for the page and the paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from station.access.roles import ROLE_TITLES
from station.domain.crossing import Direction
from station.domain.decision import DecisionKind, RefusalGround
from station.domain.words import Text, say, say_count
from station.reporting.shift_report import ClockEvent, Count, Movement, OpenWork, ShiftReport
from station.reporting.tally import PAGE_AGAIN
from station.reporting.timings import WHOLE
from ui.presenters.code_words import DIRECTIONS, GROUNDS
from ui.presenters.inspect_words import CHECK_NAMES
from ui.presenters.record_words import DECISIONS

STAGE_WORDS: dict[str, Text] = {
    "READING": say("Reading the MRZ"),
    "READ_TROUBLE": say("Page that could not be read"),
    "CONFIRMING": say("Doubtful characters"),
    "KEYING": say("Keying in"),
    "CHECKING": say("Checks"),
    "CHECK_TROUBLE": say("Checks that could not be done"),
    "PORTRAIT": say("Portrait"),
    "PORTRAIT_TROUBLE": say("Portrait that could not be taken"),
    "DECIDING": say("Decision"),
    "RECORDING": say("Keeping the record"),
    "RECORD_TROUBLE": say("Record that could not be kept"),
    WHOLE: say("Whole encounter, without waiting"),
}
EVENT_WORDS: dict[str, Text] = {
    PAGE_AGAIN: say("Page scanned again"),
    "ReadAgain": say("Page read again"),
    "KeyingChosen": say("Document keyed in"),
    "DocumentConfirmed": say("Values confirmed or keyed by the officer"),
    "CheckAgain": say("Checks repeated"),
    "TakeAgain": say("Portrait taken again"),
    "PortraitOmitted": say("Without portrait"),
    "ReadingFailed": say("Page could not be read"),
    "ChecksFailed": say("Checks could not be done"),
    "PortraitFailed": say("Camera gave no portrait"),
    "RecordFailed": say("Record could not be kept"),
}
ACT_WORDS: dict[str, Text] = {
    "notice.printed": say("Notices of refusal"),
    "encounter.corrected": say("Corrections"),
    "encounter.viewed": say("Records opened"),
    "export.completed": say("Exports"),
    "export.failed": say("Exports that failed"),
    "approval.decided": say("Approvals decided"),
    "device.tested": say("Devices tested"),
    "device.settings_changed": say("Settings of devices changed"),
    "access.locked": say("Station locked"),
}
CLOCK_WORDS: dict[str, Text] = {
    "back": say("went back"),
    "forward": say("jumped forward"),
    "gap": say("long gap, or set forward"),
    "confirmed": say("confirmed"),
}

_ERASED = say("erased since")
_FINAL = (DecisionKind.ADMIT, DecisionKind.REFUSE)


@dataclass(frozen=True, slots=True)
class Row:
    """Words, and the cells beside them: numbers, or a moment."""

    says: Text
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, its rows, and captions over the cells where one is needed."""

    heading: Text
    rows: tuple[Row, ...]
    columns: tuple[Text, ...] = ()


def sections(report: ShiftReport, zone: tzinfo) -> tuple[Section, ...]:
    """Every section that has something to say; movements always. Times are those of the post (``zone``)."""
    found = (
        Section(
            heading=say("Movements"),
            columns=tuple(DECISIONS[kind] for kind in _FINAL),
            rows=tuple(_movements(report.movements)) or (Row(say("none"), ("0", "0")),),
        ),
        Section(
            heading=say("Recorded before this shift, while no shift was open"),
            columns=tuple(DECISIONS[kind] for kind in _FINAL),
            rows=tuple(_movements(report.before)),
        ),
        _section(say("Refusals by ground"), _counted(report.refusals, _ground)),
        _section(say("Admitted although a check was not successful"), _overrides(report)),
        _section(say("Other ends"), _other(report)),
        _section(say("Open work"), _open(report.open_work)),
        _section(say("Repeated, keyed in, left out"), _counted(report.retries, EVENT_WORDS.__getitem__)),
        _section(say("What failed"), _counted(report.failures, EVENT_WORDS.__getitem__)),
        Section(
            heading=say("How long it took, in seconds"),
            columns=(say("half within"), say("95 of 100 within"), say("measured")),
            rows=tuple(_times(report)),
        ),
        _section(say("Other acts"), _counted(report.acts, ACT_WORDS.__getitem__)),
        _section(say("People at work, and the encounters they recorded"), _people(report)),
        _section(say("Clock"), (_clock(event, zone) for event in report.clock)),
    )
    return tuple(section for section in found if section.rows)


def moment(at: datetime, zone: tzinfo) -> str:
    """Day and time at the post, left to right also inside Arabic."""
    return f"\u2066{at.astimezone(zone):%Y-%m-%d %H:%M}\u2069"


def _section(heading: Text, rows: Iterable[Row]) -> Section:
    return Section(heading=heading, rows=tuple(rows))


def _movements(movements: Sequence[Movement]) -> Iterator[Row]:
    """A row for each direction, a cell for each final decision."""
    counted = {(each.direction, each.decision): each.count for each in movements}
    for direction in Direction:
        cells = tuple(str(counted.get((direction.value, kind.value), 0)) for kind in _FINAL)
        if set(cells) != {"0"}:
            yield Row(DIRECTIONS[direction], cells)
    known = {direction.value for direction in Direction}
    erased = sum(each.count for each in movements if each.direction not in known)
    if erased:
        yield Row(_ERASED, (str(erased), ""))


def _counted(counts: Sequence[Count], words: Callable[[str], Text]) -> Iterator[Row]:
    return (Row(words(each.name), (str(each.count),)) for each in counts)


def _ground(name: str) -> Text:
    return say("{letter}: {ground}", letter=name, ground=GROUNDS[RefusalGround(name)])


def _check(name: str) -> Text:
    return say("for: {check}", check=CHECK_NAMES.get(name, say("{name}", name=name)))


def _overrides(report: ShiftReport) -> Iterator[Row]:
    if report.overridden:
        yield Row(say("Travellers"), (str(report.overridden),))
        yield from _counted(report.overrides, _check)
        yield from _counted(report.seconded, lambda name: say("failed checks, agreed by: {person}", person=name))


def _other(report: ShiftReport) -> Iterator[Row]:
    return _present(
        (say("Referred to second line"), report.referrals), (say("Ended without a decision"), report.abandoned)
    )


def _open(work: OpenWork) -> Iterator[Row]:
    return _present(
        (say("Interrupted encounters"), work.unfinished),
        (say("Parked encounters"), work.parked),
        (say("Refusals whose notice is not on paper"), work.notices_owed),
        (say("Records waiting for export"), work.waiting_for_export),
        (say("Requests for approval that nobody decided"), work.approvals_undecided),
        (say("Messages for other stores of this station"), work.undelivered),
    )


def _present(*counts: tuple[Text, int]) -> Iterator[Row]:
    return (Row(words, (str(count),)) for words, count in counts if count)


def _times(report: ShiftReport) -> Iterator[Row]:
    for row in report.times:
        yield Row(STAGE_WORDS[row.stage], (_seconds(row.p50_s), _seconds(row.p95_s), str(row.count)))
    if report.times_left_out:
        words = say_count(
            "{count} encounter was under way when the clock stepped: not measured",
            "{count} encounters were under way when the clock stepped: not measured",
            count=report.times_left_out,
        )
        yield Row(words, ("", "", ""))


def _seconds(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _people(report: ShiftReport) -> Iterator[Row]:
    for person in report.people:
        words = say("{name}, {role}", name=person.name, role=ROLE_TITLES[person.role])
        yield Row(words, (str(person.encounters),))


def _clock(event: ClockEvent, zone: tzinfo) -> Row:
    words = CLOCK_WORDS[event.kind]
    if event.seconds:
        words = say("{what}: {seconds} seconds", what=words, seconds=event.seconds)
    return Row(say("{time} {what}", time=moment(event.at, zone), what=words), ("",))
