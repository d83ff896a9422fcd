# SPDX-License-Identifier: Apache-2.0
"""Where no PC/SC service runs, the driver says so and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.pcsc.driver import CHILD, PcscDriver, PcscSettings
from devices.registry import Registry
from station.isolation.child import HelperProcess
from station.isolation.limits import Limits
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock, held, until


@pytest.fixture(autouse=True)
def no_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "nobody.comm"))


def why(driver: PcscDriver) -> str:
    reason = driver.why_nothing()
    return "" if reason is None else reason.in_english()


def test_the_missing_service_is_named_and_nothing_is_left() -> None:
    before = held()
    driver = PcscDriver(PcscSettings(), clock=WallClock())
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    until(lambda: "pcscd" in why(driver))
    assert not registry.states()
    registry.close()
    after = held()
    assert after.threads <= before.threads
    assert after.children <= before.children
    assert after.handles <= before.handles


def test_a_driver_that_is_switched_off_starts_nothing() -> None:
    before = held()
    driver = PcscDriver(PcscSettings(enabled=False), clock=WallClock())
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    assert held() == before
    registry.close()


def test_a_chip_that_nobody_powered_gets_no_command(tmp_path: Path) -> None:
    helper = HelperProcess(
        CHILD,
        Limits(memory_bytes=1 << 30, cpu_seconds=10.0, wall_seconds=20.0),
        environment={"PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody.comm")},
    )
    try:
        answer, parts = helper.request({"do": "transmit"}, (b"\0\xa4\4\x0c",), cancel=CancelToken())
        assert answer == {"code": 2}
        assert parts == ()
        answer, _ = helper.request({"do": "power", "reader": "none"}, cancel=CancelToken())
        assert answer == {"code": 0x8010_001D}
    finally:
        helper.close()
