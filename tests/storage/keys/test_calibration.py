# SPDX-License-Identifier: Apache-2.0
"""A password costs about a second on any machine, and never less than the floor."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage.keys.calibration import calibrate, seconds_of
from storage.keys.stretching import SERVICE, KdfProfile
from tests.open_station import LIGHT

GIB = 1024 * 1024  # KiB


def _machine(seconds_at_floor: float) -> Callable[[KdfProfile], float]:
    """A machine on which the cost grows with memory and passes."""
    floor = SERVICE.memory_kib * SERVICE.passes
    return lambda profile: seconds_at_floor * profile.memory_kib * profile.passes / floor


@pytest.mark.parametrize(
    ("seconds_at_floor", "memory_mib", "passes"),
    [(5.0, 64, 3), (1.0, 64, 3), (0.7, 64, 4), (0.5, 128, 3), (0.26, 256, 3), (0.1, 256, 7), (0.001, 256, 16)],
)
def test_memory_grows_first_and_then_the_passes(seconds_at_floor: float, memory_mib: int, passes: int) -> None:
    found = calibrate(measure=_machine(seconds_at_floor), machine_kib=16 * GIB)
    assert (found.memory_kib, found.passes) == (memory_mib * 1024, passes)
    assert found.is_at_least(SERVICE)


@pytest.mark.parametrize(("machine_kib", "memory_mib"), [(0, 64), (GIB, 64), (2 * GIB, 128), (4 * GIB, 256)])
def test_a_small_machine_keeps_its_memory_for_its_work(machine_kib: int, memory_mib: int) -> None:
    assert calibrate(measure=_machine(0.1), machine_kib=machine_kib).memory_kib == memory_mib * 1024


def test_a_machine_that_slows_down_at_more_memory_stays_below_it() -> None:
    assert calibrate(measure=lambda one: 0.4 if one == SERVICE else 2.0, machine_kib=16 * GIB).memory_kib == 64 * 1024


def test_this_machine_can_be_measured() -> None:
    assert seconds_of(LIGHT) > 0
    assert calibrate(0.001, floor=LIGHT).is_at_least(LIGHT)
