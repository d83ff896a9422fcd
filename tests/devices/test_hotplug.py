# SPDX-License-Identifier: Apache-2.0
"""What the system says of plugging in: read as the kernel and udev write it, and heard from a real kernel."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.hotplug import HotPlug, changed_subsystem
from tests.contract.benches import until

KERNEL_EVENT = Path("/sys/class/mem/null/uevent")  # a device that every Linux has and whose news disturbs nobody
UDEV_GROUP = 2


def kernel_says(action: str, subsystem: str) -> bytes:
    return f"{action}@/devices/x\0ACTION={action}\0DEVPATH=/devices/x\0SUBSYSTEM={subsystem}\0SEQNUM=7\0".encode()


def udev_says(action: str, subsystem: str, *, bloom: int = 0, magic: int = 0xFEEDCAFE) -> bytes:
    """A message as systemd's udev sends it: a binary header, and properties in any order."""
    properties = f"ACTION={action}\0ID_BUS=usb\0SUBSYSTEM={subsystem}\0SEQNUM=8\0".encode()
    numbers = struct.pack("=III", 40, 40, len(properties))
    filters = struct.pack(">IIII", 0x3D3D3D3D, 0, 0, bloom)
    return b"libudev\0" + struct.pack(">I", magic) + numbers + filters + properties


@pytest.fixture
def hotplug() -> Iterator[HotPlug]:
    source = HotPlug()
    yield source
    source.close()


@pytest.mark.parametrize("action", ["add", "remove", "bind", "unbind", "change"])
@pytest.mark.parametrize("says", [kernel_says, udev_says])
def test_an_event_names_its_subsystem(action: str, says: Callable[[str, str], bytes]) -> None:
    assert changed_subsystem(says(action, "usb")) == "usb"


def test_a_udev_header_never_runs_into_the_first_property() -> None:
    """The header's last bytes are no text; glued to ``ACTION`` they would hide the event."""
    assert changed_subsystem(udev_says("remove", "tty", bloom=0x41424344)) == "tty"


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0",
        b"libudev\0",
        b"libudev\0\xfe\xed\xca\xfe",
        udev_says("add", "usb", magic=1),
        kernel_says("offer", "usb"),
        b"add@/x\0SUBSYSTEM=usb\0",
        b"add@/x\0ACTION=add\0",
    ],
)
def test_what_is_no_event_is_none(message: bytes) -> None:
    assert changed_subsystem(message) is None


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda data: b"libudev\0\xfe\xed\xca\xfe" + data))
def test_no_message_breaks_the_reading(message: bytes) -> None:
    changed_subsystem(message)


def test_a_real_event_of_the_kernel_is_heard_by_those_who_asked_for_it(hotplug: HotPlug) -> None:
    if not os.access(KERNEL_EVENT, os.W_OK):
        pytest.skip("only root on Linux can ask the kernel for an event (writing to a uevent file)")
    heard, other = threading.Event(), threading.Event()
    hotplug.subscribe(("usb", "mem"), heard.set)
    hotplug.subscribe(("hbm-nothing",), other.set)
    if not hotplug.listening:
        pytest.skip("this system does not let a program listen to its events")
    try:
        KERNEL_EVENT.write_text("change")
    except OSError:
        pytest.skip("this container does not let anybody ask the kernel for an event")
    assert heard.wait(10.0)
    assert not other.is_set()


def test_a_message_of_udev_is_heard(hotplug: HotPlug) -> None:
    heard = threading.Event()
    hotplug.subscribe(("hbm-test",), heard.set)
    if not hotplug.listening:
        pytest.skip("this system does not let a program listen to its events")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 15) as udev:
        try:
            udev.sendto(udev_says("add", "hbm-test"), (0, UDEV_GROUP))
        except OSError:
            pytest.skip("only root may speak to all listeners, as udev does")
    assert heard.wait(10.0)


def test_what_a_program_sends_to_the_station_alone_is_not_taken_for_the_system(hotplug: HotPlug) -> None:
    heard, after = threading.Event(), threading.Event()
    hotplug.subscribe(("hbm-forged",), heard.set)
    hotplug.subscribe(("hbm-test",), after.set)
    if not hotplug.listening:
        pytest.skip("this system does not let a program listen to its events")
    table = Path("/proc/net/netlink").read_text().splitlines()[1:]
    ports = [int(line.split()[2]) for line in table if line.split()[1] == "15" and int(line.split()[3], 16) == 3]
    assert ports
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 15) as program:
        try:
            for port in ports:
                program.sendto(kernel_says("add", "hbm-forged"), (port, 0))
            program.sendto(udev_says("add", "hbm-test"), (0, UDEV_GROUP))
        except OSError:
            pytest.skip("this account cannot even try")
    assert after.wait(10.0)
    assert not heard.is_set()


def test_who_forgot_is_not_told(hotplug: HotPlug) -> None:
    gone, there = threading.Event(), threading.Event()
    forget = hotplug.subscribe(("hbm-test",), gone.set)
    hotplug.subscribe(("hbm-test",), there.set)
    forget()
    forget()
    if not hotplug.listening:
        pytest.skip("this system does not let a program listen to its events")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 15) as udev:
        try:
            udev.sendto(udev_says("add", "hbm-test"), (0, UDEV_GROUP))
        except OSError:
            pytest.skip("only root may speak to all listeners, as udev does")
    assert there.wait(10.0)
    assert not gone.is_set()


def test_more_events_than_the_system_keeps_are_told_to_everybody(hotplug: HotPlug) -> None:
    """The kernel drops what nobody fetched; a device must not stay unseen because of it."""
    holding, let_go, told = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        holding.set()
        let_go.wait(20.0)

    hotplug.subscribe(("hbm-test",), hold)
    hotplug.subscribe(("hbm-other",), told.set)
    if not hotplug.listening:
        pytest.skip("this system does not let a program listen to its events")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 15) as udev:
        try:
            udev.sendto(udev_says("add", "hbm-test"), (0, UDEV_GROUP))
        except OSError:
            pytest.skip("only root may speak to all listeners, as udev does")
        assert holding.wait(10.0)
        flood = udev_says("add", "hbm-flood") + b"X=" + b"y" * 4000
        for _ in range(2000):
            udev.sendto(flood, (0, UDEV_GROUP))
        let_go.set()
        until(told.is_set)


def test_closing_ends_the_thread_and_gives_the_handles_back() -> None:
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    for _ in range(3):
        source = HotPlug()
        source.subscribe(("usb",), lambda: None)
        source.close()
        assert not source.listening
        source.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "hot-plug events"]
    if before:
        assert len(os.listdir("/proc/self/fd")) == before


def test_it_can_listen_again_after_it_was_closed(hotplug: HotPlug) -> None:
    hotplug.subscribe(("usb",), lambda: None)
    listened = hotplug.listening
    hotplug.close()
    hotplug.subscribe(("usb",), lambda: None)
    assert hotplug.listening is listened


def test_a_system_without_events_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_NETLINK")
    source = HotPlug()
    source.subscribe(("usb",), lambda: None)()
    assert not source.listening
    source.close()
