# SPDX-License-Identifier: Apache-2.0
"""An event loop with a heartbeat: how long the window was deaf and blind is the longest gap between two beats."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QWidget

BEAT = 5  # ms


class Heart:
    """Turns Qt's event loop while something is awaited, and keeps the worst stall in milliseconds.

    The time between two waits is the test's own and does not count; what a key sets off counts with ``stroke``.
    """

    def __init__(self) -> None:
        self.worst = 0.0
        self._last: float | None = None

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
        self._last = time.perf_counter()
        loop.exec()
        timer.stop()
        self._last = None
        if failure:
            raise failure[0]

    @contextmanager
    def stroke(self) -> Iterator[None]:
        """What the window does with a key, before it looks at the next event."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._note(time.perf_counter() - begun)

    def rest(self) -> float:
        """The worst stall since the last call, in milliseconds."""
        worst, self.worst = self.worst, 0.0
        return worst

    def _beat(self) -> None:
        now = time.perf_counter()
        if self._last is not None:
            self._note(now - self._last - BEAT / 1000)
        self._last = now

    def _note(self, seconds: float) -> None:
        self.worst = max(self.worst, seconds * 1000)
