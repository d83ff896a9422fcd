# SPDX-License-Identifier: Apache-2.0
"""Readers on real terminals of the kernel: bursts, two readers, two roles, a cable pulled, a line that is taken."""

from __future__ import annotations

import errno
import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import serial

from devices.hotplug import HotPlug
from devices.registry import Registry
from devices.serial_lines import driver as serial_driver
from devices.serial_lines.discovery import find_lines
from devices.serial_lines.driver import Fills, SerialDriver, SerialSettings
from devices.serial_lines.framing import Preset
from devices.serial_lines.port import no_right, why_not_opened
from station.domain.errors import DeviceBusy, DeviceFault, DeviceRemoved, LineRefused
from station.ports.barcodes import Symbology
from station.ports.devices import BARCODE_READER, MRZ_READER, HealthState, MrzLines
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock, until
from tests.contract.calls import Call
from tests.devices.serial_lines.wire import TD1, TD2, TD3, Wire

GO = CancelToken()


def swiped(lines: tuple[str, ...]) -> bytes:
    return "".join(line + "\r" for line in lines).encode()


@contextmanager
def readers(*wires: Wire, **settings: object) -> Iterator[Registry]:
    hotplug = HotPlug()
    values: dict[str, object] = {"discover": False, "look_seconds": 0.05, **settings}
    driver = SerialDriver(
        SerialSettings(ports=tuple(str(wire.path) for wire in wires), **values),  # type: ignore[arg-type]  # test data
        clock=WallClock(),
        hotplug=hotplug,
    )
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    try:
        until(lambda: len(registry.states()) >= len(wires))
        yield registry
    finally:
        registry.close()
        hotplug.close()


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    line = Wire(tmp_path / "reader")
    yield line
    line.unplug()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Wire]:
    line = Wire(tmp_path / "other")
    yield line
    line.unplug()


def test_documents_swiped_in_a_burst_come_one_by_one_in_order(wire: Wire) -> None:
    with readers(wire) as registry, registry.open(MRZ_READER) as reader:
        wire.send(swiped(TD3) + swiped(TD1) + swiped(TD2))
        assert [reader.read(cancel=GO).lines for _ in range(3)] == [TD3, TD1, TD2]


def test_a_line_that_comes_byte_by_byte_is_whole(wire: Wire) -> None:
    with readers(wire, framing=Preset.STX_ETX) as registry, registry.open(MRZ_READER) as reader:
        waiting = Call(lambda: reader.read(cancel=GO))
        for byte in b"\x02" + swiped(TD3) + b"\x03":
            wire.send(bytes((byte,)))
        waiting.end()
        assert isinstance(waiting.result, MrzLines)
        assert waiting.result.lines == TD3
        assert waiting.result.raw == b"\x02" + swiped(TD3) + b"\x03"


def test_two_readers_do_not_mix(wire: Wire, other: Wire) -> None:
    with readers(wire, other) as registry:
        first, second = (state.info.device_id for state in registry.states())
        with registry.open_device(MRZ_READER, first) as one, registry.open_device(MRZ_READER, second) as two:
            wire.send(swiped(TD3)[:40])
            other.send(swiped(TD1))
            assert two.read(cancel=GO).lines == TD1
            wire.send(swiped(TD3)[40:])
            mrz = one.read(cancel=GO)
            assert mrz.lines == TD3
            assert mrz.provenance.device_id == first


def test_one_reader_in_two_roles_sorts_what_it_reads(wire: Wire) -> None:
    with readers(wire) as registry, registry.open(MRZ_READER) as mrz, registry.open(BARCODE_READER) as codes:
        waiting = Call(lambda: mrz.read(cancel=GO))
        scanning = Call(lambda: codes.read(cancel=GO))
        wire.send(b"]C0B0001\r")
        scanning.end()
        wire.send(swiped(TD2))
        waiting.end()
        assert isinstance(waiting.result, MrzLines)
        assert waiting.result.lines == TD2
        wire.send(b"]Q1UTO")
        assert codes.read(cancel=GO).codes[0].symbology is Symbology.QR


def test_what_is_no_mrz_is_refused_with_its_bytes_and_the_reader_stays_well(wire: Wire) -> None:
    with readers(wire) as registry, registry.open(MRZ_READER) as reader:
        for sent in (b"B0001\r", swiped((TD3[0], TD3[1][:20])), b"\x02P<UTO"):
            wire.send(sent)
            with pytest.raises(LineRefused) as refused:
                reader.read(cancel=GO)
            assert refused.value.raw == sent
            assert "P<UTO" not in repr(refused.value) + str(refused.value)
        assert registry.states()[0].health.state is HealthState.BUSY
        wire.send(swiped(TD3))
        assert reader.read(cancel=GO).lines == TD3


def test_prefix_and_suffix_of_the_settings_are_taken_off(wire: Wire) -> None:
    with readers(wire, prefix="~", suffix="!") as registry, registry.open(MRZ_READER) as reader:
        wire.send(b"~" + swiped(TD3)[:-1] + b"!\r")
        assert reader.read(cancel=GO).lines == TD3


def test_a_cable_pulled_in_the_middle_of_a_line_is_a_removal(wire: Wire) -> None:
    with readers(wire) as registry, registry.open(MRZ_READER) as reader:
        waiting = Call(lambda: reader.read(cancel=GO))
        wire.send(swiped(TD3)[:50])
        until(lambda: "swipe" in registry.states()[0].health.says.in_english())
        wire.unplug()
        waiting.end()
        assert isinstance(waiting.error, DeviceRemoved)
        wire.plug()
        until(lambda: registry.states()[0].health.state is not HealthState.GONE)
        wire.send(swiped(TD1))
        assert reader.read(cancel=GO).lines == TD1  # the half before is no part of it


def test_a_line_that_another_program_holds_is_named_as_that(wire: Wire) -> None:
    theirs = serial.Serial(str(wire.path), exclusive=True)
    try:
        with readers(wire) as registry:
            with registry.open(MRZ_READER) as reader, pytest.raises(DeviceBusy) as held:
                reader.read(cancel=GO)
            assert "Another program" in held.value.cause.in_english()
            assert registry.states()[0].health.state is HealthState.TROUBLE
            theirs.close()
            with registry.open(MRZ_READER) as reader:
                wire.send(swiped(TD3))
                assert reader.read(cancel=GO).lines == TD3
            assert registry.states()[0].health.state is HealthState.READY
    finally:
        theirs.close()


def test_while_the_station_uses_a_line_nobody_else_gets_it(wire: Wire) -> None:
    with readers(wire) as registry, registry.open(MRZ_READER) as reader:
        wire.send(swiped(TD3))
        reader.read(cancel=GO)
        with pytest.raises(serial.SerialException):
            serial.Serial(str(wire.path), exclusive=True)


def test_a_box_is_told_to_read_by_itself(wire: Wire) -> None:
    with readers(wire, framing=Preset.IDBOX) as registry, registry.open(MRZ_READER) as reader:
        wire.send(b"I" + len(swiped(TD3)).to_bytes(2, "big") + swiped(TD3))
        assert reader.read(cancel=GO).lines == TD3
        assert wire.received() == b"C\x00\x01\x01"


def test_a_mute_reader_costs_no_processor_time(wire: Wire) -> None:
    with readers(wire, look_seconds=5.0) as registry, registry.open(MRZ_READER) as reader:
        stop = CancelToken()
        waiting = Call(lambda: reader.read(cancel=stop))
        until(lambda: "swipe" in registry.states()[0].health.says.in_english())
        before = resource.getrusage(resource.RUSAGE_SELF)
        threading.Event().wait(1.0)
        after = resource.getrusage(resource.RUSAGE_SELF)
        stop.cancel()
        waiting.end()
        assert after.ru_nvcsw - before.ru_nvcsw < 30  # a loop that polls would wake hundreds of times
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.2


def test_settings_say_which_roles_a_reader_fills(wire: Wire) -> None:
    with readers(wire, fills=Fills.MRZ) as registry:
        assert registry.states()[0].info.roles == (MRZ_READER,)


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (OSError(errno.EACCES, ""), DeviceFault, "may not use"),
        (OSError(errno.EBUSY, ""), DeviceBusy, "Another program"),
        (serial.SerialException(errno.EAGAIN, ""), DeviceBusy, "Another program"),
        (OSError(errno.ENOENT, ""), DeviceRemoved, "not attached"),
        (ValueError("Invalid baud rate"), DeviceFault, "does not take these settings"),
    ],
)
def test_what_keeps_a_line_shut_is_blamed_on_its_cause(error: OSError, kind: type, says: str) -> None:
    found = why_not_opened(error, "ttyUSB0")
    assert type(found) is kind
    assert says in found.cause.in_english()
    assert "dialout" in no_right("ttyUSB0").next_step.in_english()


def test_a_missing_right_shows_before_anybody_uses_the_line(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # the tests may run as root, who may everything
    with readers(wire) as registry:
        until(lambda: registry.states()[0].health.state is HealthState.TROUBLE)
        assert "dialout" in registry.states()[0].health.says.in_english()


def test_a_right_that_was_given_meanwhile_is_noticed(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    given = threading.Event()
    monkeypatch.setattr(os, "access", lambda _path, _mode: given.is_set())
    with readers(wire) as registry:
        until(lambda: registry.states()[0].health.state is HealthState.TROUBLE)
        given.set()
        until(lambda: registry.states()[0].health.state is HealthState.READY)


@pytest.mark.parametrize("behind", [swiped(TD1), swiped(TD1)[:50]], ids=["whole", "half"])
def test_what_comes_right_behind_the_last_swipe_is_told_and_given_to_nobody_else(wire: Wire, behind: bytes) -> None:
    with readers(wire) as registry:
        with registry.open(MRZ_READER) as reader:
            wire.send(swiped(TD3) + behind)
            assert reader.read(cancel=GO).lines == TD3
        until(lambda: registry.states()[0].health.state is HealthState.TROUBLE)
        assert "not used" in registry.states()[0].health.says.in_english()
        with registry.open(MRZ_READER) as reader:
            waiting = Call(lambda: reader.read(cancel=GO))
            wire.send(swiped(TD2))
            waiting.end()
            assert isinstance(waiting.result, MrzLines)
            assert waiting.result.lines == TD2
        until(lambda: registry.states()[0].health.state is HealthState.READY)


def usb(root: Path, node: str, *, driver: str = "cdc_acm", by_id: str = "", **says: str) -> None:
    """A USB line as the kernel shows it."""
    (root / "dev").mkdir(exist_ok=True)
    (root / "dev" / node).touch()
    device = root / "sys/devices/usb1" / node
    (device / "1-1:1.0").mkdir(parents=True)
    for key, value in {"idVendor": "1234", **says}.items():
        (device / key).write_text(value + "\n")
    (root / "drivers" / driver).mkdir(parents=True, exist_ok=True)
    (device / "1-1:1.0/driver").symlink_to(root / "drivers" / driver)
    place = root / "sys/class/tty" / node
    place.mkdir(parents=True)
    (place / "device").symlink_to(device / "1-1:1.0")
    if by_id:
        folder = root / "dev/serial/by-id"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / by_id).symlink_to(root / "dev" / node)


def test_usb_lines_are_found_with_the_name_and_number_of_the_device(tmp_path: Path) -> None:
    usb(tmp_path, "ttyACM0", by_id="usb-Maker_Swipe_77-if00", manufacturer="Maker", product="Swipe", serial="77")
    usb(tmp_path, "ttyUSB0", driver="ftdi_sio", manufacturer="", product="")
    usb(tmp_path, "ttyUSB1", driver="option")
    found = find_lines((), discover=True, root=tmp_path)
    assert list(found) == ["serial:ttyUSB0", "serial:usb-Maker_Swipe_77-if00"]
    swipe = found["serial:usb-Maker_Swipe_77-if00"]
    assert (swipe.name, swipe.serial_number) == ("Maker Swipe", "77")
    assert found["serial:ttyUSB0"].name == "Reader on ttyUSB0"


def test_lines_of_the_settings_come_once_and_ignored_ones_never(tmp_path: Path) -> None:
    usb(tmp_path, "ttyACM0")
    usb(tmp_path, "ttyACM1")
    node = str(tmp_path / "dev/ttyACM0")
    assert list(find_lines((node,), discover=True, ignored=("ttyACM1",), root=tmp_path)) == [f"serial:{node}"]
    assert find_lines(("/dev/no-such-line",), discover=False, root=tmp_path) == {}


def test_a_line_waits_until_udev_has_given_it_its_lasting_name(tmp_path: Path) -> None:
    """The kernel's node comes first, the name by serial number later: never known by both."""
    usb(tmp_path, "ttyACM0", by_id="usb-Maker_Swipe_77-if00")
    udev = tmp_path / "run/udev"
    (udev / "data").mkdir(parents=True)
    assert len(find_lines((), discover=True, root=tmp_path)) == 1  # nobody runs there
    (udev / "control").touch()
    assert find_lines((), discover=True, root=tmp_path) == {}
    (udev / "data/c0:0").touch()  # the number of what is no device
    assert list(find_lines((), discover=True, root=tmp_path)) == ["serial:usb-Maker_Swipe_77-if00"]
    (tmp_path / "dev/ttyACM1").symlink_to(tmp_path / "nowhere")  # pulled at this very moment
    assert len(find_lines((), discover=True, root=tmp_path)) == 1


def test_another_reader_at_the_same_socket_is_shown_as_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_driver, "find_lines", partial(find_lines, root=tmp_path))
    usb(tmp_path, "ttyACM0", manufacturer="Maker", product="Swipe", serial="77")
    with readers(look_seconds=0.05, discover=True) as registry:
        until(lambda: [state.info.serial_number for state in registry.states()] == ["77"])
        (tmp_path / "sys/devices/usb1/ttyACM0/serial").write_text("78")
        until(lambda: [state.info.serial_number for state in registry.states()] == ["78"])
