# SPDX-License-Identifier: Apache-2.0
"""Every key of the desktop in one place: which act it starts, and what the screens call it.

A sentence of the station that names a key (``F2``, ``F8`` …) means the one of this file; a test compares them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from station.domain.words import Text, say
from station.ports.storage import StoreKind


class Act(enum.Enum):
    """What an officer can do on a page, apart from typing."""

    KEYS = "keys"  # the sheet with all keys
    KEY_IN = "key in"  # the MRZ by hand
    NO_DOCUMENT = "no document"  # printed or told values, without an MRZ
    PARK = "park"  # put the inspection aside
    ADMIT = "admit"
    SECOND_LINE = "second line"
    REFUSE = "refuse"  # opens the grounds
    OTHER_DEVICE = "other device"  # the next device for a role in trouble
    REPEAT = "repeat"  # what failed, once more
    SCAN_AGAIN = "scan again"
    WITHOUT_PORTRAIT = "without portrait"
    PHOTO_FILE = "photo file"  # the portrait from a file, when no camera works
    PRINT_NOTICE = "print notice"
    BY_HAND = "by hand"  # copy the notice onto a blank form
    BLANK_FORMS = "blank forms"  # print them before they are needed
    DETAILS = "details"  # all checks in words
    LIGHT = "light"  # the same page under another light
    UNDO = "undo"  # the last change of what is being typed
    DEVICES = "devices"  # which device fills which role
    SEARCH = "search"  # to the search field
    CORRECT = "correct"  # a new version of a record, with its reason
    EXPORT = "export"  # seal what is waiting
    SPECIMEN = "specimen"  # training: the next specimen traveller comes to the desk
    PRACTICE = "practice"  # first start: a practice post with generated people
    BENCH_TEST = "bench test"  # the guided acceptance test of a device
    BENCH_SKIP = "bench skip"  # a step of it that cannot be done here
    BENCH_SETTINGS = "bench settings"  # of the device's driver
    BENCH_DEFAULT = "bench default"  # let the device fill its role
    BENCH_TARGET = "bench target"  # measure the printed target
    BENCH_PRINT_TARGET = "bench print target"
    BENCH_RECORD = "bench record"  # of the device's last test, on paper
    BENCH_FAULTS = "bench faults"  # training: faults on demand
    BENCH_DIAGNOSTICS = "bench diagnostics"  # what helps somebody far away
    BENCH_PROFILE = "bench profile"  # the drivers' settings for other posts
    OWN_PASSWORD = "own password"  # another one of one's own, with a token or without
    SIGN_OUT = "sign out"
    WIPE = "wipe"  # destroy the keys before somebody takes the station; asked for on a page of its own
    NEXT = "next"  # the obvious next thing
    LEAVE = "leave"  # close what is open, stop what runs, leave what is empty


@dataclass(frozen=True, slots=True)
class Key:
    """A key: ``sequence`` in the portable words of QKeySequence, ``label`` as it stands on the key."""

    sequence: str
    label: str
    word: Text


KEYMAP: Mapping[Act, Key] = {
    Act.KEYS: Key("F1", "F1", say("All keys")),
    Act.KEY_IN: Key("F2", "F2", say("Key in")),
    Act.NO_DOCUMENT: Key("F3", "F3", say("No document")),
    Act.PARK: Key("F4", "F4", say("Park")),
    Act.ADMIT: Key("F5", "F5", say("Admit")),
    Act.SECOND_LINE: Key("F6", "F6", say("Second line")),
    Act.REFUSE: Key("F7", "F7", say("Refuse…")),
    Act.OTHER_DEVICE: Key("F8", "F8", say("Other device")),
    Act.EXPORT: Key("F9", "F9", say("Export now")),
    Act.WITHOUT_PORTRAIT: Key("F10", "F10", say("Without portrait")),
    Act.PHOTO_FILE: Key("Ctrl+Y", "Ctrl+Y", say("Photo from a file")),
    Act.REPEAT: Key("F11", "F11", say("Repeat")),
    Act.SCAN_AGAIN: Key("F12", "F12", say("Scan again")),
    Act.PRINT_NOTICE: Key("Ctrl+P", "Ctrl+P", say("Print notice")),
    Act.BY_HAND: Key("Ctrl+W", "Ctrl+W", say("Write by hand")),
    Act.BLANK_FORMS: Key("Ctrl+E", "Ctrl+E", say("Print blank notices")),
    Act.DETAILS: Key("Ctrl+D", "Ctrl+D", say("Details")),
    Act.LIGHT: Key("Ctrl+H", "Ctrl+H", say("Other light")),
    Act.SEARCH: Key("Ctrl+F", "Ctrl+F", say("Search")),
    Act.CORRECT: Key("Ctrl+R", "Ctrl+R", say("Correct this record")),
    Act.SPECIMEN: Key("Ctrl+T", "Ctrl+T", say("Next specimen traveller")),
    Act.PRACTICE: Key("Ctrl+G", "Ctrl+G", say("Make a practice post")),
    Act.DEVICES: Key("Ctrl+F8", "Ctrl+F8", say("Choose devices")),
    Act.BENCH_TEST: Key("Ctrl+B", "Ctrl+B", say("Acceptance test")),
    Act.BENCH_SKIP: Key("Ctrl+N", "Ctrl+N", say("Skip this step")),
    Act.BENCH_SETTINGS: Key("Ctrl+S", "Ctrl+S", say("Settings")),
    Act.BENCH_DEFAULT: Key("Ctrl+M", "Ctrl+M", say("Use by default")),
    Act.BENCH_TARGET: Key("Ctrl+K", "Ctrl+K", say("Calibrate")),
    Act.BENCH_PRINT_TARGET: Key("Ctrl+J", "Ctrl+J", say("Print the target")),
    Act.BENCH_RECORD: Key("Ctrl+F11", "Ctrl+F11", say("Print the record")),
    Act.BENCH_FAULTS: Key("Ctrl+U", "Ctrl+U", say("Faults")),
    Act.BENCH_DIAGNOSTICS: Key("Ctrl+I", "Ctrl+I", say("Diagnostics")),
    Act.BENCH_PROFILE: Key("Ctrl+O", "Ctrl+O", say("Device profile")),
    Act.OWN_PASSWORD: Key("Ctrl+F2", "Ctrl+F2", say("Own password")),
    Act.SIGN_OUT: Key("Ctrl+L", "Ctrl+L", say("Sign out")),
    Act.WIPE: Key("Ctrl+Shift+Del", "Ctrl+Shift+Del", say("Destroy the keys…")),
    Act.UNDO: Key("Ctrl+Z", "Ctrl+Z", say("Undo")),
    Act.NEXT: Key("Return", "Enter", say("Go on")),
    Act.LEAVE: Key("Esc", "Esc", say("Leave")),
}

#: Keys that do something in a training store only: in a live one nobody is told of them.
_TRAINING_ONLY = frozenset({Act.SPECIMEN, Act.PRACTICE, Act.BENCH_FAULTS})
_EVERYWHERE = frozenset(
    {
        Act.KEYS,
        Act.DEVICES,
        Act.SPECIMEN,
        Act.PRACTICE,
        Act.OWN_PASSWORD,
        Act.SIGN_OUT,
        Act.WIPE,
        Act.NEXT,
        Act.LEAVE,
    }
)


def is_of_bench(act: Act) -> bool:
    """Whether an act belongs to the technician's bench, which nobody else has."""
    return act.name.startswith("BENCH_")


def keys_of(kind: StoreKind | None, *, bench: bool | None = None) -> tuple[Key, ...]:
    """The keys there are in a store of this kind; None while there is no store yet.

    ``bench``: only those of somebody who works at the bench and nowhere else (True), or never there (False).
    """
    return tuple(
        key
        for act, key in KEYMAP.items()
        if (kind is StoreKind.TRAINING or act not in _TRAINING_ONLY)
        and (bench is None or act in _EVERYWHERE or is_of_bench(act) is bench)
    )


def keys_everywhere(kind: StoreKind | None) -> tuple[Key, ...]:
    """The keys that mean the same on every page. Enter and Esc are not among them: each page says what they do."""
    shared = _EVERYWHERE - {Act.NEXT, Act.LEAVE, Act.PRACTICE}
    return tuple(
        key
        for act, key in KEYMAP.items()
        if act in shared and (kind is StoreKind.TRAINING or act not in _TRAINING_ONLY)
    )


#: Keys that belong to one place on the page: shown there, and on the sheet of all keys.
PLACE_KEYS: tuple[tuple[str, Text], ...] = (
    ("← →", say("Move between doubtful characters")),
    ("+ −", say("Make the page larger or smaller")),
    ("Tab", say("Go to the next field")),
    ("↑ ↓", say("Choose in a list")),
    ("PgUp PgDn", say("Show others that are not finished")),
    ("Alt+1 … Alt+0", say("Go to another page of the station")),
)

#: Those of them that hold on the pages without a document.
LIST_KEYS = tuple((keys, word) for keys, word in PLACE_KEYS if keys in ("Tab", "↑ ↓", "Alt+1 … Alt+0"))
