# SPDX-License-Identifier: Apache-2.0
"""The simulated devices of one station as a driver, and the hand that training and demonstration move."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from devices.base import DriverListener
from devices.simulators.chip_reader import Answer, scripted_chip
from devices.simulators.desk import SimulatorDesk
from devices.simulators.document_scanner import full_page_reader
from devices.simulators.face_camera import face_camera
from devices.simulators.faults import SLOW_SECONDS
from devices.simulators.hand_readers import barcode_reader, mrz_reader
from devices.simulators.printer import PaperPath, printer
from devices.simulators.scenario import Scenario, ScenarioPlayer, load_scenario
from devices.simulators.simulated import DRIVER, Simulated, Surroundings
from devices.simulators.tray import SpecimenPictures, SpecimenTray
from station.config.declared import setting
from station.domain.errors import SettingsError
from station.domain.words import Text, say
from station.ports.clock import Clock

__all__ = ["DRIVER", "SimulatorDriver", "SimulatorSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Equal seeds give equal travellers and equal faults. ``scan_seconds``: how long a page takes.

    ``sheets`` is where the simulated printer puts its sheets as PDF; None keeps them in memory.
    """

    seed: int = setting(
        1,
        say("Picks the specimen travellers and what faults give: the same number, the same day of training."),
        possible=lambda value: 0 <= value < 2**31,
        cure=say("Write a whole number from 0."),
    )
    scan_seconds: float = setting(
        0.4,
        say("How many seconds the simulated scanner takes for a page."),
        possible=lambda value: 0 <= value <= 60,
        cure=say("Write a number of seconds from 0 to 60."),
    )
    further_lights: bool = setting(
        True,
        say(
            "Whether the simulated scanner gives pages in infrared and ultraviolet too; that takes half a second more."
        ),
    )
    slow_seconds: float = setting(
        SLOW_SECONDS,
        say("How many seconds a slow device takes longer."),
        possible=lambda value: 0 <= value <= 600,
        cure=say("Write a number of seconds from 0 to 600."),
    )
    print_seconds: float = setting(
        0.2,
        say("How many seconds the simulated printer takes for a sheet."),
        possible=lambda value: 0 <= value <= 60,
        cure=say("Write a number of seconds from 0 to 60."),
    )
    paper: int = setting(
        100,
        say("How many sheets the simulated printer has when it is filled."),
        possible=lambda value: 1 <= value <= 10_000,
        cure=say("Write a number of sheets from 1 to 10000."),
    )
    scenario: Path | None = setting(
        None, say("A file that says which fault strikes which simulated device when. See the technician's handbook.")
    )
    sheets: Path | None = setting(
        None, say("The folder for sheets of the simulated printer; without it they are kept in memory."), shown=False
    )


class SimulatorDriver:
    """One device for every role, always attached until somebody pulls a plug.

    ``answer`` is what chips say; without it they know two commands (``chip_reader.scripted_chip``). ``desk`` has the
    faults and plugs by name, ``problems`` what in the scenario cannot be used.
    """

    name = DRIVER
    simulated = True

    def __init__(
        self, settings: SimulatorSettings, pictures: SpecimenPictures, *, clock: Clock, answer: Answer | None = None
    ) -> None:
        self._listener: DriverListener | None = None
        self.tray = SpecimenTray()
        around = Surroundings(
            tray=self.tray,
            pictures=pictures,
            clock=clock,
            changed=self._changed,
            seed=settings.seed,
            slow_seconds=settings.slow_seconds,
        )
        self.paper = PaperPath(paper=settings.paper, print_seconds=settings.print_seconds, folder=settings.sheets)
        self.scanner = full_page_reader(
            around,
            scan_seconds=settings.scan_seconds,
            further_lights=settings.further_lights,
            answer=answer or scripted_chip(settings.seed),
        )
        self.camera = face_camera(around)
        self.mrz_reader = mrz_reader(around)
        self.barcode_reader = barcode_reader(around)
        self.printer = printer(around, self.paper)
        self.desk = SimulatorDesk(self.devices)
        self.problems: tuple[SettingsError, ...] = ()
        scenario = Scenario()
        if settings.scenario is not None:
            known = {name: tuple(c.name for c in self.desk.choices(name)) for name in self.desk.devices}
            scenario, self.problems = load_scenario(settings.scenario, known)
        self._player = ScenarioPlayer(scenario, self.desk, seed=settings.seed)
        self.tray.before_placing(self._player.before_traveller)

    @property
    def devices(self) -> tuple[Simulated, ...]:
        """All of them, in the order in which they are offered."""
        return (self.scanner, self.camera, self.mrz_reader, self.barcode_reader, self.printer)

    def start(self, listener: DriverListener) -> None:
        """Offer all of them, and let the scenario begin."""
        self._listener = listener
        for device in self.devices:
            listener.attached(device.shell)
        self._player.start()

    def why_nothing(self) -> Text | None:
        """Simulators are always there; what in their scenario file cannot be used is said here."""
        if not self.problems:
            return None
        return say("{cause} {step}", cause=self.problems[0].cause, step=self.problems[0].next_step)

    def close(self) -> None:
        """End the threads."""
        self._player.close()
        for device in self.devices:
            device.shell.close()

    def _changed(self, device_id: str) -> None:
        if self._listener is None:
            return
        for device in self.devices:
            if device.info.device_id == device_id:
                if device.gone:
                    self._listener.detached(device_id)
                else:
                    self._listener.attached(device.shell)
