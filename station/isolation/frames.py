# SPDX-License-Identifier: Apache-2.0
"""How parent and child talk: a JSON header with binary attachments, never objects that run when loaded."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Final

Header = dict[str, object]
Message = tuple[Header, tuple[bytes, ...]]

_PREFIX: Final = struct.Struct(">4sIB")  # mark, bytes of the header, number of attachments
_LENGTH: Final = struct.Struct(">Q")  # bytes of one attachment
_MARK: Final = b"HBM1"
_SMALL: Final = 64 << 10  # bytes: what a pipe takes at once
MAX_HEADER_BYTES: Final = 4 << 20
MAX_ATTACHMENTS: Final = 16
MAX_ATTACHMENT_BYTES: Final = 512 << 20


class FrameRefused(ValueError):
    """Bytes that are not a frame, or one larger than frames may be. The connection is dead after it."""


def encode(header: Mapping[str, object], attachments: Sequence[bytes] = ()) -> list[bytes]:
    """A message as the pieces to be written one after the other. Large attachments are not copied.

    A small message is one piece: each write wakes the other side.
    """
    body = json.dumps(header, allow_nan=False).encode()
    if len(body) > MAX_HEADER_BYTES or len(attachments) > MAX_ATTACHMENTS:
        raise FrameRefused("message too large")
    lengths = b"".join(_LENGTH.pack(len(attachment)) for attachment in attachments)
    pieces = [_PREFIX.pack(_MARK, len(body), len(attachments)), lengths, body, *attachments]
    if sum(map(len, pieces)) <= _SMALL:
        return [b"".join(pieces)]
    return [b"".join(pieces[:3]), *attachments]


class FrameReader:
    """Puts messages together from bytes as they arrive. The other side is not trusted."""

    __slots__ = ("_buffer", "_sizes")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._sizes: tuple[int, ...] | None = None  # header, then attachments; None while the start is missing

    def feed(self, data: bytes) -> Message | None:
        """Take bytes; return the message once it is whole. Raises FrameRefused."""
        self._buffer += data
        if self._sizes is None:
            self._sizes = self._read_sizes()
        if self._sizes is None:
            return None
        start = _PREFIX.size + _LENGTH.size * (len(self._sizes) - 1)
        end = start + sum(self._sizes)
        if len(self._buffer) < end:
            return None
        if len(self._buffer) > end:
            raise FrameRefused("more than one message")
        with memoryview(self._buffer) as view:
            pieces = []
            for size in self._sizes:
                pieces.append(bytes(view[start : start + size]))
                start += size
        self._buffer, self._sizes = bytearray(), None
        return _header(pieces[0]), tuple(pieces[1:])

    def _read_sizes(self) -> tuple[int, ...] | None:
        if len(self._buffer) < _PREFIX.size:
            return None
        mark, header, count = _PREFIX.unpack_from(self._buffer)
        if mark != _MARK or header > MAX_HEADER_BYTES or count > MAX_ATTACHMENTS:
            raise FrameRefused("not a frame")
        if len(self._buffer) < _PREFIX.size + _LENGTH.size * count:
            return None
        places = range(_PREFIX.size, _PREFIX.size + _LENGTH.size * count, _LENGTH.size)
        sizes = [int(_LENGTH.unpack_from(self._buffer, place)[0]) for place in places]
        if any(size > MAX_ATTACHMENT_BYTES for size in sizes):
            raise FrameRefused("attachment too large")
        return (header, *sizes)


def _header(data: bytes) -> Header:
    try:
        header = json.loads(data)
    except (ValueError, RecursionError):
        raise FrameRefused("header is not JSON") from None
    if not isinstance(header, dict):
        raise FrameRefused("header is not an object")
    return header
