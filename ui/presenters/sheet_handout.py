# SPDX-License-Identifier: Apache-2.0
"""Recovery sheets on their way to their holders: printed one after the other, and one word of two typed back.

Never a presenter of its own: the pages that hand sheets out hold one. The words are never part of a state.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace

from station.access.recovery import HOLDERS, Asked, Holder, RecoverySet, WordList, answered, asked_back
from station.domain.errors import NoDevice
from station.domain.words import Text, say
from station.ports.backup import SHARES, PaperShare
from station.ports.clock import Randomness
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.showing import Trouble

#: Puts one sheet on paper; where it went, in words. Raises DeviceError kinds, Cancelled.
SheetOutlet = Callable[[PaperShare, CancelToken], Text]

RANDOM_BYTES = 5


class HandoutStage(enum.Enum):
    """Where the sheets are."""

    PRINT = "print"  # the next one waits for a key
    PRINTING = "printing"
    ASK = "ask"  # a word is to be typed back
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoutView:
    """What the page shows. ``sheet`` is the one to be printed, from 1; ``went`` says where the printed ones are."""

    stage: HandoutStage = HandoutStage.PRINT
    sheet: int = 1
    set_mark: str = ""
    went: tuple[Text, ...] = ()
    asked: Asked | None = None
    tries: int = 0  # counts up with each word that was wrong: the field begins empty
    wrong: Text | None = None
    trouble: Trouble | None = None

    @property
    def holder(self) -> Holder:
        """Who gets the sheet that is printed now."""
        return HOLDERS[min(self.sheet, SHARES) - 1]


class SheetHandout:
    """One set of sheets. Home thread only; ``changed`` is called after each step, ``finished`` once at the end."""

    def __init__(
        self,
        made: RecoverySet,
        *,
        words: WordList,
        randomness: Randomness,
        runner: TaskRunner,
        outlet: SheetOutlet,
        changed: Callable[[], None],
        finished: Callable[[], None],
    ) -> None:
        self.made = made
        self._words = words
        self._questions = list(asked_back(randomness.bytes(RANDOM_BYTES), made.shares))
        self._runner = runner
        self._outlet = outlet
        self._changed = changed
        self._finished = finished
        self._printing: TaskHandle | None = None
        self._sent = 0
        self._view = HandoutView(set_mark=made.mark)

    @property
    def view(self) -> HandoutView:
        """What the page may show."""
        return self._view

    @property
    def may_be_out(self) -> bool:
        """Whether a sheet came out, or may have: one that a printer had is never known to be nowhere."""
        return self._sent > 0

    def print_next(self) -> None:
        """Print the sheet whose turn it is."""
        if self._view.stage is HandoutStage.PRINT:
            self._print(self._view.sheet)

    def print_again(self) -> None:
        """The sheet before did not come out well: print it once more. Its paper must be destroyed."""
        if self._view.stage is HandoutStage.PRINT and self._view.sheet > 1:
            self._put(replace(self._view, sheet=self._view.sheet - 1, went=self._view.went[:-1]))
            self._print(self._view.sheet)
        elif self._view.stage is HandoutStage.ASK:
            self._put(replace(self._view, sheet=1, went=(), stage=HandoutStage.PRINT, asked=None, wrong=None))

    def answer(self, typed: str) -> None:
        """The word that was asked for."""
        asked = self._view.asked
        if self._view.stage is not HandoutStage.ASK or asked is None:
            return
        if not answered(asked, self.made.shares, typed, self._words):
            wrong = say(
                "This is not word {place} of sheet {sheet}. Look at the number beside the word.",
                place=asked.place,
                sheet=asked.sheet,
            )
            self._put(replace(self._view, wrong=wrong, tries=self._view.tries + 1))
            return
        self._questions.remove(asked)
        if self._questions:
            self._put(replace(self._view, asked=self._questions[0], wrong=None, tries=self._view.tries + 1))
        else:
            self._put(replace(self._view, stage=HandoutStage.DONE, asked=None, wrong=None))
            self._finished()

    def close(self) -> None:
        """Stop printing, and forget the words."""
        if self._printing is not None:
            self._printing.cancel()
        self.made.forget()

    def _print(self, sheet: int) -> None:
        share = self.made.shares[sheet - 1]
        self._sent += 1
        self._put(replace(self._view, stage=HandoutStage.PRINTING, trouble=None))
        self._printing = self._runner.run(
            lambda cancel: self._outlet(share, cancel), done=self._printed, failed=self._not_printed
        )

    def _printed(self, went: Text) -> None:
        self._printing = None
        sheet = self._view.sheet + 1
        done = sheet > SHARES
        self._put(
            replace(
                self._view,
                stage=HandoutStage.ASK if done else HandoutStage.PRINT,
                sheet=sheet,
                went=(*self._view.went, went),
                asked=self._questions[0] if done else None,
            )
        )

    def _not_printed(self, problem: BaseException) -> None:
        self._printing = None
        if isinstance(problem, NoDevice):
            self._sent -= 1
        self._put(replace(self._view, stage=HandoutStage.PRINT, trouble=Trouble.of(problem)))

    def _put(self, view: HandoutView) -> None:
        self._view = view
        self._changed()
