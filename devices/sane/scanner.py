# SPDX-License-Identifier: Apache-2.0
"""One SANE scanner as a device: its own thread here, its own helper process behind it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import cv2
import numpy as np

from devices.base import Attendance, Session
from devices.sane.child import STOP_SIGNAL
from devices.sane.faults import died, fault, may_be_unplugged, unplugged
from devices.worker import DeviceWorker
from station.domain.errors import Cancelled, DeviceError, DeviceFault
from station.domain.words import say
from station.isolation.child import DeathReason, HelperDied, HelperProcess
from station.isolation.frames import Message
from station.ports.clock import Clock
from station.ports.devices import DOCUMENT_SCANNER, DeviceInfo, Health, PageCapture, Role
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

GRACE: Final = 3.0  # seconds a scanner gets to bring its carriage home before its helper is killed
_FAST: Final = [cv2.IMWRITE_PNG_COMPRESSION, 1]


class Listed(Protocol):
    """Asks which scanners are attached now; see SaneDriver.listed."""

    def __call__(self, *, cancel: CancelToken) -> list[tuple[str, str]] | None: ...


class SaneScanner:
    """A scanner found by the driver. ``request`` is what each scan asks of the helper, without the name."""

    def __init__(
        self,
        device_id: str,
        name: str,
        *,
        driver: str,
        request: Mapping[str, object],
        helper: HelperProcess,
        listed: Listed,
        clock: Clock,
        changed: Callable[[str], None],
    ) -> None:
        self.info = DeviceInfo(device_id, name, driver, (DOCUMENT_SCANNER,))
        self._request = dict(request)
        self._helper = helper
        self._listed = listed
        self._attendance = Attendance(self.info, clock=clock, changed=changed)
        self._worker = DeviceWorker(name)
        self._sane_name = ""

    @property
    def in_use(self) -> bool:
        """Whether a session holds it."""
        return self._attendance.session is not None

    @property
    def gone(self) -> bool:
        """Whether it is unplugged."""
        return self._attendance.gone

    def came(self, sane_name: str) -> bool:
        """Listed, perhaps under a new name. Returns whether it was gone before."""
        self._sane_name = sane_name
        was_gone = self._attendance.gone
        if was_gone:
            self._attendance.returned()
        return was_gone

    def went(self) -> None:
        """Not listed any more: whoever waits gets DeviceRemoved."""
        self._attendance.went(say("Unplugged or switched off. Plug it in and switch it on."))
        self._worker.fail_waiting(unplugged(self.info.name))

    def close(self) -> None:
        """End the thread and the helper process."""
        self._attendance.release()
        self._worker.close()
        self._helper.close()

    def health(self) -> Health:
        """Ready, in use, gone, or what has to be done."""
        return self._attendance.health(complaint=self._worker.complaint())

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use; SANE opens the scanner with the first scan."""
        return _Scanner(self, self._attendance.claim())

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use and let SANE close the scanner."""
        self._attendance.end(self._let_go)

    def _let_go(self, error: DeviceError) -> None:
        self._worker.fail_waiting(error)
        if self._helper.process_id is not None:
            self._worker.begin(self._release)  # before the next session's first scan

    def scan(self, session: Session, cancel: CancelToken) -> PageCapture:
        """One page; see _Scanner."""
        session.check()
        try:
            image = self._worker.run(session.bound(self._scan_page), cancel=cancel)
        except DeviceError as error:
            if not self.gone:
                self._attendance.trouble(error)
            raise
        self._attendance.well()
        return PageCapture(image, self._attendance.provenance(DOCUMENT_SCANNER))

    def _scan_page(self, token: CancelToken) -> EncodedImage:
        self._worker.assert_on_worker()
        try:
            answer, parts = self._ask({**self._request, "device": self._sane_name}, token)
        except HelperDied as death:
            token.raise_if_cancelled()
            raise self._unplugged_or(died(death, self.info.name), token) from None
        token.raise_if_cancelled()
        status = str(answer.get("status"))
        if status != "good":
            error = fault(status, self.info.name)
            if may_be_unplugged(status):
                raise self._unplugged_or(error, token)
            raise error
        return _page(answer, parts)

    def _ask(self, request: Mapping[str, object], token: CancelToken) -> Message:
        """Ask the helper. A stop is first told to the scanner, and kills the helper only after GRACE."""
        kill = CancelToken()
        last = threading.Timer(GRACE, kill.cancel)

        def stop() -> None:
            process = self._helper.process_id
            if process is not None:
                os.kill(process, STOP_SIGNAL)
            last.start()

        forget = token.on_cancel(stop)
        try:
            return self._helper.request(request, cancel=kill)
        except Cancelled:
            raise HelperDied(DeathReason.OUT_OF_TIME) from None
        finally:
            forget()
            last.cancel()

    def _release(self, token: CancelToken) -> None:
        try:
            self._helper.request({"do": "release"}, cancel=token, timeout=GRACE)
        except (HelperDied, Cancelled):
            return  # the helper is gone, and with it the hold on the scanner

    def _unplugged_or(self, error: DeviceError, token: CancelToken) -> DeviceError:
        """DeviceRemoved when the scanner is not listed any more, else ``error``."""
        listed = self._listed(cancel=token)
        if listed is None:  # a library that crashes when the cable is pulled may take the first look with it
            listed = self._listed(cancel=token)
        if listed is None or any(sane_name == self._sane_name for sane_name, _ in listed):
            return error
        self._attendance.went(say("Unplugged or switched off. Plug it in and switch it on."))
        return unplugged(self.info.name)


def _page(answer: Mapping[str, object], parts: tuple[bytes, ...]) -> EncodedImage:
    """The pixels as PNG. The helper is not trusted: what it says must fit what it gave."""
    height, width, samples = (answer.get(key) for key in ("height", "width", "samples"))
    if (
        not (isinstance(height, int) and isinstance(width, int) and samples in (1, 3) and len(parts) == 1)
        or min(height, width) < 1
        or len(parts[0]) != height * width * int(str(samples))
    ):
        raise fault("partial", "")
    pixels = np.frombuffer(parts[0], np.uint8).reshape(height, width, int(str(samples)))
    picture = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if samples == 3 else pixels
    good, data = cv2.imencode(".png", picture, _FAST)
    if not good:
        raise DeviceFault(say("The scanner's page could not be kept."), say("Scan again."))
    return EncodedImage(data.tobytes(), "image/png")


class _Scanner:
    """One session's DocumentScanner: a flatbed captures at once, it does not see what lies on the glass."""

    senses_documents = False

    def __init__(self, device: SaneScanner, session: Session) -> None:
        self._device = device
        self._session = session

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """Scan the glass. Raises DeviceBusy, DeviceFault, DeviceRemoved, DeviceSilent."""
        return self._device.scan(self._session, cancel)
