# SPDX-License-Identifier: Apache-2.0
"""Finds what a password may cost on this machine: about a second of waiting, as much work as possible for a thief.

Memory first, since that is what a thief's hardware lacks, then passes over it; never below the floor.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace

from station.domain.secrets import Secret
from storage.keys.stretching import MOST_PASSES, SALT_BYTES, SERVICE, KdfProfile, stretch

_MIB = 1024  # KiB
_MEMORIES = (128 * _MIB, 256 * _MIB)
_SHARE = 16  # of the machine's memory: a station also scans, compares faces and shows films
_TOLERANCE = 1.15


def seconds_of(profile: KdfProfile) -> float:
    """How long one password takes here, in memory that is touched for the first time, as at a sign-in."""
    began = time.perf_counter()
    stretch(Secret(b"calibration"), bytes(SALT_BYTES), profile).forget()
    return time.perf_counter() - began


def calibrate(
    target_seconds: float = 1.0,
    *,
    floor: KdfProfile = SERVICE,
    measure: Callable[[KdfProfile], float] = seconds_of,
    machine_kib: int | None = None,
) -> KdfProfile:
    """The dearest profile that takes about ``target_seconds`` on this machine. Takes a few seconds itself.

    ``machine_kib``: the machine's memory, asked from the system when not given.
    """
    most_kib = (_machine_kib() if machine_kib is None else machine_kib) // _SHARE
    best, took = floor, measure(floor)
    for memory_kib in _MEMORIES:
        if memory_kib <= best.memory_kib:
            continue
        if memory_kib > most_kib or took * memory_kib / best.memory_kib > target_seconds * _TOLERANCE:
            break
        dearer = replace(best, memory_kib=memory_kib)
        dearer_took = measure(dearer)
        if dearer_took > target_seconds * _TOLERANCE:
            break
        best, took = dearer, dearer_took
    passes = min(MOST_PASSES, int(best.passes * target_seconds / took)) if took > 0 else MOST_PASSES
    return replace(best, passes=max(best.passes, passes))


def _machine_kib() -> int:
    if not hasattr(os, "sysconf"):
        return 0  # Windows does not say: the floor's memory, and more passes
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024
