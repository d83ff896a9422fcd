# SPDX-License-Identifier: Apache-2.0
"""The MRZ under the officer's hands: doubtful characters one by one, or all of it keyed, with live check digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from station.inspection.events import DocumentDoubtful
from station.mrtd.check_digits import FILLER, MRZ_CHARACTERS
from station.mrtd.mrz import FieldCheck, MrzFormat, MrzReading, parse
from station.mrtd.mrz_formats import MrzFieldName, field_at, layout

FORMATS: tuple[MrzFormat, ...] = (MrzFormat.TD3, MrzFormat.TD1, MrzFormat.TD2, MrzFormat.MRV_A, MrzFormat.MRV_B)
_FIRST = {"V": MrzFormat.MRV_A, "I": MrzFormat.TD1, "A": MrzFormat.TD1, "C": MrzFormat.TD1}

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A character to look at: what may stand there, most likely first, and why it is in doubt."""

    place: Place
    alternatives: tuple[str, ...]
    reason: Text
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class DigitVerdict:
    """Whether the check digit of one field holds."""

    name: Text
    result: CheckResult


@dataclass(frozen=True, slots=True)
class MrzView:
    """The MRZ as it stands on the page; a blank is a place where nothing was keyed yet."""

    lines: tuple[str, ...] = field(repr=False)
    cursor: Place | None = None
    doubts: tuple[Doubt, ...] = ()
    wrong: frozenset[Place] = frozenset()
    digits: tuple[DigitVerdict, ...] = ()
    form: str = ""
    field_name: Text | None = None
    keyed: bool = False


FIELD_WORDS: Mapping[MrzFieldName, Text] = {
    MrzFieldName.DOCUMENT_CODE: say("Document code"),
    MrzFieldName.ISSUING_STATE: say("Issued by"),
    MrzFieldName.NAME: say("Name"),
    MrzFieldName.DOCUMENT_NUMBER: say("Document number"),
    MrzFieldName.DOCUMENT_NUMBER_CHECK: say("Check digit of the document number"),
    MrzFieldName.NATIONALITY: say("Nationality"),
    MrzFieldName.BIRTH_DATE: say("Date of birth"),
    MrzFieldName.BIRTH_DATE_CHECK: say("Check digit of the date of birth"),
    MrzFieldName.SEX: say("Sex"),
    MrzFieldName.EXPIRY_DATE: say("Valid until"),
    MrzFieldName.EXPIRY_DATE_CHECK: say("Check digit of the date of expiry"),
    MrzFieldName.OPTIONAL_DATA: say("Optional data"),
    MrzFieldName.OPTIONAL_DATA_CHECK: say("Check digit of the optional data"),
    MrzFieldName.OPTIONAL_DATA_2: say("Optional data"),
    MrzFieldName.COMPOSITE_CHECK: say("Check digit over all"),
}
_DIGITS: Mapping[MrzFieldName, Text] = {
    MrzFieldName.DOCUMENT_NUMBER: say("number"),
    MrzFieldName.BIRTH_DATE: say("birth"),
    MrzFieldName.EXPIRY_DATE: say("expiry"),
    MrzFieldName.OPTIONAL_DATA: say("optional"),
}


class MrzEditor:
    """Lines of fixed length with a cursor. Blanks mark what is not keyed yet; ``lines`` fills them."""

    def __init__(self, fmt: MrzFormat, lines: Sequence[str], *, today: date, doubts: Sequence[Doubt] = ()) -> None:
        self._today = today
        self._format = fmt
        self._rows = [line.ljust(fmt.columns)[: fmt.columns] for line in lines]
        self._doubts = {doubt.place: doubt for doubt in sorted(doubts, key=lambda doubt: doubt.place)}
        self._confirmed: set[Place] = set()
        self._keyed = not lines or not "".join(lines).strip()
        self._before: list[tuple[MrzFormat, tuple[str, ...], Place, frozenset[Place]]] = []
        self.cursor: Place = self._first_place()

    @classmethod
    def empty(cls, fmt: MrzFormat, *, today: date) -> MrzEditor:
        """For an MRZ that is keyed from the page."""
        return cls(fmt, [""] * fmt.rows, today=today)

    @classmethod
    def of_doubt(cls, doubt: DocumentDoubtful, *, today: date) -> MrzEditor | None:
        """For a doubtful reading; None where its lines have no known form."""
        lines = doubt.document.mrz_lines
        fmt = parse(lines, today=today).format
        if fmt is None:
            return None
        doubts = {(d.line, d.column): Doubt((d.line, d.column), d.alternatives, d.reason) for d in doubt.doubts}
        for fixed in doubt.corrected:
            place = (fixed.line, fixed.column)
            doubts[place] = Doubt(place, (fixed.suggested, fixed.seen), fixed.reason)
        inside = [d for place, d in doubts.items() if place[0] < fmt.rows and place[1] < fmt.columns]
        return cls(fmt, lines, today=today, doubts=inside)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines as they will be taken, fillers where nothing was keyed."""
        return tuple(row.replace(" ", FILLER) for row in self._rows)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was keyed at all."""
        return not "".join(self._rows).strip()

    @property
    def open_doubts(self) -> tuple[Place, ...]:
        """Doubtful characters the officer has not confirmed."""
        return tuple(place for place in self._doubts if place not in self._confirmed)

    @property
    def holds(self) -> bool:
        """Whether form and check digits hold."""
        return self._reading().valid

    def type(self, character: str) -> bool:
        """Put a character at the cursor and go on. False for one the MRZ does not have."""
        wanted = FILLER if character == " " else character.upper()
        if wanted not in MRZ_CHARACTERS:
            return False
        self._remember()
        if self._keyed and self.is_empty and self.cursor == (0, 0):
            self._reshape(_FIRST.get(wanted, self._format if self._format.rows == 2 else MrzFormat.TD3))
        self._put(wanted)
        if self.cursor in self._doubts:
            self._confirmed.add(self.cursor)
            self._to_next_doubt()
        else:
            self.step(1)
        return True

    def rub_out(self) -> None:
        """Take away the character before the cursor (keying) or at it (doubt: nothing to take away)."""
        if not self._keyed:
            return
        self._remember()
        self.step(-1)
        self._put(" ")

    def step(self, by: int) -> None:
        """Move the cursor by characters, over the ends of lines."""
        columns = self._format.columns
        place = self.cursor[0] * columns + self.cursor[1] + by
        place = min(max(place, 0), self._format.rows * columns - 1)
        self.cursor = divmod(place, columns)

    def to(self, place: Place) -> None:
        """Put the cursor at a character."""
        line, column = place
        self.cursor = (min(max(line, 0), self._format.rows - 1), min(max(column, 0), self._format.columns - 1))

    def along_doubts(self, by: int) -> None:
        """Move to the next or previous doubtful character; by characters where there is none."""
        places = list(self._doubts)
        if not places:
            self.step(by)
            return
        if self.cursor in self._doubts:
            self.cursor = places[(places.index(self.cursor) + by) % len(places)]
            return
        later = [place for place in places if place > self.cursor]
        earlier = [place for place in places if place < self.cursor]
        self.cursor = (later or places)[0] if by > 0 else (earlier or places)[-1]

    def confirm(self) -> bool:
        """Enter: confirm the doubtful character and go on. True when nothing is left to confirm."""
        if self._keyed:
            return self._end_of_line()
        if self.cursor in self.open_doubts:
            self._remember()
            self._confirmed.add(self.cursor)
        self._to_next_doubt()
        return not self.open_doubts

    def other_form(self, by: int) -> None:
        """The next form of MRZ; what was keyed stays as far as it fits."""
        self._remember()
        self._reshape(FORMATS[(FORMATS.index(self._format) + by) % len(FORMATS)])

    def undo(self) -> bool:
        """Take back the last change. False when there is none."""
        if not self._before:
            return False
        self._format, rows, self.cursor, confirmed = self._before.pop()
        self._rows, self._confirmed = list(rows), set(confirmed)
        return True

    def view(self) -> MrzView:
        """The editor as it stands."""
        reading = self._reading()
        whole = not self._keyed or " " not in "".join(self._rows)
        name = field_at(self._format, *self.cursor)
        return MrzView(
            lines=tuple(self._rows),
            cursor=self.cursor,
            doubts=tuple(
                Doubt(doubt.place, doubt.alternatives, doubt.reason, place in self._confirmed)
                for place, doubt in self._doubts.items()
            ),
            wrong=self._wrong(reading) if whole else frozenset(),
            digits=self._digits(reading),
            form=self._format.value,
            field_name=FIELD_WORDS[name],
            keyed=self._keyed,
        )

    def _reading(self) -> MrzReading:
        return parse(self.lines, today=self._today)

    def _first_place(self) -> Place:
        if self._doubts:
            return next(iter(self._doubts))
        wrong = () if self._keyed else sorted(self._wrong(self._reading()))
        return wrong[0] if wrong else (0, 0)

    def _wrong(self, reading: MrzReading) -> frozenset[Place]:
        return frozenset(
            (problem.line, problem.column)
            for problem in reading.problems
            if problem.kind.breaks_validity and problem.line is not None and problem.column is not None
        )

    def _digits(self, reading: MrzReading) -> tuple[DigitVerdict, ...]:
        """One verdict per check digit; undetermined while a part of the field is not keyed."""
        table = layout(self._format)
        found = []
        for name, words in _DIGITS.items():
            check = table.checks.get(name)
            if check is None:
                continue
            done = all(
                " " not in self._rows[span.line][span.start : span.end]
                for span in (table.fields[name], table.fields[check])
            )
            verdict = {
                MrzFieldName.DOCUMENT_NUMBER: reading.fields.document_number.check,
                MrzFieldName.BIRTH_DATE: reading.fields.birth_date.check,
                MrzFieldName.EXPIRY_DATE: reading.fields.expiry_date.check,
                MrzFieldName.OPTIONAL_DATA: reading.fields.optional_data.check,
            }[name]
            found.append(DigitVerdict(words, _result(verdict) if done else CheckResult.UNDETERMINED))
        if table.composite:
            done = not any(" " in row for row in self._rows[-2:])
            found.append(DigitVerdict(say("all"), _result(reading.composite) if done else CheckResult.UNDETERMINED))
        return tuple(found)

    def _put(self, character: str) -> None:
        line, column = self.cursor
        row = self._rows[line]
        self._rows[line] = row[:column] + character + row[column + 1 :]

    def _to_next_doubt(self) -> None:
        left = self.open_doubts
        if left:
            self.cursor = next((place for place in left if place > self.cursor), left[0])

    def _end_of_line(self) -> bool:
        line, column = self.cursor
        row = self._rows[line]
        self._remember()
        self._rows[line] = row.replace(" ", FILLER)
        if line + 1 < self._format.rows and (column > 0 or " " in row):
            self.cursor = (line + 1, 0)
            return False
        return " " not in "".join(self._rows)

    def _reshape(self, fmt: MrzFormat) -> None:
        rows = [*self._rows, "", ""][: fmt.rows]
        self._format = fmt
        self._rows = [row.rstrip().ljust(fmt.columns)[: fmt.columns] for row in rows]
        self.to(self.cursor)

    def _remember(self) -> None:
        self._before.append((self._format, tuple(self._rows), self.cursor, frozenset(self._confirmed)))


def _result(check: FieldCheck) -> CheckResult:
    return CheckResult.FAILED if check is FieldCheck.INVALID else CheckResult.SUCCESSFUL
