# SPDX-License-Identifier: Apache-2.0
"""Keeps a reader that types away from every field and every shortcut, and gives the officer's own keys back in order.

It stands before the whole application and holds only keys that come from the system. What it gives back it sends by
itself, and that is how those keys come past it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QShortcutEvent
from PySide6.QtWidgets import QApplication, QWidget

from ui.desktop.runtime.bursts import Burst, BurstDetector, Stroke, Typed

_KEYS: Final = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
_MODIFIERS: Final = (
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
)
_COMMANDS: Final = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)
_ENDS: Final = {Qt.Key.Key_Return: "\r", Qt.Key.Key_Enter: "\r", Qt.Key.Key_Tab: "\t"}


class TypingReader(Protocol):
    """A reader that types, as ``DriverSet`` has it."""

    @property
    def listens(self) -> bool:
        """Whether it is switched on."""
        ...

    @property
    def gap(self) -> float:
        """Seconds between two keys up to which a reader may have typed both."""
        ...

    @property
    def least(self) -> int:
        """So many fast keys in a row are a reader."""
        ...

    def begins_with_a_stray_key(self, text: str) -> bool:
        """Whether the first character is no reader's: an officer pressed that key right before."""
        ...

    def burst(self, text: str) -> bool:
        """A reader typed this. False when nobody waits for it."""
        ...


class WedgeFilter(QObject):
    """Made, used and closed on the window's thread. ``unwanted``: a reader typed, and nobody waits for it."""

    def __init__(
        self,
        application: QApplication,
        reader: Callable[[], TypingReader | None],
        *,
        unwanted: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(application)
        self._application = application
        self._reader = reader
        self._unwanted = unwanted
        self._measure = (0.0, 0)
        self._detector: BurstDetector[QKeyEvent] = BurstDetector(gap=0.0, least=1)
        self._kept: set[int] = set()  # keys whose press was held: their release is not for the page
        self._asked_again = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._quiet)
        application.installEventFilter(self)

    def close(self) -> None:
        """The window goes away."""
        self._timer.stop()
        self._application.removeEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Hold keys of the system while a reader is switched on."""
        if event.type() not in _KEYS or not isinstance(event, QKeyEvent) or not event.spontaneous():
            return False
        reader = self._reader()
        if reader is None or event.key() in _MODIFIERS:
            return False
        if not reader.listens:
            self._act(self._detector.over())
            return False
        self._measured(reader)
        match event.type():
            case QEvent.Type.ShortcutOverride:
                held = self._holds(event)
                if held:
                    event.accept()  # no shortcut is tried now
                return held
            case QEvent.Type.KeyRelease:
                kept = event.key() in self._kept
                self._kept.discard(event.key())
                return kept
            case _:
                return self._pressed(event)

    def _measured(self, reader: TypingReader) -> None:
        measure = (reader.gap, reader.least)
        if measure != self._measure and not self._detector.holds:
            self._measure = measure
            self._detector = BurstDetector(gap=reader.gap, least=reader.least)

    def _holds(self, event: QKeyEvent) -> bool:
        """A key that gives text or ends a line; any other only while something is held, to keep the order."""
        if self._detector.holds:
            return not event.isAutoRepeat() or self._detector.in_burst
        if event.isAutoRepeat() or event.modifiers() & _COMMANDS:
            return False
        return event.key() in _ENDS or (event.text().isprintable() and bool(event.text()))

    def _pressed(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat() and not self._detector.in_burst:
            self._act(self._detector.over())  # a key held down is an officer's, and so is what came before it
            return False
        if not self._holds(event):
            return False
        self._kept.add(event.key())
        if event.isAutoRepeat():
            return True
        at = event.timestamp() / 1000 if event.timestamp() else time.monotonic()
        text = _ENDS.get(Qt.Key(event.key()), _text(event))
        self._act(self._detector.key(Stroke(at, text, event.clone())))
        self._plan()
        return True

    def _plan(self) -> None:
        """Look again when it can be clear."""
        deadline = self._detector.deadline
        last = self._detector.last
        self._asked_again = False
        if deadline is None or last is None:
            self._timer.stop()
        else:
            self._timer.start(max(1, round((deadline - last) * 1000)))

    def _quiet(self) -> None:
        """Time is over, unless keys wait that came while the window was busy: let those come first."""
        if not self._asked_again:
            self._asked_again = True
            self._timer.start(0)
            return
        self._act(self._detector.over())
        self._plan()

    def _act(self, outcome: Iterable[Typed[QKeyEvent] | Burst[QKeyEvent]]) -> None:
        for one in outcome:
            if isinstance(one, Typed):
                for key in one.keys:
                    _deliver(key)
            else:
                self._hand_over(one)

    def _hand_over(self, burst: Burst[QKeyEvent]) -> None:
        reader, text = self._reader(), burst.text
        if reader is not None and reader.begins_with_a_stray_key(text):
            _deliver(burst.first)
            text = text[1:]
        if reader is None or not reader.burst(text):
            self._unwanted()


def _text(event: QKeyEvent) -> str:
    """What the key gives, when it gives something to read."""
    given = event.text()
    return given if given.isprintable() and not event.modifiers() & _COMMANDS else ""


def _deliver(key: QKeyEvent) -> None:
    """As Qt does it: the field may claim the key, else a shortcut takes it, else it goes to the field."""
    target: QWidget | None = QApplication.activePopupWidget()
    if target is None:
        target = QApplication.focusWidget() or QApplication.activeWindow()
    elif target.focusWidget() is not None:
        target = target.focusWidget()
    if target is None:
        return
    words = (Qt.Key(key.key()), key.modifiers(), key.text())
    claim = QKeyEvent(QEvent.Type.ShortcutOverride, *words)
    claim.ignore()
    QCoreApplication.sendEvent(target, claim)
    shortcut = None if claim.isAccepted() else _shortcut_for(key, target)
    if shortcut is not None:
        QCoreApplication.sendEvent(shortcut, QShortcutEvent(QKeySequence(key.keyCombination()), shortcut))
        return
    QCoreApplication.sendEvent(target, key)
    after = QApplication.focusWidget() or QApplication.activeWindow()
    if after is not None:
        QCoreApplication.sendEvent(after, QKeyEvent(QEvent.Type.KeyRelease, *words))


def _shortcut_for(key: QKeyEvent, target: QWidget) -> QShortcut | None:
    """The one shortcut that the key means here; None when there is none, or more than one."""
    sequence = QKeySequence(key.keyCombination())
    found = [
        shortcut
        for shortcut in target.window().findChildren(QShortcut)
        if shortcut.isEnabled() and _means(shortcut, sequence) and _reaches(shortcut, target)
    ]
    return found[0] if len(found) == 1 else None


def _means(shortcut: QShortcut, sequence: QKeySequence) -> bool:
    keys = shortcut.keys()
    return sequence in keys


def _reaches(shortcut: QShortcut, target: QWidget) -> bool:
    owner = shortcut.parent()
    if not isinstance(owner, QWidget) or not owner.isVisible() or not owner.isEnabled():
        return False
    match shortcut.context():
        case Qt.ShortcutContext.WidgetShortcut:
            return owner is target
        case Qt.ShortcutContext.WidgetWithChildrenShortcut:
            return owner is target or owner.isAncestorOf(target)
        case _:
            return True
