# SPDX-License-Identifier: Apache-2.0
"""Brings a call from any thread to the window's thread."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal


class Home(QObject):
    """Make it on the window's thread; ``post`` from anywhere. After ``close`` nothing arrives any more."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._posted.connect(self._arrived, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Run ``call`` on the window's thread, later, in the order of posting."""
        if self._open:
            self._posted.emit(call)

    def close(self) -> None:
        """The window goes away."""
        self._open = False

    def _arrived(self, call: Callable[[], None]) -> None:
        if self._open:
            call()
