# SPDX-License-Identifier: Apache-2.0
"""Keys and recovery for the supervisor: who has keys, whether two sheets fit, and new sheets with four eyes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from station.access.approvals import Request, RequestState
from station.access.recovery import RecoverySet, WordList
from station.domain.errors import ShareRefused
from station.domain.words import say
from station.ports.clock import Randomness
from station.ports.tasks import TaskRunner
from station.safekeeping.recovery import KeysState, RecoveryService, SheetsFit
from ui.presenters.recovery_view import RecoveryAct, RecoveryStage, RecoveryState
from ui.presenters.sheet_handout import SheetHandout, SheetOutlet
from ui.presenters.sheet_typing import SheetTyping
from ui.presenters.showing import Presenter, Trouble


class RecoveryPresenter(Presenter[RecoveryState]):
    """One supervisor's page. ``outlet`` prints one sheet; ``headquarters`` turns to the keys of headquarters."""

    def __init__(
        self,
        recovery: RecoveryService,
        runner: TaskRunner,
        *,
        words: WordList,
        randomness: Randomness,
        outlet: SheetOutlet,
        headquarters: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(RecoveryState())
        self._recovery = recovery
        self._runner = runner
        self._words = words
        self._randomness = randomness
        self._outlet = outlet
        self._headquarters = headquarters
        self._typing = SheetTyping(words)
        self._handout: SheetHandout | None = None
        self._request_id = ""

    def refresh(self) -> None:
        """Read who has keys. A request for new sheets that still stands is found again."""
        self._runner.run(
            lambda _cancel: (self._recovery.state(), self._recovery.standing_request()),
            done=self._read,
            failed=self._told,
        )

    def do(self, act: RecoveryAct) -> None:
        """One key."""
        if act not in self.state.acts:
            return
        if act is RecoveryAct.TEST:
            self._begin_typing(RecoveryStage.TYPING_TEST)
        elif act is RecoveryAct.NEW:
            self._new()
        elif act is RecoveryAct.HEADQUARTERS:
            self._headquarters()
        elif act is RecoveryAct.AGAIN and self._handout is not None:
            self._handout.print_again()
        else:
            self._leave()

    # ── typing ─────────────────────────────────────────────────────────────────────────────────────────────

    def suggest(self, text: str) -> None:
        """Something is typed and not taken yet."""
        if self.state.typing is not None:
            self._typing.suggest(text)
            self._show(replace(self.state, typing=self._typing.view))

    def take(self, text: str) -> None:
        """A word, or a line of them; with the last one both sheets are tried."""
        if self.state.typing is None:
            return
        self._typing.take(text)
        self._show(replace(self.state, typing=self._typing.view, trouble=None))
        if self._typing.view.complete:
            self._try()

    def back(self) -> None:
        """The word before once more."""
        if self.state.typing is not None:
            self._typing.back()
            self._show(replace(self.state, typing=self._typing.view))

    # ── handing out ────────────────────────────────────────────────────────────────────────────────────────

    def print_next(self) -> None:
        """Print the next sheet."""
        if self._handout is not None:
            self._handout.print_next()

    def answer(self, word: str) -> None:
        """The word that was asked back."""
        if self._handout is not None:
            self._handout.answer(word)

    def close(self) -> None:
        """The page goes away, and with it everything that was typed or printed."""
        self.show_on(None)
        self._forget()

    def _new(self) -> None:
        if self.state.asked_for:
            self._begin_typing(RecoveryStage.TYPING_OLD)
            return
        self._show(replace(self.state, stage=RecoveryStage.WORKING, trouble=None, happened=None))
        self._runner.run(lambda _cancel: self._recovery.ask_new_sheets(), done=self._asked, failed=self._told)

    def _asked(self, request: Request) -> None:
        self._request_id = request.request_id
        self._show(replace(self.state, stage=RecoveryStage.READY, asked_for=True, happened=_ASKED))

    def _begin_typing(self, stage: RecoveryStage) -> None:
        self._typing.clear()
        self._show(replace(self.state, stage=stage, typing=self._typing.view, trouble=None, happened=None))

    def _try(self) -> None:
        sheets, stage = self._typing.sheets, self.state.stage
        self._show(replace(self.state, stage=RecoveryStage.WORKING))
        if stage is RecoveryStage.TYPING_TEST:
            self._runner.run(
                lambda _cancel: self._recovery.test(sheets),
                done=self._fit,
                failed=lambda problem: self._do_not_fit(problem, stage),
            )
        else:
            self._runner.run(
                lambda _cancel: self._recovery.new_sheets(self._request_id, sheets),
                done=self._made,
                failed=lambda problem: self._do_not_fit(problem, stage),
            )

    def _fit(self, fit: SheetsFit) -> None:
        self._typing.clear()
        said = Trouble(
            cause=say("The two sheets fit, and are this station's: set {mark}.", mark=fit.mark),
            next_step=say("Nothing was restored. Give each sheet back to its holder."),
        )
        if not fit.newest:
            said = Trouble(
                cause=say("The two sheets fit, but set {mark} is not the newest one.", mark=fit.mark),
                next_step=say("Destroy them, and use the newest set."),
            )
        self._show(replace(self.state, stage=RecoveryStage.READY, typing=None, happened=said))

    def _do_not_fit(self, problem: BaseException, stage: RecoveryStage) -> None:
        """What was typed stays; when one word is known to be wrong, only that one is typed again."""
        if not isinstance(problem, ShareRefused):
            self._typing.clear()
            self._show(replace(self.state, stage=RecoveryStage.READY, typing=None, trouble=Trouble.of(problem)))
            return
        if problem.sheet and problem.word:
            self._typing.go_to(problem.sheet, problem.word)
        else:
            self._typing.clear()
        self._show(replace(self.state, stage=stage, typing=self._typing.view, trouble=Trouble.of(problem)))

    def _made(self, made: RecoverySet) -> None:
        self._typing.clear()
        self._handout = SheetHandout(
            made,
            words=self._words,
            randomness=self._randomness,
            runner=self._runner,
            outlet=self._outlet,
            changed=self._handout_changed,
            finished=self._handed_out,
        )
        self._show(replace(self.state, stage=RecoveryStage.HANDING_OUT, typing=None, handout=self._handout.view))

    def _handout_changed(self) -> None:
        if self._handout is not None:
            self._show(replace(self.state, handout=self._handout.view))

    def _handed_out(self) -> None:
        handout = self._handout
        if handout is None:
            return
        self._show(replace(self.state, stage=RecoveryStage.WORKING))
        self._runner.run(
            lambda _cancel: self._recovery.note_sheets(self._request_id, handout.made),
            done=self._noted,
            failed=self._told,
        )

    def _noted(self, _none: None) -> None:
        self._forget()
        self._request_id = ""
        self._show(replace(self.state, handout=None, asked_for=False, happened=_NOTED))
        self.refresh()

    def _leave(self) -> None:
        unfinished = self.state.stage is RecoveryStage.HANDING_OUT
        self._forget()
        trouble = _NOT_HANDED_OUT if unfinished else None
        self._show(
            replace(self.state, stage=RecoveryStage.READY, typing=None, handout=None, happened=None, trouble=trouble)
        )

    def _forget(self) -> None:
        self._typing.clear()
        handout, self._handout = self._handout, None
        if handout is not None:
            handout.close()

    def _read(self, found: tuple[KeysState, Request | None]) -> None:
        keys, request = found
        self._request_id = "" if request is None else request.request_id
        happened = self.state.happened
        if request is not None and request.state is RequestState.APPROVED:
            happened = _APPROVED
        ready = replace(self.state, stage=RecoveryStage.READY, keys=keys, happened=happened)
        self._show(replace(ready, asked_for=request is not None))

    def _told(self, problem: BaseException) -> None:
        self._forget()
        ready = replace(self.state, stage=RecoveryStage.READY, typing=None, handout=None)
        self._show(replace(ready, trouble=Trouble.of(problem)))


_ASKED = Trouble(
    cause=say("New sheets are asked for."),
    next_step=say("Another person approves it on the page Approvals. Then press F5 here once more."),
)
_APPROVED = Trouble(
    cause=say("New sheets are approved."), next_step=say("Press F5, and type two of the sheets that count now.")
)
_NOTED = Trouble(
    cause=say("The new sheets count from now on."),
    next_step=say("Destroy the old ones: burn them, or cut them small."),
)
_NOT_HANDED_OUT = Trouble(
    cause=say("The new sheets do not count: they were not all printed and typed back."),
    next_step=say("Destroy the ones that were printed. The sheets of the set before still count."),
)
