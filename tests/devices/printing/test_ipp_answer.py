# SPDX-License-Identifier: Apache-2.0
"""A printer's answer is read to the byte, and whatever else comes over that line breaks nothing."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.printing.ipp_answer import groups


def attribute(tag: int, name: str, value: bytes) -> bytes:
    return bytes([tag]) + struct.pack(">H", len(name)) + name.encode() + struct.pack(">H", len(value)) + value


# RFC 8010, 3.1.1: an operation group, then two jobs; a second value has no name; a resolution is skipped.
ANSWER = (
    b"\x02\x00\x00\x00\x00\x00\x00\x01"
    b"\x01"
    + attribute(0x47, "attributes-charset", b"utf-8")
    + b"\x02"
    + attribute(0x42, "job-name", b"notice-1")
    + attribute(0x23, "job-state", struct.pack(">i", 9))
    + b"\x02"
    + attribute(0x42, "job-name", "notice-é".encode())
    + attribute(0x23, "job-state", struct.pack(">i", 8))
    + attribute(0x44, "job-state-reasons", b"aborted-by-system")
    + attribute(0x44, "", b"media-jam-error")
    + attribute(0x22, "ready", b"\x01")
    + attribute(0x32, "resolution", b"123456789")
    + b"\x03"
)


def test_each_job_keeps_its_own_attributes() -> None:
    operation, first, second = groups(ANSWER)
    assert operation == {"attributes-charset": ["utf-8"]}
    assert first == {"job-name": ["notice-1"], "job-state": [9]}
    assert second == {
        "job-name": ["notice-é"],
        "job-state": [8],
        "job-state-reasons": ["aborted-by-system", "media-jam-error"],
        "ready": [True],
    }


@pytest.mark.parametrize("length", range(len(ANSWER)))
def test_a_part_of_an_answer_is_none(length: int) -> None:
    with pytest.raises(ValueError, match="middle"):
        groups(ANSWER[:length])


@given(st.binary(max_size=200))
def test_other_bytes_are_an_answer_or_none(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        groups(ANSWER[:8] + data)
