# SPDX-License-Identifier: Apache-2.0
"""Chip readers over a real PC/SC service: what befalls chips, helpers and the service, and what is said of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from devices.pcsc.driver import CHILD, PcscDriver, PcscSettings
from devices.registry import Registry
from station.domain.errors import Cancelled, ChipRemoved, DeviceBusy, DeviceFault, DeviceRemoved, DeviceSilent
from station.isolation.child import HelperProcess
from station.isolation.limits import Limits
from station.ports.chip import SHORT_COMMAND, ChipInterface, ChipReader
from station.ports.devices import CHIP_READER, HealthState
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock, children, until
from tests.contract.calls import Call
from tests.virtual_hardware.pcscd import PcscService, missing, pcsc_service
from tests.virtual_hardware.virtual_card import (
    CHALLENGE,
    GET_CHALLENGE,
    GOOD,
    SELECT_EMRTD,
    T0_ATR,
    T1_ATR,
    CardFault,
    OldCard,
    VirtualCard,
    echo_command,
    give_command,
    scripted,
)

pytestmark = pytest.mark.virtual

FIRST, SECOND = "pcsc:Virtual PCD:1", "pcsc:Virtual PCD:2"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[PcscService]:
    if (why := missing()) is not None:
        pytest.skip(why)
    with pcsc_service() as running:
        monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(running.address))
        yield running


class Post:
    """A registry with the driver, and words for what a test asks of it."""

    def __init__(self, settings: PcscSettings) -> None:
        self.driver = PcscDriver(settings, clock=WallClock())
        self.registry = Registry([self.driver], allow_simulated=False)

    def state(self, device_id: str = FIRST) -> HealthState | None:
        found = [each for each in self.registry.states() if each.info.device_id == device_id]
        return found[0].health.state if found else None

    def says(self, device_id: str = FIRST) -> str:
        return next(
            each for each in self.registry.states() if each.info.device_id == device_id
        ).health.says.in_english()

    def why(self) -> str:
        reason = self.driver.why_nothing()
        return "" if reason is None else reason.in_english()

    @contextmanager
    def reader(self, device_id: str = FIRST) -> Iterator[ChipReader]:
        with self.registry.open_device(CHIP_READER, device_id) as reader:
            yield reader


@contextmanager
def post(settings: PcscSettings | None = None, *, ready: bool = True) -> Iterator[Post]:
    desk = Post(settings or PcscSettings())
    try:
        desk.registry.start()
        if ready:
            until(lambda: desk.state(FIRST) is desk.state(SECOND) is HealthState.READY)
        yield desk
    finally:
        desk.registry.close()


def send(reader: ChipReader, command: bytes = SELECT_EMRTD) -> bytes:
    return reader.transmit(command, cancel=CancelToken())


def find(reader: ChipReader) -> None:
    reader.wait_for_chip(cancel=CancelToken())


@contextmanager
def another_program(service: PcscService) -> Iterator[HelperProcess]:
    """One that uses the same service."""
    other = HelperProcess(
        CHILD,
        Limits(memory_bytes=1 << 30, cpu_seconds=10.0, wall_seconds=10.0),
        environment={"PCSCLITE_CSOCK_NAME": str(service.address)},
    )
    try:
        yield other
    finally:
        other.close()


def code_of_powering(other: HelperProcess) -> object:
    return other.request({"do": "power", "reader": "Virtual PCD 00 00"}, cancel=CancelToken())[0]["code"]


def test_each_slot_is_a_reader_of_its_own(service: PcscService) -> None:
    with post() as desk:
        infos = [state.info for state in desk.registry.states()]
        assert [(info.device_id, info.name) for info in infos] == [
            (FIRST, "Virtual PCD 1"),
            (SECOND, "Virtual PCD 2"),
        ]
        assert desk.why() == ""
        service.insert(VirtualCard(scripted, atr=T1_ATR), slot=1)
        with desk.reader(SECOND) as reader:
            find(reader)
            assert send(reader, GET_CHALLENGE) == CHALLENGE + GOOD


def test_a_reader_that_is_to_be_ignored_is_not_offered(service: PcscService) -> None:
    with post(PcscSettings(ignore=("virtual",)), ready=False) as desk:
        until(lambda: "No chip reader was found" in desk.why())
        assert not desk.registry.states()


def test_commands_of_every_length_come_back_whole(service: PcscService) -> None:
    service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader:
        chip = reader.wait_for_chip(cancel=CancelToken())
        assert chip.interface is ChipInterface.CONTACTLESS
        for count in (1, 2, 127, 223, 231, 255):
            assert send(reader, echo_command(b"\xa5" * count)) == b"\xa5" * count + GOOD
        assert send(reader, give_command(256)) == bytes(range(256)) + GOOD
        assert chip.longest_command > SHORT_COMMAND
        for count in (256, 4096, 30_000, 60_000):
            assert send(reader, echo_command(b"\x5a" * count, extended=True)) == b"\x5a" * count + GOOD


def test_a_chip_of_protocol_t0_gives_what_it_announces(service: PcscService) -> None:
    service.insert(VirtualCard(OldCard(), atr=T0_ATR))
    with post() as desk, desk.reader() as reader:
        chip = reader.wait_for_chip(cancel=CancelToken())
        assert chip.longest_command == SHORT_COMMAND
        assert send(reader) == bytes(range(24)) + GOOD  # 61 18, then GET RESPONSE
        assert send(reader, GET_CHALLENGE[:4] + b"\0") == CHALLENGE + GOOD  # 6C 08, then the right Le


def test_each_finding_powers_the_chip_afresh(service: PcscService) -> None:
    card = service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader:
        find(reader)
        before = card.powered
        find(reader)
        assert card.powered > before


def test_a_slow_chip_is_waited_for(service: PcscService) -> None:
    card = service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader:
        find(reader)
        card.fault = CardFault.SLOW
        assert send(reader) == GOOD


def test_the_watchdog_ends_a_mute_chip_and_says_so_until_the_driver_lets_go(service: PcscService) -> None:
    card = service.insert(VirtualCard(scripted))
    service.insert(VirtualCard(scripted), slot=1)
    with post(PcscSettings(transmit_seconds=1.0)) as desk:
        with desk.reader() as reader:
            find(reader)
            card.fault = CardFault.MUTE
            with pytest.raises(DeviceSilent) as silent:
                send(reader)
            assert silent.value.cause.in_english() == "The chip does not answer since 1 s."
            until(lambda: desk.says().startswith("The chip does not answer since 2 s."))
            assert desk.state() is HealthState.TROUBLE
            with pytest.raises(DeviceSilent):  # the driver still has it
                find(reader)
            until(lambda: desk.says().startswith("The chip does not answer since 5 s."))
            with desk.reader(SECOND) as other:  # the other reader knows nothing of it
                find(other)
                assert send(other) == GOOD
            card.wake()
            until(lambda: desk.state() is HealthState.BUSY)
            find(reader)
            assert send(reader) == GOOD
        assert desk.state() is HealthState.READY


def test_a_session_that_ends_while_the_chip_is_mute_frees_everybody(service: PcscService) -> None:
    card = service.insert(VirtualCard(scripted))
    with post() as desk:
        with desk.reader() as reader:
            find(reader)
            card.fault = CardFault.MUTE
            call = Call(lambda: send(reader))
            assert card.reached.wait(10)
        call.end()
        assert isinstance(call.error, DeviceRemoved)
        card.wake()
        until(lambda: desk.state() is HealthState.READY)
        with desk.reader() as reader:
            find(reader)
            assert send(reader) == GOOD


def test_a_stop_in_the_middle_of_a_command_leaves_a_reader_that_works(service: PcscService) -> None:
    card = service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader:
        for _ in range(3):
            find(reader)
            card.reached.clear()
            card.fault = CardFault.SLOW
            cancel = CancelToken()
            call = Call(lambda token=cancel: reader.transmit(SELECT_EMRTD, cancel=token))  # type: ignore[misc]  # bound at once
            assert card.reached.wait(10)
            cancel.cancel()
            call.end()
            assert isinstance(call.error, Cancelled)
            card.fault = None
        find(reader)
        assert send(reader) == GOOD


@pytest.mark.parametrize("fault", [CardFault.GARBAGE, CardFault.PARTIAL])
def test_a_damaged_answer_is_a_fault_of_the_chip_and_not_of_the_reader(service: PcscService, fault: CardFault) -> None:
    card = service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader:
        find(reader)
        card.fault = fault
        with pytest.raises(DeviceFault, match="answer is damaged"):
            send(reader)
        assert desk.state() is HealthState.BUSY
        card.fault = None
        assert send(reader) == GOOD


def test_a_wrong_answer_is_passed_on_for_others_to_judge(service: PcscService) -> None:
    card = service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader:
        find(reader)
        card.fault = CardFault.WRONG
        assert send(reader) == bytes.fromhex("6D00")


def test_a_chip_that_speaks_no_known_protocol_is_said_to_be_one(service: PcscService) -> None:
    service.insert(VirtualCard(scripted, atr=b"\x00\x00"))
    with post() as desk, desk.reader() as reader:
        with pytest.raises(DeviceFault, match="no protocol in common"):
            find(reader)
        assert desk.state() is HealthState.BUSY


def test_a_document_exchanged_for_another_is_a_removal(service: PcscService) -> None:
    first = service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader:
        find(reader)
        waiting = Call(lambda: reader.wait_for_removal(cancel=CancelToken()))
        first.remove()
        service.insert(VirtualCard(scripted))
        waiting.end()
        assert waiting.error is None
        with pytest.raises(ChipRemoved):
            send(reader)
        find(reader)
        assert send(reader) == GOOD


def test_a_chip_that_another_program_uses_is_said_to_be_busy(service: PcscService) -> None:
    service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader, another_program(service) as other:
        until(lambda: code_of_powering(other) == 0)
        with pytest.raises(DeviceBusy, match="Another program"):
            find(reader)
        other.request({"do": "release"}, cancel=CancelToken())
        find(reader)
        assert send(reader) == GOOD


def test_nobody_else_gets_at_a_chip_in_use(service: PcscService) -> None:
    service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader, another_program(service) as other:
        find(reader)
        assert code_of_powering(other) == 0x8010_000B
        assert send(reader) == GOOD


def test_a_helper_killed_in_the_middle_of_a_command_is_replaced(service: PcscService) -> None:
    card = service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader:
        find(reader)
        card.fault = CardFault.SLOW
        call = Call(lambda: send(reader))
        assert card.reached.wait(10)
        for child in _pcsc_helpers():
            os.kill(child, signal.SIGKILL)
        call.end()
        assert isinstance(call.error, DeviceFault)
        assert "stopped" in call.error.cause.in_english()
        card.fault = None
        find(reader)
        assert send(reader) == GOOD
        card.remove()  # the watching helper was killed as well: another one sees what happens
        reader.wait_for_removal(cancel=CancelToken())


def test_a_service_that_dies_is_said_so_and_found_again(service: PcscService) -> None:
    service.insert(VirtualCard(scripted))
    with post() as desk:
        with desk.reader() as reader:
            find(reader)
            waiting = Call(lambda: reader.wait_for_removal(cancel=CancelToken()))
            service.kill()
            waiting.end()
            # A reader that can say nothing any more is away, and so is what lay on it.
            assert waiting.error is None or isinstance(waiting.error, DeviceRemoved)
            until(lambda: desk.state(FIRST) is desk.state(SECOND) is HealthState.GONE)
            assert "pcscd" in desk.says()
            assert "does not run" in desk.why()
            with pytest.raises(DeviceRemoved):
                send(reader)
        service.start()
        until(lambda: desk.state(FIRST) is desk.state(SECOND) is HealthState.READY)
        service.insert(VirtualCard(scripted))
        with desk.reader() as reader:
            find(reader)
            assert send(reader) == GOOD
        assert desk.why() == ""


def test_a_service_that_starts_later_is_found(service: PcscService) -> None:
    service.kill()
    with post(ready=False) as desk:
        until(lambda: "does not run" in desk.why())
        service.start()
        until(lambda: desk.state(FIRST) is HealthState.READY)


def test_readers_come_and_go_by_themselves(service: PcscService) -> None:
    other = "pcsc:Other PCD Contactless:1"
    with post() as desk:
        service.kill()
        service.plug("Other PCD Contactless")
        service.start()
        until(lambda: desk.state(other) is HealthState.READY)
        assert desk.state(FIRST) is HealthState.GONE
        service.insert(VirtualCard(scripted, atr=T1_ATR))
        with desk.reader(other) as reader:
            assert reader.wait_for_chip(cancel=CancelToken()).interface is ChipInterface.CONTACTLESS
        service.kill()
        service.plug("Virtual PCD")
        service.start()
        until(lambda: desk.state(FIRST) is HealthState.READY)
        assert desk.state(other) is HealthState.GONE
        assert desk.says(other)


def test_what_a_chip_and_the_station_say_reaches_no_text(service: PcscService) -> None:
    card = service.insert(VirtualCard(scripted))
    with post() as desk, desk.reader() as reader:
        find(reader)
        card.fault = CardFault.GARBAGE
        with pytest.raises(DeviceFault) as fault:
            send(reader, echo_command(b"ERIKSSON"))
        told = f"{fault.value!r} {fault.value.cause.in_english()} {fault.value.next_step.in_english()}".lower()
        assert "fffefd" not in told
        assert b"ERIKSSON".hex() not in told


def _pcsc_helpers() -> list[int]:
    found = []
    for child in children():
        with open(f"/proc/{child}/cmdline", "rb") as line:
            if CHILD.encode() in line.read():
                found.append(child)
    return found
