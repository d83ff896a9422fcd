# SPDX-License-Identifier: Apache-2.0
"""A question asked in place: lines chosen by their keys, a language, a reason in words, Enter. Esc goes back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import FIELD_HEIGHT, HAIR, TIGHT
from ui.desktop.widgets.copy_boxes import CopyBoxes
from ui.desktop.widgets.fact_grid import FactGrid
from ui.desktop.widgets.language_row import LanguageRow
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.option_lines import OptionLines
from ui.desktop.widgets.question_form import QuestionForm
from ui.desktop.widgets.words import Words
from ui.presenters.forms import MOST_CHARACTERS
from ui.presenters.inspect_view import PromptView


class PromptPanel(QWidget):
    """Draws a PromptView."""

    pressed_key = Signal(str)
    moved = Signal(int)
    turned = Signal(int)
    reasoned = Signal(str)
    confirmed = Signal()
    left = Signal()
    put_aside = Signal()
    signed = Signal(dict)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._view: PromptView | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(TIGHT))
        self._title = Words(look, "large", wraps=True)
        self.lines = OptionLines(look)
        self.boxes = CopyBoxes(look)
        self.languages = LanguageRow(look)
        self.facts = FactGrid(look)
        self.form = QuestionForm(look)
        self.form.title.hide()  # the panel has one
        self._label = Words(look, "small")
        self._reason = QLineEdit()
        self._reason.setMaxLength(MOST_CHARACTERS)
        self._reason.setProperty("data", True)
        self._reason.setFixedHeight(look.px(FIELD_HEIGHT))
        self._label.setBuddy(self._reason)
        self._problem = Words(look, "strong", wraps=True)
        self._confirm = QPushButton()
        self._confirm.setProperty("part", "next")
        self._aside = QPushButton()
        self._back = QPushButton(look.said(say("Esc  Back")))
        for widget in (self._title, self.boxes, self.facts, self.lines, self.languages, self._label, self._reason):
            column.addWidget(widget, 1 if widget in (self.lines, self.facts) else 0)
        column.addWidget(self.form)
        column.addWidget(self._problem)
        column.addSpacing(look.px(HAIR))
        self._answers = QHBoxLayout()
        self._answers.setSpacing(look.px(TIGHT))
        self._answers.addWidget(self._confirm, 1)
        self._answers.addWidget(self._aside)
        self._answers.addWidget(self._back)
        column.addLayout(self._answers)
        column.addStretch(0)
        self.lines.pressed_key.connect(self.pressed_key)
        self.lines.moved.connect(self.moved)
        self.lines.turned.connect(self.turned)
        self.languages.turned.connect(self.turned)
        self._reason.textEdited.connect(self.reasoned)
        self._confirm.clicked.connect(self._confirmed)
        self._aside.clicked.connect(self.put_aside)
        self.form.answered.connect(self.signed)
        self._back.clicked.connect(self.left)

    def show_prompt(self, view: PromptView | None) -> None:
        """Show another state of the question."""
        if view is None or view == self._view:
            self._view = view
            if view is None:
                self.boxes.show_boxes(())  # a traveller's values stay no longer than the question
                self.facts.show_facts(())
                self.form.show_question(None, 0, busy=False)
                self._reason.clear()
            return
        self._view = view
        self._title.tell(view.title)
        self.lines.setAccessibleName(self._title.text())
        self.lines.setVisible(bool(view.options))
        self.lines.show_options(view.options, view.chosen)
        self.boxes.show_boxes(view.boxes)
        self.facts.show_facts(view.facts)
        self.form.show_question(view.question, view.asked, busy=False)
        self._aside.setVisible(view.aside is not None)
        if view.aside is not None:
            self._aside.setText(self._look.said(say("{key}  {word}", key="F4", word=view.aside)))
        self.languages.show_languages(view.languages, view.language)
        self._label.tell(view.reason_label)
        self._reason.setVisible(view.reason_label is not None)
        self._reason.setAccessibleName(self._label.text())
        if self._reason.text() != view.reason:
            self._reason.setText(view.reason)
        self._problem.tell(view.problem)
        word = self._look.said(view.confirm)
        self._confirm.setText(self._look.said(say("{key}  {word}", key="Enter", word=view.confirm)))
        self._confirm.setAccessibleName(word)

        self._lay_answers()

    def _confirmed(self) -> None:
        """The button does what Enter does: in a form with secrets it carries them."""
        if self._view is not None and self._view.question is not None:
            self.form.submit()
        else:
            self.confirmed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There is more or less room for the answers."""
        super().resizeEvent(event)
        self._lay_answers()

    def _lay_answers(self) -> None:
        """Side by side where the words have room, else one below the other."""
        shown = [one for one in (self._confirm, self._aside, self._back) if not one.isHidden()]
        wide = sum(one.sizeHint().width() for one in shown) + self._answers.spacing() * (len(shown) - 1)
        beside = wide <= self.width()
        self._answers.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def focus_first(self) -> None:
        """Put the keyboard where the answer begins."""
        if self._view is None:
            return
        if self._view.options:
            self.lines.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._view.languages:
            self.languages.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self._view.question is not None:
            self.form.take_focus()
        elif self._view.reason_label is not None:
            self._reason.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._confirm.setFocus(Qt.FocusReason.OtherFocusReason)
