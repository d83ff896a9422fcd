# SPDX-License-Identifier: Apache-2.0
"""One record: who, the line of crossings, the facts, the pictures, corrections beside originals, and its form."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from station.domain.crossing import Direction
from station.domain.encounter import ImageKind
from station.domain.words import Text, say
from ui.desktop.pages.correction_form import CorrectionFormView
from ui.desktop.style.marks import paint_mark
from ui.desktop.style.tokens import APART, NEAR, SMALL, TIGHT
from ui.desktop.widgets.light_bar import LightBar
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Elided, Panel, label, margins
from ui.desktop.widgets.picture import PictureView
from ui.desktop.widgets.words import plain_tip
from ui.presenters.code_words import DIRECTIONS
from ui.presenters.inspect_view import Picture
from ui.presenters.record_words import CorrectionView, CrossingStop, Fact
from ui.presenters.records import OpenRecord, RecordsPresenter, RecordsState

_MOST_STOPS = 6
_PICTURE_NAMES: dict[ImageKind, Text] = {ImageKind.PAGE: say("Page"), ImageKind.PORTRAIT: say("Portrait")}
_PICTURE_HEIGHTS: dict[ImageKind, int] = {ImageKind.PAGE: 110, ImageKind.PORTRAIT: 110}


class CrossingLine(QWidget):
    """A person's crossings as stops on a line, oldest first; the open record's stop is ringed."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._stops: tuple[CrossingStop, ...] = ()
        self.setFixedHeight(look.px(74))

    def show_stops(self, stops: Sequence[CrossingStop]) -> None:
        """The newest few; how many more there are stands in the words for a screen reader."""
        self._stops = tuple(stops)[-_MOST_STOPS:]
        said = [f"{self._direction(stop)} {stop.when}: {self._look.said(stop.outcome)}" for stop in stops]
        self.setAccessibleName(self._look.said(say("Crossings of this person")))
        self.setAccessibleDescription("; ".join(said))
        self.setToolTip(plain_tip("\n".join(said)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line with its stops."""
        if not self._stops:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, colours = self._look, self._look.tokens.colours
        mirrored = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        slot = self.width() / _MOST_STOPS
        y = look.px(34)
        painter.setPen(QPen(QColor(colours.outline), look.px(2)))
        first, last = slot / 2, slot * (len(self._stops) - 0.5)
        start, end = (self.width() - last, self.width() - first) if mirrored else (first, last)
        painter.drawLine(QPointF(start, y), QPointF(end, y))
        for place, stop in enumerate(self._stops):
            centre = slot * (place + 0.5)
            self._paint_stop(painter, stop, self.width() - centre if mirrored else centre, y, slot)
        painter.end()

    def _paint_stop(self, painter: QPainter, stop: CrossingStop, x: float, y: float, slot: float) -> None:
        look, colours = self._look, self._look.tokens.colours
        side = look.px(18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.surface))
        painter.drawEllipse(QPointF(x, y), side * 0.7, side * 0.7)
        if stop.mark is not None:
            paint_mark(painter, QRectF(x - side / 2, y - side / 2, side, side), stop.mark, colours.marks[stop.mark])
        if stop.here:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.focus), look.px(2)))
            painter.drawEllipse(QPointF(x, y), side * 0.75, side * 0.75)
        font = QFont(self.font())
        font.setPixelSize(look.px(SMALL))
        font.setWeight(QFont.Weight.DemiBold if stop.here else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        line = painter.fontMetrics().height()
        words = self._direction(stop)
        for text, top in ((words, y - side - line + 2), (stop.day, y + side * 0.8)):
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(slot) - 4)
            painter.drawText(QRectF(x - slot / 2, top, slot, line), int(Qt.AlignmentFlag.AlignCenter), shown)

    def _direction(self, stop: CrossingStop) -> str:
        arrow = "→" if stop.direction is Direction.ENTRY else "←"
        return f"{arrow} {self._look.said(DIRECTIONS[stop.direction])}"


class RecordPanel(QWidget):
    """The right side of the page."""

    def __init__(self, look: Look, presenter: RecordsPresenter) -> None:
        super().__init__()
        self._look = look
        self._shown: OpenRecord | None = None
        self.title = Elided()
        self.title.setProperty("voice", "name")
        self.export = label(look, voice="quiet")
        self.line = CrossingLine(look)
        self.pictures = {kind: _picture_view(look, kind) for kind in ImageKind}
        self.lights = LightBar(look, presenter.turn_light)
        self.form = CorrectionFormView(look, presenter)
        self._facts = QWidget()
        self._facts_grid = QGridLayout(self._facts)
        self._corrections = QWidget()
        self._corrections_column = QVBoxLayout(self._corrections)
        self._build()

    def _build(self) -> None:
        look = self._look
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        panel = Panel(look)
        whole.addWidget(panel)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.export)
        panel.column.addLayout(head)
        panel.column.addWidget(self.line)
        rule = QFrame()
        rule.setProperty("part", "rule")
        panel.column.addWidget(rule)
        body = QHBoxLayout()
        body.setSpacing(look.px(APART))
        inner = QWidget()
        column = QVBoxLayout(inner)
        room, mirrored = look.px(NEAR), look.translator.right_to_left  # between the words and the bar that scrolls them
        column.setContentsMargins(room if mirrored else 0, 0, 0 if mirrored else room, 0)
        self._facts_grid.setContentsMargins(0, 0, 0, 0)
        self._facts_grid.setHorizontalSpacing(look.px(APART))
        self._facts_grid.setVerticalSpacing(look.px(TIGHT))
        self._facts_grid.setColumnStretch(1, 1)
        self._corrections_column.setContentsMargins(0, look.px(NEAR), 0, 0)
        column.addWidget(self.form)
        column.addWidget(self._corrections)
        column.addWidget(self._facts)
        column.addStretch(1)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        body.addWidget(scroll, 3)
        pictures = QVBoxLayout()
        pictures.setSpacing(look.px(TIGHT))
        for kind, box in self.pictures.items():
            pictures.addWidget(label(look, _PICTURE_NAMES[kind], voice="heading"))
            pictures.addWidget(box, 1)
            if kind is ImageKind.PAGE:
                pictures.addWidget(self.lights)
        body.addLayout(pictures, 2)
        panel.column.addLayout(body, 1)

    def render_state(self, state: RecordsState) -> None:
        """Show the open record, and its form where one is open."""
        record = state.record
        self.form.render_state(state)
        self._facts.setVisible(state.form is None)
        self._corrections.setVisible(state.form is None and bool(record and record.corrections))
        if record is self._shown:
            return
        before, self._shown = self._shown, record
        if record is None:
            self._clear()
            return
        self.lights.show_light(record.light, record.remark)
        for shown in record.pictures:
            self.pictures[shown.kind].show_picture(Picture(frame=shown.frame, says=shown.says))
        if before is not None and (before.encounter_id, before.facts, before.line) == (
            record.encounter_id,
            record.facts,
            record.line,
        ):
            return
        self._scroll.verticalScrollBar().setValue(0)
        self.title.put(record.title)
        self.export.setText(self._look.said(record.export))
        self.line.show_stops(record.line)
        self._fill_facts(record.facts)
        self._fill_corrections(record.corrections)

    def _clear(self) -> None:
        """Nothing of a traveller stays in a hidden panel."""
        self.title.put("")
        self.line.show_stops(())
        self._fill_facts(())
        self._fill_corrections(())
        self.lights.show_light(None, None)
        for box in self.pictures.values():
            box.show_picture(Picture())

    def _fill_facts(self, facts: Sequence[Fact]) -> None:
        _empty(self._facts_grid)
        for row, fact in enumerate(facts):
            self._facts_grid.addWidget(label(self._look, fact.label, voice="quiet"), row, 0, Qt.AlignmentFlag.AlignTop)
            self._facts_grid.addWidget(label(self._look, fact.value, wrap=True), row, 1)

    def _fill_corrections(self, corrections: Sequence[CorrectionView]) -> None:
        _empty(self._corrections_column)
        for correction in corrections:
            note = QFrame()
            note.setProperty("part", "note")
            grid = QGridLayout(note)
            margins(grid, self._look.px(NEAR), spacing=self._look.px(TIGHT))
            head = say(
                "Version {number}, {when}: {reason}",
                number=correction.version,
                when=correction.when,
                reason=correction.reason,
            )
            grid.addWidget(label(self._look, head, voice="strong", wrap=True), 0, 0, 1, 2)
            for row, change in enumerate(correction.changes, start=1):
                words = say("{before} → {after}", before=change.before, after=change.after)
                grid.addWidget(label(self._look, change.label, voice="quiet"), row, 0)
                grid.addWidget(label(self._look, words, wrap=True), row, 1)
            grid.setColumnStretch(1, 1)
            self._corrections_column.addWidget(note)


def _picture_view(look: Look, kind: ImageKind) -> PictureView:
    view = PictureView(look, _PICTURE_NAMES[kind], zooms=False)
    view.setMinimumSize(look.px(150), look.px(_PICTURE_HEIGHTS[kind]))
    return view


def _empty(layout: QGridLayout | QVBoxLayout) -> None:
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
