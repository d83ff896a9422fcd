# SPDX-License-Identifier: Apache-2.0
"""What the bench does with one device: it opens it by name, uses it, and lets go of it before it returns.

Nothing here knows a store. A device in use by the work says so (DeviceBusy), and while the bench uses one, the work
hears the same. A device that keeps pages until somebody stored them (a shared folder) may hold a traveller's: what
comes from it is measured, never shown, and offered to the work again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Final

from station.access.roles import Permission
from station.bench.seen import (
    ChipExchange,
    ChipSeen,
    CodesSeen,
    ExchangeKind,
    FaceSeen,
    FingersSeen,
    LitPicture,
    LiveFrame,
    PageSeen,
    PrinterSeen,
    Seen,
    SwipeSeen,
)
from station.domain.errors import DeviceError, ImageRefused, LineRefused
from station.domain.provenance import LIGHTS, Illumination
from station.domain.words import Text, say
from station.mrtd.mrz import parse
from station.optical.pictures import SafePictures
from station.ports.chip import ChipReader
from station.ports.clock import Clock
from station.ports.devices import (
    BARCODE_READER,
    CHIP_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    FINGERPRINT_SCANNER,
    MRZ_READER,
    PRINTER,
    DeviceRegistry,
    LitPage,
    PageCapture,
    PrintJob,
    PrintWatcher,
    Role,
)
from station.ports.fingers import FingerPosition, FingerprintScanner, FingerRequest, FingersCapture
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

_FEW: Final = 20  # live pictures over which their pace is told
LONGEST_SIDE: Final = 1600  # pixels of a picture on the screen
#: Doc 9303-10, 3.6.1: SELECT by the application identifier of the eMRTD application, no response data asked for.
SELECT_EMRTD: Final = bytes.fromhex("00A4040C07A0000002471001")
#: Doc 9303-11, 4.3.4.1: eight random bytes.
GET_CHALLENGE: Final = bytes.fromhex("0084000008")
_FOUR_FINGERS: Final = FingerRequest(
    positions=(
        FingerPosition.RIGHT_INDEX,
        FingerPosition.RIGHT_MIDDLE,
        FingerPosition.RIGHT_RING,
        FingerPosition.RIGHT_LITTLE,
    )
)


class BenchHands:
    """The devices in the technician's hands. Every call blocks and can be cancelled: never on the window's thread."""

    def __init__(
        self,
        require: Callable[[Permission], None],
        devices: DeviceRegistry,
        pictures: SafePictures,
        clock: Clock,
    ) -> None:
        self._require = require
        self.devices = devices
        self.pictures = pictures
        self.clock = clock

    def look(self, role: Role[object], device_id: str, *, cancel: CancelToken) -> Seen:
        """One use of the device as its role has it: a page, a swipe, a code, a chip, a picture, a preflight.

        Raises NotPermitted, DeviceError kinds, ImageRefused, Cancelled.
        """
        match role.name:
            case DOCUMENT_SCANNER.name:
                return self.page(device_id, cancel=cancel)
            case MRZ_READER.name:
                return self.swipe(device_id, cancel=cancel)
            case BARCODE_READER.name:
                return self.codes(device_id, cancel=cancel)
            case CHIP_READER.name:
                return self.chip(device_id, cancel=cancel)
            case FACE_CAMERA.name:
                return self.face(device_id, cancel=cancel)
            case FINGERPRINT_SCANNER.name:
                return self.fingers(device_id, cancel=cancel)
            case _:
                return self.preflight(device_id, cancel=cancel)

    def page(self, device_id: str, *, cancel: CancelToken) -> PageSeen:
        """One page under all its lights, made now."""
        self._require(Permission.USE_BENCH)
        with self.devices.open_device(DOCUMENT_SCANNER, device_id) as scanner:
            capture = scanner.scan(cancel=cancel)
        held = capture.on_settled is not None
        first = LitPage(capture.image, capture.provenance)
        pictures = tuple(
            self.lit_picture(each.image, each.provenance.illumination, cancel=cancel)
            for each in (first, *capture.further)
        )
        if held:
            pictures = tuple(replace(picture, frame=None) for picture in pictures)
        # Never settled here: whose page it is, is not the bench's to know.
        page = PageCapture(capture.image, capture.provenance, further=capture.further)
        return PageSeen(page=page, pictures=pictures, withheld=held)

    def face(self, device_id: str, *, cancel: CancelToken) -> FaceSeen:
        """One picture in full resolution."""
        self._require(Permission.USE_BENCH)
        with self.devices.open_device(FACE_CAMERA, device_id) as camera:
            capture = camera.capture(cancel=cancel)
        return FaceSeen(capture=capture, picture=self.lit_picture(capture.image, None, cancel=cancel))

    def swipe(self, device_id: str, *, cancel: CancelToken) -> SwipeSeen:
        """Wait for the next MRZ; what came damaged is a value too, with its bytes."""
        self._require(Permission.USE_BENCH)
        with self.devices.open_device(MRZ_READER, device_id) as reader:
            try:
                lines = reader.read(cancel=cancel)
            except LineRefused as refusal:
                return SwipeSeen(lines=(), holds=False, raw=refusal.raw, refused=_why(refusal))
        holds = mrz_holds(lines.lines, today=self.clock.now().date())
        return SwipeSeen(lines=lines.lines, holds=holds, raw=lines.raw)

    def codes(self, device_id: str, *, cancel: CancelToken) -> CodesSeen:
        """Wait for the next code; what came damaged is a value too, with its bytes."""
        self._require(Permission.USE_BENCH)
        with self.devices.open_device(BARCODE_READER, device_id) as reader:
            try:
                return CodesSeen(codes=reader.read(cancel=cancel).codes)
            except LineRefused as refusal:
                return CodesSeen(codes=(), raw=refusal.raw, refused=_why(refusal))

    def chip(self, device_id: str, *, cancel: CancelToken) -> ChipSeen:
        """Wait for a chip and send it the two commands that need no secret."""
        self._require(Permission.USE_BENCH)
        with self.devices.open_device(CHIP_READER, device_id) as reader:
            return self._chip(reader, cancel)

    def fingers(self, device_id: str, *, cancel: CancelToken) -> FingersSeen:
        """Four fingers of a right hand."""
        self._require(Permission.USE_BENCH)
        with self.devices.open_device(FINGERPRINT_SCANNER, device_id) as scanner:
            capture = scanner.capture(_FOUR_FINGERS, cancel=cancel)
            frame = self._finger_picture(scanner, capture, cancel)
        return FingersSeen(capture=capture, frame=frame)

    def preflight(self, device_id: str, *, cancel: CancelToken) -> PrinterSeen:
        """What keeps a printer from printing. Sends nothing."""
        self._require(Permission.USE_BENCH)
        with self.devices.open_device(PRINTER, device_id) as printer:
            return PrinterSeen(findings=printer.preflight(cancel=cancel))

    def print(self, device_id: str, job: PrintJob, *, cancel: CancelToken, progress: PrintWatcher) -> PrinterSeen:
        """Put a page of the bench on paper and follow it until it is out."""
        self._require(Permission.USE_BENCH)
        with self.devices.open_device(PRINTER, device_id) as printer:
            findings = printer.preflight(cancel=cancel)
            began = self.clock.monotonic()
            receipt = printer.print(job, cancel=cancel, progress=progress)
        return PrinterSeen(
            findings=findings,
            provenance=receipt.provenance,
            receipt=receipt,
            pdf=job.pdf,
            seconds=self.clock.monotonic() - began,
        )

    def live(
        self, role: Role[object], device_id: str, show: Callable[[LiveFrame], None], *, cancel: CancelToken
    ) -> None:
        """Live pictures of a camera or a fingerprint scanner until ``cancel``; ``show`` runs on this thread, quickly.

        Returns only by raising: Cancelled, NotPermitted, DeviceError kinds, ImageRefused.
        """
        self._require(Permission.USE_BENCH)
        pace = _Pace(self.clock)
        if role.name == FACE_CAMERA.name:
            with self.devices.open_device(FACE_CAMERA, device_id) as camera:
                while True:
                    show(pace.of(camera.latest_frame(cancel=cancel)))
        with self.devices.open_device(FINGERPRINT_SCANNER, device_id) as scanner:
            while True:
                encoded = scanner.latest_frame(cancel=cancel)
                show(pace.of(self.pictures.for_display(encoded, longest_side=LONGEST_SIDE, cancel=cancel)))

    def lit_picture(self, image: EncodedImage, light: Illumination | None, *, cancel: CancelToken) -> LitPicture:
        """A picture that the helper process decoded, with its true size."""
        frame = self.pictures.for_display(image, longest_side=LONGEST_SIDE, cancel=cancel)
        figures = self.pictures.metrics(image, cancel=cancel)
        return LitPicture(
            light=LIGHTS[light] if light else None, frame=frame, width=figures.width, height=figures.height
        )

    def _finger_picture(
        self, scanner: FingerprintScanner, capture: FingersCapture, cancel: CancelToken
    ) -> PreviewFrame | None:
        """The first sample as pixels; the live picture where samples are of a kind that no screen shows (JPEG 2000)."""
        for sample in capture.samples[:1]:
            with suppress(ImageRefused):
                return self.pictures.for_display(sample.image, longest_side=LONGEST_SIDE, cancel=cancel)
        with suppress(ImageRefused, DeviceError):  # the qualities are shown all the same
            live = scanner.latest_frame(cancel=cancel)
            return self.pictures.for_display(live, longest_side=LONGEST_SIDE, cancel=cancel)
        return None

    def _chip(self, reader: ChipReader, cancel: CancelToken) -> ChipSeen:
        presence = reader.wait_for_chip(cancel=cancel)
        exchanges = tuple(
            self._exchange(reader, kind, command, cancel)
            for kind, command in ((ExchangeKind.SELECT, SELECT_EMRTD), (ExchangeKind.CHALLENGE, GET_CHALLENGE))
        )
        return ChipSeen(presence=presence, exchanges=exchanges)

    def _exchange(self, reader: ChipReader, kind: ExchangeKind, command: bytes, cancel: CancelToken) -> ChipExchange:
        began = self.clock.monotonic()
        response = reader.transmit(command, cancel=cancel)
        spent = (self.clock.monotonic() - began) * 1000
        data, status = response[:-2], response[-2:]
        masked = "•• " * len(data) if kind is ExchangeKind.CHALLENGE else data.hex(" ").upper() + " "
        return ChipExchange(
            kind=kind,
            command=command.hex(" ").upper(),
            response=(masked.strip() + " " + status.hex(" ").upper()).strip(),
            status=int.from_bytes(status) if len(status) == 2 else 0,
            milliseconds=spent,
        )


class _Pace:
    """Counts live pictures, and how many come a second: over the last few, so that a slow start is forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = 0
        self._moments: deque[float] = deque(maxlen=_FEW)

    def of(self, frame: PreviewFrame) -> LiveFrame:
        """The next one."""
        self._number += 1
        self._moments.append(self._clock.monotonic())
        seconds = self._moments[-1] - self._moments[0]
        rate = (len(self._moments) - 1) / seconds if seconds > 0 else 0.0
        return LiveFrame(frame=frame, number=self._number, per_second=rate)


def _why(refusal: LineRefused) -> Text:
    return say("{cause} {step}", cause=refusal.cause, step=refusal.next_step)


def mrz_holds(lines: tuple[str, ...], *, today: date) -> bool:
    """Whether lines are an MRZ without a problem (Doc 9303-3, 4)."""
    reading = parse(lines, today=today)
    return reading.format is not None and reading.valid
