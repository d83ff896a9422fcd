# SPDX-License-Identifier: Apache-2.0
"""What PC/SC's codes mean to an officer: cause and next step, translated once, here.

Numbers as in pcsclite.h and winerror.h; shapes as met with pcsc-lite 1.9: a chip taken away *during* a command gives
code 0 and no response, one taken away before gives 0x80100016, and only the next look says 0x80100069.
"""

from __future__ import annotations

import enum
from typing import ClassVar, Final

from devices.pcsc.child import NO_CHIP_POWERED, NO_LIBRARY
from station.domain.errors import ChipRemoved, DeviceBusy, DeviceError, DeviceFault, DeviceRemoved, DeviceSilent
from station.domain.words import Text, say
from station.isolation.child import DeathReason, HelperDied


class Meaning(enum.Enum):
    """What a code says, in our words."""

    REMOVED = "removed"  # no chip on the reader
    LOST = "lost"  # the command did not come through: the chip was taken away, or lost its field
    NOT_POWERED = "not powered"  # nobody found a chip in this session, or the helper that did is gone
    READER_GONE = "reader gone"  # this reader is not attached
    SERVICE_GONE = "service gone"  # the service of the operating system does not run
    DENIED = "denied"  # the system does not let this account use readers
    OCCUPIED = "occupied"  # another program holds the chip
    UNPOWERED = "unpowered"  # the chip does not answer to power
    UNSUPPORTED = "unsupported"  # it answers, in no protocol that the reader knows
    LIBRARY_MISSING = "library missing"  # pyscard or pcsc-lite is not installed
    UNKNOWN = "unknown"  # none of these


MEANINGS: Final = {
    NO_LIBRARY: Meaning.LIBRARY_MISSING,
    NO_CHIP_POWERED: Meaning.NOT_POWERED,
    0x8010_0001: Meaning.UNKNOWN,  # SCARD_F_INTERNAL_ERROR
    0x8010_0003: Meaning.SERVICE_GONE,  # SCARD_E_INVALID_HANDLE: the service was started anew
    0x8010_0009: Meaning.READER_GONE,  # SCARD_E_UNKNOWN_READER
    0x8010_000A: Meaning.LOST,  # SCARD_E_TIMEOUT
    0x8010_000B: Meaning.OCCUPIED,  # SCARD_E_SHARING_VIOLATION
    0x8010_000C: Meaning.REMOVED,  # SCARD_E_NO_SMARTCARD
    0x8010_000D: Meaning.UNSUPPORTED,  # SCARD_E_UNKNOWN_CARD
    0x8010_000F: Meaning.UNSUPPORTED,  # SCARD_E_PROTO_MISMATCH
    0x8010_0010: Meaning.OCCUPIED,  # SCARD_E_NOT_READY: the reader or the chip is being worked on
    0x8010_0013: Meaning.SERVICE_GONE,  # SCARD_F_COMM_ERROR: the line to the service broke
    0x8010_0015: Meaning.UNPOWERED,  # SCARD_E_INVALID_ATR
    0x8010_0016: Meaning.LOST,  # SCARD_E_NOT_TRANSACTED
    0x8010_0017: Meaning.READER_GONE,  # SCARD_E_READER_UNAVAILABLE
    0x8010_001C: Meaning.UNSUPPORTED,  # SCARD_E_CARD_UNSUPPORTED
    0x8010_001D: Meaning.SERVICE_GONE,  # SCARD_E_NO_SERVICE
    0x8010_001E: Meaning.SERVICE_GONE,  # SCARD_E_SERVICE_STOPPED
    0x8010_0027: Meaning.DENIED,  # SCARD_E_NO_ACCESS
    0x8010_002E: Meaning.READER_GONE,  # SCARD_E_NO_READERS_AVAILABLE
    0x8010_002F: Meaning.LOST,  # SCARD_E_COMM_DATA_LOST
    0x8010_0065: Meaning.UNSUPPORTED,  # SCARD_W_UNSUPPORTED_CARD
    0x8010_0066: Meaning.UNPOWERED,  # SCARD_W_UNRESPONSIVE_CARD
    0x8010_0067: Meaning.UNPOWERED,  # SCARD_W_UNPOWERED_CARD
    0x8010_0068: Meaning.LOST,  # SCARD_W_RESET_CARD
    0x8010_0069: Meaning.REMOVED,  # SCARD_W_REMOVED_CARD
    0x8010_006A: Meaning.DENIED,  # SCARD_W_SECURITY_VIOLATION: polkit said no
}


class ChipFault(DeviceFault):
    """What lies on the reader is in trouble; the reader is well."""

    troubles_the_device: ClassVar[bool] = False


_LAY_FLAT: Final = say("Lay the document flat on the reader and keep it still.")
_WATCHING: Final = {
    Meaning.LIBRARY_MISSING: say("The library for chip readers is not installed. Ask the technician to install it."),
    Meaning.SERVICE_GONE: say(
        "The service for chip readers (pcscd) does not run. Ask the technician to start or install it."
    ),
    Meaning.DENIED: say("This account may not use chip readers. Ask the technician to permit it."),
}
WATCHER_STOPPED: Final = say("The program that looks for chip readers stopped. It is started again.")
NO_READER: Final = say("No chip reader was found. Plug one in and switch it on.")


def meaning(code: int) -> Meaning:
    """What a code says."""
    return MEANINGS.get(code, Meaning.UNKNOWN)


def why_no_reader(code: int) -> Text:
    """Why readers cannot be watched."""
    return _WATCHING.get(
        meaning(code),
        say("The service for chip readers reports fault {code}. Ask the technician.", code=f"0x{code:08X}"),
    )


_CHIP: Final = {
    Meaning.UNPOWERED: (say("The chip does not answer to power."), _LAY_FLAT),
    Meaning.UNSUPPORTED: (
        say("The reader and this chip have no protocol in common."),
        say("Check that the document lies on the right reader. If it does, go on without the chip."),
    ),
}


def fault(code: int, device: str) -> DeviceError:
    """The error for a code met while a chip was used."""
    what = meaning(code)
    if what in _CHIP:
        return ChipFault(*_CHIP[what])
    if what in _WATCHING and what is not Meaning.SERVICE_GONE:
        return DeviceFault(_WATCHING[what], say("Go on without the chip until then."))
    match what:
        case Meaning.REMOVED:
            return taken_away()
        case Meaning.LOST | Meaning.NOT_POWERED:
            return contact_lost() if what is Meaning.LOST else not_powered()
        case Meaning.READER_GONE:
            return unplugged(device)
        case Meaning.SERVICE_GONE:
            return service_gone(device)
        case Meaning.OCCUPIED:
            return DeviceBusy(
                say("Another program uses the chip on {device}.", device=device),
                say("Close the other program, then try again."),
            )
        case _:
            return DeviceFault(
                say("{device} reports fault {code}.", device=device, code=f"0x{code:08X}"),
                say("Take the document off and lay it down again. Or choose another reader with F8."),
            )


def taken_away() -> ChipRemoved:
    """The document is not on the reader any more."""
    return ChipRemoved(
        say("The document was taken off the chip reader."),
        say("Lay it down again and leave it there until it is read."),
    )


def contact_lost() -> ChipRemoved:
    """The document is on the reader, its chip does not hear it any more."""
    return ChipRemoved(say("The chip lost contact with the reader."), _LAY_FLAT)


def not_powered() -> ChipRemoved:
    """Nobody found a chip in this session, or the helper that had it is gone."""
    return ChipRemoved(say("No chip is connected."), say("Lay the document on the chip reader."))


def unplugged(device: str) -> DeviceRemoved:
    """The reader is not attached any more."""
    return DeviceRemoved(
        say("{device} was unplugged.", device=device),
        say("Plug it in again, or choose another chip reader with F8. Your entries are kept."),
    )


def service_gone(device: str) -> DeviceRemoved:
    """The reader may be attached, nobody can reach it."""
    return DeviceRemoved(
        say("The service for chip readers stopped, {device} cannot be reached.", device=device),
        say("Wait until it runs again, or go on without the chip. Your entries are kept."),
    )


def silent(seconds: float) -> DeviceSilent:
    """The chip holds the reader up."""
    return DeviceSilent(
        say("The chip does not answer since {seconds} s.", seconds=round(seconds)),
        say("Take the document off and lay it down again. If it stays so, unplug the reader and plug it in again."),
    )


def still_silent(seconds: float) -> Text:
    """The same as the reader's health."""
    return say(
        "The chip does not answer since {seconds} s. Take the document off. If it stays so, unplug the reader and plug"
        " it in again.",
        seconds=round(seconds),
    )


def garbled() -> ChipFault:
    """What came is no response: two bytes of status at its end, the first 6X or 9X (ISO/IEC 7816-4, 5.6)."""
    return ChipFault(say("The chip's answer is damaged."), _LAY_FLAT)


def died(death: HelperDied, device: str, seconds: float) -> DeviceError:
    """The error for a helper that gave no answer after ``seconds``."""
    if death.reason is DeathReason.OUT_OF_TIME:
        return silent(seconds)
    return DeviceFault(
        say("The program that drives {device} stopped.", device=device),
        say("Try again. If it happens again, choose another chip reader with F8."),
    )
