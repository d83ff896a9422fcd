# SPDX-License-Identifier: Apache-2.0
"""Finds page scanners through SANE, by asking a helper process: those at a cable at once, those in the network apart.

Looking into the network takes four seconds. A scanner that was just plugged in must not wait for that.
"""

from __future__ import annotations

import enum
import os
import threading
from collections.abc import Callable, Mapping
from typing import Final

from devices.base import DriverListener
from devices.hotplug import HotPlug
from devices.sane.child import NO_LIBRARY
from devices.sane.presence import FoundScanner, by_lasting_name, scanners, still_attached
from devices.sane.scanner import SaneScanner
from devices.sane.settings import SaneSettings
from devices.watching import Watch
from station.domain.errors import Cancelled
from station.domain.words import Text, say
from station.isolation.child import HelperDied, HelperProcess
from station.isolation.limits import Limits, NetworkUse
from station.ports.clock import Clock
from station.ports.tasks import CancelToken

__all__ = ["CHILD", "DRIVER", "SaneDriver", "SaneSettings"]

DRIVER: Final = "sane"
CHILD: Final = "devices.sane.child"
_PASSED_ON: Final = ("HOME", "SANE_CONFIG_DIR", "LD_LIBRARY_PATH")  # where SANE finds its backends and settings


class Where(enum.Enum):
    """Where a look for scanners goes."""

    NEAR = "near"  # at a cable of this machine: a fifth of a second
    NETWORK = "network"  # answers to a call into the network: four seconds


class SaneDriver:
    """Scanners by vendor, model and number: their SANE names change with each plugging in."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: SaneSettings, *, clock: Clock, hotplug: HotPlug | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._trouble: Text | None = None
        self._library_missing = False
        self._closing = CancelToken()
        self._last: Mapping[str, FoundScanner] = {}  # used by the thread of the near watch only
        self._lock = threading.Lock()
        self._looks: dict[Where, CancelToken] = {}  # under way
        self._owed: set[Where] = set()  # not done because a scanner was in use
        self._near: Watch[FoundScanner] = Watch(
            DRIVER,
            look=self._look,
            make=self._make,
            seconds=settings.look_seconds,
            quiet_seconds=settings.quiet_seconds,
            hotplug=hotplug,
            subsystems=("usb",),
        )
        self._far: Watch[FoundScanner] = Watch(
            f"{DRIVER} network",
            look=self._look_far,
            make=self._make,
            seconds=settings.network_seconds,
            hotplug=hotplug,
            subsystems=("net", "usb"),  # a scanner at a cable may show itself as one in the network (ipp-usb)
        )

    def start(self, listener: DriverListener) -> None:
        """Begin to look for scanners."""
        if self._settings.enabled:
            self._near.start(listener)
            if self._settings.network:
                self._far.start(listener)

    def why_nothing(self) -> Text | None:
        """No library, no scanner, or a library that does not answer."""
        if self._trouble is not None:
            return self._trouble
        nothing = say("No scanner was found. Plug one in and switch it on.")
        if self._settings.network and self._far.nothing(nothing) is None:
            return None
        return self._near.nothing(nothing)

    def close(self) -> None:
        """End the threads and the helper processes."""
        self._closing.cancel()
        self._interrupt()
        self._near.close()
        self._far.close()

    def listed(self, *, cancel: CancelToken, network: bool = False) -> list[FoundScanner] | None:
        """Each scanner attached now, or each in the network; None when SANE cannot say. Blocks for its answer.

        Each look has a process of its own: it leaves some seventy file handles open in the library, and after a
        dozen looks the library finds nothing.
        """
        lister = self._helper("SANE list", self._settings.list_seconds)
        try:
            answer, _ = lister.request({"do": "list", "network": network}, cancel=cancel)
        except HelperDied:
            self._trouble = say("The scanner library SANE does not answer. Switch the scanner off and on again.")
            return None
        finally:
            lister.close()
        self._library_missing = answer.get("status") == NO_LIBRARY
        if self._library_missing:
            self._trouble = say("The scanner library SANE is not installed. Ask the technician to install it.")
            return None
        self._trouble = None
        return scanners(answer, in_network=network) if answer.get("status") == "good" else None

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

    # --- looks and sessions: asking SANE disturbs a scan, and some backends do not list what is in use ---

    @property
    def _in_use(self) -> bool:
        watched = (*self._near.devices, *self._far.devices)
        return any(isinstance(device, SaneScanner) and device.in_use for device in watched)

    def _look(self) -> Mapping[str, FoundScanner]:
        found = self._asked(Where.NEAR)
        self._last = still_attached(self._last) if found is None else by_lasting_name(found)
        return self._last

    def _look_far(self) -> Mapping[str, FoundScanner] | None:
        found = self._asked(Where.NETWORK)
        return None if found is None else by_lasting_name(found)

    def _asked(self, where: Where) -> list[FoundScanner] | None:
        """What SANE lists, unless a scanner is in use or its use begins meanwhile: then the look is owed."""
        token = CancelToken()
        with self._lock:
            self._looks[where] = token
        try:
            if self._library_missing or self._closing.cancelled:
                return None
            if not self._in_use:
                return self.listed(cancel=token, network=where is Where.NETWORK)
        except Cancelled:
            pass
        finally:
            with self._lock:
                del self._looks[where]
        self._owe(where)
        return None

    def _owe(self, *looks: Where) -> None:
        with self._lock:
            self._owed.update(looks)
        if not self._closing.cancelled:
            self._session_changed()  # it may have ended at this very moment

    def _interrupt(self) -> None:
        with self._lock:
            looks = list(self._looks.values())
        for look in looks:
            look.cancel()

    def _session_changed(self) -> None:
        if self._in_use:
            self._interrupt()
            return
        with self._lock:
            owed, self._owed = self._owed, set()
        if Where.NEAR in owed:
            self._near.look_soon()
        if Where.NETWORK in owed:
            self._far.look_soon()

    def _make(self, device_id: str, found: FoundScanner, changed: Callable[[str], None]) -> SaneScanner:
        def told(device_id: str) -> None:
            changed(device_id)
            self._session_changed()

        return SaneScanner(
            device_id,
            found,
            driver=DRIVER,
            settings=self._settings,
            helper=self._helper(device_id, self._settings.scan_seconds),
            listed=self.listed,
            doubted=lambda: self._owe(*Where),
            clock=self._clock,
            changed=told,
        )
