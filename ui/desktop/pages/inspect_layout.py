# SPDX-License-Identifier: Apache-2.0
"""Where everything stands on the Inspect page; what moves on it is the page's own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from station.domain.words import Text, say
from ui.desktop.style.tokens import APART, KEY_HEIGHT, NEAR, SIDE_COLUMN, TIGHT
from ui.desktop.widgets.action_bar import ActionBar
from ui.desktop.widgets.checks_panel import ActivityPanel, ChecksPanel
from ui.desktop.widgets.form import Choices, FormGrid
from ui.desktop.widgets.idle_panel import IdlePanel
from ui.desktop.widgets.light_bar import LightBar
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.mrz_strip import MrzStrip
from ui.desktop.widgets.parts import Elided
from ui.desktop.widgets.person_panel import PersonPanel
from ui.desktop.widgets.picture import PictureView
from ui.desktop.widgets.prompt_panel import PromptPanel
from ui.desktop.widgets.verdict_bar import VerdictBar
from ui.desktop.widgets.words import Words
from ui.presenters.inspect_view import ActionView
from ui.presenters.keymap import Act


class InspectLayout(QWidget):
    """The parts of the page at their places: the same places in every state, so that eyes need not move."""

    def __init__(
        self,
        look: Look,
        *,
        resume: Callable[[int], None],
        do: Callable[[Act], None],
        press: Callable[[ActionView], None],
    ) -> None:
        super().__init__()
        self._look = look
        self.idle = IdlePanel(look, resume, do)
        self.page = PictureView(look, say("Page of the document"), zooms=True)
        self.lights = LightBar(look, lambda: do(Act.LIGHT))
        self.mrz = MrzStrip(look)
        self._mrz_hint = Words(look, "strong", wraps=True)
        self._digits = Words(look, "small")
        self.person = PersonPanel(look)
        self.prompt = PromptPanel(look)
        self.direction = QPushButton()
        self.direction.setProperty("part", "small")
        self.direction.setAccessibleDescription(look.said(say("Press Space to change the direction.")))
        self.portrait = PictureView(look, say("Live portrait"), zooms=False)
        self.checks = ChecksPanel(look)
        self.activities = ActivityPanel(look)
        self.verdict = VerdictBar(look)
        self.action_bar = ActionBar(look, press)
        self._log = Elided()
        self._log.setProperty("voice", "quiet")
        self._log.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._line = Words(look, "strong")
        self.crossing: FormGrid | None = None
        self.document: FormGrid | None = None
        self._choices = Choices(look, self)

        column = QVBoxLayout(self)
        gap = look.px(APART)
        column.setContentsMargins(gap, gap, gap, look.px(NEAR))
        column.setSpacing(look.px(NEAR))
        # A stack shows its first widget at once: it needs its place first, or that is a window for a moment.
        self._whole = QStackedLayout()
        column.addLayout(self._whole, 1)
        self._whole.addWidget(self.idle)
        self._whole.addWidget(self._desk())
        column.addWidget(self.verdict)
        foot = QHBoxLayout()
        foot.setSpacing(gap)
        self.action_bar.setMinimumHeight(look.px(KEY_HEIGHT) + 2)
        foot.addWidget(self.action_bar)
        foot.addWidget(self._log, 1)
        column.addLayout(foot)

    def _desk(self) -> QWidget:
        look = self._look
        desk = QWidget()
        row = QHBoxLayout(desk)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(NEAR))
        self._page_panel, left = self._panel()
        left.addWidget(self.page, 1)
        left.addWidget(self.lights)
        left.addWidget(self.mrz)
        left.addWidget(self._mrz_hint)
        left.addWidget(self._digits)
        self._page_column = _by_stretch(self._page_panel)
        row.addWidget(self._page_column, 11)
        row.addWidget(_by_stretch(self._middle()), 9)
        side = QVBoxLayout()
        side.setSpacing(look.px(NEAR))
        self._faces_panel, faces = self._panel(say("Live portrait"))
        faces.addWidget(self.portrait, 1)
        self._checks_panel, checks = self._panel(say("Checks"))
        self._side_heading = self._checks_panel.findChild(Words)
        self._side = QStackedLayout()
        checks.addLayout(self._side, 1)
        self._side.addWidget(_scrolled(self.checks, look))
        self._side.addWidget(self.activities)
        side.addWidget(self._faces_panel, 9)
        side.addWidget(self._checks_panel, 11)
        holder = QWidget()
        holder.setFixedWidth(look.px(SIDE_COLUMN))
        side.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(side)
        row.addWidget(holder)
        return desk

    def _middle(self) -> QWidget:
        """Person above, crossing below; an open question takes both places."""
        look = self._look
        self._person_panel, inside = self._panel()
        self._person_stack = QStackedLayout()
        inside.addLayout(self._person_stack)
        self._person_stack.addWidget(_scrolled(self.person, look))
        self._document_place = QWidget()
        QVBoxLayout(self._document_place).setContentsMargins(0, 0, 0, 0)
        self._person_stack.addWidget(_scrolled(self._document_place, look))
        self._crossing_panel, below = self._panel()
        top = QHBoxLayout()
        top.addWidget(Words(look, "heading", say("Crossing")))
        top.addStretch(1)
        top.addWidget(self._line)
        top.addWidget(self.direction)
        below.addLayout(top)
        self._crossing_place = QVBoxLayout()
        below.addLayout(self._crossing_place)
        below.addStretch(1)
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(NEAR))
        column.addWidget(self._person_panel, 1)
        column.addWidget(self._crossing_panel)
        self._prompt_panel, asking = self._panel()
        asking.addWidget(self.prompt)
        middle = QWidget()
        self._middle_stack = QStackedLayout(middle)
        self._middle_stack.addWidget(both)
        self._middle_stack.addWidget(self._prompt_panel)
        return middle

    def _panel(self, heading: Text | None = None) -> tuple[QFrame, QVBoxLayout]:
        frame = QFrame()
        frame.setProperty("part", "panel")
        column = QVBoxLayout(frame)
        gap = self._look.px(NEAR)
        column.setContentsMargins(self._look.px(APART), gap, self._look.px(APART), gap)
        column.setSpacing(self._look.px(TIGHT))
        if heading is not None:
            column.addWidget(Words(self._look, "heading", heading))
        return frame, column


def _by_stretch(part: QWidget) -> QWidget:
    """A column whose width does not depend on what stands in it, so that nothing moves from state to state."""
    part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return part


def _scrolled(inside: QWidget, look: Look) -> QScrollArea:
    """A part that scrolls where it does not fit, with room for its bar, which is only seen when needed."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    room = look.px(APART)
    mirrored = look.translator.right_to_left
    inside.setContentsMargins(room if mirrored else 0, 0, 0 if mirrored else room, 0)
    area.setWidget(inside)
    return area
