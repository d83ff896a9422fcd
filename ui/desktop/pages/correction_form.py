# SPDX-License-Identifier: Apache-2.0
"""The form of a correction, in the place of the facts it corrects."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import APART, TIGHT
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import TroubleNote, label
from ui.presenters.forms import MOST_CHARACTERS, FieldView
from ui.presenters.records import RecordsPresenter, RecordsState


class _Line(QLineEdit):
    """A field of the form: arrows choose among suggestions, Enter goes on."""

    def __init__(self, name: str, presenter: RecordsPresenter) -> None:
        super().__init__()
        self.setMaxLength(MOST_CHARACTERS + 1)
        self._name = name
        self._presenter = presenter
        self.textEdited.connect(lambda text: presenter.type(name, text))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and Enter; the rest is typing."""
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._presenter.move(self._name, 1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._name == "reason":
                self._presenter.save_correction()
            else:
                self.focusNextChild()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leaving takes what is meant."""
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.ActiveWindowFocusReason:
            self._presenter.settle(self._name)


class CorrectionFormView(QWidget):
    """Renders the form of RecordsState; there is none while nothing is being corrected."""

    def __init__(self, look: Look, presenter: RecordsPresenter) -> None:
        super().__init__()
        self._look = look
        self._presenter = presenter
        self.lines: dict[str, _Line] = {}
        self._meanings: dict[str, QLabel] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(
            label(
                look,
                say("The original stays. This becomes the next version, with its reason."),
                voice="quiet",
                wrap=True,
            )
        )
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(look.px(APART))
        self._grid.setVerticalSpacing(look.px(TIGHT))
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        column.addLayout(self._grid)
        self.trouble = TroubleNote(look)
        column.addWidget(self.trouble)
        column.addWidget(
            label(
                look,
                say("Enter goes to the next field and keeps the correction at the end. Esc leaves it."),
                voice="quiet",
                wrap=True,
            )
        )
        self.hide()

    def render_state(self, state: RecordsState) -> None:
        """Build the fields when the form opens, then only their words."""
        if state.form is None:
            if self.lines:
                self._clear()
            self.hide()
            return
        if not self.lines:
            self._build(state.form)
        self.show()
        for view in state.form:
            self._render_field(view)
        self.trouble.tell(state.form_trouble)
        if state.form_focus in self.lines and not self.lines[state.form_focus].hasFocus():
            self.lines[state.form_focus].setFocus()

    def _build(self, form: tuple[FieldView, ...]) -> None:
        for row, view in enumerate(form):
            line = _Line(view.name, self._presenter)
            title = label(self._look, view.label, wrap=True)
            title.setMinimumWidth(1)
            title.setBuddy(line)
            line.setAccessibleName(self._look.said(view.label))
            meaning = label(self._look, voice="small", wrap=True)
            self.lines[view.name], self._meanings[view.name] = line, meaning
            self._grid.addWidget(title, 2 * row, 0)
            self._grid.addWidget(line, 2 * row, 1)
            self._grid.addWidget(meaning, 2 * row + 1, 1)

    def _render_field(self, view: FieldView) -> None:
        line, meaning = self.lines[view.name], self._meanings[view.name]
        if line.text() != view.typed:
            line.setText(view.typed)
        words = view.meaning
        if view.problem is not None:
            words = "▲ " + self._look.said(view.problem)
        elif view.choices:
            words = "   ".join(
                f"▸ {entry.name}" if place == view.chosen else entry.name for place, entry in enumerate(view.choices)
            )
        meaning.setText(words)
        meaning.setVisible(bool(words))
        if line.property("missing") != view.missing:
            line.setProperty("missing", view.missing)
            line.style().polish(line)

    def _clear(self) -> None:
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.blockSignals(True)
                widget.hide()
                widget.deleteLater()
        self.lines.clear()
        self._meanings.clear()
