# SPDX-License-Identifier: Apache-2.0
"""A counter at work: the real window on a real store, whose work can be held at any step while a device fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt

from devices.catalogue import without_hardware
from devices.sbi.driver import SbiSettings
from devices.simulators.driver import SimulatorDriver, SimulatorSettings
from devices.simulators.specimens.people import SpecimenStock
from station.access.sign_in import Session
from station.config.settings import PostSettings, Settings
from station.domain.encounter import Encounter, EncounterStatus
from station.domain.identifiers import EncounterId
from station.domain.words import say
from station.inspection import events as ev
from station.inspection.effects import Effects, Step
from station.inspection.journal import replayed
from station.inspection.service import InspectionService
from station.inspection.state import InspectionState
from station.inspection.table import Effect
from station.ports.devices import DeviceState, HealthState, Role
from station.ports.storage import SearchQuery
from station.ports.tasks import CancelToken
from tests.journeys.faults.heart import Heart
from tests.journeys.faults.rows import SEED
from tests.ui.desk import KnownEngine
from tests.ui.window import OFFICER_PASSWORD, DrivenWindow, founded
from ui.bootstrap.house import House
from ui.bootstrap.workplace import Services, Workplace
from ui.presenters.inspect import InspectPresenter
from ui.presenters.inspect_view import Mode, PromptKind

TYPED = {"transport": "bus", "purpose": "transit"}
KEYED_NAME = "SPECIMENOVA"


class Gate:
    """Holds the work of the station before one effect, or lets an effect fail once. The real effects run behind it."""

    def __init__(self) -> None:
        self.hold: Effect | None = None
        self.fail: Effect | None = None
        self.reached = threading.Event()
        self.open = threading.Event()

    def close(self, effect: Effect) -> None:
        """Hold the next ``effect`` until ``open`` is set."""
        self.open.clear()
        self.reached.clear()
        self.hold = effect

    def release(self) -> None:
        """Let everything go on."""
        self.hold = None
        self.open.set()


class HeldEffects:
    """The effects of an inspection behind a gate."""

    def __init__(self, effects: Effects, gate: Gate) -> None:
        self._effects = effects
        self._gate = gate

    def carry_out(self, effect: Effect, state: InspectionState, cancel: CancelToken) -> Step:
        """As Effects.carry_out."""
        if self._gate.hold is effect:
            self._gate.reached.set()
            assert self._gate.open.wait(60), "nobody opened the gate"
        if self._gate.fail is effect:
            self._gate.fail = None
            cause, next_step = say("The disk is full."), say("Free some space, then go on with Enter.")
            if effect is Effect.RECORD:
                return ev.RecordFailed(cause=cause, next_step=next_step), None
            return ev.ChecksFailed(cause=cause, next_step=next_step), None
        return self._effects.carry_out(effect, state, cancel)


class HeldWorkplace(Workplace):
    """A workplace whose effects stand behind a gate. ``known`` takes an engine that knows what is on the page."""

    def __init__(self, house: House, settings: Settings, gate: Gate, *, known: bool) -> None:
        super().__init__(house, settings, seed=SEED)
        self.gate = gate
        self.stock = SpecimenStock(SEED, today=house.clock.now().date())
        self.inspection: InspectionService | None = None
        if known:
            self.engine.close()
            self.engine = KnownEngine(lambda: self.stock.traveller(self.simulators.tray.traveller or 0).mrz_lines)

    @property
    def simulators(self) -> SimulatorDriver:
        """The simulated devices."""
        driver = self.drivers.simulators
        assert driver is not None
        return driver

    def services(self, session: Session) -> Services:
        """As Workplace.services."""
        services = super().services(session)
        effects = HeldEffects(services.inspection._effects, self.gate)
        services.inspection._effects = effects  # type: ignore[assignment]  # it carries out the same
        self.inspection = services.inspection
        return services


class Counter:
    """An officer at the window. ``heart`` knows how long the window was deaf."""

    def __init__(self, folder: Path, *, known: bool) -> None:
        self.gate = Gate()
        self.heart = Heart()
        founded(folder)
        made: list[HeldWorkplace] = []

        def workplace(house: House, settings: Settings) -> Workplace:
            made.append(HeldWorkplace(house, settings, self.gate, known=known))
            return made[0]

        simulators = SimulatorSettings(seed=SEED, scan_seconds=0.05, slow_seconds=0.5, print_seconds=0.05)
        settings = Settings(
            post=PostSettings(mandatory_fields=("transport", "purpose")),
            devices=without_hardware(simulators=simulators, **({} if known else {"sbi": SbiSettings()})),
        )
        self.window = DrivenWindow(self.heart, folder, settings=settings, make_workplace=workplace, idle_seconds=3600.0)
        self.window.sign_in("omar", OFFICER_PASSWORD)
        self.window.until_mode(Mode.IDLE)
        self.place = made[0]
        self.simulators = self.place.simulators
        self._travellers = 0

    def close(self) -> None:
        """Close window and devices."""
        self.gate.release()
        self.window.close()

    # ── what the officer does ──────────────────────────────────────────────────────────────────────────────

    def press(self, key: Qt.Key) -> None:
        """A key; what it sets off at once counts as a stall of the window."""
        with self.heart.stroke():
            self.window.press(key)

    def control(self, key: Qt.Key) -> None:
        """A key with Ctrl."""
        with self.heart.stroke():
            self.window.control(key)

    def write(self, text: str) -> None:
        """Letters, one stroke after the other."""
        for letter in text:
            with self.heart.stroke():
                self.window.write(letter)

    def next_traveller(self, *, come_already: bool) -> None:
        """Another traveller stands at the counter; two specimens take turns, since drawing them takes time."""
        self._travellers += not come_already

    @property
    def traveller(self) -> int:
        """The number of the specimen at the counter."""
        return (self._travellers - 1) % 2

    def place_document(self) -> None:
        """The next traveller lays a document down."""
        self.next_traveller(come_already=False)
        self.place_again()

    def place_again(self) -> None:
        """The same traveller lays it down once more."""
        self.elsewhere(lambda: self.simulators.tray.place(self.traveller))

    def elsewhere(self, act: Callable[[], None]) -> None:
        """Something happens to the hardware, on another thread than the window's, as it does in life."""
        thread = threading.Thread(target=act)
        thread.start()
        self.until(lambda: not thread.is_alive(), "the hand at the hardware")

    def key_the_mrz(self) -> None:
        """Key in what is printed."""
        for line in self.place.stock.traveller(self.traveller).mrz_lines:
            self.write(line)
        self.press(Qt.Key.Key_Return)

    def fill_in(self) -> None:
        """What the post makes mandatory."""
        for name, typed in TYPED.items():
            with self.heart.stroke():
                self.presenter.type_field(name, typed)
                self.presenter.leave_field(name)
            self.settled()

    # ── what the officer sees ──────────────────────────────────────────────────────────────────────────────

    @property
    def presenter(self) -> InspectPresenter:
        """Of the page of the inspection."""
        presenter = self.window.inspect_page._presenter
        assert presenter is not None
        return presenter

    @property
    def state(self) -> InspectionState | None:
        """The inspection in hand, as the officer was told."""
        return self.presenter._flow.state

    @property
    def mode(self) -> Mode | None:
        """Where the page stands."""
        return self.window.mode

    @property
    def asked(self) -> PromptKind | None:
        """What the page asks."""
        prompt = self.window.view.prompt
        return prompt.kind if prompt else None

    def banner(self) -> str:
        """Cause and next step, as they stand on the page."""
        banner = self.window.view.banner
        return " ".join(text.in_english() for text in (banner.says, banner.next_step) if text is not None)

    def bar(self, role: Role[object]) -> str:
        """The line of a role in the device bar; empty for a role that has none."""
        lines = [line.says.in_english() for line in self.window.desk.frame.state.devices]
        title = role.title.in_english()
        return next((line for line in lines if line.startswith(title)), "")

    def health(self, device_id: str) -> DeviceState:
        """A device as the registry knows it."""
        return next(state for state in self.place.devices.states() if state.info.device_id == device_id)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for it with the loop running."""
        self.window.until(condition, what)

    def settled(self) -> None:
        """Wait until nothing is under way but the wait for a document."""

        def at_rest() -> bool:
            flow = self.presenter._flow
            return self.mode is not Mode.WORKING and (flow.waiting or not flow.lane.busy)

        self.until(at_rest, f"rest, there was {self.mode}: {self.banner()}")

    def gone(self, device_id: str) -> None:
        """Wait until the registry and the page know that a device is away."""
        self.until(lambda: self.health(device_id).health.state is HealthState.GONE, "the removal")

    # ── what the store has ─────────────────────────────────────────────────────────────────────────────────

    @property
    def service(self) -> InspectionService:
        """The service of the session."""
        assert self.place.inspection is not None
        return self.place.inspection

    def replayed(self, encounter_id: EncounterId) -> InspectionState:
        """The journal, played back."""
        return self.service.take_up(encounter_id)

    def past(self, told: InspectionState) -> list[InspectionState]:
        """Every state the journal of this encounter has gone through, none with a trouble."""
        with self.service._session.store.reading() as unit:
            first = unit.encounters.get(told.encounter_id, version=1)
            steps = unit.journal.of(told.encounter_id)
        assert first is not None
        states = (replayed(first, steps[:count], version=told.version) for count in range(len(steps) + 1))
        return [replace(state, trouble=None) for state in states]

    def record(self, encounter_id: EncounterId) -> Encounter:
        """The newest version of a record."""
        with self.service._session.store.reading() as unit:
            found = unit.encounters.get(encounter_id)
        assert found is not None
        return found

    def recorded(self) -> int:
        """How many records are final."""
        with self.service._session.store.reading() as unit:
            rows = unit.encounters.search(SearchQuery(limit=1000))
        return len([row for row in rows if row.status is EncounterStatus.RECORDED])
