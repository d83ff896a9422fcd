# SPDX-License-Identifier: Apache-2.0
"""Bytes to messages, one byte at a time and without any line: how the bytes were cut on the way changes nothing.

After a fault the next start begins a new message; what lay before it is handed on as what it is, never dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import reduce
from operator import xor

from devices.serial_lines.framing import (
    ENDS_OF_LINE,
    MARKED_PERHAPS_CHECKED,
    MOST_BYTES,
    PRESETS,
    SOH,
    STX,
    CheckByte,
    Flaw,
    Form,
    Framing,
    Message,
    Preset,
)
from station.optical.reader_text import mrz_lines

_AIM = ord("]")
_MOST_MRZ = 200  # bytes of an MRZ with its ends of line: 90 characters, and room for a reader that ends lines oddly
_MOST_LINES = 3
_LENGTH_AT = 3  # bytes before the content of a counted message


class MessageParser:
    """The state of one line. Not for several threads."""

    def __init__(self, framing: Framing) -> None:
        self._given = framing
        self._framing = framing
        self._raw = bytearray()
        self._ended = False  # the end mark was seen, the check byte was not
        self._lines: deque[int] = deque(maxlen=_MOST_LINES)  # where the last lines of the pending bytes begin
        self._in_line = False  # the last pending byte is one of a line, not of its end

    @property
    def pending(self) -> bool:
        """Whether bytes wait for more: only then does silence mean anything."""
        return bool(self._raw)

    def feed(self, data: bytes) -> list[Message]:
        """Take bytes as they came; give the messages that are now whole."""
        return [message for byte in data for message in self._take(byte)]

    def silence(self) -> list[Message]:
        """The reader has sent nothing for QUIET_SECONDS: what is pending is over, whole or not."""
        if not self._raw:
            return []
        form = self._framing.form
        if form in (Form.LINES, Form.SILENCE, Form.AUTO, Form.CODES):
            return [self._over(bytes(self._raw).strip(ENDS_OF_LINE))]
        if form is Form.MARKED and self._ended and self._framing.check is CheckByte.PERHAPS:
            return [self._over(self._marked_body())]
        return [self._over(b"", Flaw.CUT if self._in_message() else Flaw.STRAY)]

    # --- one byte ---

    def _take(self, byte: int) -> Iterator[Message]:
        if not self._raw and byte in ENDS_OF_LINE and self._given.form is not Form.SILENCE:
            return  # the rest of the end of the last message
        if self._given.form is Form.AUTO:
            yield from self._decide(byte)
        match self._framing.form:
            case Form.MARKED:
                yield from self._take_marked(byte)
            case Form.COUNTED:
                yield from self._take_counted(byte)
            case _:
                yield from self._take_text(byte)
        if len(self._raw) > MOST_BYTES:
            yield self._over(b"", Flaw.TOO_LONG)

    def _decide(self, byte: int) -> Iterator[Message]:
        """In the automatic form, choose by the first bytes; a mark inside plain text begins a message of its own."""
        in_text = self._framing.form in (Form.AUTO, Form.LINES)
        if self._raw and byte in (SOH, STX) and in_text:
            yield self._over(b"", Flaw.STRAY)
        if not self._raw:
            self._framing = {
                SOH: PRESETS[Preset.RTE_NATIVE],
                STX: MARKED_PERHAPS_CHECKED,
                _AIM: PRESETS[Preset.SILENCE],
            }.get(byte, PRESETS[Preset.LINES])
        elif self._raw == b"I" and byte == 0 and in_text:
            self._framing = PRESETS[Preset.IDBOX]

    def _take_text(self, byte: int) -> Iterator[Message]:
        self._raw.append(byte)
        if self._framing.form is Form.SILENCE:
            return
        if byte not in ENDS_OF_LINE:
            if not self._in_line:
                self._lines.append(len(self._raw) - 1)
            self._in_line = True
            return
        self._in_line = False
        if self._framing.form is Form.CODES:
            yield self._over(bytes(self._raw).strip(ENDS_OF_LINE))
            return
        # Where the whole is an MRZ the first of these is the first of all; anything longer than _MOST_MRZ is none.
        for begin in (0, *reversed(self._lines)):
            if len(self._raw) - begin > _MOST_MRZ:
                continue
            whole = bytes(self._raw[begin:])
            if mrz_lines(whole.strip(ENDS_OF_LINE)) is not None:
                if begin:
                    del self._raw[begin:]
                    yield self._over(b"", Flaw.STRAY)
                    self._raw += whole
                yield self._over(whole.strip(ENDS_OF_LINE))
                return

    def _take_marked(self, byte: int) -> Iterator[Message]:
        framing = self._framing
        if self._ended:
            yield from self._take_check(byte)
            return
        if byte == framing.start and self._raw and not (self._in_message() and len(self._raw) <= framing.header):
            yield self._over(b"", Flaw.CUT if self._in_message() else Flaw.STRAY)
            self._framing = framing
        self._raw.append(byte)
        if byte == framing.end and self._in_message() and len(self._raw) > framing.header + 1:
            if framing.check is CheckByte.NONE:
                yield self._over(self._marked_body())
            else:
                self._ended = True

    def _take_check(self, byte: int) -> Iterator[Message]:
        body = self._marked_body()
        fits = byte in _check_bytes(self._raw, self._framing.header)
        if fits or self._framing.check is CheckByte.XOR:
            self._raw.append(byte)
            yield self._over(body, None if fits else Flaw.CHECK)
            return
        yield self._over(body)
        yield from self._take(byte)

    def _take_counted(self, byte: int) -> Iterator[Message]:
        self._raw.append(byte)
        raw = self._raw
        if not (0x41 <= raw[0] <= 0x5A):
            yield self._over(b"", Flaw.STRAY)
            return
        if len(raw) < _LENGTH_AT:
            return
        length = int.from_bytes(raw[1:_LENGTH_AT], "big")
        if length > MOST_BYTES:
            yield self._over(b"", Flaw.STRAY)
        elif len(raw) == _LENGTH_AT + length:
            if raw[0] == self._framing.letter and length:
                yield self._over(bytes(raw[_LENGTH_AT:]).strip(ENDS_OF_LINE))
            else:
                self._reset()  # the reader answers a command; nothing was read

    # --- the pending bytes ---

    def _in_message(self) -> bool:
        """Whether the pending bytes began with a start."""
        if self._framing.form is Form.COUNTED:
            return True
        return self._raw[0] == self._framing.start

    def _marked_body(self) -> bytes:
        framing = self._framing
        begin = 1 + (framing.header + 1 if framing.header else 0) + framing.flags
        return bytes(self._raw[begin:-1]).strip(ENDS_OF_LINE)

    def _over(self, body: bytes, flaw: Flaw | None = None) -> Message:
        message = Message(body, bytes(self._raw), flaw)
        self._reset()
        return message

    def _reset(self) -> None:
        self._raw.clear()
        self._lines.clear()
        self._in_line = False
        self._ended = False
        self._framing = self._given


def _check_bytes(raw: bytearray, header: int) -> set[int]:
    """What a check byte may be: makers begin with the start mark, after it, or after the STX behind a header."""
    return {reduce(xor, raw[begin:], 0) for begin in {0, 1, header + 2 if header else 1}}
