# SPDX-License-Identifier: Apache-2.0
"""What happens once a person's store is closed: this process ends and another begins, or it asks the next person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QTimer

from station.domain.words import say
from ui.desktop.runtime.successor import Handover
from ui.presenters.showing import Trouble
from ui.presenters.sign_in import SignInPresenter, Why

#: Ends this process soon, and hands over to the one that follows.
StartAnew = Callable[[Handover], None]

#: Seconds in which what runs has to come home. An end is safe at any moment; only the entry of the lock is lost then.
CLOSES_WITHIN: Final = 30.0
#: A login manager waits 5 seconds by default, and devices let go of in 2 of them (successor.PATIENCE).
BEFORE_SLEEP: Final = 2.0

NOT_RECORDED: Final = Trouble(
    cause=say("The end of the last session could not be written into the audit trail."),
    next_step=say("Sign in again. If this comes again, tell a technician: the disk may be full or slow."),
)


class Farewell:
    """The end of one session after another. The window's thread only."""

    def __init__(self, start_anew: StartAnew | None) -> None:
        self._start_anew = start_anew
        self._wipe: Callable[[str], None] = lambda _name: None
        self._handover: Handover | None = None
        self._presenter: SignInPresenter | None = None
        self._released: Callable[[], None] = lambda: None
        self._over = False
        self._limit = QTimer()
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(lambda: self.closed(TimeoutError()))

    def on_wipe(self, wipe: Callable[[str], None]) -> None:
        """What follows a session that ended for it, with its name, where this process goes on."""
        self._wipe = wipe

    def begin(self, handover: Handover, presenter: SignInPresenter, within: float) -> None:
        """A session is being closed, with this page before it. At the latest ``within`` seconds from now it is over."""
        self._handover, self._presenter = handover, presenter
        if self._start_anew is None:
            presenter.closing()
        else:
            presenter.ending()
            self._limit.start(round(within * 1000))

    def closed(self, problem: BaseException | None = None) -> None:
        """The store is closed, whatever else happened to it; or it took too long."""
        handover, self._handover = self._handover, None
        if handover is None:
            return
        if self._start_anew is not None:
            self._end(replace(handover, recorded=problem is None))
            return
        if self._presenter is not None:
            self._presenter.closed(problem)
        if handover.why is Why.WIPE:
            self._wipe(handover.name)
        released, self._released = self._released, lambda: None
        released()

    def rather(self, why: Why) -> bool:
        """Whether a session is being closed: then the next page is about ``why``, and it comes soon."""
        if self._handover is None:
            return False
        self._handover = replace(self._handover, why=why)
        if self._start_anew is not None and self._limit.remainingTime() > BEFORE_SLEEP * 1000:
            self._limit.start(round(BEFORE_SLEEP * 1000))
        return True

    def end(self, handover: Handover) -> bool:
        """End this process now, with nobody signed in. False where the same one goes on (tests, pictures)."""
        if self._start_anew is None:
            return False
        self._end(handover)
        return True

    def asleep(self, released: Callable[[], None], otherwise: Handover | None) -> None:
        """The machine waits with its sleep until ``released`` is called or this process has ended.

        ``otherwise`` is handed over when nobody is signed in: a password may stand half-typed on the page.
        """
        if self._handover is not None:
            if self._start_anew is None:
                self._released = released
            elif self._limit.remainingTime() > BEFORE_SLEEP * 1000:  # it began to close before
                self._limit.start(round(BEFORE_SLEEP * 1000))
        elif self._start_anew is not None and otherwise is not None:
            self._end(otherwise)
        else:
            released()

    def close(self) -> None:
        """The window goes away."""
        self._over = True
        self._limit.stop()

    def _end(self, handover: Handover) -> None:
        if self._over or self._start_anew is None:
            return
        self._over = True
        self._limit.stop()
        self._start_anew(handover)
