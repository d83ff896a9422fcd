# SPDX-License-Identifier: Apache-2.0
"""Feels every key and every move of the mouse, and says when nobody has touched the station for too long."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from ui.presenters.idle import IdleWatch

_TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseMove,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletMove,
    }
)
_LOOK_EVERY = 1000  # ms: a machine that slept is noticed within a second of waking


class ActivityFilter(QObject):
    """Watches the whole application. ``idle`` is called once; ``restart`` begins anew."""

    def __init__(self, application: QApplication, watch: IdleWatch, idle: Callable[[], None]) -> None:
        super().__init__(application)
        self._application = application
        self._watch = watch
        self._idle = idle
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        application.installEventFilter(self)

    def restart(self) -> None:
        """Somebody signed in: count from now."""
        self._watch.touched()
        self._plan()

    def stop(self) -> None:
        """Nobody is signed in: nothing to lock."""
        self._timer.stop()

    def close(self) -> None:
        """The window goes away."""
        self._timer.stop()
        self._application.removeEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Let everything pass."""
        if event.type() in _TOUCHES:
            self._watch.touched()
        return False

    def _plan(self) -> None:
        self._timer.start(min(_LOOK_EVERY, max(1, int(self._watch.left * 1000) + 1)))

    def _look(self) -> None:
        if self._watch.left > 0:
            self._plan()
            return
        self._timer.stop()
        self._idle()
