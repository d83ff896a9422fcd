# SPDX-License-Identifier: Apache-2.0
"""Finds fingerprint scanners whose maker's service listens on this machine, without any configuration.

The interface has no announcement: the hundred ports it may use are tried, all at once, every few moments and at once
when the system reports a USB device. A port that answers something else is left in peace for a while.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from msgspec import structs

from devices.base import DriverListener
from devices.hotplug import HotPlug
from devices.sbi.messages import MOST_DISCOVERY_BYTES, DigitalId, Discovered, from_base64url, parse
from devices.sbi.scanner import ANY_DEVICE, INFO_SECONDS, Found, Rules, SbiScanner, ask_info
from devices.sbi.signatures import load_anchors
from devices.sbi.wire import ask, listening
from devices.watching import Watch, Watched
from station.config.declared import seconds, setting
from station.domain.errors import Cancelled, DeviceError, DeviceFault, DeviceRemoved
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import FINGERPRINT_SCANNER
from station.ports.devices import DeviceInfo as Card
from station.ports.tasks import CancelToken

DRIVER: Final = "sbi"
PORTS: Final = range(4501, 4601)  # SBI 1.0: "any of the ports in the range 4501-4600"
#: Simulators of this program name themselves so: only the one that the catalogue started is ever offered.
SIMULATED_PROVIDER: Final = "HBM-STATION-SIMULATOR"
_MOST_DEVICES: Final = 8  # of one service; a list longer than this is nobody's desk
_STRANGER_SECONDS: Final = 15.0  # a port that speaks something else is asked again after so long


class Environment(enum.Enum):
    """Which of the maker's environments a capture asks for."""

    OF_THE_SCANNER = "of the scanner"  # the one its service is set to
    STAGING = "Staging"  # the maker's test environment
    DEVELOPER = "Developer"  # a developer's device
    PRE_PRODUCTION = "Pre-Production"  # the last step before service
    PRODUCTION = "Production"  # in service


@dataclass(frozen=True, slots=True, kw_only=True)
class SbiSettings:
    """Settings of this driver. Trust is not the technician's to set: it stands in the file only, not on the bench."""

    enabled: bool = setting(True, say("Look for fingerprint scanners with a service of their maker (SBI)."))
    environment: Environment = setting(
        Environment.OF_THE_SCANNER, say("The environment of the scanner's maker that captures ask for.")
    )
    clock_minutes: int = setting(
        5,
        say("By how many minutes the scanner's clock may differ."),
        possible=lambda value: 1 <= value <= 60,
        cure=say("Write a number from 1 to 60."),
    )
    trust: tuple[Path, ...] = setting(
        (), say("Certificate files of those who vouch for scanners. With any, other scanners are refused."), bench=False
    )
    require_certified: bool = setting(
        False, say("Refuse scanners that nobody in the certificate files vouches for."), bench=False
    )
    look_seconds: float = seconds(1.5, say("Seconds from one look to the next."), shown=False)


class SbiDriver:
    """Watches which scanners are there. ``simulator_port`` gives the port of this station's own simulator.

    It is None in a live store, and gives None while the simulator is unplugged; what listens there is marked as
    simulated. With a simulator and without ``enabled`` that port is the only one looked at: a demonstration is to
    repeat itself whatever stands on the desk.
    """

    name = DRIVER
    simulated = False

    def __init__(
        self,
        settings: SbiSettings,
        *,
        clock: Clock,
        hotplug: HotPlug | None = None,
        simulator_port: Callable[[], int | None] | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._simulator_port = simulator_port
        anchors, self._unusable = load_anchors(settings.trust, required=settings.require_certified)
        wanted = settings.environment
        self._rules = Rules(
            anchors=anchors,
            tolerance_seconds=settings.clock_minutes * 60.0,
            environment=None if wanted is Environment.OF_THE_SCANNER else wanted.value,
        )
        self._ending = CancelToken()
        self._strangers: dict[int, float] = {}
        self._scanners: dict[str, SbiScanner] = {}
        self._watch = Watch(
            DRIVER,
            look=self._look,
            make=self._make,
            seconds=settings.look_seconds,
            hotplug=hotplug,
            subsystems=("usb",),
        )

    def start(self, listener: DriverListener) -> None:
        """Begin to look, where the settings say so."""
        if self._settings.enabled or self._simulator_port is not None:
            self._watch.start(listener)

    def why_nothing(self) -> Text | None:
        """Why no scanner is there."""
        if not self._settings.enabled and self._simulator_port is None:
            return say("Fingerprint scanners (SBI) are switched off in the settings.")
        if self._unusable:
            return self._watch.nothing(
                say("{file} is no certificate file. Give the right file in the settings.", file=self._unusable[0].name)
            )
        return self._watch.nothing(
            say("No fingerprint scanner answers. Plug one in and start the service of its maker.")
        )

    def close(self) -> None:
        """End the look under way, close every line and thread."""
        self._ending.cancel()
        self._watch.close()

    # --- looking, on the watch's thread ---

    def _look(self) -> Mapping[str, Found] | None:
        try:
            return self._seen()
        except Cancelled:
            return None

    def _seen(self) -> dict[str, Found]:
        """What is there now. A scanner in use is not asked anything: only whether its service still listens."""
        there = [one for one in self._scanners.values() if not one.gone]
        in_use = {one.found.port for one in there if one.in_use}
        resting = {one.found.port for one in there} - in_use
        knocked = listening(port for port in self._ports() if port not in resting)
        seen = {one.info.device_id: one.found for one in there if one.found.port in in_use & set(knocked)}
        self._strangers = {port: until for port, until in self._strangers.items() if port in knocked}
        now = time.monotonic()
        for port in [*sorted(resting), *knocked]:
            if port in in_use or self._strangers.get(port, 0.0) > now:
                continue
            for found in self._ask(port):
                if found.device_id not in seen:
                    seen[found.device_id] = found
        for device_id, found in seen.items():
            scanner = self._scanners.get(device_id)
            if scanner is not None and not scanner.gone and not scanner.in_use:
                scanner.noticed(found)
        return seen

    def _simulated(self) -> int | None:
        return None if self._simulator_port is None else self._simulator_port()

    def _ports(self) -> Iterable[int]:
        """Where scanners may be; not only in the range, because a simulator may have been given another port."""
        own = self._simulated()
        mine = () if own is None else (own,)
        return {*mine, *PORTS} if self._settings.enabled else mine

    def _ask(self, port: int) -> list[Found]:
        """The finger scanners of the service at ``port``."""
        known = [one.found for one in self._scanners.values() if not one.gone and one.found.port == port]
        try:
            answer = ask(
                port,
                "MOSIPDISC",
                "/device",
                ANY_DEVICE,
                seconds=INFO_SECONDS,
                most=MOST_DISCOVERY_BYTES,
                cancel=self._ending,
            )
            devices = parse(list[Discovered], answer)
        except DeviceRemoved:
            return []
        except DeviceError as error:
            if not known:
                self._strangers[port] = time.monotonic() + _STRANGER_SECONDS
            return [replace(found, trouble=error) for found in known]
        found = [one for device in devices[:_MOST_DEVICES] if (one := self._finger(port, device)) is not None]
        return [self._described(one, known) for one in found if self._is_ours_or_real(one)]

    def _finger(self, port: int, device: Discovered) -> Found | None:
        try:
            payload = (device.digitalId or "").split(".")
            identity = parse(DigitalId, from_base64url(payload[1] if len(payload) > 1 else payload[0]))
        except DeviceFault:
            return None
        if not identity.is_presentable or not identity.is_finger or (device.purpose or "").lower() == "auth":
            return None
        return Found(
            port=port,
            internal_id=str(device.deviceId or ""),
            sub_ids=device.sub_ids,
            identity=structs.replace(identity, dateTime=""),
            status=device.deviceStatus or "",
            version=device.serviceVersion or "",
        )

    def _is_ours_or_real(self, found: Found) -> bool:
        """Another station's simulator on this machine is no scanner, least of all in a live store."""
        return found.identity.deviceProviderId != SIMULATED_PROVIDER or found.port == self._simulated()

    def _described(self, found: Found, known: list[Found]) -> Found:
        """With who vouches for it. Asked once, and again after trouble and when its state changed."""
        for before in known:
            if before.device_id == found.device_id and before.trouble is None and before.status == found.status:
                return replace(found, certified_by=before.certified_by)
        try:
            _, signed = ask_info(found, self._rules, clock=self._clock, cancel=self._ending)
        except DeviceError as error:
            return replace(found, trouble=error)
        return replace(found, certified_by=signed.certified_by)

    def _make(self, device_id: str, found: Found, changed: Callable[[str], None]) -> Watched[Found]:
        card = Card(
            device_id,
            f"{found.identity.make} {found.identity.model}".strip(),
            DRIVER,
            (FINGERPRINT_SCANNER,),
            simulated=found.identity.deviceProviderId == SIMULATED_PROVIDER or found.port == self._simulated(),
            serial_number=found.identity.serialNo,
            version=found.version,
        )
        scanner = SbiScanner(
            card, found, self._rules, clock=self._clock, changed=changed, look_soon=self._watch.look_soon
        )
        remembered = {device.info.device_id for device in self._watch.devices}
        self._scanners = {key: one for key, one in self._scanners.items() if key in remembered}
        self._scanners[device_id] = scanner
        return scanner
