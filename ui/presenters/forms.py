# SPDX-License-Identifier: Apache-2.0
"""Typed forms without widgets: what was typed, what it means, what is missing, and what may be meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from station.domain.dates import PartialDate
from station.domain.words import Text, say
from ui.presenters.code_search import CodeList, Entry

_TYPED_DATE = re.compile(r"(\d{1,4}|X{2,4})[\s./-]+(\d{1,2}|XX)[\s./-]+(\d{1,4}|X{2,4})", re.IGNORECASE)


#: No field of a crossing or document needs more; a line takes one more, so that too much is seen and said.
MOST_CHARACTERS = 200
#: A password is never cut where one would notice; this only keeps a pasted file out.
MOST_OF_A_PASSWORD = 1000
_TOO_LONG = say("This is too long. Type at most {most} characters.", most=MOST_CHARACTERS)


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as it stands on the page. ``meaning`` is what the typed code says, ``choices`` what it may become."""

    name: str
    label: Text
    typed: str = field(repr=False)
    meaning: str = field(default="", repr=False)
    choices: tuple[Entry, ...] = field(default=(), repr=False)
    chosen: int = 0
    mandatory: bool = False
    missing: bool = False
    problem: Text | None = None


class Field:
    """A line of free text."""

    def __init__(self, name: str, label: Text, *, mandatory: bool = False) -> None:
        self.name = name
        self.label = label
        self.mandatory = mandatory
        self.typed = ""

    def type(self, typed: str) -> None:
        """The officer changed what is typed."""
        self.typed = typed

    def settle(self) -> None:
        """The officer leaves the field: take what is meant."""
        self.typed = self.typed.strip()

    def move(self, _by: int) -> bool:
        """Choose another suggestion. False where there are none."""
        return False

    @property
    def filled(self) -> bool:
        """Whether the field has a value."""
        return bool(self.typed.strip())

    def view(self) -> FieldView:
        """The field as it stands."""
        return FieldView(
            self.name,
            self.label,
            self.typed,
            mandatory=self.mandatory,
            missing=self.mandatory and not self.filled,
            problem=_TOO_LONG if len(self.typed) > MOST_CHARACTERS else None,
        )


class CodeField(Field):
    """A code of a list, found by typing."""

    def __init__(self, name: str, label: Text, codes: CodeList, *, mandatory: bool = False) -> None:
        super().__init__(name, label, mandatory=mandatory)
        self._codes = codes
        self._choices: tuple[Entry, ...] = ()
        self._chosen = 0
        self.code = ""

    def type(self, typed: str) -> None:
        """Search anew; a change of the text forgets the code."""
        if typed == self.typed:
            return
        self.typed = typed
        self.code = ""
        self._choices = self._codes.found(typed)
        self._chosen = 0

    def move(self, by: int) -> bool:
        """Choose the next or previous suggestion."""
        if not self._choices:
            return False
        self._chosen = (self._chosen + by) % len(self._choices)
        return True

    def settle(self) -> None:
        """Take the chosen suggestion; nothing is taken where nothing was found."""
        if self._choices:
            self.put(self._choices[self._chosen].code)

    def put(self, code: str) -> None:
        """Fill with a known code; an empty or unknown one empties the field."""
        entry = self._codes.entry(code)
        self._choices = ()
        self.code = entry.code if entry else ""
        self.typed = entry.code if entry else ""

    @property
    def filled(self) -> bool:
        """Whether a code was taken."""
        return bool(self.code)

    def view(self) -> FieldView:
        """The field with its meaning or its suggestions."""
        entry = self._codes.entry(self.code) if self.code else None
        nothing = bool(self.typed.strip()) and not self.code and not self._choices
        return replace(
            super().view(),
            meaning=entry.name if entry else "",
            choices=self._choices,
            chosen=self._chosen,
            problem=say("Nothing is called so. Type a code or a word of the name.") if nothing else None,
        )


class DaysField(Field):
    """A whole number of days, 1 to 3650."""

    @property
    def days(self) -> int | None:
        """The number, or None where there is none."""
        text = self.typed.strip()
        number = int(text) if re.fullmatch("[0-9]{1,4}", text) else 0
        return number if 1 <= number <= 3650 else None

    @property
    def filled(self) -> bool:
        """Whether there is a number."""
        return self.days is not None

    def view(self) -> FieldView:
        """The field, with a word where it is no number of days."""
        wrong = bool(self.typed.strip()) and self.days is None
        problem = say("Type a number of days, from 1 to 3650.") if wrong else None
        return replace(super().view(), problem=problem)


class DateField(Field):
    """A date as printed on a document: day, month, year; ``XX`` or nothing for what is not known."""

    @property
    def date(self) -> PartialDate | None:
        """The date, wholly unknown when empty; None where what is typed is no date."""
        return typed_date(self.typed)

    @property
    def filled(self) -> bool:
        """Whether a year at least is known."""
        date = self.date
        return date is not None and date != PartialDate()

    def view(self) -> FieldView:
        """The field, with a word where it is no date."""
        problem = None if self.date is not None else say("Type the date as 12.08.1974, with XX for what is not known.")
        return replace(super().view(), problem=problem)


def typed_date(typed: str) -> PartialDate | None:
    """``12.08.1974``, ``1974-08-12``, ``12081974``, ``XX.08.1974`` or ``1974``; empty is unknown; else None."""
    text = typed.strip().upper()
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:2]}.{text[2:4]}.{text[4:]}"
    if not text or re.fullmatch(r"\d{4}", text):
        return PartialDate(int(text) if text else None)
    parts = _TYPED_DATE.fullmatch(text)
    if parts is None:
        return None
    first, month, last = parts.groups()
    day, year = (last, first) if len(first) == 4 else (first, last)
    if len(year) != 4 or len(day) > 2:
        return None
    numbers = (None if "X" in part else int(part) for part in (year, month, day))
    try:
        return PartialDate(*numbers)
    except ValueError:
        return None


class Form:
    """Fields in the order in which they are filled."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields: Mapping[str, Field] = {made.name: made for made in fields}

    def type(self, name: str, typed: str) -> None:
        """The officer changed a field."""
        self.fields[name].type(typed)

    def settle(self, name: str) -> None:
        """The officer leaves a field."""
        self.fields[name].settle()

    def settle_all(self) -> None:
        """Before the form is taken."""
        for made in self.fields.values():
            made.settle()

    def move(self, name: str, by: int) -> bool:
        """Choose another suggestion of a field."""
        return self.fields[name].move(by)

    def after(self, name: str) -> str | None:
        """The field after ``name``, or None behind the last."""
        names = list(self.fields)
        place = names.index(name) + 1
        return names[place] if place < len(names) else None

    @property
    def first_missing(self) -> str | None:
        """The first mandatory field without a value."""
        return next((made.name for made in self.fields.values() if made.mandatory and not made.filled), None)

    def view(self) -> tuple[FieldView, ...]:
        """All fields as they stand."""
        return tuple(made.view() for made in self.fields.values())
