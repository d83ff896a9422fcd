# SPDX-License-Identifier: Apache-2.0
"""Marks between two checkpoints: one short line after each commit, so that no commit can be taken back unseen.

A line is written after its commit is durable and is not forced to the disk: after a power cut marks may lag
behind the database, never lead it. Each carries a MAC under a key that lies inside the database only.
"""

from __future__ import annotations

import hmac
import os
import re
from pathlib import Path

from station.ports.anchors import Mark, MarksRead
from station.ports.storage import StoreName
from storage.durable import replace_durably

KEY_BYTES = 32

_MAC_CHARACTERS = 32  # 128 bits
_MOST_BYTES = 64 * 1024 * 1024  # some 600,000 commits without a checkpoint
_HEADER = re.compile(r"checkpoint ([1-9]\d{0,11}) generation ([1-9]\d{0,8}) ([0-9a-f]{32})", re.ASCII)
_MARK = re.compile(r"([1-9]\d{0,17}) ([0-9a-f]{64}) ([0-9a-f]{32})", re.ASCII)
_NOTHING = MarksRead(checkpoint=0, generation=0, marks=(), damaged=0)


class MarkFile:
    """``<store>.marks``. Used under its owner's lock."""

    def __init__(self, path: Path, store: StoreName, key: bytes) -> None:
        self._path = path
        self._store = store.value
        self._key = key
        self._handle: int | None = None
        self._header = ""
        self._last: Mark | None = None
        self._torn = False

    def read(self) -> MarksRead:
        """What can be relied on in the file. A last line that was not written to its end is no damage."""
        return self._read()[0]

    def resume(self) -> None:
        """Go on after the marks that are there, if there are any; a torn end is cut away. Raises OSError."""
        found, whole = self._read()
        if found.checkpoint == 0:
            return
        self._header = _header(found.checkpoint, found.generation)
        self._last = found.marks[-1] if found.marks else None
        self._open()
        if self._handle is not None:
            os.ftruncate(self._handle, whole)

    def begin(self, checkpoint: int, generation: int, size: int) -> None:
        """Start anew after a checkpoint, keeping a mark that is newer than it. Durable. Raises OSError."""
        header = _header(checkpoint, generation)
        lines = [f"{header} {self._mac(header, '')}"]
        if self._last is not None and self._last.sequence > size:
            lines.append(self._line(header, self._last))
        self.close()
        replace_durably(self._path, "".join(f"{line}\n" for line in lines).encode())
        self._header = header
        self._open()

    def add(self, mark: Mark) -> None:
        """Note the newest entry of a commit. What the disk refuses is left out: the next mark says as much."""
        self._last = mark
        if self._handle is None:
            return
        data = f"{self._line(self._header, mark)}\n".encode()
        try:
            written = os.write(self._handle, b"\n" + data if self._torn else data)
        except OSError:
            self._torn = True  # perhaps half a line is there
        else:
            self._torn = written < len(data)

    def close(self) -> None:
        """Let go of the file."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
        self._handle = os.open(self._path, flags)
        self._torn = False

    def _line(self, header: str, mark: Mark) -> str:
        said = f"{mark.sequence} {mark.hash}"
        return f"{said} {self._mac(header, said)}"

    def _mac(self, header: str, said: str) -> str:
        return hmac.digest(self._key, f"{self._store}\n{header}\n{said}".encode(), "sha256").hex()[:_MAC_CHARACTERS]

    def _read(self) -> tuple[MarksRead, int]:
        """What the file says, and how many bytes of it are whole lines."""
        try:
            with self._path.open("rb") as file:
                data = file.read(_MOST_BYTES)
        except FileNotFoundError:
            return _NOTHING, 0
        lines = data.split(b"\n")[:-1]  # what follows the last end of a line is torn
        header = _HEADER.fullmatch(lines[0].decode("ascii", "replace")) if lines else None
        if header is None or not hmac.compare_digest(header[3], self._mac(_header(header[1], header[2]), "")):
            return _NOTHING, 0
        marks: list[Mark] = []
        damaged = waiting = 0
        whole = place = len(lines[0]) + 1
        for line in lines[1:]:
            place += len(line) + 1
            mark = self._checked(_header(header[1], header[2]), line)
            if mark is None:
                waiting += 1
                continue
            # Only what a good line follows is damage: a power cut leaves an end that was never written.
            damaged, waiting, whole = damaged + waiting, 0, place
            marks.append(mark)
        found = MarksRead(checkpoint=int(header[1]), generation=int(header[2]), marks=tuple(marks), damaged=damaged)
        return found, whole

    def _checked(self, header: str, line: bytes) -> Mark | None:
        taken = _MARK.fullmatch(line.decode("ascii", "replace"))
        if taken is None or not hmac.compare_digest(taken[3], self._mac(header, f"{taken[1]} {taken[2]}")):
            return None
        return Mark(int(taken[1]), taken[2])


def _header(checkpoint: int | str, generation: int | str) -> str:
    return f"checkpoint {checkpoint} generation {generation}"
