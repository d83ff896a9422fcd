# SPDX-License-Identifier: Apache-2.0
"""Each code has a true cause and a next step, and only what troubles the reader counts as its trouble."""

from __future__ import annotations

import pytest

from devices.pcsc.faults import MEANINGS, Meaning, died, fault, meaning, why_no_reader
from station.domain.errors import ChipRemoved, DeviceBusy, DeviceError, DeviceFault, DeviceRemoved, DeviceSilent
from station.isolation.child import DeathReason, HelperDied

CODES = [*MEANINGS, 0x8010_0099]


@pytest.mark.parametrize("code", CODES, ids=hex)
def test_every_code_has_a_cause_and_a_next_step(code: int) -> None:
    error = fault(code, "Reader 1")
    assert error.cause.in_english().endswith(".")
    assert error.next_step.in_english().endswith(".")
    assert why_no_reader(code).in_english().endswith(".")


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (0x8010_0069, ChipRemoved, "was taken off"),
        (0x8010_000C, ChipRemoved, "was taken off"),
        (0x8010_0016, ChipRemoved, "lost contact"),
        (0x8010_0068, ChipRemoved, "lost contact"),
        (0x8010_0066, DeviceFault, "does not answer to power"),
        (0x8010_0067, DeviceFault, "does not answer to power"),
        (0x8010_000F, DeviceFault, "no protocol in common"),
        (0x8010_000B, DeviceBusy, "Another program"),
        (0x8010_0017, DeviceRemoved, "was unplugged"),
        (0x8010_0009, DeviceRemoved, "was unplugged"),
        (0x8010_001D, DeviceRemoved, "service for chip readers stopped"),
        (0x8010_006A, DeviceFault, "may not use chip readers"),
        (1, DeviceFault, "not installed"),
        (2, ChipRemoved, "No chip is connected"),
        (0x8010_0099, DeviceFault, "0x80100099"),
    ],
)
def test_a_code_names_the_true_cause(code: int, kind: type[DeviceError], words: str) -> None:
    error = fault(code, "Reader 1")
    assert type(error) is kind or isinstance(error, kind)
    assert words in error.cause.in_english()


def test_what_lies_on_the_reader_does_not_trouble_the_reader() -> None:
    untroubled = {Meaning.REMOVED, Meaning.LOST, Meaning.NOT_POWERED, Meaning.UNPOWERED, Meaning.UNSUPPORTED}
    for code in CODES:
        assert fault(code, "Reader 1").troubles_the_device is (meaning(code) not in untroubled)


def test_a_helper_that_gave_no_answer_in_time_is_a_silent_chip() -> None:
    assert isinstance(died(HelperDied(DeathReason.OUT_OF_TIME), "Reader 1", 10.0), DeviceSilent)
    crashed = died(HelperDied(DeathReason.CRASHED), "Reader 1", 0.1)
    assert isinstance(crashed, DeviceFault)
    assert "stopped" in crashed.cause.in_english()
