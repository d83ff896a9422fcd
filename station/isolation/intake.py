# SPDX-License-Identifier: Apache-2.0
"""The one door for files that somebody else made: sticks, lists, bundles, pictures.

Whoever made them may have put anything under a name: a link to another place, a device without end, a pipe that nobody
writes to. Only regular files come in, never more than was allowed, under names that we expect; nothing is extracted.
What they say is read in a helper process (``child``).
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from station.domain.errors import FileRefused
from station.domain.words import Text, say

#: Without waiting for the other end of a pipe, without following a link, without handing it to a child.
_ONLY_READ: Final = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_ONLY_FOLDERS: Final = _ONLY_READ | getattr(os, "O_DIRECTORY", 0)
#: So many entries of a folder are looked at; a stick with more was not made for a station.
MOST_ENTRIES: Final = 10_000
_PIECE: Final = 1 << 20


def open_regular(path: Path, *, inside: int | None = None) -> io.BufferedReader:
    """Open a regular file to read. ``inside``: the handle of an open folder that ``path`` is a name in.

    Raises FileRefused for a link, folder, device, pipe or socket, and OSError for what the disk says.
    """
    try:
        handle = os.open(path, _ONLY_READ, dir_fd=inside)
    except OSError as problem:
        if problem.errno in (errno.ELOOP, errno.ENXIO, errno.EMLINK):  # a link; a socket; a link, on some systems
            raise _not_a_file(path.name) from None
        raise
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _not_a_file(path.name)
        return io.BufferedReader(io.FileIO(handle, "rb"))
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: Path, *, most_bytes: int, inside: int | None = None) -> bytes:
    """All of a regular file of at most ``most_bytes``, whatever size it claims. Raises FileRefused, OSError."""
    with open_regular(path, inside=inside) as file:
        content = bytearray()
        while piece := file.read(min(_PIECE, most_bytes + 1 - len(content))):
            content += piece
            if len(content) > most_bytes:
                raise _refused(say("The file {name} is larger than such a file can be.", name=path.name))
        return bytes(content)


class Intake:
    """A folder that somebody else filled. Use it as a context manager; it stays the folder it was when it was opened.

    ``names`` is what a name has to match as a whole. Folders below it do not count.
    """

    def __init__(self, handle: int, names: re.Pattern[str]) -> None:
        self._handle = handle
        self._names = names

    @classmethod
    @contextmanager
    def of(cls, folder: Path, names: re.Pattern[str]) -> Iterator[Intake]:
        """Open a folder. Raises FileRefused when it is a link or none, OSError for what the disk says."""
        try:
            handle = os.open(folder, _ONLY_FOLDERS)
        except OSError as problem:
            if problem.errno in (errno.ELOOP, errno.ENOTDIR):
                raise _refused(say("This is not a folder: {name}.", name=folder.name)) from None
            raise
        try:
            yield cls(handle, names)
        finally:
            os.close(handle)

    def listed(self) -> tuple[str, ...]:
        """The names that may be read, sorted. Raises FileRefused for a folder with very many entries, OSError."""
        found: list[str] = []
        with os.scandir(self._handle) as entries:
            for number, entry in enumerate(entries):
                if number == MOST_ENTRIES:
                    raise _refused(say("The folder holds more files than a station can look at."))
                if self._names.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    found.append(entry.name)
        return tuple(sorted(found))

    def read(self, name: str, *, most_bytes: int) -> bytes:
        """One file, whole. Raises FileRefused for a name that is not allowed, a file that is none or too large."""
        if "/" in name or os.sep in name or not self._names.fullmatch(name):
            raise _refused(say("A file of this name is not read."))
        return read_regular(Path(name), most_bytes=most_bytes, inside=self._handle)


def _not_a_file(name: str) -> FileRefused:
    return _refused(say("This is not an ordinary file: {name}.", name=name))


def _refused(cause: Text) -> FileRefused:
    return FileRefused(cause, say("Do not use it. Ask whoever gave it to you to copy the files again."))
