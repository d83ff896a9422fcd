# SPDX-License-Identifier: Apache-2.0
"""How readers in the field mark a message on a serial line, as data: one line of a table per protocol."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

SOH: Final = 0x01
STX: Final = 0x02
ETX: Final = 0x03
ENDS_OF_LINE: Final = b"\r\n"

MOST_BYTES: Final = 16 * 1024  # a message; no MRZ and no barcode comes near
QUIET_SECONDS: Final = 0.12  # so long without a byte ends a message that has no mark of its end: 100 bytes at 9600 Bd


class Form(enum.Enum):
    """What tells where a message begins and ends."""

    AUTO = "auto"  # the first bytes decide
    LINES = "lines"  # ends of line; over when the lines make a whole MRZ, else when the reader falls silent
    CODES = "codes"  # every end of line ends a message
    SILENCE = "silence"  # only silence ends a message: content may hold any byte
    MARKED = "marked"  # a start mark, an end mark, perhaps a check byte after it
    COUNTED = "counted"  # a letter, the length in two bytes (high byte first), so many bytes


class CheckByte(enum.Enum):
    """What follows the end mark."""

    NONE = "none"  # nothing
    XOR = "xor"  # the exclusive or of all bytes before it, with or without the start mark: makers differ
    PERHAPS = "perhaps"  # a byte that is this exclusive or is taken for it, any other begins the next message


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """One line protocol.

    ``start`` and ``end``: the marks. ``header``: bytes between the start mark and an STX that follows them;
    ``flags``: bytes after that mark that are not text. ``letter``: which counted message carries what was read.
    ``on_open``: sent to the reader once the line is open.
    """

    form: Form
    start: int = STX
    end: int = ETX
    check: CheckByte = CheckByte.NONE
    header: int = 0
    flags: int = 0
    letter: int = 0
    on_open: bytes = b""


class Preset(enum.Enum):
    """The protocols that the settings can name."""

    AUTO = "auto"  # any of those below, decided for each message by its first bytes; nothing is sent to the reader
    LINES = "lines"  # CR, LF or CR LF after each line: most swipe readers and OCR imagers as delivered
    CODES = "codes"  # CR, LF or CR LF after each code: barcode scanners as delivered
    SILENCE = "silence"  # nothing after a code, or codes whose content holds ends of line
    STX_ETX = "stx_etx"  # STX text ETX
    STX_ETX_BCC = "stx_etx_bcc"  # STX text ETX and a block check character
    RTE_NATIVE = "rte_native"  # SOH, length, "OU", STX, flag, three lines, ETX, BCC: RTE and 3M swipe readers
    IDBOX = "idbox"  # "I", length, lines: Elyctis boxes; they are told to read without being asked


PRESETS: Final[Mapping[Preset, Framing]] = MappingProxyType(
    {
        Preset.AUTO: Framing(form=Form.AUTO),
        Preset.LINES: Framing(form=Form.LINES),
        Preset.CODES: Framing(form=Form.CODES),
        Preset.SILENCE: Framing(form=Form.SILENCE),
        Preset.STX_ETX: Framing(form=Form.MARKED),
        Preset.STX_ETX_BCC: Framing(form=Form.MARKED, check=CheckByte.XOR),
        Preset.RTE_NATIVE: Framing(form=Form.MARKED, start=SOH, header=4, flags=1, check=CheckByte.XOR),
        Preset.IDBOX: Framing(form=Form.COUNTED, letter=ord("I"), on_open=b"C\x00\x01\x01"),
    }
)

#: What the automatic preset turns to.
MARKED_PERHAPS_CHECKED: Final = Framing(form=Form.MARKED, check=CheckByte.PERHAPS)


class Flaw(enum.Enum):
    """What is wrong with a message as it came over the line."""

    CUT = "cut"  # the reader fell silent, or began anew, in the middle
    CHECK = "check"  # the check byte does not fit: bytes were changed or lost on the line
    STRAY = "stray"  # bytes outside any message
    TOO_LONG = "too long"  # longer than any message is


@dataclass(frozen=True, slots=True)
class Message:
    """One message: the text or code in it, all its bytes as they came, and what is wrong with them."""

    body: bytes = field(repr=False)
    raw: bytes = field(repr=False)
    flaw: Flaw | None = None
