# SPDX-License-Identifier: Apache-2.0
"""The row of actions, each with its key: the same order and places in every state that has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import NEAR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import give
from ui.presenters.inspect_view import ActionView


class _Action(QPushButton):
    """A button that Enter presses too."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter acts where the keyboard is."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


class ActionBar(QWidget):
    """Draws ActionViews; ``press`` gets the place of the action that was pressed."""

    def __init__(self, look: Look, press: Callable[[ActionView], None]) -> None:
        super().__init__()
        self._look = look
        self._press = press
        self._actions: tuple[ActionView, ...] = ()
        self._buttons: list[_Action] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(look.px(NEAR))
        self._row.addStretch(1)

    def show_actions(self, actions: Sequence[ActionView]) -> None:
        """Show other actions."""
        wanted = tuple(actions)
        if wanted == self._actions:
            return
        self._actions = wanted
        while len(self._buttons) < len(wanted):
            self._buttons.append(self._button(len(self._buttons)))
        for button, action in zip(self._buttons, wanted, strict=False):
            word = self._look.said(action.word)
            button.setText(self._look.said(say("{key}  {word}", key=action.key, word=action.word)))
            button.setAccessibleName(word)
            button.setAccessibleDescription(action.key)
            give(button, "part", "next" if action.primary else "action")
            button.show()
        for button in self._buttons[len(wanted) :]:
            button.hide()

    def fitting(self, width: int) -> int:
        """How many of the actions shown have room side by side in so many pixels; at least one."""
        used, count = 0, 0
        for button in self._buttons[: len(self._actions)]:
            used += button.sizeHint().width() + (self._row.spacing() if count else 0)
            if used > width:
                break
            count += 1
        return max(1, count)

    def focus_first(self) -> None:
        """Put the keyboard on the obvious action."""
        if self._actions:
            self._buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _button(self, place: int) -> _Action:
        button = _Action()
        button.clicked.connect(lambda: self._press(self._actions[place]))
        self._row.insertWidget(self._row.count() - 1, button)
        return button
