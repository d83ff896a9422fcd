# SPDX-License-Identifier: Apache-2.0
"""What a scanner's status means to an officer: cause and next step, translated from SANE's words once, here."""

from __future__ import annotations

from typing import Final

from station.domain.errors import DeviceBusy, DeviceError, DeviceFault, DeviceRemoved, DeviceSilent
from station.domain.words import Text, say
from station.isolation.child import DeathReason, HelperDied

_FAULTS: Final[dict[str, tuple[Text, Text]]] = {
    "jammed": (
        say("Paper is jammed in the scanner."),
        say("Open it, take the paper out, close it, then scan again."),
    ),
    "cover_open": (say("The scanner's cover is open."), say("Close the cover, then scan again.")),
    "no_documents": (say("There is no document in the scanner."), say("Put the document in, then scan again.")),
    "end_of_file": (say("There is no document in the scanner."), say("Put the document in, then scan again.")),
    "io_error": (
        say("The scanner stopped in the middle."),
        say("Check its cable and its power, then scan again."),
    ),
    "denied": (
        say("This account may not use the scanner."),
        say("Ask the technician to add the account to the group scanner."),
    ),
    "no_memory": (
        say("There is not enough memory to scan."),
        say("Close other programs, or let the technician set a lower resolution."),
    ),
    "option": (
        say("The scanner does not have an option that the settings ask for."),
        say("Ask the technician to correct the scanner's options in the settings."),
    ),
    "partial": (say("The scanner gave only a part of the page."), say("Scan again.")),
    "stopped": (say("The scan was stopped at the scanner."), say("Scan again.")),
}
_UNKNOWN: Final = (
    say("The scanner reports a fault that the station does not know."),
    say("Switch it off and on again. Or choose another scanner with F8."),
)
_SUSPICIOUS: Final = frozenset({"io_error", "invalid", "unknown", "unsupported", "denied"})


def may_be_unplugged(status: str) -> bool:
    """Whether a scanner that was pulled out can end with this status: SANE has no word for it."""
    return status in _SUSPICIOUS


def fault(status: str, device: str, *, in_network: bool = False, reading: bool = True) -> DeviceError:
    """The error for a status of the helper. ``reading``: a page had begun to come."""
    if in_network and status == "io_error":
        return _line_lost(device) if reading else _no_line(device)
    if status == "busy":
        return DeviceBusy(
            say("{device} is in use by another program or is warming up.", device=device),
            say("Close the other program or wait a moment, then scan again."),
        )
    return DeviceFault(*_FAULTS.get(status, _UNKNOWN))


def _no_line(device: str) -> DeviceError:
    return DeviceSilent(
        say("{device} in the network does not answer, or refuses to scan.", device=device),
        say("Look at its display and its network cable. Then scan again, or choose another scanner with F8."),
    )


def _line_lost(device: str) -> DeviceError:
    return DeviceFault(
        say("The page from {device} did not arrive whole.", device=device),
        say("Check its display and its network cable. Then scan again."),
    )


def unplugged(device: str) -> DeviceRemoved:
    """The error for a scanner that is not listed any more."""
    return DeviceRemoved(
        say("{device} was unplugged or switched off.", device=device),
        say("Plug it in and switch it on, or choose another scanner with F8."),
    )


def died(reason: HelperDied, device: str) -> DeviceError:
    """The error for a helper that gave no answer."""
    if reason.reason is DeathReason.OUT_OF_TIME:
        return DeviceSilent(
            say("{device} does not answer.", device=device),
            say("Switch it off, wait five seconds, switch it on, then scan again."),
        )
    return DeviceFault(
        say("The program that drives {device} stopped.", device=device),
        say("Scan again. If it happens again, choose another scanner with F8."),
    )
