# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with an SBI scanner, in words of the counter: the true cause, and what to do next.

Nothing on this interface leaves the machine, therefore no sentence here speaks of a network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from station.domain.errors import DeviceBusy, DeviceError, DeviceFault, DeviceRemoved, DeviceSilent
from station.domain.words import Text, say, say_count
from station.ports.fingers import FingerPosition

_SHOWN: Final = 160  # characters of a maker's own message

FINGERS: Final[Mapping[FingerPosition, Text]] = {
    FingerPosition.RIGHT_THUMB: say("right thumb"),
    FingerPosition.RIGHT_INDEX: say("right index finger"),
    FingerPosition.RIGHT_MIDDLE: say("right middle finger"),
    FingerPosition.RIGHT_RING: say("right ring finger"),
    FingerPosition.RIGHT_LITTLE: say("right little finger"),
    FingerPosition.LEFT_THUMB: say("left thumb"),
    FingerPosition.LEFT_INDEX: say("left index finger"),
    FingerPosition.LEFT_MIDDLE: say("left middle finger"),
    FingerPosition.LEFT_RING: say("left ring finger"),
    FingerPosition.LEFT_LITTLE: say("left little finger"),
}


class FingersMissed(DeviceFault):
    """The scanner is well; it did not get the fingers that were asked for. Nothing of the capture is used."""

    troubles_the_device = False


_AGAIN: Final = say("Try again. If it happens again, unplug the scanner, wait five seconds and plug it in.")
_TECHNICIAN: Final = say("Choose another scanner with F8, and tell the technician.")


def gone() -> DeviceRemoved:
    """Nobody listens any more: the maker's service ended."""
    return DeviceRemoved(
        say("The fingerprint scanner's service has ended."),
        say("Unplug the scanner and plug it in again. Or choose another with F8."),
    )


def silent(seconds: float) -> DeviceSilent:
    """The service is there and says nothing."""
    return DeviceSilent(
        say("The fingerprint scanner has not answered for {seconds} s.", seconds=round(seconds, 1)),
        say("Unplug it, wait five seconds, plug it in again. Or choose another device with F8."),
    )


def broke_off() -> DeviceFault:
    """The answer ended in the middle."""
    return DeviceFault(say("The fingerprint scanner's answer broke off in the middle."), _AGAIN)


def garbage() -> DeviceFault:
    """What came is not an answer of this interface."""
    return DeviceFault(say("The fingerprint scanner gave an answer that makes no sense."), _AGAIN)


def not_signed() -> DeviceFault:
    """A signature does not hold, or is not there."""
    return DeviceFault(
        say("The signature of the fingerprint scanner does not hold. The fingers were not used."), _TECHNICIAN
    )


def not_vouched() -> DeviceFault:
    """The signature holds, and no trust anchor of this station stands behind it."""
    return DeviceFault(
        say("Nobody whom this station trusts vouches for this fingerprint scanner. Its fingers are not used."),
        _TECHNICIAN,
    )


def another_device() -> DeviceFault:
    """The capture was signed for another device, or with another key, than the scanner showed."""
    return DeviceFault(
        say("The fingers come from another scanner than the one in use. They were not used."), _TECHNICIAN
    )


def another_capture() -> DeviceFault:
    """The answer belongs to another transaction, or was given before."""
    return DeviceFault(say("The scanner gave the fingers of another capture. They were not used."), _AGAIN)


def wrong_fingers() -> DeviceFault:
    """Positions that were not asked for, twice the same, or a record that contradicts its label."""
    return DeviceFault(say("The scanner mixed up the fingers. They were not used."), _AGAIN)


def wrong_clock(minutes: int) -> DeviceFault:
    """The capture is signed for a time that is not now."""
    return DeviceFault(
        say("The scanner's clock and this computer's clock differ by {minutes} minutes.", minutes=minutes),
        say("Set this computer's clock, then start the scanner's service again."),
    )


def fewer(got: int, asked: int, missed: Sequence[FingerPosition]) -> FingersMissed:
    """Three fingers instead of four."""
    first, *others = [FINGERS[position] for position in missed]
    named = first
    for other in others:
        named = say("{fingers}, {finger}", fingers=named, finger=other)
    return FingersMissed(
        say_count(
            "The scanner got {got} of {count} finger. Missing: {fingers}.",
            "The scanner got {got} of {count} fingers. Missing: {fingers}.",
            count=asked,
            got=got,
            fingers=named,
        ),
        say("Place the fingers again. If a finger cannot be captured, mark it as missing with its reason."),
    )


def one_slap_only() -> FingersMissed:
    """The fingers asked for cannot lie on the glass together."""
    return FingersMissed(
        say("These fingers cannot be captured together."),
        say("Capture one hand, then the other, then both thumbs."),
    )


_SETUP: Final = say("Ask the technician: the scanner's service has to be set up.")
_NOT_READY: Final = (
    say("The fingerprint scanner is not ready."),
    say("Wait a moment and try again. If it stays so, unplug the scanner and plug it in again."),
)
_NOT_CONNECTED: Final = (
    say("The scanner's service runs, and no scanner is connected to it."),
    say("Check the scanner's cable, unplug it and plug it in again."),
)

#: Codes of the interface (0.9.5, "Error codes") and those that MOSIP's own mock service adds.
_CAUSES: Final[Mapping[str, tuple[Text, Text]]] = {
    "100": (say("The fingerprint scanner is not registered with its maker."), _SETUP),
    "102": (say("The scanner could not work on the picture of the fingers."), _AGAIN),
    "103": (say("The scanner says that somebody tampered with it."), _TECHNICIAN),
    "104": (say("The scanner cannot reach its maker's management service."), _SETUP),
    "106": _NOT_CONNECTED,
    "107": (say("The key of the fingerprint scanner has expired."), _SETUP),
    "110": _NOT_READY,
    "503": _NOT_CONNECTED,
    "605": _NOT_CONNECTED,
    "607": _NOT_READY,
    "700": (say("The live picture of the scanner ended during the capture."), _AGAIN),
    "705": _NOT_CONNECTED,
}
_BUSY: Final = frozenset({"111", "703"})
_NOBODY: Final = frozenset({"101", "701", "707", "708"})
_CUSTOM: Final = "5"  # 5xx: the maker's own codes, with the maker's own words


def of_code(code: str, info: str) -> DeviceError:
    """The error for a code of the interface. ``info`` is the maker's text, shown where the code is the maker's own."""
    if code in _BUSY:
        return DeviceBusy(
            say("The fingerprint scanner is in use by another program."),
            say("End the capture there, or close that program. Then try again."),
        )
    if code in _NOBODY:
        return FingersMissed(
            say("The scanner saw no finger."),
            say("Clean the glass. Place the fingers flat and start the capture again."),
        )
    if code == "105":
        return FingersMissed(
            say("The fingers lie the wrong way round."), say("Point the fingertips away from you and capture again.")
        )
    if code in _CAUSES:
        return DeviceFault(*_CAUSES[code])
    shown = "".join(letter for letter in info if letter.isprintable())[:_SHOWN].strip()
    if code.startswith(_CUSTOM) and shown:
        return DeviceFault(say("The fingerprint scanner says: {message}", message=shown), _AGAIN)
    return DeviceFault(say("The fingerprint scanner refused the request (code {code}).", code=code[:8]), _TECHNICIAN)


def not_ready(status: str) -> DeviceError | None:
    """What a state of the device means for the officer; None when it can be used."""
    match status.strip().lower():
        case "ready":
            return None
        case "busy":
            return of_code("111", "")
        case "not registered":
            return of_code("100", "")
        case _:
            return of_code("110", "")
