# SPDX-License-Identifier: Apache-2.0
"""The printer of a station that does not exist yet: its recovery sheets are printed before anything is created."""

from __future__ import annotations

import threading

from devices.catalogue import DriverSet, Surroundings
from devices.hotplug import HotPlug
from devices.registry import Registry
from station.config.settings import Settings
from station.domain.words import Text
from station.ports.backup import PaperShare
from station.ports.devices import PRINTER
from station.ports.storage import StoreIdentity, StoreKind
from station.ports.tasks import CancelToken
from ui.bootstrap.house import House
from ui.bootstrap.presses import recovery_sheet_outlet
from ui.bootstrap.workplace import rules_of, training_papers
from ui.presenters.sheet_handout import SheetOutlet

_FOUND_WITHIN = 5.0  # seconds; whoever plugs a printer in later presses Enter again


class FirstPrinting:
    """Attaches devices for the first sheets alone; ``close`` it before a workplace takes them. Outlets: any thread."""

    def __init__(self, house: House, settings: Settings, language: str) -> None:
        self._house = house
        self._settings = settings
        self._language = language
        self._lock = threading.Lock()
        self._registry: Registry | None = None
        self._kind: StoreKind | None = None
        self._found = threading.Event()

    def outlet_for(self, post: str, station: str, lane: str, kind: StoreKind) -> SheetOutlet:
        """What prints the sheets of the station that is being made. A live one never prints on a simulator."""
        identity = StoreIdentity(kind=kind, post=post, station=station, lane=lane, created_at=self._house.clock.now())

        def put(share: PaperShare, cancel: CancelToken) -> Text:
            registry = self._devices(kind)
            self._found.wait(_FOUND_WITHIN)
            zone = rules_of(self._settings, training=kind is StoreKind.TRAINING).zone
            return recovery_sheet_outlet(registry, identity, self._house.clock, self._language, zone=zone)(
                share, cancel
            )

        return put

    def close(self) -> None:
        """Let go of the devices. Blocks for seconds when one hangs."""
        with self._lock:
            registry, self._registry = self._registry, None
        if registry is not None:
            registry.close()

    def _devices(self, kind: StoreKind) -> Registry:
        with self._lock:
            if self._registry is not None and self._kind is kind:
                return self._registry
            if self._registry is not None:  # live was chosen first, then training, or the other way round
                self._registry.close()
            self._registry, self._kind = self._attached(training=kind is StoreKind.TRAINING), kind
            return self._registry

    def _attached(self, *, training: bool) -> Registry:
        around = Surroundings(
            clock=self._house.clock,
            hotplug=HotPlug(),
            training=training,
            papers=training_papers(self._house.place, self._settings) if training else None,
            seed=1,
        )
        registry = Registry(
            DriverSet(self._settings.devices, around).drivers,
            allow_simulated=training,
            preferred=self._settings.default_devices.by_role(),
            hotplug=around.hotplug,
        )
        self._found = found = threading.Event()

        def look() -> None:
            # Writing by hand is there at once, and never prints a sheet.
            if any(PRINTER in state.chosen_for and not state.info.manual for state in registry.states()):
                found.set()

        registry.subscribe(look)
        registry.start()
        look()
        return registry
