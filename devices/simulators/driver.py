# SPDX-License-Identifier: Apache-2.0
"""The simulated devices of one station as a driver, and the hand that training and demonstration move."""

from __future__ import annotations

from dataclasses import dataclass

from devices.base import DriverListener
from devices.simulators.document_scanner import SimulatedDocumentScanner
from devices.simulators.face_camera import SimulatedFaceCamera
from devices.simulators.tray import SpecimenPictures, SpecimenTray
from station.domain.words import Text
from station.ports.clock import Clock

DRIVER = "simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Equal seeds give equal travellers and equal faults. ``scan_seconds``: how long a page takes."""

    seed: int = 1
    scan_seconds: float = 0.4


class SimulatorDriver:
    """A page scanner and a camera that are always attached, until somebody pulls a plug."""

    name = DRIVER
    simulated = True

    def __init__(self, settings: SimulatorSettings, pictures: SpecimenPictures, *, clock: Clock) -> None:
        self._listener: DriverListener | None = None
        self.tray = SpecimenTray()
        self.scanner = SimulatedDocumentScanner(
            self.tray,
            pictures,
            driver=DRIVER,
            seed=settings.seed,
            scan_seconds=settings.scan_seconds,
            clock=clock,
            changed=self._changed,
        )
        self.camera = SimulatedFaceCamera(
            self.tray, pictures, driver=DRIVER, seed=settings.seed, clock=clock, changed=self._changed
        )

    def start(self, listener: DriverListener) -> None:
        """Offer both."""
        self._listener = listener
        for device in (self.scanner, self.camera):
            listener.attached(device)

    def why_nothing(self) -> Text | None:
        """Simulators are always there."""
        return None

    def close(self) -> None:
        """End the threads."""
        self.scanner.close()
        self.camera.close()

    def _changed(self, device_id: str) -> None:
        if self._listener is None:
            return
        for device in (self.scanner, self.camera):
            if device.info.device_id == device_id:
                if device.gone:
                    self._listener.detached(device_id)
                else:
                    self._listener.attached(device)
