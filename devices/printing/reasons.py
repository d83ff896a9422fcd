# SPDX-License-Identifier: Apache-2.0
"""What a printer's state means at the counter: findings with cause and next step, translated from IPP once, here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from station.domain.errors import DeviceFault
from station.domain.words import Text, say, say_count
from station.ports.devices import PrinterCondition, PrinterFinding

STOPPED: Final = 5  # printer-state (RFC 8011, 5.4.11)
_SEVERITIES: Final = ("-error", "-warning", "-report")  # RFC 8011, 5.4.12
_WASTE: Final = ("waste", "fuser", "opc", "transfer")  # marker-types that are not something to print with

# The first wins where several reasons say the same condition. What has no line here is said as CUPS says it.
_REASONS: Final[Mapping[str, tuple[PrinterCondition, bool, Text, Text]]] = {
    "media-jam": (
        PrinterCondition.JAM,
        True,
        say("Paper is jammed in the printer."),
        say("Open it, take the paper out and close it."),
    ),
    "media-empty": (PrinterCondition.PAPER_OUT, True, say("The printer has no paper."), say("Put paper in.")),
    "media-needed": (
        PrinterCondition.PAPER_OUT,
        True,
        say("The printer wants other paper."),
        say("Put in paper of the size that the printer shows."),
    ),
    "input-tray-missing": (
        PrinterCondition.PAPER_OUT,
        True,
        say("The paper tray is not in the printer."),
        say("Push the tray in."),
    ),
    "media-low": (PrinterCondition.PAPER_LOW, False, say("Paper is low."), say("Have paper ready.")),
    "toner-empty": (
        PrinterCondition.TONER_OUT,
        True,
        say("Toner or ink is used up."),
        say("Put a new cartridge in."),
    ),
    "toner-low": (PrinterCondition.TONER_LOW, False, say("Toner or ink is low."), say("Have a cartridge ready.")),
    "door-open": (PrinterCondition.DOOR_OPEN, True, say("A door of the printer is open."), say("Close it.")),
    "paused": (
        PrinterCondition.STOPPED,
        True,
        say("Somebody stopped the printer."),
        say("Ask who stopped it, or ask the technician to start it again."),
    ),
    "offline": (
        PrinterCondition.OFFLINE,
        True,
        say("The printer does not answer."),
        say("Switch it on and look at its cable."),
    ),
    "output-area-full": (
        PrinterCondition.OTHER,
        True,
        say("The printer's output tray is full."),
        say("Take the sheets out."),
    ),
    "marker-waste-full": (
        PrinterCondition.OTHER,
        True,
        say("The printer's waste box is full."),
        say("Ask the technician to change it."),
    ),
    "spool-area-full": (
        PrinterCondition.OTHER,
        True,
        say("The print service has no room left on its disk."),
        say("Ask the technician to make room."),
    ),
}
_SAME: Final = {
    "cover-open": "door-open",
    "interlock-open": "door-open",
    "marker-supply-empty": "toner-empty",
    "marker-supply-low": "toner-low",
    "developer-empty": "toner-empty",
    "developer-low": "toner-low",
    "moving-to-paused": "paused",
    "stopping": "paused",
    "shutdown": "offline",
    "timed-out": "offline",
}
#: Said while all is well: no reason to bother an officer.
_QUIET: Final = frozenset({"none", "connecting-to-device", "wifi-not-configured", "cups-waiting-for-job-completed"})
_FORGOT: Final = "cups-ipp-missing-job-history"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueState:
    """What is known of a queue at one moment.

    ``answers`` is None where the printer behind it cannot be asked by itself (USB), else whether it answered.
    """

    name: str
    title: str
    model: str = ""
    stopped: bool = False
    accepting: bool = True
    reasons: tuple[str, ...] = ()
    queued: int = 0
    markers: tuple[tuple[int, int, str], ...] = ()  # level and low level in per cent, type; negative: not known
    answers: bool | None = None
    up_seconds: int = -1  # since the printer itself was started; negative: not known


def queue_state(said: Mapping[str, object]) -> QueueState:
    """What the helper said of a queue and of the printer behind it."""
    queue, printer = _words(said.get("queue")), said.get("printer")
    itself = _words(printer)
    markers = itself if "marker-levels" in itself else queue
    return QueueState(
        name=str(said.get("name", "")),
        title=str(queue.get("printer-info") or said.get("name", "")),
        model=str(queue.get("printer-make-and-model", "")),
        stopped=queue.get("printer-state") == STOPPED,
        accepting=queue.get("printer-is-accepting-jobs") is not False,
        # The printer itself knows better than the queue, which hears of it only while it prints.
        reasons=tuple(dict.fromkeys((*_list(itself or queue, "printer-state-reasons"), *_of_cups(queue)))),
        queued=_number(queue.get("queued-job-count", 0)),
        markers=_markers(markers),
        answers=None if printer is None else bool(itself),
        up_seconds=_number(itself.get("printer-up-time")),
    )


def findings(state: QueueState, *, before: int | None = None) -> tuple[PrinterFinding, ...]:
    """What keeps a printer from printing, or will soon; what blocks comes first. ``before``: sheets that come first."""
    found = list(of_reasons(state.reasons))
    if state.answers is False:
        found.append(_finding("offline"))
    if state.stopped and not any(each.blocks for each in found):
        found.append(_finding("paused"))
    if not state.accepting:
        found.append(
            PrinterFinding(
                PrinterCondition.STOPPED,
                True,
                say("The printer takes no new sheets."),
                say("Ask the technician to let it take sheets again."),
            )
        )
    found += _of_markers(state.markers)
    if before:
        found.append(
            PrinterFinding(
                PrinterCondition.QUEUE_LONG,
                False,
                say_count("{count} other sheet comes first.", "{count} other sheets come first.", count=before),
                say("Wait, or choose another printer."),
            )
        )
    return _each_once(found)


def of_reasons(reasons: Iterable[str]) -> tuple[PrinterFinding, ...]:
    """Findings from printer-state-reasons alone."""
    found: list[PrinterFinding] = []
    for reason in reasons:
        word, report = _bare(reason)
        word = _SAME.get(word, word)
        if word in _REASONS:
            found.append(_finding(word, report=report))
        elif word not in _QUIET and not word.startswith(("cups-", "com.", "org.")) and not report:
            found.append(
                PrinterFinding(
                    PrinterCondition.OTHER,
                    reason.endswith("-error"),
                    say("The printer reports: {reason}.", reason=word.replace("-", " ")),
                    say("Look at the printer's display."),
                )
            )
    return _each_once(found)


def forgot_job(reasons: Iterable[str]) -> bool:
    """Whether CUPS says that the printer could not tell how a job ended: it takes that for completed."""
    return any(_bare(reason)[0] == _FORGOT for reason in reasons)


def fault(finding: PrinterFinding) -> DeviceFault:
    """A finding as the error of a print that was given up."""
    return DeviceFault(finding.cause, finding.next_step)


def _finding(word: str, *, report: bool = False) -> PrinterFinding:
    condition, blocks, cause, next_step = _REASONS[word]
    return PrinterFinding(condition, blocks and not report, cause, next_step)


def _each_once(found: Iterable[PrinterFinding]) -> tuple[PrinterFinding, ...]:
    kept: dict[object, PrinterFinding] = {}
    for each in sorted(found, key=lambda finding: not finding.blocks):
        other = each.condition is PrinterCondition.OTHER
        kept.setdefault(each.cause.in_english() if other else each.condition, each)
    return tuple(kept.values())


def _bare(reason: str) -> tuple[str, bool]:
    """A reason without its severity, and whether it is only for the record."""
    severity = next((end for end in _SEVERITIES if reason.endswith(end)), "")
    return reason.removesuffix(severity), severity == "-report"


def _of_cups(queue: Mapping[str, object]) -> tuple[str, ...]:
    """What only the queue can know, whatever the printer says."""
    own = ("paused", "offline", "cups-", "spool-area-full")
    return tuple(reason for reason in _list(queue, "printer-state-reasons") if reason.startswith(own))


def _markers(said: Mapping[str, object]) -> tuple[tuple[int, int, str], ...]:
    levels, lows, types = (_list(said, f"marker-{name}") for name in ("levels", "low-levels", "types"))
    return tuple(
        (_number(level), _number(lows[place]) if place < len(lows) else 0, types[place] if place < len(types) else "")
        for place, level in enumerate(levels)
    )


def _of_markers(markers: Iterable[tuple[int, int, str]]) -> list[PrinterFinding]:
    used = [(level, low) for level, low, kind in markers if not any(word in kind.lower() for word in _WASTE)]
    found = [_finding("toner-empty") for level, _ in used if level == 0]
    return found + [_finding("toner-low") for level, low in used if 0 < level <= low]


def _words(said: object) -> Mapping[str, object]:
    return said if isinstance(said, Mapping) else {}


def _list(said: Mapping[str, object], name: str) -> tuple[str, ...]:
    value = said.get(name, ())
    return tuple(str(each) for each in (value if isinstance(value, list | tuple) else [value]))


def _number(value: object) -> int:
    """A number, alone or as the one of its list; -1 for what is none."""
    try:
        return int(str(value[0] if isinstance(value, list) and value else value))
    except ValueError:
        return -1
