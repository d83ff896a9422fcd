# SPDX-License-Identifier: Apache-2.0
"""The one way values of the domain become JSON and come back, so that store, export and journal agree.

Decoding is strict: unknown shapes are refused instead of guessed.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")

_encoder = msgspec.json.Encoder(order="deterministic")


class NotThisShape(ValueError):
    """The bytes are not JSON of the asked type. Carries no content, which could be personal data."""


def to_json(value: object) -> bytes:
    """UTF-8 JSON with sorted keys, the same bytes for the same value; dataclasses, enums, dates and tuples allowed."""
    return _encoder.encode(value)


def from_json(kind: type[T], data: bytes) -> T:
    """The value of type ``kind``. Raises NotThisShape, whose message names the place but never the content."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as problem:
        raise NotThisShape(f"not the JSON of a {kind.__name__}") from problem
