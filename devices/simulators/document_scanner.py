# SPDX-License-Identifier: Apache-2.0
"""A simulated page scanner that ships with the product: it senses documents, and it can fail in every way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from devices.base import AWAITS_DOCUMENT, Attendance, Session
from devices.simulators.faults import SLOW_SECONDS, Fault, FaultSwitch, jam, pulled
from devices.simulators.tray import SpecimenPictures, SpecimenTray
from devices.worker import DeviceWorker
from station.domain.errors import DeviceError
from station.domain.words import say
from station.ports.clock import Clock
from station.ports.devices import DOCUMENT_SCANNER, DeviceInfo, Health, PageCapture, Role
from station.ports.tasks import CancelToken

_ANOTHER: Final = 1  # WRONG_ANSWER gives the page of the traveller so many numbers further


class SimulatedDocumentScanner:
    """Captures the page on the tray, once per placing. ``scan_seconds`` is how long a page takes."""

    def __init__(
        self,
        tray: SpecimenTray,
        pictures: SpecimenPictures,
        *,
        driver: str,
        seed: int,
        scan_seconds: float,
        clock: Clock,
        changed: Callable[[str], None],
    ) -> None:
        self.info = DeviceInfo(
            "simulated:document-scanner",
            "Simulated page scanner",
            driver,
            (DOCUMENT_SCANNER,),
            simulated=True,
        )
        self.faults = FaultSwitch(seed=seed)
        self._tray = tray
        self._pictures = pictures
        self._scan_seconds = scan_seconds
        self._attendance = Attendance(self.info, clock=clock, changed=changed)
        self._worker = DeviceWorker("simulated scanner")
        self._placing = 0

    def unplug(self) -> None:
        """Pull the plug: whoever waits gets DeviceRemoved."""
        self._attendance.went()
        self._worker.fail_waiting(pulled(self.info.name))

    def replug(self) -> None:
        """Plug it in again."""
        self._attendance.returned()

    def close(self) -> None:
        """End the thread."""
        self._attendance.went(say("The station is closing."))
        self._attendance.release()
        self._worker.close()

    def health(self) -> Health:
        """Ready, in use, gone, or what has to be done."""
        return self._attendance.health(complaint=self._worker.complaint())

    @property
    def gone(self) -> bool:
        """Whether the plug is out."""
        return self._attendance.gone

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use."""
        return _Scanner(self, self._attendance.claim())

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use."""
        self._attendance.end(self._worker.fail_waiting)

    def scan(self, session: Session, cancel: CancelToken) -> PageCapture:
        """Wait for a document, then capture it."""
        session.check()
        try:
            placing, capture = self._worker.run(session.bound(self._scan_page), cancel=cancel)
        except DeviceError as error:
            if not self.gone:
                self._attendance.trouble(error)
            raise
        self._placing = placing  # only a page that arrived uses up its placing
        self._attendance.well()
        return capture

    def _scan_page(self, token: CancelToken) -> tuple[int, PageCapture]:
        self._worker.assert_on_worker()
        with self._attendance.awaiting(AWAITS_DOCUMENT):
            placing, traveller = self._tray.wait_for_placing(self._placing, cancel=token)
        fault = self.faults.take()
        token.wait(self._scan_seconds)
        match fault:
            case Fault.JAM:
                raise jam()
            case Fault.SLOW:
                token.wait(SLOW_SECONDS)
            case Fault.MUTE:
                while True:
                    token.wait(3600.0)
            case Fault.DISCONNECT:
                self._attendance.went()
                raise pulled(self.info.name)
            case Fault.WRONG_ANSWER:
                traveller += _ANOTHER
            case _:
                pass
        image = self.faults.spoil(self._pictures.page(traveller), fault)
        return placing, PageCapture(image, self._attendance.provenance(DOCUMENT_SCANNER))


class _Scanner:
    """One session's DocumentScanner."""

    senses_documents = True

    def __init__(self, device: SimulatedDocumentScanner, session: Session) -> None:
        self._device = device
        self._session = session

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """Wait until a document is placed and capture it; each placing gives one page."""
        return self._device.scan(self._session, cancel)
