# SPDX-License-Identifier: Apache-2.0
"""What a scanner says is bounded before it is taken apart, and is never shown."""

from __future__ import annotations

import msgspec
import pytest

from devices.sbi.messages import BiometricData, CaptureBody, moment, parse, score
from station.domain.errors import DeviceFault

FINGER = {
    "digitalId": "id",
    "bioType": "Finger",
    "bioSubType": "Left Thumb",
    "bioValue": "U0VDUkVU",
    "transactionId": "1",
    "timestamp": "2026-11-22T00:00:00Z",
}


def test_an_answer_of_endless_entries_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(DeviceFault):
        parse(CaptureBody, b'{"biometrics":[' + b",".join([b"{}"] * 10_000) + b"]}")


def test_a_finger_stands_in_no_representation() -> None:
    data = parse(BiometricData, msgspec.json.encode(FINGER))
    body = parse(CaptureBody, msgspec.json.encode({"biometrics": [{"data": "U0VDUkVU"}]}))
    assert "U0VDUkVU" not in repr(data) + repr(body)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "soon", ""])
def test_a_time_that_is_none_is_the_scanners_fault(text: str) -> None:
    with pytest.raises(DeviceFault):
        moment(text)


@pytest.mark.parametrize(("value", "expected"), [(10**400, None), ("80", 80), (101, None), (None, None), ("nan", None)])
def test_a_quality_is_a_share_of_a_hundred_or_none(value: str | int | None, expected: int | None) -> None:
    assert score(value) == expected
