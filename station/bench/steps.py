# SPDX-License-Identifier: Apache-2.0
"""The guided acceptance test of each role as data: what the technician is asked, in which order, and what is done."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from station.domain.words import Text, say
from station.ports.devices import (
    BARCODE_READER,
    CHIP_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    FINGERPRINT_SCANNER,
    MRZ_READER,
    PRINTER,
    DeviceInfo,
    Role,
)


class Deed(enum.Enum):
    """What the bench does when the technician has done what was asked."""

    LOOK = "look"  # use the device once and judge what came
    MRZ = "mrz"  # capture a page and read its MRZ
    RATE = "rate"  # live pictures for three seconds, counted
    STOP = "stop"  # begin a capture, stop it, and time the stop
    SECOND_USE = "second use"  # try to use it twice at once: the second must be refused
    TAKE_OFF = "take off"  # the document leaves the chip reader
    TARGET = "target"  # measure the printed target
    SHEET = "sheet"  # print a test sheet and follow it
    ASK = "ask"  # only the technician can judge: yes or no
    UNPLUG = "unplug"  # the plug is pulled, and the removal noticed
    REPLUG = "replug"  # it comes back and is ready


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``name`` is stable and stands in records for years.

    A test whose ``essential`` step was skipped is unfinished: without it nothing is known of what the role needs.
    """

    name: str
    deed: Deed
    asks: Text
    essential: bool = field(default=False, kw_only=True)


_STOP = Step("stop", Deed.STOP, say("Lay nothing down. Press Enter: a capture begins and is stopped."))
_STOP_SCANNER = Step(
    "stop",
    Deed.STOP,
    say("Take everything off the glass. Press Enter: a capture begins and is stopped."),
)
_SECOND_USE = Step("second-use", Deed.SECOND_USE, say("Press Enter: the station tries to use it twice at once."))
_UNPLUG = Step("unplug", Deed.UNPLUG, say("Press Enter, then take the device's cable out at once."))
_REPLUG = Step("replug", Deed.REPLUG, say("Press Enter, then plug the cable in again at once."))
_LIFE: Final = (_SECOND_USE, _UNPLUG, _REPLUG)

STEPS: Mapping[str, tuple[Step, ...]] = {
    DOCUMENT_SCANNER.name: (
        Step("page", Deed.LOOK, say("Lay a specimen document on the glass, its data page down."), essential=True),
        Step("mrz", Deed.MRZ, say("Lay the specimen document on the glass again: its MRZ is read."), essential=True),
        Step("target", Deed.TARGET, say("Lay the printed target on the glass, printed side down.")),
        _STOP_SCANNER,
        *_LIFE,
    ),
    FACE_CAMERA.name: (
        Step(
            "rate",
            Deed.RATE,
            say("Let the camera see the room. Live pictures are counted for three seconds."),
            essential=True,
        ),
        Step(
            "picture",
            Deed.LOOK,
            say("Stand before the camera yourself, or place a specimen portrait there."),
            essential=True,
        ),
        Step("sharp", Deed.ASK, say("Look at the picture. Is the face upright and sharp?"), essential=True),
        Step("target", Deed.TARGET, say("Hold the printed target flat where a face would be.")),
        _STOP,
        *_LIFE,
    ),
    MRZ_READER.name: (
        Step("swipe", Deed.LOOK, say("Press Enter, then swipe a specimen document."), essential=True),
        Step("swipe-again", Deed.LOOK, say("Press Enter, then swipe it again, quickly.")),
        _STOP,
        *_LIFE,
    ),
    BARCODE_READER.name: (
        Step("code", Deed.LOOK, say("Press Enter, then hold a specimen code before the reader."), essential=True),
        _STOP,
        *_LIFE,
    ),
    CHIP_READER.name: (
        Step("chip", Deed.LOOK, say("Lay a specimen document with a chip on the reader."), essential=True),
        Step("take-off", Deed.TAKE_OFF, say("Press Enter, then take the document off the reader."), essential=True),
        _STOP,
        *_LIFE,
    ),
    FINGERPRINT_SCANNER.name: (
        Step(
            "fingers",
            Deed.LOOK,
            say("Press Enter, then lay four fingers of your right hand on the glass."),
            essential=True,
        ),
        Step(
            "lines", Deed.ASK, say("Look at the picture. Can the lines of the fingers be told apart?"), essential=True
        ),
        _STOP,
        *_LIFE,
    ),
    PRINTER.name: (
        Step("preflight", Deed.LOOK, say("Switch the printer on and put paper in."), essential=True),
        Step(
            "sheet",
            Deed.SHEET,
            say("Press Enter: the target for scanners and cameras is printed as a test."),
            essential=True,
        ),
        Step("clean", Deed.ASK, say("Look at the sheet. Is it complete, straight and clean?"), essential=True),
        *_LIFE,
    ),
}

#: The same steps for a page scanner that is a camera over a desk: it looks from above, and waits for another page.
OVER_A_DESK: Final = (
    Step("page", Deed.LOOK, say("Lay a specimen document under the camera, its data page up."), essential=True),
    Step(
        "mrz",
        Deed.MRZ,
        say("Take the specimen document away. Press Enter, then lay it there again: its MRZ is read."),
        essential=True,
    ),
    Step("target", Deed.TARGET, say("Lay the printed target under the camera, printed side up.")),
    Step(
        "stop",
        Deed.STOP,
        say("Take everything away from under the camera. Press Enter: a capture begins and is stopped."),
    ),
    *_LIFE,
)


def steps_of(role: Role[object], info: DeviceInfo) -> tuple[Step, ...]:
    """The steps for this device in this role."""
    return OVER_A_DESK if role.name == DOCUMENT_SCANNER.name and info.by_camera else STEPS[role.name]


def asked_in(english: str) -> Text:
    """What a record says was asked, as a sentence of every language where it is one of today's."""
    return _ASKED.get(english) or say("{asked}", asked=english)


_ASKED: Final = {step.asks.in_english(): step.asks for steps in (*STEPS.values(), OVER_A_DESK) for step in steps}
