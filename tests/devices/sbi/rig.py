# SPDX-License-Identifier: Apache-2.0
"""A scanner under test: the simulator started, and the driver's parts brought together without the watch's thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from devices.registry import Registry
from devices.sbi.driver import SbiDriver, SbiSettings
from devices.simulators.sbi.server import SbiSimulator
from station.ports.devices import FINGERPRINT_SCANNER, HealthState
from station.ports.fingers import FingerPosition, FingerprintScanner, FingerRequest
from tests.contract.benches import WallClock, until

LEFT_SLAP = FingerRequest(
    positions=(
        FingerPosition.LEFT_INDEX,
        FingerPosition.LEFT_MIDDLE,
        FingerPosition.LEFT_RING,
        FingerPosition.LEFT_LITTLE,
    ),
    seconds=3.0,
)
RIGHT_SLAP = replace(
    LEFT_SLAP,
    positions=(
        FingerPosition.RIGHT_INDEX,
        FingerPosition.RIGHT_MIDDLE,
        FingerPosition.RIGHT_RING,
        FingerPosition.RIGHT_LITTLE,
    ),
)
THUMBS = replace(LEFT_SLAP, positions=(FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB))
LOOK = 0.05


class ShiftedClock:
    """The real time, so many minutes off."""

    def __init__(self, minutes: float) -> None:
        self._off = timedelta(minutes=minutes)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._off

    def monotonic(self) -> float:
        return WallClock().monotonic()


def root_file(simulator: SbiSimulator, folder: Path) -> Path:
    """The simulated maker's certificate as an administrator gets it."""
    path = folder / "maker.pem"
    certificate = x509.load_der_x509_certificate(simulator.certificate)
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def simulated(*, seed: int = 7, minutes: float = 0.0, traveller: int | None = 1) -> Iterator[SbiSimulator]:
    """A started simulator; its clock is ``minutes`` off."""
    simulator = SbiSimulator(seed=seed, clock=ShiftedClock(minutes), traveller=lambda: traveller)
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.close()


@contextmanager
def found(
    simulator: SbiSimulator, settings: SbiSettings | None = None, *, state: HealthState = HealthState.READY
) -> Iterator[Registry]:
    """A registry in which the driver found the simulator."""
    settings = replace(settings or SbiSettings(), look_seconds=LOOK)
    driver = SbiDriver(settings, clock=WallClock(), simulator_port=lambda: simulator.port)
    registry = Registry([driver], allow_simulated=True)
    registry.start()
    try:
        until(lambda: bool(registry.states()) and registry.states()[0].health.state is state)
        yield registry
    finally:
        registry.close()


@contextmanager
def session(simulator: SbiSimulator, settings: SbiSettings | None = None) -> Iterator[FingerprintScanner]:
    """Exclusive use of the scanner found."""
    with found(simulator, settings) as registry, registry.open(FINGERPRINT_SCANNER) as scanner:
        yield scanner
