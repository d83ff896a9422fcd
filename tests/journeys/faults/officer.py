# SPDX-License-Identifier: Apache-2.0
"""An officer who brings every inspection to its end: does what the page says next, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from station.domain.encounter import EncounterStatus
from station.domain.identifiers import EncounterId
from station.inspection.table import Stage
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA, PRINTER, Role
from tests.journeys.faults.counter import Counter
from ui.presenters.inspect_view import Mode, PromptKind

MOST_ACTS = 20  # of one inspection; more means that it goes in circles


class Officer:
    """One inspection at a counter. ``away`` says for which roles there is no device to hope for."""

    def __init__(self, counter: Counter, *, away: Callable[[Role[object]], bool], refuses: bool) -> None:
        self.counter = counter
        self.away = away
        self.refuses = refuses
        self.placed = False
        self.encounter: EncounterId | None = None
        self.page_is_bad = False  # the same page once more would help nobody
        self.distrusts = False  # what is in doubt is scanned instead of confirmed

    def place(self) -> None:
        """The traveller lays the document down."""
        self.counter.place_document()
        self.placed = True

    def note(self) -> None:
        """Remember which encounter this is."""
        state = self.counter.state
        if state is not None:
            self.encounter = state.encounter_id

    def ended(self, status: EncounterStatus) -> bool:
        """Whether the encounter is over and the desk free."""
        if self.encounter is None or self.counter.mode is not Mode.IDLE or self.counter.state is not None:
            return False
        return self.counter.record(self.encounter).status is status

    def act(self) -> None:
        """The next thing to do, by keys alone."""
        counter, state = self.counter, self.counter.state
        match counter.mode:
            case Mode.IDLE:
                self._begin()
            case Mode.DOUBT | Mode.KEYING if self.distrusts:
                counter.place_again()
                counter.press(Qt.Key.Key_F12)
            case Mode.DOUBT:
                counter.press(Qt.Key.Key_Return)
            case Mode.KEYING:
                counter.key_the_mrz()
            case Mode.TROUBLE if state is not None and state.stage is Stage.READ_TROUBLE:
                self._read_again()
            case Mode.TROUBLE if state is not None and state.stage is Stage.PORTRAIT_TROUBLE:
                self._portrait_again()
            case Mode.TROUBLE:
                counter.press(Qt.Key.Key_Return)
            case Mode.DECIDING:
                counter.fill_in()
                self.decide()
            case Mode.DONE:
                self._hand_over()

    def decide(self) -> None:
        """Admit or refuse."""
        counter = self.counter
        if self.refuses:
            counter.press(Qt.Key.Key_F7)
            counter.write("e")
            counter.press(Qt.Key.Key_Return)
            return
        counter.press(Qt.Key.Key_F5)
        if counter.asked is PromptKind.ADMIT_ANYWAY:  # the same specimen has entered before
            counter.press(Qt.Key.Key_Return)

    def _begin(self) -> None:
        counter = self.counter
        if self.encounter is not None:
            counter.press(Qt.Key.Key_1)  # the newest of those that wait
            counter.until(lambda: counter.mode is not Mode.IDLE, "the encounter taken up again")
        elif self.away(DOCUMENT_SCANNER):
            counter.next_traveller(come_already=self.placed)
            counter.press(Qt.Key.Key_F2)
            counter.window.until_mode(Mode.KEYING)
        elif self.placed and not counter.presenter._flow.waiting:
            counter.press(Qt.Key.Key_Return)
        else:
            if not self.placed:
                self.place()
            counter.until(lambda: counter.mode is not Mode.IDLE or not counter.presenter._flow.waiting, "the page")

    def _read_again(self) -> None:
        if self.away(DOCUMENT_SCANNER):
            self.counter.press(Qt.Key.Key_F2)
        elif self.page_is_bad:
            self.counter.place_again()
            self.counter.press(Qt.Key.Key_F12)
        else:
            self.counter.press(Qt.Key.Key_F11)

    def _portrait_again(self) -> None:
        if not self.away(FACE_CAMERA):
            self.counter.press(Qt.Key.Key_Return)
            return
        self.counter.press(Qt.Key.Key_F10)
        self.counter.write("1")
        self.counter.press(Qt.Key.Key_Return)

    def _hand_over(self) -> None:
        counter = self.counter
        if counter.presenter._flow.notice is None and not self.away(PRINTER):
            counter.control(Qt.Key.Key_P)
            counter.press(Qt.Key.Key_Return)
            counter.until(lambda: counter.mode is Mode.WORKING or counter.presenter._flow.notice is not None, "paper")
            return
        counter.press(Qt.Key.Key_Return)
