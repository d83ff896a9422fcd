# SPDX-License-Identifier: Apache-2.0
"""From two opinions on every character to one reading with its doubts. Rules touch nothing silently.

The thresholds were set on degraded specimens so that nothing wrong is called read there
(docs/decisions/0006-reading-the-mrz.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from station.mrtd.check_digits import FILLER, MRZ_CHARACTERS, is_blind_pair
from station.mrtd.mrz import parse
from station.mrtd.mrz_formats import MrzFieldName, MrzFormat, allowed_characters, field_at, layout
from station.mrtd.mrz_reading import MrzProblemKind
from station.optical.reasons import REASONS, Reason
from station.ports.recognition import CorrectedCharacter, DoubtfulCharacter, ReadStatus

UNSEEN = "?"
FIRM = 0.85  # a character below is shown to the officer
RIVAL = 0.04  # an alternative above is shown to the officer
BLIND_RIVAL = 0.02  # the same for an alternative that no check digit would notice
_MOST_ALTERNATIVES = 4
_MOST_OFFERS = 4  # more changes that would fit say nothing

Likely = Mapping[str, float]

_LOOKALIKES: Mapping[str, str] = {
    "0": "ODQ", "1": "IL", "2": "Z", "3": "B", "4": "A", "5": "S", "6": "G", "7": "T", "8": "B", "9": "G",
    "O": "0", "D": "0", "Q": "0", "U": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8", "G": "6",
    "T": "7", "A": "4", "K": FILLER, "C": FILLER, "E": FILLER, "X": FILLER,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """What two opinions saw at one place. An empty mapping means that nothing was seen."""

    first: Likely = field(repr=False)
    second: Likely = field(repr=False)

    def chance(self, character: str) -> float:
        """How likely a character is: the mean of both opinions."""
        return (self.first.get(character, 0.0) + self.second.get(character, 0.0)) / 2

    def candidates(self) -> list[str]:
        """Characters seen by either, most likely first."""
        seen = {character for character in (*self.first, *self.second) if character in MRZ_CHARACTERS}
        return sorted(seen, key=lambda character: (-self.chance(character), character))

    @property
    def disputed(self) -> bool:
        """Whether the opinions prefer different characters."""
        return _top(self.first) != _top(self.second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One reading of a zone with everything that is doubtful in it. ``strength`` is the mean chance, 0 to 1."""

    status: ReadStatus
    format: MrzFormat
    lines: tuple[str, ...] = field(repr=False)
    raw_lines: tuple[str, ...] = field(repr=False)
    doubts: tuple[DoubtfulCharacter, ...] = field(repr=False)
    corrected: tuple[CorrectedCharacter, ...] = field(repr=False)
    strength: float


def judge(cells: Sequence[Sequence[Cell]], *, today: date) -> Judgement:
    """Decide every character under the layout's rules. ``cells`` is rows x columns of one of the layouts."""
    raw = tuple("".join((cell.candidates() or [UNSEEN])[0] for cell in row) for row in cells)
    fmt = _format(cells, raw)
    notes = _Notes()
    lines = tuple(
        "".join(_decide(fmt, line, column, cell, notes) for column, cell in enumerate(row))
        for line, row in enumerate(cells)
    )
    chances = [
        cell.chance(seen) for row, text in zip(cells, raw, strict=True) for cell, seen in zip(row, text, strict=True)
    ]
    reading = parse(lines, today=today)
    if not reading.valid:
        _question_failed_fields(fmt, lines, cells, notes, today=today)
    sure = reading.valid and not notes.doubts and not notes.corrected
    return Judgement(
        status=ReadStatus.READ if sure else ReadStatus.DOUBT,
        format=fmt,
        lines=lines,
        raw_lines=raw,
        doubts=notes.in_order(),
        corrected=tuple(notes.corrected),
        strength=sum(chances) / len(chances),
    )


class _Notes:
    """Doubts and corrections of one zone, at most one doubt for a place."""

    def __init__(self) -> None:
        self.doubts: dict[tuple[int, int], DoubtfulCharacter] = {}
        self.corrected: list[CorrectedCharacter] = []

    def doubt(self, line: int, column: int, read: str, alternatives: Sequence[str], reason: Reason) -> None:
        """Note a doubt; the first reason for a place stays, alternatives come together."""
        known, words = self.doubts.get((line, column)), REASONS[reason]
        if known is not None:
            words, alternatives = known.reason, (*known.alternatives, *alternatives)
        others = tuple(dict.fromkeys(other for other in alternatives if other != read))[:_MOST_ALTERNATIVES]
        self.doubts[line, column] = DoubtfulCharacter(
            line=line, column=column, read=read, alternatives=others, reason=words
        )

    def in_order(self) -> tuple[DoubtfulCharacter, ...]:
        """Doubts in reading order."""
        return tuple(self.doubts[place] for place in sorted(self.doubts))


def _top(likely: Likely) -> str:
    return max(likely, key=likely.__getitem__, default=UNSEEN)


def _format(cells: Sequence[Sequence[Cell]], raw: Sequence[str]) -> MrzFormat:
    if len(cells) == MrzFormat.TD1.rows:
        return MrzFormat.TD1
    visa = raw[0].startswith("V")
    if len(cells[0]) == MrzFormat.TD3.columns:
        return MrzFormat.MRV_A if visa else MrzFormat.TD3
    return MrzFormat.MRV_B if visa else MrzFormat.TD2


def _decide(fmt: MrzFormat, line: int, column: int, cell: Cell, notes: _Notes) -> str:
    """The character of one place, with its doubts noted."""
    candidates = cell.candidates()
    if not candidates:
        notes.doubt(line, column, FILLER, (), Reason.UNSEEN)
        return FILLER
    allowed = allowed_characters(fmt, line, column)
    seen = candidates[0]
    if seen not in allowed:
        return _replace(candidates, allowed, line, column, notes)
    rivals = [rival for rival in candidates[1:] if rival in allowed]
    chance = cell.chance(seen)
    if cell.disputed:
        notes.doubt(line, column, seen, rivals, Reason.DISPUTED)
    elif chance < FIRM or any(cell.chance(rival) > RIVAL for rival in rivals):
        notes.doubt(line, column, seen, rivals, Reason.FAINT)
    elif any(cell.chance(rival) > BLIND_RIVAL and is_blind_pair(seen, rival) for rival in rivals):
        notes.doubt(line, column, seen, rivals, Reason.BLIND)
    return seen


def _replace(candidates: Sequence[str], allowed: frozenset[str], line: int, column: int, notes: _Notes) -> str:
    """Another character where the layout forbids the seen one: a candidate, or what it is often mistaken for."""
    seen = candidates[0]
    possible: list[str] = [other for other in (*candidates[1:], *_LOOKALIKES.get(seen, "")) if other in allowed]
    if not possible:
        notes.doubt(line, column, seen, (), Reason.OUT_OF_PLACE)
        return seen
    chosen = possible[0]
    notes.corrected.append(
        CorrectedCharacter(line=line, column=column, seen=seen, suggested=chosen, reason=REASONS[Reason.REPLACED])
    )
    notes.doubt(line, column, chosen, (*possible[1:], seen), Reason.REPLACED)
    return chosen


def _question_failed_fields(
    fmt: MrzFormat, lines: tuple[str, ...], cells: Sequence[Sequence[Cell]], notes: _Notes, *, today: date
) -> None:
    """Doubt the weakest characters of fields that fail, and offer the one change that would make all fit.

    An offer is never applied: measured, nearly all readings that were repaired this way were still wrong.
    """
    table = layout(fmt)
    for problem in parse(lines, today=today).problems:
        if not problem.kind.breaks_validity or problem.what is None or problem.what not in table.fields:
            continue
        span = table.fields[problem.what]
        weakest = min(range(span.start, span.end), key=lambda c: _strength(cells, lines, span.line, c))
        reason = Reason.NO_SUCH_DAY if problem.kind is MrzProblemKind.IMPOSSIBLE_DATE else Reason.CHECK_FAILED
        notes.doubt(span.line, weakest, lines[span.line][weakest], (), reason)
    fitting = _single_changes_that_fit(fmt, lines, cells, today=today)
    for line, column, offered in fitting if len(fitting) <= _MOST_OFFERS else ():
        notes.doubt(line, column, lines[line][column], (offered,), Reason.WOULD_FIT)
    if len(fitting) == 1:
        line, column, offered = fitting[0]
        notes.corrected.append(
            CorrectedCharacter(
                line=line,
                column=column,
                seen=lines[line][column],
                suggested=offered,
                reason=REASONS[Reason.WOULD_FIT],
            )
        )
    if not notes.doubts:  # a wrong composite check digit has no one place
        line, column = (1, fmt.columns - 1)
        notes.doubt(line, column, lines[line][column], (), Reason.CHECK_FAILED)


def _single_changes_that_fit(
    fmt: MrzFormat, lines: tuple[str, ...], cells: Sequence[Sequence[Cell]], *, today: date
) -> list[tuple[int, int, str]]:
    """Exchanges of one character, for one that was seen there or is often mistaken for it, that make all valid."""
    fitting = []
    for line, row in enumerate(cells):
        for column, cell in enumerate(row):
            read = lines[line][column]
            if field_at(fmt, line, column) in (MrzFieldName.NAME, MrzFieldName.ISSUING_STATE):
                continue  # no check digit looks at them
            allowed = allowed_characters(fmt, line, column)
            for other in dict.fromkeys((*cell.candidates(), *_LOOKALIKES.get(read, ""))):
                if other == read or other not in allowed:
                    continue
                changed = lines[line][:column] + other + lines[line][column + 1 :]
                if parse((*lines[:line], changed, *lines[line + 1 :]), today=today).valid:
                    fitting.append((line, column, other))
    return fitting


def _strength(cells: Sequence[Sequence[Cell]], lines: tuple[str, ...], line: int, column: int) -> float:
    return cells[line][column].chance(lines[line][column])
