# SPDX-License-Identifier: Apache-2.0
"""The idle station: one large sentence, the keys beside it, what waits unfinished, and the shift's quiet numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from station.domain.words import Text, say
from ui.desktop.style.marks import MarkSign
from ui.desktop.style.tokens import APART, KEY_HEIGHT, NEAR, TITLE, WIDE
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import Words
from ui.presenters.inspect_view import InspectView, UnfinishedView
from ui.presenters.keymap import KEYMAP, Act

_KEYBOARD_PATH: tuple[tuple[Act, Text], ...] = (
    (Act.KEY_IN, say("Key in the MRZ by hand")),
    (Act.NO_DOCUMENT, say("No document, or one without an MRZ")),
)


class IdlePanel(QWidget):
    """Draws the idle parts of an InspectView; ``resume`` gets the place of the row, ``do`` an act."""

    def __init__(self, look: Look, resume: Callable[[int], None], do: Callable[[Act], None]) -> None:
        super().__init__()
        self._look = look
        self._resume = resume
        self._do = do
        self._rows: list[QPushButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(look.px(WIDE) * 2, look.px(WIDE), look.px(WIDE) * 2, look.px(WIDE))
        column.setSpacing(look.px(NEAR))
        column.addStretch(3)
        self._mark = MarkSign(look.tokens, look.translator, size=TITLE)
        self._says = Words(look, "idle", wraps=True)
        top = QHBoxLayout()
        top.setSpacing(look.px(APART))
        top.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self._says, 1)
        column.addLayout(top)
        self._next = Words(look, "large", wraps=True)
        column.addWidget(self._next)
        column.addSpacing(look.px(WIDE))
        for act, words in _KEYBOARD_PATH:
            column.addWidget(self._path(act, words))
        column.addStretch(3)
        self._waiting = Words(look, "heading")
        column.addWidget(self._waiting)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        column.addLayout(self._list)
        self._more = Words(look, "quiet")
        column.addWidget(self._more)
        column.addStretch(1)
        self._counts = QHBoxLayout()
        self._counts.setSpacing(look.px(WIDE))
        self._count_labels = [Words(look, "quiet") for _ in range(4)]
        for label in self._count_labels:
            self._counts.addWidget(label)
        self._counts.addStretch(1)
        column.addLayout(self._counts)

    def show_idle(self, view: InspectView) -> None:
        """Show another state of the idle station."""
        banner = view.banner
        self._mark.show_result(banner.result)
        self._mark.setVisible(banner.result is not None)
        self._says.tell(banner.says)
        self._next.tell(banner.next_step)
        counts: Sequence[Text | None] = [*view.counts, None, None, None, None]
        for label, text in zip(self._count_labels, counts, strict=False):
            label.tell(text)
        self._show_unfinished(view.unfinished)
        self._more.tell(view.unfinished_span)

    def _show_unfinished(self, rows: Sequence[UnfinishedView]) -> None:
        self._waiting.tell(say("Not finished yet — its number takes it up again") if rows else None)
        while len(self._rows) < len(rows):
            self._rows.append(self._row(len(self._rows)))
        for button, row in zip(self._rows, rows, strict=False):
            name = row.name or self._look.said(say("no name yet"))
            words = say(
                "{key}   {name}   {status}   {since}", key=row.key, name=name, status=row.status, since=row.since
            )
            button.setText(self._look.said(words).replace("&", "&&"))
            button.setAccessibleName(name)
            button.setAccessibleDescription(self._look.said(row.status))
            button.show()
        for button in self._rows[len(rows) :]:
            button.hide()

    def _row(self, place: int) -> QPushButton:
        button = QPushButton()
        button.setProperty("part", "plain")
        button.clicked.connect(lambda: self._resume(place))
        self._list.addWidget(button)
        return button

    def _path(self, act: Act, words: Text) -> QPushButton:
        """A way on by keyboard: the key drawn as a key, the words beside it."""
        look = self._look
        button = QPushButton()
        button.setProperty("part", "plain")
        button.setAccessibleName(look.said(words))
        button.setAccessibleDescription(KEYMAP[act].label)
        button.clicked.connect(lambda: self._do(act))
        row = QHBoxLayout(button)
        row.setContentsMargins(look.px(NEAR), 0, look.px(NEAR), 0)
        row.setSpacing(look.px(NEAR))
        key = QLabel(KEYMAP[act].label)
        key.setTextFormat(Qt.TextFormat.PlainText)
        key.setProperty("voice", "key")
        key.setProperty("data", True)
        row.addWidget(key)
        row.addWidget(Words(look, "large", words))
        row.addStretch(1)
        button.setMinimumHeight(look.px(KEY_HEIGHT))
        return button
