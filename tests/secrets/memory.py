# SPDX-License-Identifier: Apache-2.0
"""Reads the whole memory of a running process, and searches it and whole folders for what was planted.

Every planted word holds the same rare letters, so that half a gigabyte is gone through some twenty times and not a
thousand times: first the letters in each encoding and case, then around each hit what word it is.
"""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Every planted word begins so. No library and no language has it.
MARK = "qxvz"

_ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
PIECE = 1 << 20  # stays in a processor's cache while it is gone through
_OVERLAP = 512  # the longest thing that is searched for, in its widest encoding
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (r\S+) \S+ \S+ \S+\s*(.*)")


@dataclass(frozen=True, slots=True)
class Needles:
    """What to search: words that begin with MARK (in any case), and keys as bytes."""

    words: tuple[str, ...]
    keys: tuple[bytes, ...] = ()

    def found_in(self, pieces: Iterable[bytes]) -> set[str]:
        """What stands in the pieces in any encoding or case: words in small letters, keys by number ("key 3")."""
        found: set[str] = set()
        marks = {(mark.encode(name), name) for name in _ENCODINGS for mark in _cases(MARK)}
        keys = [(f"key {number}", shape) for number, key in enumerate(self.keys) for shape in shapes_of_key(key)]
        words = {word.lower() for word in self.words}
        lengths = {len(word) for word in words}
        for piece in pieces:
            if not piece.strip(b"\0"):
                continue  # memory that nobody ever wrote to
            for mark, name in marks:
                at = piece.find(mark)
                while at >= 0:
                    seen = piece[at : at + _OVERLAP].decode(name, "replace").lower()
                    found |= words.intersection(seen[:length] for length in lengths)
                    at = piece.find(mark, at + 1)
            found |= {name for name, shape in keys if name not in found and shape in piece}
        return found


def shapes_of_key(key: bytes) -> tuple[bytes, ...]:
    """A key as it may lie in memory or in a file: bytes, digits, base64."""
    shown = key.hex()
    wide = [shown.encode(name) for name in ("ascii", "utf-16-le", "utf-32-le")]
    return (key, shown.upper().encode(), base64.b64encode(key).rstrip(b"="), *wide)


def _cases(text: str) -> tuple[str, ...]:
    return (text.lower(), text.upper(), text.title())


def memory_of(process_id: int) -> Iterator[bytes]:
    """All that can be read of a process, piece by piece, overlapping. Raises PermissionError without the right."""
    mappings = Path(f"/proc/{process_id}/maps").read_text().splitlines()
    with open(f"/proc/{process_id}/mem", "rb", buffering=0) as memory:
        for line in mappings:
            match = _MAPPING.match(line)
            if match is None or match[4] in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                continue
            start, end = int(match[1], 16), int(match[2], 16)
            for at in range(start, end, PIECE):
                try:
                    yield os.pread(memory.fileno(), min(PIECE + _OVERLAP, end - at), at)
                except OSError:
                    break  # a device, or a mapping behind the end of its file


def files_under(folders: Sequence[Path]) -> Iterator[Path]:
    """Every regular file in these folders, at any depth."""
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in names:
                path = Path(root) / name
                if stat.S_ISREG(path.lstat().st_mode):
                    yield path


def content_of(paths: Iterable[Path]) -> Iterator[bytes]:
    """Names and contents of files, piece by piece, overlapping."""
    for path in paths:
        yield os.fsencode(path.name)
        with path.open("rb") as file:
            before = b""
            while piece := file.read(PIECE):
                yield before + piece
                before = piece[-_OVERLAP:]
