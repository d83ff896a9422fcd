# SPDX-License-Identifier: Apache-2.0
"""One SANE scanner as a device: its own thread here, its own helper process behind it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import cv2
import numpy as np

from devices.sane.child import STOP_SIGNAL
from devices.sane.faults import died, fault, may_be_unplugged, unplugged
from devices.sane.presence import FoundScanner
from devices.sane.settings import SaneSettings
from devices.shell import Shell, Use
from station.domain.errors import Cancelled, DeviceError, DeviceFault, DeviceRemoved
from station.domain.provenance import Illumination
from station.domain.words import say
from station.isolation.child import DeathReason, HelperDied, HelperProcess
from station.isolation.frames import Message
from station.ports.clock import Clock
from station.ports.devices import DOCUMENT_SCANNER, DeviceInfo, Health, LitPage, PageCapture, Role
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

GRACE: Final = 3.0  # seconds a scanner gets to bring its carriage home before its helper is killed
_PATIENCE: Final = 30.0  # seconds a page may take until its scanner counts as silent: 600 dpi in a network need twenty
NETWORK_GRACE: Final = 1.5  # the same for one that has no carriage of ours to bring home
FILLING: Final = 8  # lines: JPEG stores pictures in blocks of that height, or twice that
_FAST: Final = [cv2.IMWRITE_PNG_COMPRESSION, 1]

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
Lights = tuple[tuple[Illumination | None, tuple[str, ...]], ...]


class Listed(Protocol):
    """Asks which scanners are attached now; see SaneDriver.listed."""

    def __call__(self, *, cancel: CancelToken) -> list[FoundScanner] | None: ...


def lights(settings: SaneSettings) -> Lights:
    """The lights of one capture, white first. A scanner with one light does not say which."""
    further = (
        (Illumination.INFRARED, settings.infrared),
        (Illumination.ULTRAVIOLET, settings.ultraviolet),
    )
    several = tuple((light, options) for light, options in further if options)
    return ((Illumination.WHITE if several else None, settings.white), *several)


class SaneScanner:
    """A scanner found by the driver. ``doubted`` is told when it may be gone: the driver looks when it can."""

    def __init__(
        self,
        device_id: str,
        found: FoundScanner,
        *,
        driver: str,
        settings: SaneSettings,
        helper: HelperProcess,
        listed: Listed,
        doubted: Callable[[], None],
        clock: Clock,
        changed: Callable[[str], None],
    ) -> None:
        self.info = DeviceInfo(device_id, found.name, driver, (DOCUMENT_SCANNER,))
        self._found = found
        self._lights = lights(settings)
        self._request: dict[str, object] = {
            "do": "scan",
            "resolution": settings.resolution,
            "area_mm": list(settings.area),
            "options": list(settings.options),
            # sane-airscan asks for a feeder's next page at once, and tells its fate as that of the next scan. To close
            # the scanner after each page would end that, but sane_close hangs in one of fifty while it does.
            "fetches_ahead": found.in_network,
        }
        self._helper = helper
        self._listed = listed
        self._doubted = doubted
        self._shell = Shell(
            self.info,
            clock=clock,
            changed=changed,
            fills={DOCUMENT_SCANNER.name: lambda use: _Scanner(self, use)},
            ended=self._session_ended,
            patience=_PATIENCE,
        )

    # --- devices.base.Device, and what the watch tells ---

    def health(self) -> Health:
        """Ready, in use, gone, or what has to be done."""
        return self._shell.health()

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use; SANE opens the scanner with the first scan."""
        return self._shell.open(role)

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use and let SANE close the scanner."""
        self._shell.end_session(role)

    @property
    def in_use(self) -> bool:
        """Whether a session holds it."""
        return self._shell.in_use

    @property
    def gone(self) -> bool:
        """Whether it is unplugged."""
        return self._shell.gone

    def came(self, found: FoundScanner) -> None:
        """Listed, perhaps under a new name."""
        self._found = found
        if self._shell.gone:
            self._shell.returned()

    def went(self) -> None:
        """Not listed any more: whoever waits gets DeviceRemoved."""
        self._shell.went(
            say("Unplugged or switched off. Plug it in and switch it on."), error=unplugged(self.info.name)
        )

    def close(self) -> None:
        """End the thread and the helper process."""
        self._shell.close()
        self._helper.close()

    # --- scanning ---

    def capture(self, use: Use, token: CancelToken) -> PageCapture:
        """The page under each light, on the device's thread; see _Scanner."""
        use.worker.assert_on_worker()
        pages = []
        for light, options in self._lights:
            if self._found.in_network:
                self._forget_pages(token)
            image = self._scan_page(options, token)
            pages.append(LitPage(image, use.provenance(illumination=light)))
        return PageCapture(pages[0].image, pages[0].provenance, further=tuple(pages[1:]))

    def _scan_page(self, light: tuple[str, ...], token: CancelToken) -> EncodedImage:
        try:
            request = {**self._request, "light": list(light), "device": self._found.sane_name}
            answer, parts = self._ask(request, token)
        except HelperDied as death:
            token.raise_if_cancelled()
            raise self._unplugged_or(died(death, self.info.name), token) from None
        status = str(answer.get("status"))
        left_over = status != "good" and self._found.in_network  # in sane-airscan it can hang the next scan
        if left_over or answer.get("stuck") is True:
            self._helper.close()
        token.raise_if_cancelled()
        if status != "good":
            error = fault(
                status,
                self.info.name,
                in_network=self._found.in_network,
                reading=answer.get("reading") is True,
            )
            if may_be_unplugged(status):
                raise self._unplugged_or(error, token)
            raise error
        return _page(answer, parts, in_network=self._found.in_network)

    def _forget_pages(self, token: CancelToken) -> None:
        """Begin with a new helper: sane-airscan fetches pages ahead, and one of the last document may wait in it.

        It would be given for this document's page. Closing takes the job back from the scanner first; where it
        hangs, the helper is ended all the same.
        """
        if self._helper.process_id is not None:
            self._release(token)
            self._helper.close()

    def _ask(self, request: Mapping[str, object], token: CancelToken) -> Message:
        """Ask the helper. A stop is first told to the scanner, and kills the helper only after GRACE."""
        kill = CancelToken()
        last = threading.Timer(NETWORK_GRACE if self._found.in_network else GRACE, kill.cancel)

        def stop() -> None:
            process = self._helper.process_id
            if process is not None:
                with contextlib.suppress(ProcessLookupError):  # it ended in between
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

    def _session_ended(self, use: Use, _error: DeviceRemoved) -> None:
        if self._helper.process_id is not None:
            use.worker.begin(self._release)  # before the next session's first scan

    def _release(self, token: CancelToken) -> None:
        try:
            self._helper.request({"do": "release"}, cancel=token, timeout=GRACE)
        except (HelperDied, Cancelled):
            return  # the helper is gone, and with it the hold on the scanner

    def _unplugged_or(self, error: DeviceError, token: CancelToken) -> DeviceError:
        """DeviceRemoved when the scanner is not listed any more, else ``error``.

        A look into the network takes seconds: the officer hears of the error first, and then of what the look says.
        """
        if self._found.in_network:
            self._doubted()
            return error
        listed = self._listed(cancel=token)
        if listed is None:  # a library that crashes when the cable is pulled may take the first look with it
            listed = self._listed(cancel=token)
        if listed is None or any(scanner.sane_name == self._found.sane_name for scanner in listed):
            return error
        self.went()
        return unplugged(self.info.name)


def _page(answer: Mapping[str, object], parts: tuple[bytes, ...], *, in_network: bool) -> EncodedImage:
    """The pixels as PNG. The helper is not trusted: what it says must fit what it gave."""
    height, width, samples = (answer.get(key) for key in ("height", "width", "samples"))
    if (
        not (isinstance(height, int) and isinstance(width, int) and samples in (1, 3) and len(parts) == 1)
        or min(height, width) < 1
        or len(parts[0]) != height * width * int(str(samples))
    ):
        raise fault("partial", "")
    pixels = np.frombuffer(parts[0], np.uint8).reshape(height, width, int(str(samples)))
    if in_network and _has_filling(pixels):
        raise fault("partial", "")
    picture = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if samples == 3 else pixels
    good, data = cv2.imencode(".png", picture, _FAST)
    if not good:
        raise DeviceFault(say("The scanner's page could not be kept."), say("Scan again."))
    return EncodedImage(data.tobytes(), "image/png")


def _has_filling(pixels: Pixels) -> bool:
    """Whether it has lines of what a JPEG decoder puts for those that never came: one grey, without any noise.

    sane-airscan takes such a page for whole, and says nothing. It may add white below and at the right.
    """
    rows, columns = pixels.shape[0], pixels.shape[1]
    candidates = pixels[(pixels[:, 0] == 128).all(axis=1) & (pixels[:, columns // 2] == 128).all(axis=1)]
    return rows > FILLING and int((candidates[:, : columns * 9 // 10] == 128).all(axis=(1, 2)).sum()) >= FILLING


class _Scanner:
    """One session's DocumentScanner: a flatbed captures at once, it does not see what lies on the glass."""

    senses_documents = False

    def __init__(self, device: SaneScanner, use: Use) -> None:
        self._device = device
        self._use = use

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """Scan the glass, under each light. Raises DeviceBusy, DeviceFault, DeviceRemoved, DeviceSilent."""
        return self._use.run(lambda token: self._device.capture(self._use, token), cancel=cancel)
