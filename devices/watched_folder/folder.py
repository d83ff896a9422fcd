# SPDX-License-Identifier: Apache-2.0
"""Which file of a shared folder is a whole picture, and how exactly one station takes it.

A file is claimed by renaming it, which only one station can win. It is put back when nobody took its bytes.
"""

from __future__ import annotations

import enum
import hashlib
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.ports.devices import EncodedImage

MAX_BYTES: Final = 200 << 20  # A4 in colour at 600 dpi, uncompressed, is 105 MB
_MAGIC: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_TEMPORARY: Final = (".part", ".tmp", ".temp", ".crdownload", ".filepart", ".partial")
_STATION: Final = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
_CLAIMED: Final = f".taking-{_STATION}-"
TAKEN: Final = "taken"


class Afterwards(enum.Enum):
    """What becomes of a file once its bytes are captured."""

    REMOVE = "remove"  # a page left in a shared folder is a leak
    KEEP = "keep"  # moved to the subfolder ``taken``, for a post that must keep the scanner's originals


@dataclass(frozen=True, slots=True)
class Sighting:
    """A file as it looked at one moment: unchanged means nobody writes to it."""

    name: str
    size: int
    changed_ns: int


def sightings(folder: Path) -> list[Sighting]:
    """The files that could be pages, oldest first. Raises OSError when the folder is not there."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "~")) or entry.name.lower().endswith(_TEMPORARY):
                continue
            try:
                if entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    found.append(Sighting(entry.name, status.st_size, status.st_mtime_ns))
            except FileNotFoundError:
                continue  # another station was quicker
    return sorted(found, key=lambda sighting: (sighting.changed_ns, sighting.name))


def media_type(path: Path) -> str | None:
    """The kind by the first bytes, when the file also ends as that kind ends; None while it is not whole."""
    with path.open("rb") as stream:
        head = stream.read(12)
        stream.seek(max(0, os.fstat(stream.fileno()).st_size - 4096))
        tail = stream.read()
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if kind == "image/jpeg" and b"\xff\xd9" not in tail:
        return None
    if kind == "image/png" and b"IEND\xaeB`\x82" not in tail:
        return None
    return kind  # a TIFF has no end mark: that it stopped growing is all there is to see


@dataclass(frozen=True, slots=True)
class Claimed:
    """A page taken out of the folder and not yet handed on."""

    image: EncodedImage
    folder: Path
    name: str

    @property
    def _path(self) -> Path:
        return self.folder / (_CLAIMED + self.name)

    def put_back(self) -> None:
        """Nobody took the bytes: the file gets its name back."""
        os.rename(self._path, self.folder / self.name)

    def finish(self, afterwards: Afterwards) -> None:
        """The bytes were taken: remove the file, or keep it aside. Raises OSError."""
        if afterwards is Afterwards.REMOVE:
            self._path.unlink(missing_ok=True)
            return
        aside = self.folder / TAKEN
        aside.mkdir(mode=0o700, exist_ok=True)
        os.rename(self._path, _free(aside, self.name))


def claim(folder: Path, sighting: Sighting, kind: str) -> Claimed | None:
    """Take the file for this station and read it; None when another station was quicker. Raises OSError."""
    claimed = folder / (_CLAIMED + sighting.name)
    try:
        os.rename(folder / sighting.name, claimed)
    except FileNotFoundError:
        return None
    try:
        data = claimed.read_bytes()
    except OSError:
        os.rename(claimed, folder / sighting.name)
        raise
    return Claimed(EncodedImage(data, kind), folder, sighting.name)


def put_back_left_overs(folder: Path) -> None:
    """Files that this station had claimed when it was killed get their names back. Raises OSError."""
    for path in folder.glob(_CLAIMED + "*"):
        os.rename(path, _free(folder, path.name.removeprefix(_CLAIMED)))


def _free(folder: Path, name: str) -> Path:
    """A name that overwrites nothing."""
    target = folder / name
    number = 2
    while target.exists():
        target = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    return target
