# SPDX-License-Identifier: Apache-2.0
"""Signing in, and coming back after a lock: stretching the password takes a second, and the page never waits for it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from station.access.sign_in import Session, SignInService
from station.domain.errors import Cancelled, SignInRefused
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.storage import StoreKind
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.showing import Presenter, Trouble


class Phase(enum.Enum):
    """Where signing in stands."""

    READY = "ready"  # name and password can be typed
    CLOSING = "closing"  # the session before is being closed; typing is possible
    ENDING = "ending"  # as closing, and then the program begins anew: nothing can be typed
    UNLOCKING = "unlocking"  # the store is being opened


class Why(enum.Enum):
    """Why this page is here."""

    START = "start"  # the program has just started
    SIGNED_OUT = "signed out"  # the person left
    LOCKED = "locked"  # nobody touched the station for a while
    SLEPT = "slept"  # the machine went to sleep
    SCREEN = "screen"  # the screen went off, or the desktop locked
    NEW_KEYS = "new keys"  # stores get new keys, as soon as the password is typed again
    WIPE = "wipe"  # somebody wants to destroy the keys: the session ends before they are asked for anything
    WIPED = "wiped"  # the keys are destroyed
    NOT_ALL_WIPED = "not all wiped"  # a key file resisted
    BEGAN_ANEW = "began anew"  # the machine slept before there was a station: what was typed is gone
    SHEETS_VOID = "sheets void"  # the same, while the sheets of a station were printed that is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInState:
    """What the page shows. ``name`` is what stands in the first field when the page opens."""

    why: Why
    phase: Phase = Phase.READY
    pin: bool = False  # whoever has the name that was typed needs a token
    name: str = ""
    kind: StoreKind | None = None
    trouble: Trouble | None = None
    doing: Text | None = None  # what takes long while the store is being opened
    tries: int = 0  # grows with each refusal: the page then empties the password


@dataclass(slots=True)
class _Attempt:
    """One try, and the session it opened, if it came so far."""

    name: str
    password: Secret = field(repr=False)
    pin: Secret | None = field(default=None, repr=False)
    session: Session | None = None
    over: bool = False

    def forget(self) -> None:
        """Nothing secret is left of it."""
        self.password.forget()
        if self.pin is not None:
            self.pin.forget()


class _PinMissing(SignInRefused):
    """The name needs a token: nothing was tried, and no wrong try counts, here or at the token."""


class SignInPresenter(Presenter[SignInState]):
    """Asks for a session; hands it to ``opened``."""

    def __init__(
        self,
        service: SignInService,
        runner: TaskRunner,
        opened: Callable[[Session], None],
        *,
        why: Why = Why.START,
        name: str = "",
        kind: StoreKind | None = None,
        needs_pin: Callable[[str], bool] = lambda _name: False,
        home: Callable[[Callable[[], None]], None] = lambda call: call(),
    ) -> None:
        """``needs_pin``: whether a sign-in name has a token; called off the window's thread.

        ``home`` brings a call from any thread to the window's.
        """
        super().__init__(SignInState(why=why, name=name, kind=kind))
        self._needs_pin = needs_pin
        self._home = home
        self._named: str | None = ""
        self._service = service
        self._runner = runner
        self._opened = opened
        self._under_way: TaskHandle | None = None
        self._waiting: _Attempt | None = None
        self._trying = ""
        self._given_way: Callable[[], None] | None = None

    @property
    def ready(self) -> bool:
        """Whether a try would begin at once."""
        return self.state.phase is Phase.READY

    def closing(self) -> None:
        """The session before is still being closed: what is submitted meanwhile waits for ``closed``."""
        self._show(replace(self.state, phase=Phase.CLOSING))

    def ending(self) -> None:
        """The session before is still being closed, and this page ends with it."""
        self._show(replace(self.state, phase=Phase.ENDING))

    def closed(self, problem: BaseException | None = None) -> None:
        """The session before is closed, whatever else happened to it."""
        trouble = None if problem is None else Trouble.of(problem)
        if self._waiting is None:
            self._show(replace(self.state, phase=Phase.READY, trouble=trouble))
            return
        attempt, self._waiting = self._waiting, None
        self._start(attempt)

    def tell(self, trouble: Trouble) -> None:
        """Something the person has to know before signing in: the store is damaged, newer or gone."""
        self._show(replace(self.state, trouble=trouble))

    def named(self, name: str) -> None:
        """A name stands in the field: whether it needs a PIN is looked up meanwhile."""
        name = name.strip()
        if name == self._named:
            return
        self._named = name

        # What is wrong with the key files is said when somebody signs in.
        self._runner.run(
            lambda _cancel: (name, bool(name) and self._needs_pin(name)),
            done=self._looked,
            failed=lambda _problem: None,
        )

    def submit(self, name: str, password: str, pin: str = "") -> None:
        """Try to open the store. A second try while one runs is ignored."""
        if self.state.phase in (Phase.UNLOCKING, Phase.ENDING) or self._waiting is not None:
            return
        if not name.strip() or not password:
            self._show(
                replace(
                    self.state,
                    trouble=Trouble(
                        cause=say("Name and password are both needed."), next_step=say("Fill in what is empty.")
                    ),
                )
            )
            return
        attempt = _Attempt(name.strip(), Secret.of(password), Secret.of(pin) if pin else None)
        if self.state.phase is Phase.CLOSING:
            self._waiting = attempt
            self._show(replace(self.state, phase=Phase.UNLOCKING, trouble=None))
            return
        self._start(attempt)

    def _looked(self, found: tuple[str, bool]) -> None:
        name, pin = found
        if name == self._named:
            self._show(replace(self.state, pin=pin))

    def cancel(self) -> None:
        """Stop a try under way."""
        if self._under_way is not None:
            self._under_way.cancel()

    def give_way(self, why: Why, gave_way: Callable[[], None]) -> str:
        """Stop the try under way for another page; the name that was typed.

        ``gave_way`` is called when it has ended without a session; one that opened all the same goes to ``opened``.
        """
        self._given_way = gave_way
        self._show(replace(self.state, why=why, phase=Phase.ENDING, name=self._trying or self.state.name))
        self.cancel()
        return self.state.name

    def _start(self, attempt: _Attempt) -> None:
        self._trying = attempt.name
        self._show(replace(self.state, phase=Phase.UNLOCKING, trouble=None, doing=None))

        def told(step: Text) -> None:
            self._home(lambda: self._tell_step(attempt, step))

        def work(cancel: CancelToken) -> Session:
            if attempt.pin is None and self._needs_pin(attempt.name):
                raise _PinMissing(
                    say("This name signs in with a token, and its PIN was not typed."),
                    say("Plug the token in. Type the password again, and the PIN of the token under it."),
                )
            attempt.session = self._service.sign_in(attempt.name, attempt.password, cancel, pin=attempt.pin, told=told)
            return attempt.session

        def done(session: Session) -> None:
            self._under_way = None
            attempt.over = True
            attempt.forget()
            self._named = None  # a look-up that comes late finds no page any more
            self._opened(session)

        def failed(problem: BaseException) -> None:
            self._under_way = None
            attempt.over = True
            attempt.forget()
            after = self._given_way
            if attempt.session is not None:
                self._close_again(attempt.session, after or (lambda: None))
            elif after is not None:
                after()
            if after is not None:
                return
            trouble = None if isinstance(problem, Cancelled) else Trouble.of(problem)
            pin = self.state.pin or isinstance(problem, _PinMissing)
            self._show(replace(self.state, phase=Phase.READY, trouble=trouble, tries=self.state.tries + 1, pin=pin))

        self._under_way = self._runner.run(work, done=done, failed=failed)

    def _tell_step(self, attempt: _Attempt, step: Text) -> None:
        if not attempt.over:
            self._show(replace(self.state, doing=step))

    def _close_again(self, session: Session, then: Callable[[], None]) -> None:
        """The stop came in the moment the store had opened: it must not stay open behind the page."""
        self._runner.run(
            lambda _cancel: self._service.sign_out(session), done=lambda _done: then(), failed=lambda _problem: then()
        )
