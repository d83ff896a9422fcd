# SPDX-License-Identifier: Apache-2.0
"""What the helper process costs a chip reading, command by command, beside pyscard in the same process and run.

Needs a virtual reader (packages pcscd and vsmartcard-vpcd, and root); without one it says so and measures nothing.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from benchmarks.device_stops import stopped_after
from devices.pcsc.driver import PcscDriver, PcscSettings
from devices.registry import Registry
from station.ports.chip import ChipReader
from station.ports.devices import CHIP_READER, HealthState
from station.ports.tasks import CancelToken
from tests.virtual_hardware.pcscd import PcscService, missing, pcsc_service
from tests.virtual_hardware.virtual_card import (
    GET_CHALLENGE,
    SELECT_EMRTD,
    CardFault,
    VirtualCard,
    echo_command,
    give_command,
    scripted,
)

Figure = tuple[str, float, str]

READER: Final = "Virtual PCD 00 00"
ROUNDS: Final = 5
COMMANDS_A_ROUND: Final = 100
TIMES: Final = 20
IDLE_SECONDS: Final = 20.0
COMMANDS: Final = (
    ("GET CHALLENGE", GET_CHALLENGE),
    ("223 bytes", give_command(223)),
    ("4 kB extended", echo_command(bytes(4096), extended=True)),
)


class _Clock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def measure() -> Sequence[Figure]:
    """Every figure, or none where no virtual reader can be had."""
    if (why := missing()) is not None:
        print(f"chip_transmit: {why}", file=sys.stderr)
        return ()
    with pcsc_service() as service:
        os.environ["PCSCLITE_CSOCK_NAME"] = str(service.address)
        driver = PcscDriver(PcscSettings(), clock=_Clock())
        registry = Registry([driver], allow_simulated=False)
        began = time.perf_counter()
        registry.start()
        try:
            _until(lambda: _ready(registry))
            attached = time.perf_counter() - began
            return (
                ("chip reader: driver started to two readers ready", attached * 1000, "ms"),
                ("chip reader: idle, this process and its helpers", _idle(), "% CPU of a core"),
                ("chip reader: document laid down to chip powered, median", _laid_down(registry, service), "ms"),
                *_overhead(registry, service),
                *_stops(registry, service),
            )
        finally:
            registry.close()
            del os.environ["PCSCLITE_CSOCK_NAME"]


def _ready(registry: Registry) -> bool:
    states = registry.states()
    return len(states) == 2 and all(state.health.state is HealthState.READY for state in states)


def _until(true: Callable[[], bool]) -> None:
    while not true():
        threading.Event().wait(0.001)


def _idle() -> float:
    """Processor time of this process and its children while nothing happens, as a share of one core."""
    before = _processor_seconds()
    threading.Event().wait(IDLE_SECONDS)
    return (_processor_seconds() - before) / IDLE_SECONDS * 100


def _processor_seconds() -> float:
    """Of this process and of what it started, as the scheduler counted: clock ticks are too coarse."""
    processes = [os.getpid()]
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as children:
            processes += [int(child) for child in children.read().split()]
    nanoseconds = 0
    for process in processes:
        with open(f"/proc/{process}/comm") as name:
            if name.read().strip() == "pcscd":
                continue  # the service polls its driver; that is none of ours
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/schedstat") as counted:
                nanoseconds += int(counted.read().split()[0])
    return nanoseconds / 1e9


def _laid_down(registry: Registry, service: PcscService) -> float:
    """Milliseconds from the moment that the card lies on the reader; the service looks every 400 ms."""
    taken = []
    with registry.open(CHIP_READER) as reader:
        for _ in range(TIMES):
            card = VirtualCard(scripted)
            ready: list[float] = []

            def find(found: list[float] = ready) -> None:
                reader.wait_for_chip(cancel=CancelToken())
                found.append(time.monotonic())

            waiting = threading.Thread(target=find)
            waiting.start()
            service.insert(card)
            waiting.join()
            taken.append((ready[0] - card.laid_at) * 1000)
            card.remove()
            reader.wait_for_removal(cancel=CancelToken())
    return statistics.median(taken)


def _overhead(registry: Registry, service: PcscService) -> list[Figure]:
    """Rounds of direct calls and of ours take turns: both see the same machine."""
    card = service.insert(VirtualCard(scripted))
    direct: dict[str, list[float]] = {name: [] for name, _ in COMMANDS}
    ours: dict[str, list[float]] = {name: [] for name, _ in COMMANDS}
    for _ in range(ROUNDS):
        _direct(direct)
        with registry.open(CHIP_READER) as reader:
            reader.wait_for_chip(cancel=CancelToken())
            for name, command in COMMANDS:
                ours[name] += _timed(lambda c=command: reader.transmit(c, cancel=CancelToken()))  # type: ignore[misc]  # bound at once
    _take_off(registry, card)
    figures: list[Figure] = []
    for name, _ in COMMANDS:
        alone, through = statistics.median(direct[name]), statistics.median(ours[name])
        figures += [
            (f"chip command, {name}, pyscard in the same process", alone, "ms"),
            (f"chip command, {name}, through the helper", through, "ms"),
            (f"chip command, {name}, what the helper costs", through - alone, "ms"),
        ]
    return figures


def _take_off(registry: Registry, card: VirtualCard) -> None:
    """Until the service has noticed: it does not see an exchange within its 400 ms."""
    with registry.open(CHIP_READER) as reader:
        reader.wait_for_chip(cancel=CancelToken())
        card.remove()
        reader.wait_for_removal(cancel=CancelToken())


def _direct(taken: dict[str, list[float]]) -> None:
    from smartcard import scard

    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    code, card = -1, None
    while code:  # the session before lets go in its own time
        code, card, _ = scard.SCardConnect(context, READER, scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_PROTOCOL_T1)
    for name, command in COMMANDS:
        taken[name] += _timed(lambda c=command: scard.SCardTransmit(card, scard.SCARD_PCI_T1, list(c)))  # type: ignore[misc]  # bound at once
    scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD)
    scard.SCardReleaseContext(context)


def _timed(call: Callable[[], object]) -> list[float]:
    """Milliseconds of each call."""
    taken = []
    for _ in range(COMMANDS_A_ROUND):
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def _stops(registry: Registry, service: PcscService) -> list[Figure]:
    """How soon a stop frees the officer while a chip is mute."""
    stops = []
    card = service.insert(VirtualCard(scripted))
    with registry.open(CHIP_READER) as reader:
        for _ in range(TIMES):
            reader.wait_for_chip(cancel=CancelToken())
            card.fault = CardFault.MUTE
            stops.append(stopped_after(_mute_command(reader)))
            card.wake()
    card.remove()
    return [
        ("chip reader: stop while a chip is mute, median", statistics.median(stops), "ms"),
        ("chip reader: stop while a chip is mute, worst", max(stops), "ms"),
    ]


def _mute_command(reader: ChipReader) -> Callable[[CancelToken], object]:
    return lambda cancel: reader.transmit(SELECT_EMRTD, cancel=cancel)


def main() -> None:
    """Print every figure."""
    for name, figure, unit in measure():
        print(f"{name:60} {figure:9.3f} {unit}")


if __name__ == "__main__":
    main()
