# SPDX-License-Identifier: Apache-2.0
"""Keys that were destroyed stay destroyed: whoever still has them in memory, and writes, writes nothing that stays.

A wipe first leaves a mark in the station's folder. A writer looks for it before and after: one that was finished
before the mark is found by the wipe, and one that was not finds the mark.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.domain.errors import StoreMissing
from station.domain.words import say
from storage.durable import sync_folder

#: Beside the key files of the border's store. It goes with the folder, when a person removes that.
MARK = "slots.destroyed"


class KeysDestroyed(OSError):
    """A key file was not written, because the keys of the station were destroyed."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, os.strerror(errno.EACCES))


def are_destroyed(folder: Path) -> bool:
    """Whether the keys of the store in ``folder``, or of the station that the folder lies in, were destroyed."""
    return any(os.path.lexists(one / MARK) for one in (folder, folder.parent))


def refuse_destroyed(folder: Path) -> None:
    """Raise StoreMissing where the keys were destroyed."""
    if are_destroyed(folder):
        raise StoreMissing(
            say("The keys of this station are destroyed. Nobody can open its records here any more."),
            say("It cannot be opened any more. Set the station up in a new folder."),
        )


def mark_destroyed(folder: Path) -> bool:
    """Leave the mark, and force it to the disk; whether that was possible."""
    try:
        handle = os.open(folder / MARK, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        sync_folder(folder)
    except OSError:
        return False
    return True


@contextmanager
def unless_destroyed(path: Path) -> Iterator[None]:
    """Write a key file within this: nothing of it stays where the keys are destroyed, before or meanwhile.

    Raises KeysDestroyed, and what the block raises.
    """
    if are_destroyed(path.parent):
        raise KeysDestroyed
    try:
        yield
    except OSError as problem:  # also: the wipe took the half-written file away
        if are_destroyed(path.parent):
            overwrite_and_remove(path)
            raise KeysDestroyed from problem
        raise
    if are_destroyed(path.parent):
        overwrite_and_remove(path)
        raise KeysDestroyed


def overwrite_and_remove(path: Path) -> bool:
    """Whether nothing is left of a file: False also when it is gone and could not be overwritten before."""
    overwritten = True
    try:
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(os.urandom(size))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        pass  # a writer put it in place meanwhile: it is found there
    except OSError:
        overwritten = False
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return overwritten
