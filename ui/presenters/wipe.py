# SPDX-License-Identifier: Apache-2.0
"""Destroys the keys when the post is about to be taken: fast under stress, and never by accident.

Nobody is signed in here: the session ends before this is asked. A password alone is not enough either: three digits
have to be copied from the page, which no keyboard layout and no habit types by itself.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from station.domain.errors import SignInRefused, StoreFull
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.clock import Randomness
from station.ports.keys import KeyDesk
from station.ports.storage import StoreKind
from station.ports.tasks import CancelToken, TaskRunner
from ui.presenters.pin_look import NeedsPin, PinLook
from ui.presenters.showing import Presenter, Trouble

_DIGITS = 3


class WipeStage(enum.Enum):
    """Where it stands."""

    ASKING = "asking"
    DESTROYING = "destroying"  # nothing stops it any more
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class WipeForm:
    """Everything as typed. ``digits`` are copied from the page."""

    name: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    pin: str = field(default="", repr=False)
    digits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WipeState:
    """What the page shows. ``tries`` grows with each refusal: the page then empties what is secret."""

    digits: str
    kind: StoreKind | None = None
    stage: WipeStage = WipeStage.ASKING
    name: str = field(default="", repr=False)
    pin: bool = False  # whoever has the name that was typed needs a token
    tries: int = 0
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiped:
    """How it ended. ``remains`` says what is still possible, or which keys resisted when it is not ``complete``."""

    remains: tuple[Text, ...]
    complete: bool


class WipePresenter(Presenter[WipeState]):
    """Home thread only. ``ended`` is called once, when keys were destroyed; ``left`` when the person goes back."""

    def __init__(
        self,
        keys: KeyDesk,
        runner: TaskRunner,
        randomness: Randomness,
        *,
        needs_pin: NeedsPin,
        ended: Callable[[Wiped], None],
        left: Callable[[], None],
        name: str = "",
        kind: StoreKind | None = None,
    ) -> None:
        super().__init__(WipeState(digits=_digits(randomness), kind=kind, name=name))
        self._keys = keys
        self._runner = runner
        self._needs_pin = needs_pin
        self._ended = ended
        self._left = left
        self._look = PinLook(needs_pin, runner, lambda pin: self._show(replace(self.state, pin=pin)))
        self._look.named(name)

    def named(self, name: str) -> None:
        """A name stands in the field."""
        self._look.named(name)

    def submit(self, form: WipeForm) -> None:
        """Destroy the keys, once everything is typed. A second try while one runs is ignored."""
        if self.state.stage is not WipeStage.ASKING:
            return
        if not form.name.strip() or not form.password:
            self._show(replace(self.state, trouble=_MISSING))
        elif _plain(form.digits) != self.state.digits:
            self._show(replace(self.state, trouble=OTHER_DIGITS))
        else:
            self._destroy(form)

    def leave(self) -> None:
        """Back to signing in; nothing was destroyed. Nothing leads back once it runs."""
        if self.state.stage is WipeStage.ASKING:
            self._left()

    def close(self) -> None:
        """The page goes away."""
        self.show_on(None)
        self._look.close()

    def _destroy(self, form: WipeForm) -> None:
        name, password = form.name.strip(), Secret.of(form.password)
        pin = Secret.of(form.pin) if form.pin else None
        self._show(replace(self.state, stage=WipeStage.DESTROYING, trouble=None))

        def work(_cancel: CancelToken) -> Sequence[Text]:
            if pin is None and self._needs_pin(name):
                raise _PinMissing(
                    say("This name signs in with a token, and its PIN was not typed."),
                    say("Plug the token in. Type the password again, and the PIN of the token under it."),
                )
            return self._keys.wipe(name, password, pin=pin)

        def forget() -> None:
            password.forget()
            if pin is not None:
                pin.forget()

        def done(remains: Sequence[Text]) -> None:
            forget()
            self._over(Wiped(remains=tuple(remains), complete=True))

        def failed(problem: BaseException) -> None:
            forget()
            if isinstance(problem, StoreFull):  # keys are gone already, but not all of them
                self._over(Wiped(remains=(problem.cause, problem.next_step), complete=False))
                return
            state = replace(self.state, stage=WipeStage.ASKING, tries=self.state.tries + 1)
            self._show(replace(state, trouble=Trouble.of(problem), pin=state.pin or isinstance(problem, _PinMissing)))

        self._runner.run(work, done=done, failed=failed)

    def _over(self, wiped: Wiped) -> None:
        self._show(replace(self.state, stage=WipeStage.OVER))
        self._ended(wiped)


class _PinMissing(SignInRefused):
    """The name needs a token: nothing was tried, and no wrong try counts, here or at the token."""


def _digits(randomness: Randomness) -> str:
    """Three digits, none of them twice in a row: a held key never types them."""
    found = ""
    while len(found) < _DIGITS:
        digit = str(randomness.bytes(1)[0] % 10)
        if not found.endswith(digit):
            found += digit
    return found


def _plain(typed: str) -> str:
    """The digits as the page shows them, whatever keyboard typed them: Eastern Arabic ones too, spaces left out."""
    return "".join(str(int(one)) if one.isdecimal() else one for one in typed if not one.isspace())


_MISSING = Trouble(cause=say("Name and password are both needed."), next_step=say("Fill in what is empty."))
OTHER_DIGITS = Trouble(
    cause=say("These are not the digits that stand beside the field."),
    next_step=say("Copy them, then press Enter. Nothing was destroyed."),
)
