# SPDX-License-Identifier: Apache-2.0
"""A panel of the bench: a question with its answers, a list, or lines that are read before they are saved."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from station.domain.words import Text, say
from ui.desktop.style.fonts import wire_font
from ui.desktop.style.tokens import SMALL
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.option_lines import OptionLines
from ui.desktop.widgets.parts import Panel, TroubleNote, label
from ui.desktop.widgets.words import Words
from ui.presenters.bench_view import PanelView

_MOST_TYPED = 4096  # characters: what Linux takes for a path
_MOVES = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class PanelBox(Panel):
    """Draws a PanelView. ``moved`` tells of ↑ and ↓ pressed in the line."""

    moved = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._look = look
        self._serial = 0
        self._content: tuple[str | Text, ...] = ()
        self.heading = Words(look, "large", wraps=True)
        self.says = Words(look, wraps=True)
        self.options = OptionLines(look)
        self.content = QPlainTextEdit()
        self.content.setReadOnly(True)
        self.content.setFont(wire_font(look.px(SMALL)))
        self.content.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.content.setAccessibleName(look.said(say("What will be saved or used")))
        self._label = label(look, voice="heading")
        self.line = QLineEdit()
        self.line.setMaxLength(_MOST_TYPED)
        self._hint = Words(look, "quiet", wraps=True)
        self._label.setBuddy(self.line)
        self.trouble = TroubleNote(look)
        for widget in (self.heading, self.says):
            self.column.addWidget(widget)
        self.column.addWidget(self.options, 2)
        self.column.addWidget(self.content, 3)
        for rest in (self._label, self.line, self._hint, self.trouble):
            self.column.addWidget(rest)
        self.column.addStretch(0)
        self.line.installEventFilter(self)

    def show_panel(self, panel: PanelView | None) -> None:
        """Show another panel; what is being typed is never overwritten by itself."""
        if panel is None:
            self._serial = 0
            self.line.clear()
            self.content.clear()
            self._content = ()
            return
        look = self._look
        self.heading.tell(panel.heading)
        self.says.tell(panel.says)
        self.options.setVisible(bool(panel.options))
        self.options.setAccessibleName(look.said(panel.heading))
        self.options.show_options(panel.options, panel.chosen)
        self.content.setVisible(bool(panel.content))
        if panel.content != self._content:
            self._content = panel.content
            lines = (look.said(line) if isinstance(line, Text) else line for line in panel.content)
            self.content.setPlainText("\n".join(lines))
        line = panel.input
        for widget in (self._label, self.line):
            widget.setVisible(line is not None)
        self._hint.tell(None if line is None else line.hint)
        if line is None:
            self._serial = 0
        else:
            self._label.setText(look.said(line.label))
            self.line.setAccessibleName(look.said(line.label))
            if line.serial != self._serial:
                self._serial = line.serial
                self.line.setText(line.typed)
                if self.content.hasFocus():
                    self.line.setFocus(Qt.FocusReason.OtherFocusReason)  # what was read is done with
        self.trouble.tell(panel.trouble)

    @property
    def wants_focus(self) -> bool:
        """Whether the keyboard is on something that is not shown any more, or a line has just opened."""
        if not self.line.isHidden():
            return not self.line.hasFocus() and not self.content.hasFocus()
        return not self.options.hasFocus() and not self.content.hasFocus()

    def take_focus(self) -> None:
        """The line where there is one, else the answers, else what is to be read."""
        chosen: QWidget = self.content
        if not self.line.isHidden():
            chosen = self.line
        elif not self.options.isHidden():
            chosen = self.options
        chosen.setFocus(Qt.FocusReason.OtherFocusReason)

    def turn_page(self, pages: int) -> None:
        """PgUp and PgDn through what is to be read."""
        bar = self.content.verticalScrollBar()
        bar.setValue(bar.value() + pages * bar.pageStep())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """↑ and ↓ in the line choose among the answers beside it."""
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = _MOVES.get(Qt.Key(event.key()))
            if step is not None:
                self.moved.emit(step)
                return True
        return False
