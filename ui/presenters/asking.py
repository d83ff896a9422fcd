# SPDX-License-Identifier: Apache-2.0
"""What a page asks before an act: the fields it needs, most of them secrets that are never kept in a state."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from station.domain.secrets import Secret
from station.domain.words import Text, say
from ui.presenters.showing import Trouble


class Entry(enum.Enum):
    """How a field is filled."""

    TEXT = "text"  # seen while it is typed
    SECRET = "secret"  # never seen, emptied after each try
    CHOICE = "choice"  # one of a few, by the arrow keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One field. ``choices`` are values with their words; ``value`` is what stands there at first."""

    name: str
    label: Text
    entry: Entry = Entry.TEXT
    choices: tuple[tuple[str, Text], ...] = ()
    value: str = field(default="", repr=False)
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked before one act. ``does`` is the word of the key that goes on."""

    title: Text
    says: Text | None
    fields: tuple[Asked, ...]
    does: Text


PASSWORD = Asked(name="password", label=say("Your own password"), entry=Entry.SECRET)
PIN = Asked(name="pin", label=say("PIN of your token"), entry=Entry.SECRET)

_MISSING = say("Something is not filled in yet: {field}.")


def missing(question: Question, answers: Mapping[str, str]) -> Trouble | None:
    """What is not filled in."""
    for asked in question.fields:
        if not asked.may_be_empty and not answers.get(asked.name, "").strip():
            return Trouble(
                cause=Text(_MISSING.source, {"field": asked.label}), next_step=say("Fill in every field, then Enter.")
            )
    return None


class Secrets:
    """The secrets of one try, as the services take them, overwritten after it."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._made: list[Secret] = []
        self._answers = answers

    def of(self, name: str) -> Secret:
        """The secret typed into a field."""
        self._made.append(Secret.of(self._answers.get(name, "")))
        return self._made[-1]

    def optional(self, name: str) -> Secret | None:
        """The secret of a field, or None when it is empty or was not asked for."""
        return self.of(name) if self._answers.get(name) else None

    def spent(self, work: Callable[[], object]) -> Callable[[], object]:
        """The same work, after which no secret of it is left here."""

        def run() -> object:
            try:
                return work()
            finally:
                for secret in self._made:
                    secret.forget()

        return run
