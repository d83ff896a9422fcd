# SPDX-License-Identifier: Apache-2.0
"""Frames survive any cutting on their way; what is no frame is refused before it costs memory."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.isolation.frames import MAX_ATTACHMENT_BYTES, FrameReader, FrameRefused, encode


@given(
    text=st.text(max_size=40),
    parts=st.lists(st.binary(max_size=60), max_size=4),
    cut=st.integers(min_value=1, max_value=50),
)
def test_a_message_survives_any_cutting(text: str, parts: list[bytes], cut: int) -> None:
    data = b"".join(encode({"text": text}, parts))
    reader = FrameReader()
    got = [message for start in range(0, len(data), cut) if (message := reader.feed(data[start : start + cut]))]
    assert got == [({"text": text}, tuple(parts))]


@given(st.binary(min_size=9, max_size=200))
def test_bytes_that_are_no_frame_are_refused(data: bytes) -> None:
    if data.startswith(b"HBM1"):
        return
    with pytest.raises(FrameRefused):
        FrameReader().feed(data)


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">4sIB", b"HBM1", 0xFFFFFFFF, 0),
        struct.pack(">4sIB", b"HBM1", 2, 255),
        struct.pack(">4sIBQ", b"HBM1", 2, 1, MAX_ATTACHMENT_BYTES + 1),
        struct.pack(">4sIB", b"HBM1", 2, 0) + b"[]",
        struct.pack(">4sIB", b"HBM1", 2, 0) + b"{]",
        struct.pack(">4sIB", b"HBM1", 2, 0) + b"{}more",
    ],
    ids=["huge header", "many attachments", "huge attachment", "no object", "no JSON", "more than one"],
)
def test_a_frame_that_breaks_the_rules_is_refused(data: bytes) -> None:
    with pytest.raises(FrameRefused):
        FrameReader().feed(data)
