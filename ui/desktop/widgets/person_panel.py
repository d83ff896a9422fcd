# SPDX-License-Identifier: Apache-2.0
"""Who the document says this is: the same lines at the same places for every traveller."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from station.domain.words import say
from ui.desktop.style.tokens import APART, HAIR
from ui.desktop.widgets.look import Look
from ui.desktop.widgets.words import Data, Words
from ui.presenters.inspect_view import PersonView


class PersonPanel(QWidget):
    """Draws a PersonView. Names are data: plain text in their own direction."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(HAIR))
        self._nobody = Words(look, "quiet", say("The person's details come here."))
        self._primary = Data(look, "name", wraps=True)
        self._secondary = Data(look, "large", wraps=True)
        self._sex = Words(look, "strong")
        self._age = Words(look, "strong")
        self._born = Data(look)
        self._nationality = Data(look)
        self._document = Data(look, "strong")
        self._until = Words(look)
        self._issued = Words(look, "quiet")
        self._seen = Words(look, "quiet", wraps=True)
        column.addWidget(self._nobody)
        column.addWidget(self._primary)
        column.addWidget(self._secondary)
        for row in (
            (self._sex, self._age, self._born),
            (self._nationality,),
            (self._document, self._until),
            (self._issued,),
            (self._seen,),
        ):
            line = QHBoxLayout()
            line.setSpacing(look.px(APART))
            for label in row:
                line.addWidget(label)
            line.addStretch(1)
            column.addLayout(line)
        self._seen.setMinimumWidth(look.px(200))
        column.addStretch(1)

    def show_person(self, person: PersonView | None) -> None:
        """Show another person, or the empty places."""
        self._nobody.setVisible(person is None)
        shown = person or PersonView(primary="")
        self._primary.put(shown.primary)
        self._secondary.put(shown.secondary)
        self._sex.tell(shown.sex)
        self._age.tell(shown.age)
        self._born.put(shown.born)
        self._nationality.put(shown.nationality)
        self._document.tell(shown.document)
        self._until.tell(shown.valid_until)
        self._issued.tell(shown.issued_by)
        self._seen.tell(shown.last_seen)
