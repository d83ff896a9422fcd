# SPDX-License-Identifier: Apache-2.0
"""The bench's right side: what was last seen of a device, and the steps of a test above it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from station.domain.words import Text, say
from ui.desktop.style.fonts import wire_font
from ui.desktop.style.marks import MARKS, MarkSign
from ui.desktop.style.tokens import APART, HAIR, NEAR, SMALL, TIGHT
from ui.desktop.widgets.live_picture import LivePicture
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, label, margins
from ui.desktop.widgets.picture import PictureView
from ui.desktop.widgets.words import Words
from ui.presenters.bench_view import FactLine, LiveView, ShownPicture, StepsView
from ui.presenters.inspect_view import Picture

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
FEW_STEPS = 3
MOST_PICTURES = 3  # white, infrared, ultraviolet


class LivePanel(Panel):
    """Sentence, pictures side by side, and lines of facts."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._look = look
        self._facts: tuple[FactLine, ...] | None = None
        self.says = Words(look, "strong", wraps=True)
        self.says.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.column.addWidget(self.says)
        self._pictures_row = QWidget()
        row = QHBoxLayout(self._pictures_row)
        margins(row, 0, spacing=look.px(NEAR))
        self.pictures: list[PictureView] = []
        self._captions: list[QLabel] = []
        self._columns: list[QWidget] = []
        self._others = QWidget()
        others = QVBoxLayout(self._others)
        margins(others, 0, spacing=look.px(NEAR))
        for place in range(MOST_PICTURES):
            if place == 0:
                row.addWidget(self._new_picture(), 2)  # white light is what is looked at most
            else:
                others.addWidget(self._new_picture(), 1)
        row.addWidget(self._others, 1)
        self.column.addWidget(self._pictures_row, 3)
        self.live_picture = LivePicture(look, say("Live picture"))
        self.column.addWidget(self.live_picture, 3)
        self.facts = QWidget()
        self._grid = QGridLayout(self.facts)
        margins(self._grid, 0)
        self._grid.setHorizontalSpacing(look.px(APART))
        self._grid.setVerticalSpacing(look.px(TIGHT))
        self._grid.setColumnStretch(2, 1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self.facts)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.column.addWidget(self._scroll, 2)
        self._rest = QWidget()  # keeps the words at the top where there is nothing else
        self.column.addWidget(self._rest, 1)

    def show_view(self, view: LiveView | None, *, otherwise: Text | None, live: bool = False) -> None:
        """Show what was seen; ``otherwise`` while there is nothing. ``live``: the newest frame offered, too."""
        if not live and not self.live_picture.isHidden():
            self.live_picture.say(say("No live picture."))  # and its last frame is let go
        elif live and self.live_picture.isHidden():
            self.live_picture.say(say("Live pictures begin…"))
        self.live_picture.setVisible(live)
        self.says.tell(view.says if view else otherwise)
        self._show_pictures(view.pictures if view else ())
        facts = view.facts if view else ()
        if facts != self._facts:
            self._facts = facts
            self._show_facts(facts)
        self._scroll.setVisible(bool(facts))
        self._rest.setVisible(not live and not facts and not (view and view.pictures))

    def turn_page(self, pages: int) -> None:
        """PgUp and PgDn through the facts."""
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.value() + pages * bar.pageStep())

    def _show_pictures(self, pictures: Sequence[ShownPicture]) -> None:
        self._pictures_row.setVisible(bool(pictures))
        self._others.setVisible(len(pictures) > 1)
        for place, column in enumerate(self._columns):
            shown = pictures[place] if place < len(pictures) else None
            column.setVisible(shown is not None)
            # One that is not shown is let go: nothing captured stays in a hidden part of the window.
            self.pictures[place].show_picture(shown.picture if shown is not None else Picture())
            self._captions[place].setText(self._look.said(shown.caption if shown is not None else None))

    def _new_picture(self) -> QWidget:
        column = QWidget()
        inside = QVBoxLayout(column)
        margins(inside, 0, spacing=self._look.px(HAIR))
        picture = PictureView(self._look, say("Picture"), zooms=True)
        caption = label(self._look, voice="small")
        inside.addWidget(picture, 1)
        inside.addWidget(caption)
        self.pictures.append(picture)
        self._captions.append(caption)
        self._columns.append(column)
        return column

    def _show_facts(self, facts: Sequence[FactLine]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            gone = item.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        for row in range(self._grid.rowCount()):
            self._grid.setRowStretch(row, 0)
        top = Qt.AlignmentFlag.AlignTop
        for row, fact in enumerate(facts):
            if fact.mark is not None:
                mark = MarkSign(self._look.tokens, self._look.translator)
                mark.show_result(fact.mark)
                self._grid.addWidget(mark, row, 0, top)
            title = label(self._look, fact.label, voice="quiet", wrap=True)
            title.setMinimumWidth(self._look.px(130))
            self._side(title)
            self._grid.addWidget(title, row, 1, top)
            self._grid.addWidget(self._value(fact), row, 2, top)
        self._grid.setRowStretch(len(facts), 1)

    def _side(self, words: QLabel) -> None:
        """A Latin value on a mirrored page begins at the right as well."""
        if self._look.translator.right_to_left:
            words.setAlignment(_RIGHT)

    def _value(self, fact: FactLine) -> QLabel:
        value = label(self._look, fact.value, wrap=True)
        if fact.wire:
            value.setFont(wire_font(self._look.px(SMALL)))
            value.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
            value.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
            value.setProperty("data", True)
        else:
            self._side(value)
        value.setAccessibleName(f"{self._look.said(fact.label)}: {value.text()}")
        return value


class StepsPanel(Panel):
    """Where a test stands: what is asked, large, and what was done, each with its mark."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._look = look
        self._number = Words(look, "quiet")
        self.asks = Words(look, "large", wraps=True)
        self.done = QLabel()
        if look.translator.right_to_left:
            self.done.setAlignment(_RIGHT)
        self.done.setTextFormat(Qt.TextFormat.PlainText)
        self.done.setWordWrap(True)
        self.column.addWidget(self._number)
        self.column.addWidget(self.asks)
        self.column.addWidget(self.done)

    def show_steps(self, steps: StepsView | None, *, room: int = FEW_STEPS) -> None:
        """Show another step; nothing while there is no test. ``room``: how many of those done are told in words."""
        self.setVisible(steps is not None)
        if steps is None:
            return
        look = self._look
        self._number.tell(say("Acceptance test, step {number} of {of}", number=steps.number, of=steps.of))
        self.asks.tell(steps.asks or say("The record is signed…"))
        told = steps.done[-room:] if room else ()
        earlier = " ".join(MARKS[line.mark].symbol for line in steps.done[: len(steps.done) - len(told)])
        lines = [look.said(say("Earlier steps: {marks}", marks=earlier))] if earlier else []
        lines += [f"{MARKS[line.mark].symbol} {look.said(line.says)}" for line in told]
        self.done.setText("\n".join(lines))
        self.done.setVisible(bool(lines))
        spoken = [f"{look.said(MARKS[line.mark].word)}: {look.said(line.says)}" for line in steps.done]
        self.done.setAccessibleName("\n".join(spoken))
