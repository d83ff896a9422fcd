# SPDX-License-Identifier: Apache-2.0
"""What every chip reader promises, run against every driver and simulator that fills the role.

``PROMISES`` are run once more over a real PC/SC service, in tests/virtual_hardware.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.registry import Registry
from station.domain.errors import Cancelled, ChipRemoved, DeviceRemoved
from station.ports.chip import SHORT_COMMAND, SHORT_RESPONSE, ChipPresence, ChipReader
from station.ports.devices import CHIP_READER, HealthState
from station.ports.tasks import CancelToken
from tests.contract import benches_chip, promises
from tests.contract.benches import held, running, until
from tests.contract.benches_chip import ChipBench
from tests.contract.calls import Call

Build = Callable[..., ChipBench]
ALL = [benches_chip.simulated_chip_reader]

SELECT_EMRTD = bytes.fromhex("00A4040C07A0000002471001")  # Doc 9303-10, 4.2.2
GET_CHALLENGE = bytes.fromhex("0084000008")  # Doc 9303-11, 4.3.4.1
GOOD = b"\x90\x00"


def find(reader: ChipReader, cancel: CancelToken | None = None) -> ChipPresence:
    return reader.wait_for_chip(cancel=cancel or CancelToken())


def send(reader: ChipReader, command: bytes = SELECT_EMRTD, cancel: CancelToken | None = None) -> bytes:
    return reader.transmit(command, cancel=cancel or CancelToken())


def read(reader: ChipReader, cancel: CancelToken | None = None) -> bytes:
    """A whole small reading."""
    find(reader, cancel)
    assert send(reader, SELECT_EMRTD, cancel) == GOOD
    return send(reader, GET_CHALLENGE, cancel)


def a_chip_says_what_it_is(build: Build, folder: Path) -> None:
    before = datetime.now(UTC)
    bench = build(folder)
    with running(bench), bench.registry.open(CHIP_READER) as reader:
        bench.give()
        chip = find(reader)
        assert chip.atr[0] in (0x3B, 0x3F)  # ISO/IEC 7816-3, 8.1
        assert chip.atr.hex() not in repr(chip).lower()
        assert chip.longest_command >= SHORT_COMMAND
        assert chip.longest_response >= SHORT_RESPONSE
        promises.provenance_is_true(bench, CHIP_READER, chip.provenance, before)


def commands_are_carried_whole_and_in_order(build: Build, folder: Path) -> None:
    bench = build(folder)
    with running(bench), bench.registry.open(CHIP_READER) as reader:
        bench.give()
        find(reader)
        assert send(reader) == GOOD
        challenge = send(reader, GET_CHALLENGE)
        assert len(challenge) == 10
        assert challenge.endswith(GOOD)


def a_chip_can_be_powered_again(build: Build, folder: Path) -> None:
    bench = build(folder)
    with running(bench), bench.registry.open(CHIP_READER) as reader:
        bench.give()
        assert read(reader)
        assert read(reader)


def a_second_use_is_refused(build: Build, folder: Path) -> None:
    promises.second_use_is_refused(build(folder), CHIP_READER)


def one_use_follows_the_other(build: Build, folder: Path) -> None:
    promises.use_after_use_is_welcome(build(folder), CHIP_READER, read)


def an_ended_session_finds_no_chip(build: Build, folder: Path) -> None:
    promises.an_ended_session_gives_nothing(build(folder), CHIP_READER, find)


def an_ended_session_carries_nothing(build: Build, folder: Path) -> None:
    promises.an_ended_session_gives_nothing(build(folder), CHIP_READER, send)


def a_stop_before_the_call_prevents_it(build: Build, folder: Path) -> None:
    promises.a_stop_before_the_call_prevents_it(build(folder), CHIP_READER, find)


def waiting_for_a_chip_ends_with_a_stop(build: Build, folder: Path) -> None:
    promises.waiting_ends_with_a_stop(build(folder, waits=True), CHIP_READER, find)


def waiting_for_a_chip_ends_when_the_reader_vanishes(build: Build, folder: Path) -> None:
    promises.waiting_ends_when_the_device_vanishes(build(folder, waits=True), CHIP_READER, find)


def _with_a_mute_chip(bench: ChipBench) -> Callable[[ChipReader, CancelToken], object]:
    def call(reader: ChipReader, cancel: CancelToken) -> object:
        find(reader, cancel)
        bench.mute()
        return send(reader, SELECT_EMRTD, cancel)

    return call


def a_mute_chip_ends_with_a_stop(build: Build, folder: Path) -> None:
    bench = build(folder)
    promises.waiting_ends_with_a_stop(bench, CHIP_READER, _with_a_mute_chip(bench))


def a_mute_chip_ends_when_the_reader_vanishes(build: Build, folder: Path) -> None:
    bench = build(folder)
    promises.waiting_ends_when_the_device_vanishes(bench, CHIP_READER, _with_a_mute_chip(bench))


def a_reader_is_well_after_a_mute_chip(build: Build, folder: Path) -> None:
    bench = build(folder)
    with running(bench):
        with bench.registry.open(CHIP_READER) as reader:
            bench.give()
            find(reader)
            bench.mute()
            cancel = CancelToken()
            call = Call(lambda: send(reader, SELECT_EMRTD, cancel))
            cancel.cancel()
            call.end()
            assert isinstance(call.error, Cancelled)
        bench.heal()
        until(lambda: bench.state() is HealthState.READY)
        with bench.registry.open(CHIP_READER) as reader:
            bench.give()
            assert read(reader)


def removal_is_noticed(build: Build, folder: Path) -> None:
    bench = build(folder)
    with running(bench), bench.registry.open(CHIP_READER) as reader:
        bench.give()
        find(reader)
        waiting = Call(lambda: reader.wait_for_removal(cancel=CancelToken()))
        bench.take_off()
        waiting.end()
        assert waiting.error is None


def waiting_for_removal_ends_with_a_stop(build: Build, folder: Path) -> None:
    def call(reader: ChipReader, cancel: CancelToken) -> None:
        find(reader, cancel)
        reader.wait_for_removal(cancel=cancel)

    promises.waiting_ends_with_a_stop(build(folder), CHIP_READER, call)


def a_chip_taken_off_is_no_fault_of_the_reader(build: Build, folder: Path) -> None:
    bench = build(folder)
    with running(bench), bench.registry.open(CHIP_READER) as reader:
        bench.give()
        find(reader)
        bench.take_off()
        with pytest.raises(ChipRemoved) as removed:
            send(reader)
        assert removed.value.cause.in_english()
        assert removed.value.next_step.in_english()
        assert bench.state() is HealthState.BUSY  # in use and well
        bench.give()
        assert read(reader)


def a_chip_lifted_midway_is_a_removal(build: Build, folder: Path) -> None:
    bench = build(folder)
    with running(bench), bench.registry.open(CHIP_READER) as reader:
        bench.give()
        find(reader)
        bench.lift_midway()
        with pytest.raises(ChipRemoved):
            send(reader)
        assert bench.state() is HealthState.BUSY
        bench.heal()
        bench.take_off()
        bench.give()
        assert read(reader)


def nothing_is_carried_to_a_chip_that_nobody_found(build: Build, folder: Path) -> None:
    bench = build(folder)
    with running(bench), bench.registry.open(CHIP_READER) as reader:
        bench.give()
        with pytest.raises(ChipRemoved):
            send(reader)


def a_session_knows_nothing_of_the_chip_of_the_one_before(build: Build, folder: Path) -> None:
    bench = build(folder)
    with running(bench):
        with bench.registry.open(CHIP_READER) as reader:
            bench.give()
            find(reader)
        with bench.registry.open(CHIP_READER) as reader, pytest.raises(ChipRemoved):
            send(reader)


def a_reader_that_vanished_says_so(build: Build, folder: Path) -> None:
    bench = build(folder)
    with running(bench), bench.registry.open(CHIP_READER) as reader:
        bench.give()
        find(reader)
        bench.vanish()
        with pytest.raises(DeviceRemoved):
            send(reader)


def a_reader_that_came_back_can_be_used(build: Build, folder: Path) -> None:
    promises.what_came_back_can_be_used(build(folder), CHIP_READER, read)


def nothing_is_left_behind(build: Build, folder: Path) -> None:
    def use(registry: Registry) -> None:
        with registry.open(CHIP_READER) as reader:
            bench.give()
            read(reader)

    before = held()
    bench = build(folder)
    promises.nothing_is_left_behind(before, lambda: bench, use)


PROMISES: tuple[Callable[[Build, Path], None], ...] = (
    a_chip_says_what_it_is,
    commands_are_carried_whole_and_in_order,
    a_chip_can_be_powered_again,
    a_second_use_is_refused,
    one_use_follows_the_other,
    an_ended_session_finds_no_chip,
    an_ended_session_carries_nothing,
    a_stop_before_the_call_prevents_it,
    waiting_for_a_chip_ends_with_a_stop,
    waiting_for_a_chip_ends_when_the_reader_vanishes,
    a_mute_chip_ends_with_a_stop,
    a_mute_chip_ends_when_the_reader_vanishes,
    a_reader_is_well_after_a_mute_chip,
    removal_is_noticed,
    waiting_for_removal_ends_with_a_stop,
    a_chip_taken_off_is_no_fault_of_the_reader,
    a_chip_lifted_midway_is_a_removal,
    nothing_is_carried_to_a_chip_that_nobody_found,
    a_session_knows_nothing_of_the_chip_of_the_one_before,
    a_reader_that_vanished_says_so,
    a_reader_that_came_back_can_be_used,
    nothing_is_left_behind,
)


@pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)
@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_every_chip_reader_keeps(promise: Callable[[Build, Path], None], build: Build, tmp_path: Path) -> None:
    promise(build, tmp_path)
