# SPDX-License-Identifier: Apache-2.0
"""Reads the answer of a printer (RFC 8010, 3): pycups crashes on answers that hold several jobs.

Only what has a number, a truth or words as its value is read; the rest is skipped.
"""

from __future__ import annotations

import struct
from typing import Final

Value = int | bool | str
Group = dict[str, list[Value]]

_HEADER: Final = 8  # version, status, request number
_END: Final = 0x03  # of attributes
_FIRST_VALUE: Final = 0x10  # tags below it begin a group
_INTEGERS: Final = (0x21, 0x23)  # integer, enum
_BOOLEAN: Final = 0x22
_WORDS: Final = range(0x41, 0x4A)  # text, name, keyword, uri, charset, language, media type


def groups(data: bytes) -> list[Group]:
    """The groups of attributes in their order: of the operation, then one a printer or job.

    Raises ValueError for bytes that are no whole answer.
    """
    found: list[Group] = []
    name, at = "", _HEADER
    try:
        while (tag := data[at]) != _END:
            at += 1
            if tag < _FIRST_VALUE:
                found.append({})
                continue
            (length,) = struct.unpack_from(">H", data, at)
            name = data[at + 2 : at + 2 + length].decode("ascii") if length else name
            at += 2 + length
            (length,) = struct.unpack_from(">H", data, at)
            value = _value(tag, data[at + 2 : at + 2 + length])
            at += 2 + length
            if value is not None and found:
                found[-1].setdefault(name, []).append(value)
    except (IndexError, struct.error, UnicodeDecodeError):
        raise ValueError("the answer ends in the middle") from None
    return found


def _value(tag: int, data: bytes) -> Value | None:
    if tag in _INTEGERS:
        return int(struct.unpack(">i", data)[0])
    if tag == _BOOLEAN:
        return data != b"\0"
    return data.decode("utf-8", "replace") if tag in _WORDS else None
