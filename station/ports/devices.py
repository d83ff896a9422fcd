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
from typing import Final, Generic, Protocol, TypeVar

from station.domain.errors import NoDevice
from station.domain.provenance import Provenance
from station.domain.words import Text, say
from station.ports.tasks import CancelToken

#: A larger picture is taken from no device, opened by no helper and put into no bundle.
MOST_IMAGE_BYTES: Final = 32 * 1024 * 1024

D = TypeVar("D")
D_co = TypeVar("D_co", covariant=True)


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """A picture as a device or file gave it: encoded bytes, not yet trusted, not yet decoded."""

    data: bytes = field(repr=False)
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class PageCapture:
    """One page of a document as captured. A device that holds the only other copy keeps it until ``settle``."""

    image: EncodedImage
    provenance: Provenance
    on_settled: Callable[[], None] | None = field(default=None, repr=False, compare=False)

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
class PreviewFrame:
    """One live picture: ``rgb`` holds height x width x 3 bytes, rows top down, no padding."""

    width: int
    height: int
    rgb: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MrzLines:
    """MRZ text as a reader or the officer gave it, line by line, unjudged."""

    lines: tuple[str, ...] = field(repr=False)
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A finished PDF to put on paper; ``title`` must hold no personal data (queues and logs show it)."""

    title: str
    pdf: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    """The printer says the sheet is out; ``place`` names the printer, or the file for PDF to file."""

    place: str
    provenance: Provenance


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

    def print(self, job: PrintJob, *, cancel: CancelToken) -> PrintReceipt:
        """Print and follow the job until the sheet is out."""
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

ROLES: tuple[Role[object], ...] = (DOCUMENT_SCANNER, FACE_CAMERA, MRZ_READER, PRINTER)


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

        Raises NoDevice when nothing fills the role, DeviceBusy when another session holds the device.
        """
        ...

    def choose(self, role: Role[object], device_id: str) -> None:
        """Let ``device_id`` fill ``role`` from now on. Raises NoDevice when it does not fill the role."""
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
