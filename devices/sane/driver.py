# SPDX-License-Identifier: Apache-2.0
"""Finds page scanners through SANE, by asking a helper process now and then."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from devices.base import DriverListener, Poller
from devices.sane.child import NO_LIBRARY
from devices.sane.scanner import SaneScanner
from station.domain.errors import Cancelled
from station.domain.words import Text, say
from station.isolation.child import HelperDied, HelperProcess
from station.isolation.limits import Limits, NetworkUse
from station.ports.clock import Clock
from station.ports.tasks import CancelToken

DRIVER: Final = "sane"
CHILD: Final = "devices.sane.child"
_PASSED_ON: Final = ("HOME", "SANE_CONFIG_DIR", "LD_LIBRARY_PATH")  # where SANE finds its backends and settings

OptionValue = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaneSettings:
    """``resolution`` in dots per inch; ``area_mm`` width and height from the corner of the glass, None for all.

    The default area holds an opened passport booklet. ``options`` are set on the scanner by their SANE names.
    ``config_dir`` replaces SANE's own configuration. ``look_seconds``: how often scanners are looked for.
    """

    enabled: bool = True
    resolution: int = 300
    area_mm: tuple[float, float] | None = (130.0, 180.0)
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    config_dir: Path | None = None
    look_seconds: float = 10.0
    list_seconds: float = 30.0
    scan_seconds: float = 120.0


class SaneDriver:
    """Scanners by vendor, model and number: their SANE names change with each plugging in."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: SaneSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._listener: DriverListener | None = None
        self._scanners: dict[str, SaneScanner] = {}
        self._there: set[str] = set()
        self._nothing: Text | None = None
        self._library_missing = False
        self._closing = CancelToken()
        self._lister = self._helper("SANE list", settings.list_seconds)
        self._poller = Poller(DRIVER, self._look, seconds=settings.look_seconds)

    def start(self, listener: DriverListener) -> None:
        """Begin to look for scanners."""
        self._listener = listener
        if self._settings.enabled:
            self._poller.start()

    def why_nothing(self) -> Text | None:
        """No library, no scanner, or a library that does not answer."""
        return self._nothing

    def close(self) -> None:
        """End the threads and the helper processes."""
        self._closing.cancel()
        self._poller.close()
        for scanner in self._scanners.values():
            scanner.close()
        self._lister.close()

    def listed(self, *, cancel: CancelToken) -> list[tuple[str, str]] | None:
        """SANE name and readable name of each scanner attached now; None when SANE cannot say. Blocks."""
        try:
            answer, _ = self._lister.request({"do": "list"}, cancel=cancel)
        except HelperDied:
            self._nothing = say("The scanner library SANE does not answer. Switch the scanner off and on again.")
            return None
        finally:
            # Each look leaves some seventy file handles open in the library: after a dozen it finds nothing.
            self._lister.close()
        if answer.get("status") == NO_LIBRARY:
            self._library_missing = True
            self._nothing = say("The scanner library SANE is not installed. Ask the technician to install it.")
            return None
        devices = answer.get("devices")
        found = [
            (str(entry[0]), f"{entry[1]} {entry[2]}")
            for entry in (devices if isinstance(devices, list) else ())
            if isinstance(entry, list) and len(entry) == 4
        ]
        self._nothing = None if found else say("No scanner was found. Plug one in and switch it on.")
        return found

    def _helper(self, name: str, seconds: float) -> HelperProcess:
        environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        if self._settings.config_dir is not None:
            environment["SANE_CONFIG_DIR"] = str(self._settings.config_dir)
        limits = Limits(
            memory_bytes=2 << 30,
            cpu_seconds=seconds,
            wall_seconds=seconds,
            network=NetworkUse.ALLOWED,  # scanners in the network
            open_files=1024,  # some eighty backends, each with its own
            file_bytes=1 << 20,  # lock files of backends
        )
        return HelperProcess(CHILD, limits, environment=environment, name=name)

    def _look(self) -> None:
        if self._library_missing or any(scanner.in_use for scanner in self._scanners.values()):
            return  # looking disturbs a scan, and a scanner in use is missing from some backends' lists
        try:
            found = self.listed(cancel=self._closing)
        except Cancelled:
            return
        if found is None or self._listener is None:
            return
        seen: dict[str, tuple[str, str]] = {}
        for sane_name, name in found:
            number = 1 + sum(1 for _, other in seen.values() if other == name)
            seen[f"sane:{name}:{number}"] = (sane_name, name)
        for device_id, (sane_name, name) in seen.items():
            scanner = self._scanners.get(device_id) or self._new(device_id, name)
            if scanner.came(sane_name) or device_id not in self._there:
                self._listener.attached(scanner)
        for device_id in self._there - seen.keys():
            self._scanners[device_id].went()
            self._listener.detached(device_id)
        self._there = set(seen)

    def _new(self, device_id: str, name: str) -> SaneScanner:
        scanner = SaneScanner(
            device_id,
            name,
            driver=DRIVER,
            request={
                "do": "scan",
                "resolution": self._settings.resolution,
                "area_mm": None if self._settings.area_mm is None else list(self._settings.area_mm),
                "options": dict(self._settings.options),
            },
            helper=self._helper(device_id, self._settings.scan_seconds),
            listed=self.listed,
            clock=self._clock,
            changed=self._changed,
        )
        self._scanners[device_id] = scanner
        return scanner

    def _changed(self, device_id: str) -> None:
        if self._listener is None:
            return
        if self._scanners[device_id].gone:
            self._listener.detached(device_id)
        else:
            self._listener.health_changed(device_id)
