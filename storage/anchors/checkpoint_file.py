# SPDX-License-Identifier: Apache-2.0
"""The file of signed checkpoints: only ever longer, durable after each, and readable with the bare eye.

A checkpoint is its text, an empty line, the four lines of its minisign signature, an empty line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from station.ports.anchors import SignedCheckpoint
from storage.durable import sync_folder

_TAIL = 16 * 1024  # holds a dozen checkpoints: the newest whole one is among them
_LONGEST = 4 * 1024  # of a checkpoint's text, or of its signature
_FIRST = b"hbm-station/"
_SIGNED = b"untrusted comment: "
_NUMBER = re.compile(r"^number ([1-9][0-9]{0,11})$", re.MULTILINE | re.ASCII)


class CheckpointFile:
    """``<store>.checkpoints``. Used under its owner's lock; raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def exists(self) -> bool:
        """Whether the file is there."""
        return self._path.is_file()

    def append(self, signed: SignedCheckpoint) -> None:
        """Add one at the end, durably. What a power cut tore off before is cut away: it was never relied on."""
        fresh = not self.exists()
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with open(handle, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            whole = size - _torn(_end_of(self._path))
            file.seek(whole)
            file.truncate()
            file.write(f"{signed.whole}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        if fresh:
            sync_folder(self._path.parent)

    def newest(self) -> SignedCheckpoint | None:
        """The last one that was written to its end."""
        if not self.exists():
            return None
        found = None
        for each in _pairs(iter(_end_of(self._path).split(b"\n\n")[:-1])):
            found = each or found
        return found

    def all(self) -> Iterator[SignedCheckpoint | None]:
        """Every one, oldest first; None for a place that holds none. A torn end is left out."""
        if self.exists():
            yield from _pairs(_paragraphs(self._path))


def number_in(signed: SignedCheckpoint) -> int:
    """The number that a checkpoint gives itself; 0 when it gives none."""
    found = _NUMBER.search(signed.text)
    return 0 if found is None else int(found[1])


def _end_of(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
        return file.read()


def _torn(end: bytes) -> int:
    """How many bytes at the end do not belong to a whole checkpoint."""
    whole = end.rfind(b"\n\n") + 2
    if whole == 1:
        return 0 if len(end) == _TAIL else len(end)
    paragraphs = end[:whole].split(b"\n\n")[:-1]
    if paragraphs[-1].startswith(_FIRST):  # its signature was torn off
        whole -= len(paragraphs[-1]) + 2
    return len(end) - whole


def _paragraphs(path: Path) -> Iterator[bytes]:
    lines: list[bytes] = []
    with path.open("rb") as file:
        while line := file.readline(_LONGEST):
            if line == b"\n":
                yield b"".join(lines)[:-1]
                lines = []
            elif sum(map(len, lines)) < _LONGEST:
                lines.append(line)


def _pairs(paragraphs: Iterator[bytes]) -> Iterator[SignedCheckpoint | None]:
    """Texts with the signatures that follow them; None for what stands alone. A text at the end is torn."""
    text: bytes | None = None
    for paragraph in paragraphs:
        if paragraph.startswith(_FIRST):
            if text is not None:
                yield None
            text = paragraph
        elif text is not None and paragraph.startswith(_SIGNED):
            yield SignedCheckpoint(text=_decoded(text), signature=_decoded(paragraph))
            text = None
        else:
            text = None
            yield None


def _decoded(paragraph: bytes) -> str:
    return paragraph.decode("utf-8", "replace") + "\n"
