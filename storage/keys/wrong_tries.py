# SPDX-License-Identifier: Apache-2.0
"""Makes guessing at the keyboard slow: after some wrong tries each further one has to wait.

A hindrance for whoever sits at the station, kept on disk so that a restart does not end it. It is no protection
against somebody who copied the store: that is the work of the password stretching.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from station.domain.errors import SignInRefused
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.ports.clock import Clock
from storage.durable import replace_durably

FREE_TRIES = 5
LONGEST_WAIT = 60  # seconds: the rest of the post must still be able to work

_MAX_BYTES = 1024


@dataclass(frozen=True, slots=True)
class _Tries:
    """``count`` makes the next one wait; ``settled`` do not any more, and are still to go on the trail."""

    count: int
    last_at: datetime
    settled: int = 0

    def __post_init__(self) -> None:
        if self.count < 0 or self.settled < 0 or self.last_at.tzinfo is None:
            raise ValueError("not a number of tries")


class WrongTries:
    """``wrong_tries.json`` in a store's folder. What cannot be read counts as no wrong try."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / "wrong_tries.json"
        self._clock = clock

    def refuse_while_waiting(self) -> None:
        """Raise SignInRefused while the wait after the last wrong try lasts."""
        tries = self._read()
        if tries is None or tries.count < FREE_TRIES:
            return
        wait = timedelta(seconds=wait_after(tries.count))
        now = self._clock.now()
        if tries.last_at > now:  # the clock was set back: wait once more, but not until it catches up
            self._write(_Tries(tries.count, now, tries.settled))
            left = wait
        else:
            left = wait - (now - tries.last_at)
        if left > timedelta(0):
            raise SignInRefused(
                say("There were {count} wrong tries to sign in.", count=tries.count),
                say("Wait {seconds} seconds, then try again.", seconds=-(-left // timedelta(seconds=1))),
            )

    def add(self) -> None:
        """One more wrong try."""
        tries = self._read() or _Tries(0, self._clock.now())
        self._write(_Tries(tries.count + 1, self._clock.now(), tries.settled))

    def settle(self) -> None:
        """The right password was typed while the store was open: nobody has to wait for the wrong ones before it."""
        tries = self._read()
        if tries is not None and tries.count:
            self._write(_Tries(0, tries.last_at, tries.settled + tries.count))

    def take(self) -> int:
        """How many there were; from now on none."""
        tries = self._read()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        return 0 if tries is None else tries.count + tries.settled

    def _read(self) -> _Tries | None:
        try:
            with self._path.open("rb") as file:
                return from_json(_Tries, file.read(_MAX_BYTES))
        except (OSError, NotThisShape, RecursionError):
            return None

    def _write(self, tries: _Tries) -> None:
        # A disk that cannot be written fails louder when the store opens.
        with suppress(OSError):
            replace_durably(self._path, to_json(tries))


def wait_after(count: int) -> int:
    """Seconds to wait after so many wrong tries: none at first, then doubling."""
    return 0 if count < FREE_TRIES else min(2 ** min(count - FREE_TRIES + 2, 10), LONGEST_WAIT)
