# SPDX-License-Identifier: Apache-2.0
"""One bench per driver and simulator: what differs between devices is data, the contracts are one suite."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from devices.base import Driver
from devices.manual.keyed_mrz import KeyedMrz
from devices.manual.photo_file import PhotoFile
from devices.printing.pdf_file import PdfFileDriver, PdfFileSettings
from devices.registry import Registry
from devices.sane.driver import SaneDriver, SaneSettings
from devices.watched_folder.driver import WatchedFolderDriver, WatchedFolderSettings
from station.domain.provenance import Illumination
from station.ports.barcodes import Barcode, Symbology
from station.ports.devices import FaceCamera, HealthState
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

SOON = 10.0  # seconds until something that happens at once counts as not happening on a busy machine
LOOK = 0.05


class WallClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another thread does; fails loudly instead of hanging."""
    deadline = time.monotonic() + SOON
    pause = threading.Event()
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError("it never happened")
        pause.wait(0.005)


@dataclass(slots=True)
class Bench:
    """A device on the test bench.

    ``give`` lets the next call succeed. ``vanish`` takes the device away, ``come_back`` brings it back, where that
    can be done. ``release`` ends what the bench made hang, while the driver closes. ``position`` of its device among
    those of the driver.
    """

    driver: Driver
    give: Callable[[], None] = lambda: None
    vanish: Callable[[], None] = lambda: None
    come_back: Callable[[], None] | None = None
    release: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
    simulated: bool = False
    manual: bool = False
    position: int = 0
    registry: Registry = field(init=False)

    def __post_init__(self) -> None:
        self.registry = Registry([self.driver], allow_simulated=True)

    def state(self) -> HealthState | None:
        """The health of the device on the bench, None before it was found."""
        states = self.registry.states()
        return states[self.position].health.state if len(states) > self.position else None


@contextmanager
def running(bench: Bench) -> Iterator[Bench]:
    """The bench with its device found and ready."""
    try:
        bench.registry.start()
        until(lambda: bench.state() is HealthState.READY)
        yield bench
    finally:
        with bench.release():
            bench.registry.close()


def picture(path: Path, *, level: int = 120) -> Path:
    """A whole picture, put in its place at once as a good scanner does."""
    image = np.full((60, 80, 3), level, np.uint8)
    cv2.rectangle(image, (10, 10), (50, 40), (20, 200, 90), -1)
    unfinished = path.with_name("." + path.name)
    good, data = cv2.imencode(path.suffix, image)
    assert good
    unfinished.write_bytes(data.tobytes())
    unfinished.rename(path)
    return path


def video(path: Path, *, frames: int = 12) -> Path:
    """A short film in which something moves."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (800, 600))
    for number in range(frames):
        frame = np.full((600, 800, 3), 90, np.uint8)
        cv2.circle(frame, (60 + number * 20, 300), 40, (0, 0, 220), -1)
        writer.write(frame)
    writer.release()
    return path


class PlainPictures:
    """Specimen pictures without drawing: each traveller one grey level."""

    def page(self, traveller: int) -> EncodedImage:
        return self._picture(traveller)

    def further(self, traveller: int) -> tuple[tuple[Illumination, EncodedImage], ...]:
        return tuple(
            (light, self._picture(traveller + 60 * number))
            for number, light in enumerate((Illumination.INFRARED, Illumination.ULTRAVIOLET), start=1)
        )

    def portrait(self, traveller: int) -> EncodedImage:
        return self._picture(traveller)

    def mrz_lines(self, traveller: int) -> tuple[str, ...]:
        return LINES if traveller == 3 else OTHER_LINES

    def codes(self, traveller: int) -> tuple[Barcode, ...]:
        return (Barcode(Symbology.QR, f"traveller {traveller}".encode()),)

    @staticmethod
    def _picture(traveller: int) -> EncodedImage:
        _, data = cv2.imencode(".png", np.full((96, 72, 3), 10 + traveller, np.uint8))
        return EncodedImage(data.tobytes(), "image/png")


def sane(folder: Path, *, backend: str = "test", waits: bool = False, **options: str | int) -> Bench:
    """SANE's own test backend is a real device without hardware."""
    config = folder / "sane.d"
    config.mkdir()
    backends = config / "dll.conf"
    backends.write_text(backend + "\n")
    (config / "test.conf").write_text("number_of_devices 1\n")
    slow: dict[str, str | int] = {"read_delay": 1, "read_delay_duration": 200_000} if waits else {}
    driver = SaneDriver(
        SaneSettings(
            config_dir=config,
            look_seconds=LOOK,
            network=False,
            resolution=150,
            options=tuple(f"{name}={value}" for name, value in {**slow, **options}.items()),
        ),
        clock=WallClock(),
    )

    def pull() -> None:
        """Libraries of USB scanners crash when the cable is pulled; the test backend cannot do that by itself."""
        backends.write_text("")
        for child in children():
            os.kill(child, signal.SIGKILL)

    return Bench(driver, vanish=pull, come_back=lambda: _write(backends, "test\n"))


def sane_page(folder: Path, *, waits: bool = False) -> Bench:
    """SANE's pnm backend scans a picture file, as a flatbed scans a page."""
    assert not waits, "this backend has no slow scan"
    page = np.full((90, 120, 3), 200, np.uint8)
    page[20:40, 30:60] = (10, 60, 250)
    cv2.imwrite(str(folder / "page.pnm"), page)
    return sane(folder, backend="pnm", filename=str(folder / "page.pnm"))


def _write(path: Path, text: str) -> None:
    path.write_text(text)


def watched_folder(folder: Path, *, waits: bool = False) -> Bench:
    """The folder of a shared scanner."""
    inbox = folder / "inbox"
    inbox.mkdir()
    driver = WatchedFolderDriver(
        WatchedFolderSettings(folders=(inbox,), settle_seconds=LOOK, look_seconds=LOOK), clock=WallClock()
    )
    return Bench(
        driver,
        give=(lambda: None) if waits else lambda: _drop(inbox),
        vanish=inbox.rmdir,
        come_back=inbox.mkdir,
    )


def _drop(inbox: Path) -> None:
    picture(inbox / "page.jpg")


def photo_file(folder: Path, *, waits: bool = False) -> Bench:
    """A chosen photo; only its live picture waits."""
    driver = PhotoFile(clock=WallClock())
    chosen = picture(folder / "photo.jpg")
    bench = Bench(
        driver,
        vanish=lambda: driver.choose_file(None),
        come_back=lambda: driver.choose_file(chosen),
        manual=True,
    )
    start = bench.registry.start

    def start_and_choose() -> None:
        start()
        driver.choose_file(chosen)

    bench.registry.start = start_and_choose  # type: ignore[method-assign]  # the officer's hand on this bench
    return bench


def keyed_mrz(_folder: Path, *, waits: bool = False) -> Bench:
    """The officer at the keyboard."""
    driver = KeyedMrz(clock=WallClock())
    give = (lambda: None) if waits else lambda: _key_in(driver)
    return Bench(driver, give=give, vanish=driver.close, manual=True)


LINES = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)


OTHER_LINES = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)


def _key_in(driver: KeyedMrz) -> None:
    assert driver.submit(LINES)


def pdf_file(folder: Path, *, waits: bool = False) -> Bench:
    """The printer that writes files."""
    sheets = folder / "sheets"
    sheets.mkdir()
    driver = PdfFileDriver(PdfFileSettings(folder=sheets, look_seconds=LOOK), clock=WallClock())
    return Bench(driver, vanish=sheets.rmdir, come_back=sheets.mkdir)


def children() -> set[int]:
    """The processes that this one started and that run."""
    task = Path("/proc/self/task")
    found: set[int] = set()
    for thread in task.iterdir():
        try:
            found.update(int(child) for child in (thread / "children").read_text().split())
        except FileNotFoundError:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds that a driver could forget to give back."""

    threads: frozenset[str]
    handles: int
    children: frozenset[int]


def held() -> Held:
    """What is held now. The interpreter's and other tests' own threads are in it, before and after."""
    threads = frozenset(f"{thread.name}/{thread.ident}" for thread in threading.enumerate())
    return Held(threads, len(os.listdir("/proc/self/fd")), frozenset(children()))


def two_frames(camera: FaceCamera, cancel: CancelToken) -> None:
    """A call that waits on every camera of a bench that ``waits``."""
    for _ in range(2):
        camera.latest_frame(cancel=cancel)
