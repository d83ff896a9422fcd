# SPDX-License-Identifier: Apache-2.0
"""Labels of the pages: sentences of the station, and data of people that nobody translates."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from station.domain.words import Text
from ui.desktop.widgets.look import Look


def plain_tip(words: str) -> str:
    """Words for a tool tip, which Qt would read as rich text where they look like it: data may name a file to load."""
    if "<" not in words and "&" not in words:
        return words
    return f"<qt>{html.escape(words)}</qt>".replace("\n", "<br>")


class Words(QLabel):
    """A sentence of the station, as plain text. ``voice`` is one of the style sheet's."""

    def __init__(self, look: Look, voice: str = "", text: Text | None = None, *, wraps: bool = False) -> None:
        super().__init__()
        self._look = look
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wraps)
        if look.translator.right_to_left:  # a Latin name on a mirrored page begins at the right as well
            aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
            self.setAlignment(aligned)
        if voice:
            self.setProperty("voice", voice)
        self.tell(text)

    def tell(self, text: Text | None) -> None:
        """Say something else; an empty label takes no place."""
        self.put(self._look.said(text))

    def put(self, words: str) -> None:
        """Show words that are in the officer's language already."""
        if words != self.text():
            self.setText(words)
        if self.parentWidget() is None and words:
            # Shown now it would be a window of its own for a moment, and take the keyboard away.
            self.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
        elif self.isHidden() is bool(words):
            self.setVisible(bool(words))


class Data(Words):
    """A value of a person or a document: never translated, never taken for markup."""

    def __init__(self, look: Look, voice: str = "", *, wraps: bool = False) -> None:
        super().__init__(look, voice, wraps=wraps)
        self.setProperty("data", True)


def rule() -> QFrame:
    """A hairline between two parts of a panel."""
    line = QFrame()
    line.setProperty("part", "rule")
    line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return line


def give(widget: QWidget, name: str, value: object) -> None:
    """Change a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
