# SPDX-License-Identifier: Apache-2.0
"""The small parts that the plainer pages are made of: labels, keys, and what stands in the way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from station.domain.checks import CheckResult
from station.domain.words import Text, say
from ui.desktop.style.marks import MarkSign
from ui.desktop.style.tokens import APART, HAIR, NEAR, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import plain_tip
from ui.presenters.keymap import KEYMAP, Act, Key
from ui.presenters.showing import Trouble


def label(look: Look, text: Text | str = "", *, voice: str = "", wrap: bool = False) -> QLabel:
    """Plain text. A ``str`` is data or a translated sentence; a Text is translated here."""
    made = QLabel(look.said(text) if isinstance(text, Text) else text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if voice:
        made.setProperty("voice", voice)
    return made


def key_button(look: Look, act: Act | Key, *, word: Text | None = None, part: str = "action") -> QPushButton:
    """A button that names its key, the desktop's or one of the page's own; the key itself is bound by the page."""
    key = act if isinstance(act, Key) else KEYMAP[act]
    said = look.said(word or key.word)
    made = QPushButton(look.said(say("{key}  {word}", key=key.label, word=said)))
    made.setProperty("part", part)
    made.setAccessibleName(said)
    return made


def margins(layout: QLayout, pixels: int, *, spacing: int | None = None) -> None:
    """The same margin on all sides."""
    layout.setContentsMargins(pixels, pixels, pixels, pixels)
    layout.setSpacing(pixels if spacing is None else spacing)


class Elided(QLabel):
    """One line that is shortened with dots where there is no room; the whole stands in its tool tip."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(1)

    def put(self, text: str) -> None:
        """Show another line."""
        if text != self.text():
            self.setText(text)
            self.setToolTip(plain_tip(text))
            self.setAccessibleName(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what there is room for."""
        painter = QPainter(self)
        side = Qt.TextElideMode.ElideRight
        shown = self.fontMetrics().elidedText(self.text(), side, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading
        painter.drawText(self.rect(), int(align), shown)
        painter.end()


class TroubleNote(QFrame):
    """Cause and next step, where it happened. Stays until something else happens; hidden while there is none."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setProperty("part", "verdict")
        self.setProperty("result", CheckResult.UNDETERMINED.name)
        row = QHBoxLayout(self)
        margins(row, look.px(APART), spacing=look.px(NEAR))
        self._mark = MarkSign(look.tokens, look.translator)
        words = QVBoxLayout()
        words.setSpacing(look.px(HAIR))
        self._cause = label(look, voice="strong", wrap=True)
        self._step = label(look, wrap=True)
        words.addWidget(self._cause)
        words.addWidget(self._step)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.hide()

    def tell(self, trouble: Trouble | None, *, result: CheckResult = CheckResult.UNDETERMINED) -> None:
        """Show a trouble, or nothing."""
        self.setVisible(trouble is not None)
        if trouble is None:
            self._cause.clear()
            self._step.clear()
            return
        if self.property("result") != result.name:
            self.setProperty("result", result.name)
            self.style().unpolish(self)
            self.style().polish(self)
        self._mark.show_result(result)
        cause, step = self._look.said(trouble.cause), self._look.said(trouble.next_step)
        self._cause.setText(cause)
        self._step.setText(step)
        self.setAccessibleName(cause)
        self.setAccessibleDescription(step)


class Panel(QFrame):
    """A plain panel with a column of its own."""

    def __init__(self, look: Look, *, heading: Text | None = None) -> None:
        super().__init__()
        self.setProperty("part", "panel")
        self.column = QVBoxLayout(self)
        margins(self.column, look.px(APART), spacing=look.px(NEAR))
        if heading is not None:
            self.column.addWidget(label(look, heading, voice="heading"))


def bar_of_keys(look: Look, *buttons: QPushButton) -> QWidget:
    """The row of actions at the foot of a page."""
    bar = QWidget()
    row = QHBoxLayout(bar)
    row.setContentsMargins(0, look.px(TIGHT), 0, 0)
    row.setSpacing(look.px(NEAR))
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return bar
