# SPDX-License-Identifier: Apache-2.0
"""Identifiers that say nothing about a person and sort by the time they were made (RFC 9562, UUID version 7)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import NewType

EncounterId = NewType("EncounterId", str)
PersonId = NewType("PersonId", str)
ImageId = NewType("ImageId", str)
OfficerId = NewType("OfficerId", str)

RANDOM_BYTES = 10


def new_identifier(now: datetime, random_bytes: bytes) -> str:
    """A UUIDv7 from an aware ``now`` (milliseconds are kept) and 10 random bytes, as lower-case text with dashes."""
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"{RANDOM_BYTES} random bytes wanted, {len(random_bytes)} given")
    milliseconds = int(now.timestamp() * 1000)
    raw = bytearray(milliseconds.to_bytes(6, "big") + random_bytes)
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    return str(uuid.UUID(bytes=bytes(raw)))
