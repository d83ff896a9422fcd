# SPDX-License-Identifier: Apache-2.0
"""A device call on another thread, as the station makes it, and what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from station.domain.errors import Cancelled, StationError

ENDS = 10.0  # seconds until a call that was to end counts as hanging


class Call:
    """Runs ``work`` on a thread of its own at once."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.error: StationError | Cancelled | None = None
        self.result: object = None
        self.begun = threading.Event()
        self._work = work
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        assert self.begun.wait(ENDS)

    def _run(self) -> None:
        self.begun.set()
        try:
            self.result = self._work()
        except (StationError, Cancelled) as error:
            self.error = error

    def end(self) -> None:
        """Wait for its end."""
        self._thread.join(ENDS)
        assert not self._thread.is_alive(), "the call hangs"
