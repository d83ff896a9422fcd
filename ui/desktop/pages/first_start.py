# SPDX-License-Identifier: Apache-2.0
"""The first start on one page: station, live or training, headquarters, and the first two people."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from station.access.roles import ROLE_TITLES
from station.domain.words import Text, say
from station.ports.storage import RoleName, StoreKind
from ui.desktop.pages.founded import FoundedView
from ui.desktop.style.tokens import APART, NEAR, TIGHT
from ui.desktop.widgets.handout_form import HandoutForm
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.parts import Panel, TroubleNote, bar_of_keys, key_button, label, margins
from ui.presenters.first_start import (
    NEEDED,
    PEOPLE,
    FirstStartPresenter,
    FirstStartState,
    PersonForm,
    Stage,
    StationForm,
)
from ui.presenters.forms import MOST_OF_A_PASSWORD
from ui.presenters.keymap import KEYMAP, Act, Key

#: Brings a backup back instead of founding a station.
RESTORE = Key("F6", "F6", say("Restore a backup"))

_SHEETS_WIDTH = 680
_ROLES = (RoleName.SUPERVISOR, RoleName.OFFICER, RoleName.TECHNICIAN, RoleName.AUDITOR)
_PERSON_FIELDS: tuple[tuple[str, Text], ...] = (
    ("name", say("Sign-in name")),
    ("display_name", say("Name shown")),
    ("password", say("Password")),
    ("again", say("Password again")),
)


class FirstStartPage(QWidget):
    """Renders FirstStartState; what is wrong stands under its field."""

    def __init__(
        self,
        look: Look,
        presenter: FirstStartPresenter,
        *,
        kind: StoreKind | None = None,
        restore: Callable[[], None] | None = None,
    ) -> None:
        """``restore`` opens the page that brings a backup back."""
        super().__init__()
        self._look = look
        self.presenter = presenter
        self.setProperty("part", "page")
        self.fields: dict[str, QLineEdit] = {}
        self.roles: list[QComboBox] = []
        self._wrong: dict[str, QLabel] = {}
        self.live = QRadioButton(look.said(say("Live: real travellers")))
        self.training = QRadioButton(look.said(say("Training: specimen travellers")))
        self._kinds = QButtonGroup(self)
        for button in (self.live, self.training):
            self._kinds.addButton(button)
        self.training.setChecked(kind is StoreKind.TRAINING)
        self.trouble = TroubleNote(look)
        self.found = QPushButton(look.said(say("Create the station  Enter")))
        self.found.setProperty("part", "next")
        self.practice = key_button(look, Act.PRACTICE)
        self.founded = FoundedView(look, presenter.go_on)
        self.handout = HandoutForm(look)
        self.restore = QPushButton(look.said(say("{key}  {word}", key=RESTORE.label, word=look.said(RESTORE.word))))
        self.restore.setProperty("part", "action")
        self.restore.setAccessibleName(look.said(RESTORE.word))
        self._stack = QStackedWidget()
        self._build()
        self.restore.setVisible(restore is not None)  # in its page by now: alone it would be a window of its own
        self.found.clicked.connect(self._create)
        self.practice.clicked.connect(presenter.make_practice_post)
        QShortcut(
            QKeySequence(KEYMAP[Act.PRACTICE].sequence),
            self,
            context=Qt.ShortcutContext.WidgetWithChildrenShortcut,
        ).activated.connect(presenter.make_practice_post)
        self.handout.print_next.connect(presenter.print_next)
        self.handout.answered.connect(presenter.answer)
        if restore is not None:
            self.restore.clicked.connect(restore)
            QShortcut(
                QKeySequence(RESTORE.sequence), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut
            ).activated.connect(restore)
        presenter.show_on(self.render_state)

    # ── building ───────────────────────────────────────────────────────────────────────────────────────────

    def _build(self) -> None:
        look = self._look
        form = QWidget()
        column = QVBoxLayout(form)
        margins(column, look.px(APART), spacing=look.px(NEAR))
        head = QHBoxLayout()
        head.addWidget(label(look, say("First start: whose station is this?"), voice="title", wrap=True), 1)
        head.addWidget(self._practice_offer(), 1)
        column.addLayout(head)
        columns = QHBoxLayout()
        columns.setSpacing(look.px(APART))
        left = QVBoxLayout()
        left.setSpacing(look.px(NEAR))
        left.addWidget(self._station_panel())
        left.addWidget(self._kind_panel())
        left.addWidget(self._headquarters_panel())
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(look.px(NEAR))
        for number in range(1, PEOPLE + 1):
            right.addWidget(self._person_panel(number))
        right.addStretch(1)
        columns.addLayout(left, 1)
        columns.addLayout(right, 1)
        column.addLayout(columns)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(form)
        page = QWidget()
        whole = QVBoxLayout(page)
        whole.setContentsMargins(0, 0, 0, look.px(NEAR))
        whole.setSpacing(look.px(NEAR))
        whole.addWidget(scroll, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(look.px(APART), 0, look.px(APART), 0)
        foot.addWidget(self.trouble)
        foot.addWidget(bar_of_keys(look, self.found, self.restore))
        whole.addLayout(foot)
        self._stack.addWidget(page)
        self._stack.addWidget(self.founded)
        self._stack.addWidget(self._sheets())
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self._stack)

    def _sheets(self) -> QWidget:
        """The recovery sheets, in the middle of the page and nothing beside them."""
        look = self._look
        self._handing_out = QWidget()
        panel = Panel(look, heading=say("Recovery sheets"))
        panel.setFixedWidth(look.px(_SHEETS_WIDTH))
        panel.column.addWidget(self.handout)
        panel.column.addWidget(
            label(
                look,
                say("F7 prints the last sheet again. Esc goes back; nothing is created."),
                voice="quiet",
                wrap=True,
            )
        )
        again = QShortcut(QKeySequence("F7"), self._handing_out)
        again.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        again.activated.connect(self.presenter.print_again)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(panel)
        across.addStretch(1)
        down = QVBoxLayout(self._handing_out)
        down.addStretch(1)
        down.addLayout(across)
        down.addStretch(2)
        return self._handing_out

    def _practice_offer(self) -> QWidget:
        look = self._look
        self._offer = QWidget()
        row = QHBoxLayout(self._offer)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(APART))
        row.addWidget(label(look, say("Only trying it out? People are made up:"), voice="quiet", wrap=True), 1)
        row.addWidget(self.practice)
        return self._offer

    def _station_panel(self) -> QWidget:
        panel = Panel(self._look, heading=say("Station"))
        grid = self._grid(panel)
        for row, (name, text) in enumerate(
            (("post", say("Border post")), ("station", say("Station")), ("lane", say("Lane")))
        ):
            self._field(grid, row, name, text)
        return panel

    def _kind_panel(self) -> QWidget:
        look = self._look
        panel = Panel(look, heading=say("Live or training"))
        panel.column.addWidget(self.live)
        panel.column.addWidget(self.training)
        panel.column.addWidget(
            label(
                look,
                say(
                    "This is for ever. A live store never opens a simulator; everything that leaves a training"
                    " store is marked."
                ),
                voice="quiet",
                wrap=True,
            )
        )
        panel.column.addWidget(self._wrong_label("kind"))
        return panel

    def _headquarters_panel(self) -> QWidget:
        panel = Panel(self._look, heading=say("Headquarters"))
        grid = self._grid(panel)
        self._field(grid, 0, "recipient", say("Recipient key"))
        self.fields["recipient"].setPlaceholderText("age1…")
        panel.column.addWidget(
            label(
                self._look,
                say("Exports are sealed for this key. Only headquarters can open them, not this station."),
                voice="quiet",
                wrap=True,
            )
        )
        return panel

    def _person_panel(self, number: int) -> QWidget:
        look = self._look
        heading = say("Person {number}", number=number)
        if number > NEEDED:
            heading = say("Person {number}, may stay empty: a technician sees devices and no traveller", number=number)
        panel = Panel(look, heading=heading)
        grid = self._grid(panel)
        for row, (name, text) in enumerate(_PERSON_FIELDS):
            self._field(grid, row, f"person{number}.{name}", text)
            if name in ("password", "again"):
                self.fields[f"person{number}.{name}"].setEchoMode(QLineEdit.EchoMode.Password)
        role = QComboBox()
        for each in _ROLES:
            role.addItem(look.said(ROLE_TITLES[each]), each)
        role.setCurrentIndex(number - 1)  # supervisor, officer, technician
        role.setAccessibleName(look.said(say("Role")))
        self.roles.append(role)
        row = len(_PERSON_FIELDS)
        grid.addWidget(label(look, say("Role")), 2 * row, 0)
        grid.addWidget(role, 2 * row, 1)
        grid.addWidget(self._wrong_label(f"person{number}.role"), 2 * row + 1, 1)
        return panel

    def _grid(self, panel: Panel) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._look.px(APART))
        grid.setVerticalSpacing(self._look.px(TIGHT))
        grid.setColumnStretch(1, 1)
        panel.column.addLayout(grid)
        return grid

    def _field(self, grid: QGridLayout, row: int, name: str, text: Text) -> None:
        field = QLineEdit()
        field.setMaxLength(MOST_OF_A_PASSWORD)
        field.setAccessibleName(self._look.said(text))
        field.returnPressed.connect(self._create)
        self.fields[name] = field
        title = label(self._look, text)
        title.setBuddy(field)
        grid.addWidget(title, 2 * row, 0)
        grid.addWidget(field, 2 * row, 1)
        grid.addWidget(self._wrong_label(name), 2 * row + 1, 1)

    def _wrong_label(self, name: str) -> QLabel:
        made = label(self._look, voice="strong", wrap=True)
        made.hide()
        self._wrong[name] = made
        return made

    # ── what is shown and done ─────────────────────────────────────────────────────────────────────────────

    def render_state(self, state: FirstStartState) -> None:
        """Show what is wrong where it is wrong, or that the station stands."""
        look = self._look
        creating = state.stage is Stage.CREATING
        self._offer.setVisible(state.practice_offered)
        for button in (self.found, self.practice):
            button.setEnabled(not creating)
        self.found.setText(
            look.said(say("Creating the station… a few seconds") if creating else say("Create the station  Enter"))
        )
        for name, words in self._wrong.items():
            text = state.wrong.get(name)
            words.setVisible(text is not None)
            words.setText("▲ " + look.said(text) if text is not None else "")
            if name in self.fields:
                self.fields[name].setProperty("missing", text is not None)
                self.fields[name].style().polish(self.fields[name])
                self.fields[name].setAccessibleDescription(words.text())
        self.trouble.tell(state.trouble)
        first = next(iter(state.wrong), None)
        if first is not None:
            (self.fields.get(first) or (self.roles[0] if first.endswith("role") else self.live)).setFocus()
        self._stack.setCurrentIndex(2 if state.handout is not None else 0)
        self.handout.render_handout(state.handout)
        if state.stage is Stage.CREATED:
            self.founded.render_state(state)
            self._stack.setCurrentWidget(self.founded)
            self.founded.take_focus()

    def take_focus(self) -> None:
        """The first field, or the one key that is enough."""
        (self.practice if self.presenter.state.practice_offered else self.fields["post"]).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter anywhere on the page creates the station, or prints the next sheet; Esc leaves the sheets."""
        if event.key() == Qt.Key.Key_Escape:
            self.presenter.leave_sheets()
        elif self.presenter.state.handout is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.handout.submit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            focused = self.focusWidget()
            if isinstance(focused, QPushButton):
                focused.click()
            else:
                self._create()
        else:
            super().keyPressEvent(event)

    def _create(self) -> None:
        self.presenter.create(self.typed)

    @property
    def typed(self) -> StationForm:
        """Everything as it stands in the fields."""
        chosen = {self.live: StoreKind.LIVE, self.training: StoreKind.TRAINING}
        kind = next((kind for button, kind in chosen.items() if button.isChecked()), None)
        text = {name: field.text() for name, field in self.fields.items()}
        return StationForm(
            post=text["post"],
            station=text["station"],
            lane=text["lane"],
            kind=kind,
            recipient=text["recipient"],
            people=tuple(
                PersonForm(
                    name=text[f"person{number}.name"],
                    display_name=text[f"person{number}.display_name"],
                    password=text[f"person{number}.password"],
                    again=text[f"person{number}.again"],
                    role=self.roles[number - 1].currentData(),
                )
                for number in range(1, PEOPLE + 1)
            ),
        )
