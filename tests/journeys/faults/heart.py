# SPDX-License-Identifier: Apache-2.0
"""An event loop with a heartbeat: how long the window was deaf and blind is the longest gap between two beats."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QWidget

BEAT = 5  # ms


class Heart:
    """Turns Qt's event loop while something is awaited, and keeps the worst stall in milliseconds.

    The time between two waits is the test's own and does not count; what a key sets off counts with ``stroke``. Nor
    does the time for which this thread could have run and others had the processor (Linux says how long that was):
    ``worst_by_the_clock`` is the stall with it.
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self.worst_by_the_clock = 0.0
        self._last: tuple[float, float] | None = None

    def waitActive(self, widget: QWidget) -> object:
        """A window without a screen is active when it is asked to be."""
        widget.activateWindow()
        return nullcontext()

    def waitUntil(self, callback: Callable[[], None], *, timeout: int = 30_000) -> None:
        """Turn the loop until ``callback`` does not raise AssertionError any more."""
        loop = QEventLoop()
        deadline = time.monotonic() + timeout / 1000
        failure: list[AssertionError] = []

        def beat() -> None:
            self._beat()
            failure.clear()
            try:
                callback()
            except AssertionError as not_yet:
                failure.append(not_yet)
                if time.monotonic() < deadline:
                    return
            loop.quit()

        timer = QTimer()
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.setInterval(BEAT)
        timer.timeout.connect(beat)
        timer.start()
        self._last = _now()
        loop.exec()
        timer.stop()
        self._last = None
        if failure:
            raise failure[0]

    @contextmanager
    def stroke(self) -> Iterator[None]:
        """What the window does with a key, before it looks at the next event."""
        begun = _now()
        try:
            yield
        finally:
            self._note(begun, _now(), expected=0.0)

    def rest(self) -> float:
        """The worst stall since the last call, in milliseconds."""
        worst, self.worst = self.worst, 0.0
        return worst

    def _beat(self) -> None:
        now = _now()
        if self._last is not None:
            self._note(self._last, now, expected=BEAT / 1000)
        self._last = now

    def _note(self, before: tuple[float, float], now: tuple[float, float], *, expected: float) -> None:
        passed = now[0] - before[0] - expected
        kept_waiting = now[1] - before[1]
        self.worst = max(self.worst, (passed - kept_waiting) * 1000)
        self.worst_by_the_clock = max(self.worst_by_the_clock, passed * 1000)


def _now() -> tuple[float, float]:
    """Seconds on the clock, and seconds for which this thread waited for a processor since it began."""
    try:
        waited = int(Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text().split()[1])
    except (OSError, IndexError):
        waited = 0
    return time.perf_counter(), waited / 1e9
