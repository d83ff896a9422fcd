# SPDX-License-Identifier: Apache-2.0
"""The text with which headquarters say that they hold an export: five lines that minisign signs (docs/headquarters.md).

It is read only after its signature was found good, and is read strictly all the same.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final

#: A receipt has some 150 bytes; the name of a station may be long in any script.
MOST_RECEIPT_BYTES: Final = 2 * 1024

_FORMAT = "hbm-station receipt 1"
_FIELDS = ("station", "export", "sha256", "date")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class NotAReceipt(ValueError):
    """These are not the five lines. Names the line, never its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptText:
    """What headquarters said. ``sha256``: hex, of the sealed file they hold; ``day``: theirs."""

    station: str
    export: int
    sha256: str
    day: date

    def is_of(self, station: str) -> bool:
        """Whether it names this station; letters that are written in two ways are the same letter."""
        return unicodedata.normalize("NFC", self.station) == unicodedata.normalize("NFC", station)


def read_receipt(text: str) -> ReceiptText:
    """The receipt in a text; lines may end as on any system. Raises NotAReceipt."""
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if len(lines) != 1 + len(_FIELDS) or lines[0] != _FORMAT:
        raise NotAReceipt("not the lines of a receipt")
    station, number, sha256, day = (_value(name, line) for name, line in zip(_FIELDS, lines[1:], strict=True))
    if not station.isprintable() or not station.strip():
        raise NotAReceipt("the station is not a name")
    if not _NUMBER.fullmatch(number):
        raise NotAReceipt("the export is not a number")
    if not _SHA256.fullmatch(sha256):
        raise NotAReceipt("the hash is not a SHA-256")
    try:
        said = date.fromisoformat(day) if _DATE.fullmatch(day) else None
    except ValueError:
        said = None
    if said is None:
        raise NotAReceipt("the date is not a day")
    return ReceiptText(station=station, export=int(number), sha256=sha256, day=said)


def written_receipt(receipt: ReceiptText) -> str:
    """The text that headquarters sign."""
    values = (receipt.station, str(receipt.export), receipt.sha256, receipt.day.isoformat())
    lines = (f"{name}: {value}" for name, value in zip(_FIELDS, values, strict=True))
    return "\n".join((_FORMAT, *lines, ""))


def _value(name: str, line: str) -> str:
    before = f"{name}: "
    if not line.startswith(before):
        raise NotAReceipt(f"the line {name} is not there")
    return line.removeprefix(before)
