# SPDX-License-Identifier: Apache-2.0
"""Destroys the ways into the stores when the station is about to be lost to somebody: the keys, not the records.

The records are worth nothing without them, and keys are a few kilobytes: they are gone before anybody is through
the door. What a medium keeps of overwritten blocks nobody can promise; those still need a password.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from station.domain.errors import NotPermitted, StoreError, StoreFull
from station.domain.words import Text, say
from station.ports.storage import Officer, StoreName
from storage.doors.places import StationFolder
from storage.doors.proving import Proven
from storage.durable import sync_folder
from storage.keys.destroying import MARK, mark_destroyed, overwrite_and_remove
from storage.keys.slot_file import FILE_NAME
from storage.sqlcipher.looking import officer_of_closed

_DAY_KEYS = "day_keys.json"


def refuse_barred(station: StationFolder, proven: Proven) -> None:
    """Raise NotPermitted for whoever may not act here any more, or not yet, as the border's database says.

    A window may have the database open meanwhile. What cannot be read refuses nobody: whoever has to destroy the
    keys in time may have a damaged disk as well.
    """
    officer = _row_of(station, proven)
    if officer is None or not (officer.suspended or officer.removed or officer.one_time):
        return
    if officer.one_time:
        raise NotPermitted(
            say("You signed in with a one-time password."),
            say("Choose your own password first. Then sign in again."),
        )
    raise NotPermitted(say("This person is suspended or removed. Nothing was destroyed."), say("Ask the supervisor."))


def _row_of(station: StationFolder, proven: Proven) -> Officer | None:
    for key in (proven.keys.current, proven.keys.following):  # two while a re-key was cut short
        if key is None:
            continue
        with suppress(StoreError):
            return officer_of_closed(station.database(StoreName.BORDER), key.reveal(), proven.slot.name)
    return None


def wipe(station: StationFolder, *, with_recovery: bool) -> tuple[Text, ...]:
    """Overwrite, force to the disk and remove every key file; what remains possible.

    Marks the station first: who is just writing keys, in whatever program, leaves none behind. Goes on after a file
    that resists, and then raises StoreFull.
    """
    mark_destroyed(station.place)
    _destroy(station)
    return (
        say("The keys of this station are destroyed. Nobody can open its records here any more."),
        say("A backup can be opened with two of the recovery sheets, on any machine.")
        if with_recovery
        else say("There are no recovery sheets of this station: a backup cannot be opened either."),
        say("What was exported can still be read by headquarters, and by nobody else."),
        say("A disk may keep old copies of a key file. Whoever finds one still needs a password."),
    )


def end_wipe(station: StationFolder) -> None:
    """Finish what a wipe that was killed began; otherwise nothing. Raises StoreFull when a file resists."""
    if os.path.lexists(station.place / MARK):
        _destroy(station)


def _destroy(station: StationFolder) -> None:
    resisting: set[Path] = set()
    while doomed := {*_doomed(station)} - resisting:  # again: a writer puts a file in place while it is looked for
        resisting |= {path for path in doomed if not overwrite_and_remove(path)}
    for folder in _folders(station):
        with suppress(OSError):
            sync_folder(folder)
    marked = mark_destroyed(station.place) or os.path.lexists(station.place / MARK)
    if not marked:  # a full disk has room by now; without it a writer may bring keys back
        resisting.add(station.place / MARK)
    if resisting:
        raise StoreFull(
            say("{count} key files could not be destroyed.", count=len(resisting)),
            say("Take the disk out and destroy it, or take it with you."),
        )


def _doomed(station: StationFolder) -> Iterator[Path]:
    """Both generations of each file, and what a killed writing left beside them."""
    for folder in _folders(station):
        for stem in (FILE_NAME, _DAY_KEYS):
            yield from sorted(folder.glob(f"{stem}*"))


def _folders(station: StationFolder) -> Iterator[Path]:
    """The station's folder and what a killed founding or restore left beside it, and every folder in them."""
    place = station.place
    yield place
    yield from _in(place)
    for left in ("being-made", "being-restored"):
        beside = place.with_name(f".{place.name}.{left}")
        if beside.is_dir() and not beside.is_symlink():
            yield beside
            with suppress(OSError):  # nobody's folder that cannot be read stops a wipe
                yield from _in(beside)


def _in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
