# SPDX-License-Identifier: Apache-2.0
"""Makes guessing at the keyboard slow: after some wrong tries each further one at the same name has to wait.

A hindrance for whoever sits at the station, kept on disk so that a restart does not end it. It is no protection
against somebody who copied the store: that is the work of the password stretching.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from station.domain.errors import SignInRefused
from station.domain.sign_in_name import comparable
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.ports.clock import Clock
from storage.durable import replace_durably

FILE_NAME = "wrong_tries.json"
LOCK_FILE = "wrong_tries.lock"
FREE_TRIES = 5
LONGEST_WAIT = 60  # seconds: the rest of the post must still be able to work

#: Whose count it is when the paper shares are tried.
RECOVERY = "recovery"

_STRANGERS = 64  # counts for all names that nobody has, so that the file cannot grow without end
_MAX_BYTES = 1 << 18

T = TypeVar("T")

if sys.platform == "win32":
    import msvcrt

    def _wait_for(descriptor: int) -> None:
        while True:
            with suppress(OSError):  # after ten seconds of waiting
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return

    def _leave(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _wait_for(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _leave(descriptor: int) -> None:
        # By name: a child that inherited the file would otherwise keep the lock alive.
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@dataclass(frozen=True, slots=True)
class _Count:
    """How many wrong tries at one name make the next one wait, and when the last one was."""

    count: int
    last_at: datetime

    def __post_init__(self) -> None:
        if self.count < 1 or self.last_at.tzinfo is None:
            raise ValueError("not a number of tries")


@dataclass(frozen=True, slots=True)
class _Tries:
    """The counts under their names as hashes, and how many tries are still to go on the trail."""

    owed: int
    counts: dict[str, _Count]

    def __post_init__(self) -> None:
        if self.owed < 0:
            raise ValueError("not a number of tries")


class WrongTries:
    """``wrong_tries.json`` in a store's folder. What cannot be read counts as no wrong try. Any thread.

    ``whose`` is what ``count_of`` says of a name, or RECOVERY.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / FILE_NAME
        self._lock = folder / LOCK_FILE
        self._clock = clock
        self._threads = threading.Lock()

    def judge(self, whose: str, attempt: Callable[[], T]) -> T:
        """What ``attempt`` gives, unless it has to wait; the counts of a right one go, a wrong one counts.

        One at a time in all programs of this computer: tries side by side would all be judged before the first is
        counted. Raises SignInRefused, and what ``attempt`` raises.
        """
        with self._alone():
            self._refuse_while_waiting(whose)
            try:
                found = attempt()
            except SignInRefused:
                self._add(whose)
                raise
            tries = self._read()
            if tries.counts.pop(whose, None) is not None:  # nobody waits for the wrong ones before the right one
                self._write(tries)
            return found

    def refuse_while_waiting(self, whose: str) -> None:
        """Raise SignInRefused while the wait after the last wrong try at this name lasts."""
        with self._alone():
            self._refuse_while_waiting(whose)

    def add(self, whose: str) -> None:
        """One more wrong try."""
        with self._alone():
            self._add(whose)

    def owed(self) -> int:
        """How many there were, of all names, since the last that were ``noted``."""
        return self._read().owed

    def noted(self, number: int) -> None:
        """So many of the owed ones are on the trail now. Whoever has to wait still has to."""
        if not number:
            return
        with self._alone():
            tries = self._read()
            self._write(replace(tries, owed=max(tries.owed - number, 0)))

    def _refuse_while_waiting(self, whose: str) -> None:
        tries = self._read()
        mine = tries.counts.get(whose)
        if mine is None or mine.count < FREE_TRIES:
            return
        wait = timedelta(seconds=wait_after(mine.count))
        now = self._clock.now()
        if mine.last_at > now:  # the clock was set back: wait once more, but not until it catches up
            tries.counts[whose] = _Count(mine.count, now)
            self._write(tries)
            left = wait
        else:
            left = wait - (now - mine.last_at)
        if left > timedelta(0):
            raise SignInRefused(
                say("There were {count} wrong tries to sign in.", count=mine.count),
                say("Wait {seconds} seconds, then try again.", seconds=-(-left // timedelta(seconds=1))),
            )

    def _add(self, whose: str) -> None:
        tries = self._read()
        mine = tries.counts.get(whose)
        tries.counts[whose] = _Count(1 if mine is None else mine.count + 1, self._clock.now())
        self._write(replace(tries, owed=tries.owed + 1))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread and no other program counts meanwhile; where nothing can be written, no other thread."""
        with self._threads:
            descriptor: int | None = None
            with suppress(OSError):
                descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            if descriptor is None:
                yield
                return
            try:
                with suppress(OSError):  # a file system without locks
                    _wait_for(descriptor)
                yield
            finally:
                with suppress(OSError):
                    _leave(descriptor)
                os.close(descriptor)

    def _read(self) -> _Tries:
        try:
            with self._path.open("rb") as file:
                return from_json(_Tries, file.read(_MAX_BYTES))
        except (OSError, NotThisShape, RecursionError):
            return _Tries(0, {})

    def _write(self, tries: _Tries) -> None:
        # A disk that cannot be written fails louder when the store opens.
        with suppress(OSError):
            if tries.owed or tries.counts:
                replace_durably(self._path, to_json(tries))
            else:
                self._path.unlink(missing_ok=True)


def count_of(name: str, people: Iterable[str]) -> str:
    """Whose count a wrong try at ``name`` goes to, where ``people`` are the sign-in names of the post."""
    wanted = comparable(name)
    hashed = hashlib.sha256(wanted.encode(errors="surrogatepass"))
    if any(comparable(one) == wanted for one in people):
        return f"person-{hashed.hexdigest()[:32]}"
    return f"nobody-{hashed.digest()[0] % _STRANGERS}"


def wait_after(count: int) -> int:
    """Seconds to wait after so many wrong tries: none at first, then doubling."""
    return 0 if count < FREE_TRIES else min(2 ** min(count - FREE_TRIES + 2, 10), LONGEST_WAIT)
