# SPDX-License-Identifier: Apache-2.0
"""What a reader's PC/SC name and a chip's ATR tell: which hardware, which slot, over the air or through contacts.

The service names readers ``Model [Slot] (Serial) 00 01``: the last two are the number of the hardware, in the order
of plugging in, and the slot in it. Both in hexadecimal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from station.ports.chip import ChipInterface

_NUMBERS: Final = re.compile(r" ([0-9A-F]{2}) ([0-9A-F]{2})$")
_SLOT: Final = re.compile(r"\[([^\]]+)\]")
_SERIAL: Final = re.compile(r"\s*\([^()]*\)\s*$")
_WORDS: Final = re.compile(r"[^a-z0-9]+")
_CONTACTLESS: Final = frozenset({"picc", "contactless", "cl", "nfc", "rfid", "rf"})
_CONTACT: Final = frozenset({"icc", "contact"})
_FIRST: Final = (ChipInterface.CONTACTLESS, ChipInterface.UNKNOWN, ChipInterface.CONTACT)  # passports have no contacts
_SUFFIX: Final = re.compile(r"\d+cl$")  # as in 5422CL


@dataclass(frozen=True, slots=True)
class ReaderSlot:
    """One slot of a reader: its name at the service now, and what stays the same when it is plugged in again."""

    pcsc_name: str
    device_id: str
    shown: str
    interface: ChipInterface


def slots(names: Sequence[str], *, ignore: Sequence[str] = ()) -> Mapping[str, ReaderSlot]:
    """The slots for documents by device id, contactless ones first; those for security modules (SAM) left out.

    ``ignore`` are parts of names, in upper or lower case.
    """
    wanted = [
        name
        for name in sorted(names, key=_place)
        if not _is_sam(name) and not any(part and part.casefold() in name.casefold() for part in ignore)
    ]
    bases = [_base(name) for name in wanted]
    shown = [_shown(base) for base in bases]
    found = []
    for place, name in enumerate(wanted):
        number = 1 + bases[:place].count(bases[place])
        label = shown[place]
        if shown.count(label) > 1:
            label = f"{label} {1 + shown[:place].count(label)}"
        found.append(ReaderSlot(name, f"pcsc:{bases[place]}:{number}", label, _by_name(bases[place])))
    found.sort(key=lambda slot: _FIRST.index(slot.interface))
    return {slot.device_id: slot for slot in found}


def interface_of(slot: ReaderSlot, atr: bytes) -> ChipInterface:
    """How the reader reaches a chip with this ATR; the name counts more, it knows the hardware.

    A contactless chip has the ATR 3B 8n 80 01 and its historical bytes, whatever the chip (PC/SC part 3, 3.1.3.2.3).
    Clock, voltage or guard time in an ATR (TA1, TB1, TC1: ISO/IEC 7816-3, 8.3) mean contacts.
    """
    if slot.interface is not ChipInterface.UNKNOWN:
        return slot.interface
    if len(atr) > 3 and atr[0] == 0x3B and atr[1] >> 4 == 8 and atr[2:4] == b"\x80\x01":
        return ChipInterface.CONTACTLESS
    if len(atr) > 1 and atr[1] & 0x70:
        return ChipInterface.CONTACT
    return ChipInterface.UNKNOWN


def _place(name: str) -> tuple[str, int, int]:
    numbers = _NUMBERS.search(name)
    if numbers is None:
        return name, 0, 0
    return _base(name), int(numbers[1], 16), int(numbers[2], 16)


def _base(name: str) -> str:
    return _NUMBERS.sub("", name)


def _shown(base: str) -> str:
    """The slot's own name where it has one, else the model; the serial number is told apart."""
    slot = _SLOT.search(base)
    return slot[1] if slot else (_SERIAL.sub("", base) or base)


def _words(base: str) -> set[str]:
    """The words of the slot's own name where it has one: the model's name may name both."""
    slot = _SLOT.search(base)
    return set(_WORDS.split((slot[1] if slot else _SERIAL.sub("", base)).lower()))


def _is_sam(name: str) -> bool:
    return "sam" in _words(_base(name))


def _by_name(base: str) -> ChipInterface:
    words = _words(base)
    air = bool(words & _CONTACTLESS) or any(_SUFFIX.search(word) for word in words)
    plate = bool(words & _CONTACT)
    if air == plate:  # neither, or a name that tells of both
        return ChipInterface.UNKNOWN
    return ChipInterface.CONTACTLESS if air else ChipInterface.CONTACT
