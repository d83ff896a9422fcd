# SPDX-License-Identifier: Apache-2.0
"""One process holds a store at a time, so that a second one gets a true message at once and no torn state.

The lock belongs to the open file, not to its presence: it vanishes with the process that held it.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

from station.domain.errors import StoreInUse
from station.domain.words import say
from storage.sqlcipher.connection import unwritable

LOCK_FILE = "store.lock"

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _release(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _release(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class ExclusiveHold:
    """The hold on a store's folder, from construction until ``release``. ``file`` holds another thing of the folder.

    Raises StoreInUse when this or another process holds it already, StoreFull when the folder cannot be written.
    """

    __slots__ = ("_descriptor",)

    def __init__(self, folder: Path, *, file: str = LOCK_FILE) -> None:
        try:
            descriptor = os.open(folder / file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        except OSError as problem:
            raise unwritable() from problem
        try:
            _take(descriptor)
        except OSError as problem:
            os.close(descriptor)
            if problem.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
                raise unwritable() from problem
            raise StoreInUse(
                say("The store is already open in another window or program on this computer."),
                say("Close the other one first. If none is visible, restart the computer."),
            ) from problem
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let others open the store. Calling it again does nothing."""
        if self._descriptor is None:
            return
        # Unlocked by name: a child that inherited the file would otherwise keep the lock alive.
        _release(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
