# SPDX-License-Identifier: Apache-2.0
"""Readers that give text on the bench: on a pseudo-terminal, and at the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.hotplug import HotPlug
from devices.keyboard_wedge.wedge import KeyboardWedge, WedgeSettings
from devices.serial_lines.driver import Fills, SerialDriver, SerialSettings
from devices.serial_lines.framing import Preset
from tests.contract.benches import LINES, LOOK, Bench, WallClock
from tests.devices.serial_lines.wire import Wire

SWIPE = "".join(line + "\r" for line in LINES).encode()
CODE = b"]Q1UTOPIA\x00\xff\r\n"


def serial(
    folder: Path, *, waits: bool, sends: bytes, fills: Fills = Fills.BOTH, framing: Preset = Preset.AUTO
) -> Bench:
    wire = Wire(folder / "reader")
    hotplug = HotPlug()
    driver = SerialDriver(
        SerialSettings(ports=(str(wire.path),), discover=False, fills=fills, framing=framing, look_seconds=LOOK),
        clock=WallClock(),
        hotplug=hotplug,
    )

    @contextmanager
    def release() -> Iterator[None]:
        yield
        wire.unplug()
        hotplug.close()

    return Bench(
        driver,
        give=(lambda: None) if waits else lambda: wire.send(sends),
        vanish=wire.unplug,
        come_back=wire.plug,
        release=release,
    )


def swipe_reader(folder: Path, *, waits: bool = False) -> Bench:
    """A reader of which nothing is said: what it sends decides what it is."""
    return serial(folder, waits=waits, sends=SWIPE)


def swipe_reader_with_marks(folder: Path, *, waits: bool = False) -> Bench:
    """A reader that the settings describe."""
    sends = b"\x02" + SWIPE[:-1] + b"\x03"
    return serial(folder, waits=waits, sends=sends, fills=Fills.MRZ, framing=Preset.STX_ETX)


def serial_scanner(folder: Path, *, waits: bool = False) -> Bench:
    """A barcode scanner of which nothing is said."""
    return serial(folder, waits=waits, sends=CODE)


def serial_scanner_named(folder: Path, *, waits: bool = False) -> Bench:
    """A barcode scanner that the settings describe."""
    return serial(folder, waits=waits, sends=CODE, fills=Fills.BARCODE, framing=Preset.CODES)


def typing(*, waits: bool, text: str) -> Bench:
    driver = KeyboardWedge(WedgeSettings(enabled=True), clock=WallClock())

    def type_it() -> None:
        assert driver.burst(text)

    return Bench(driver, give=(lambda: None) if waits else type_it, vanish=driver.close)


def typing_swipe_reader(_folder: Path, *, waits: bool = False) -> Bench:
    """A swipe reader that types."""
    return typing(waits=waits, text="".join(line + "\r" for line in LINES))


def typing_scanner(_folder: Path, *, waits: bool = False) -> Bench:
    """A barcode scanner that types."""
    return typing(waits=waits, text="]Q1UTOPIA 42\r")
