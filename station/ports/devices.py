# SPDX-License-Identifier: Apache-2.0
"""What the station asks of hardware: roles by name, exclusive sessions, health in words.

Faults are exceptions (station.domain.errors.DeviceError and its kinds), poor quality is a value, a stop by the
officer is Cancelled. Every blocking call takes ``cancel``, ends within 200 ms of it, and may be made from any
thread: the driver moves to its device's own thread by itself.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from station.domain.errors import NoDevice
from station.domain.provenance import Provenance
from station.domain.words import Text, say
from station.ports.barcodes import BarcodeReader
from station.ports.chip import ChipReader
from station.ports.fingers import FingerprintScanner
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

D = TypeVar("D")
D_co = TypeVar("D_co", covariant=True)


@dataclass(frozen=True, slots=True)
class LitPage:
    """The same page, at the same place, under another light; which one is in ``provenance.illumination``."""

    image: EncodedImage
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class PageCapture:
    """One page of a document as captured. A device that holds the only other copy keeps it until ``settle``.

    ``image`` is the page in white light where the device has several; ``further`` are the other ones. ``remark``: what
    a person should know of this capture, as that a camera found no page and gives all it saw.
    """

    image: EncodedImage
    provenance: Provenance
    on_settled: Callable[[], None] | None = field(default=None, repr=False, compare=False)
    further: tuple[LitPage, ...] = ()
    remark: Text | None = None

    def settle(self) -> None:
        """The page is in the store, or an officer said to discard it: the device may let go of its own copy.

        Called once, after the commit that stored the page and never before; any thread, does not block, raises
        nothing. Without this call the device offers the page again later. No-op for devices that keep no copy.
        """
        if self.on_settled is not None:
            self.on_settled()


@dataclass(frozen=True, slots=True)
class FaceCapture:
    """One picture of the bearer's face as captured."""

    image: EncodedImage
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class MrzLines:
    """MRZ text as a reader or the officer gave it, line by line, unjudged. ``raw``: all that came over the wire."""

    lines: tuple[str, ...] = field(repr=False)
    provenance: Provenance
    raw: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A finished PDF to put on paper; ``title`` must hold no personal data (queues and logs show it).

    ``by_hand`` are the boxes of the same paper as label and value, for when it has to be filled in by hand.
    """

    title: str
    pdf: bytes = field(repr=False)
    by_hand: tuple[tuple[Text, str], ...] = field(default=(), repr=False)


class PrinterCondition(enum.Enum):
    """What keeps a printer from printing, or will soon (RFC 8011, 5.4.12, in words of the counter)."""

    PAPER_OUT = "paper out"  # nothing to print on
    PAPER_LOW = "paper low"  # still some
    JAM = "jam"  # paper is stuck
    TONER_OUT = "toner out"  # ink or toner is used up
    TONER_LOW = "toner low"  # still some
    DOOR_OPEN = "door open"  # a cover or door is open
    STOPPED = "stopped"  # the queue or the printer was stopped by somebody
    QUEUE_LONG = "queue long"  # others' jobs come first
    OFFLINE = "offline"  # the queue is there, the printer behind it does not answer
    OTHER = "other"  # something else the printer reports


@dataclass(frozen=True, slots=True)
class PrinterFinding:
    """One condition of a printer. ``blocks``: a sheet sent now would not come out."""

    condition: PrinterCondition
    blocks: bool
    cause: Text
    next_step: Text


class PrintStage(enum.Enum):
    """How far a sheet is."""

    SENDING = "sending"  # the bytes go to the queue or printer
    QUEUED = "queued"  # it waits its turn
    PRINTING = "printing"  # the printer works on it
    HELD_UP = "held up"  # the printer waits for somebody: paper, jam, door
    OUT = "out"  # the printer says that the sheet is out
    HANDED_OVER = "handed over"  # the printer has all of it, and cannot be asked whether a sheet came


@dataclass(frozen=True, slots=True)
class PrintProgress:
    """How far a sheet is, and what to do when it is held up."""

    stage: PrintStage
    findings: tuple[PrinterFinding, ...] = ()


PrintWatcher = Callable[[PrintProgress], None]


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    """The printer says the sheet is out; ``place`` names the printer, or the file for PDF to file.

    Not ``confirmed``: the printer has the bytes, and nobody but who looks at it knows whether a sheet came.
    """

    place: str
    provenance: Provenance
    confirmed: bool = True


class DocumentScanner(Protocol):
    """Captures pages."""

    @property
    def senses_documents(self) -> bool:
        """Whether ``scan`` waits for a document to be placed; otherwise it captures at once."""
        ...

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """Capture one page."""
        ...


class FaceCamera(Protocol):
    """Shows and captures faces."""

    def latest_frame(self, *, cancel: CancelToken) -> PreviewFrame:
        """The next live picture."""
        ...

    def capture(self, *, cancel: CancelToken) -> FaceCapture:
        """Capture one picture in full resolution."""
        ...


class MrzReader(Protocol):
    """Gives MRZ text without a picture: swipe readers, and the officer at the keyboard."""

    def read(self, *, cancel: CancelToken) -> MrzLines:
        """Wait for the next MRZ."""
        ...


class Printer(Protocol):
    """Puts finished pages on paper."""

    def preflight(self, *, cancel: CancelToken) -> tuple[PrinterFinding, ...]:
        """What keeps it from printing, or will soon; empty when all is well. Sends nothing."""
        ...

    def print(self, job: PrintJob, *, cancel: CancelToken, progress: PrintWatcher | None = None) -> PrintReceipt:
        """Print and follow the job until the sheet is out. A stop withdraws the job where the printer allows.

        ``progress`` is called on any thread, quickly. Raises DeviceFault when the printer gave the job up.
        """
        ...


@dataclass(frozen=True, slots=True)
class Role(Generic[D_co]):
    """What the post needs, typed: ``registry.open(DOCUMENT_SCANNER)`` gives a DocumentScanner."""

    name: str
    title: Text


DOCUMENT_SCANNER: Role[DocumentScanner] = Role("document_scanner", say("Page scanner"))
FACE_CAMERA: Role[FaceCamera] = Role("face_camera", say("Camera"))
MRZ_READER: Role[MrzReader] = Role("mrz_reader", say("MRZ reader"))
PRINTER: Role[Printer] = Role("printer", say("Printer"))

CHIP_READER: Role[ChipReader] = Role("chip_reader", say("Chip reader"))
FINGERPRINT_SCANNER: Role[FingerprintScanner] = Role("fingerprint_scanner", say("Fingerprint scanner"))
BARCODE_READER: Role[BarcodeReader] = Role("barcode_reader", say("Barcode reader"))

#: In the order of a journey: how lists show them.
ROLES: tuple[Role[object], ...] = (
    DOCUMENT_SCANNER,
    CHIP_READER,
    MRZ_READER,
    BARCODE_READER,
    FACE_CAMERA,
    FINGERPRINT_SCANNER,
    PRINTER,
)


class HealthState(enum.Enum):
    """How a device is doing."""

    READY = "ready"  # can be used now
    BUSY = "busy"  # in exclusive use
    TROUBLE = "trouble"  # attached, and somebody has to do something
    GONE = "gone"  # was here, is not any more


@dataclass(frozen=True, slots=True)
class Health:
    """State, and the same in plain words with the next step in it."""

    state: HealthState
    says: Text


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A device as the registry knows it. ``device_id`` is stable over a re-plug where the hardware allows."""

    device_id: str
    name: str
    driver: str
    roles: tuple[Role[object], ...]
    simulated: bool = False
    serial_number: str = ""  # empty where the device does not say
    version: str = ""  # of model and firmware, as the device says
    manual: bool = False  # the officer's own hands: stands in last
    by_camera: bool = False  # its pages are pictures of a camera over a desk, in the light of the room


@dataclass(frozen=True, slots=True)
class DeviceState:
    """A device and its health at one moment, and the roles for which it is the one chosen."""

    info: DeviceInfo
    health: Health
    chosen_for: tuple[Role[object], ...] = ()


class DeviceRegistry(Protocol):
    """What is attached now, by role. Any thread may call it."""

    def states(self) -> Sequence[DeviceState]:
        """Every device known, attached or gone, in a stable order. Never blocks on hardware."""
        ...

    def open(self, role: Role[D]) -> AbstractContextManager[D]:
        """A session: exclusive use of the device chosen for ``role``.

        Raises NoDevice when nothing fills the role, DeviceBusy when another session holds the device in it.
        """
        ...

    def open_device(self, role: Role[D], device_id: str) -> AbstractContextManager[D]:
        """As ``open``, with one device by name, chosen or not: the technician's bench tests each by itself."""
        ...

    def choose(self, role: Role[object], device_id: str) -> None:
        """Let ``device_id`` fill ``role`` from now on. Raises NoDevice when it does not fill the role."""
        ...

    def why_nothing(self) -> Sequence[tuple[str, Text]]:
        """Driver and reason, for each driver that looked and has no device to offer. Never blocks on hardware."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` (on any thread, quickly) after each change; returns a function that ends it."""
        ...


def no_device(role: Role[object]) -> NoDevice:
    """The error for a role that nothing fills. What can be keyed in instead says so."""
    by_hand = role.name in (DOCUMENT_SCANNER.name, MRZ_READER.name)
    return NoDevice(
        say("No device is attached for: {role}.", role=role.title),
        say("Plug one in, choose another with F8, or key in by hand with F2.")
        if by_hand
        else say("Plug one in, or choose another with F8."),
    )
