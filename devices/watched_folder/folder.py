# SPDX-License-Identifier: Apache-2.0
"""Which file of a shared folder is a whole picture, and how exactly one station takes it.

A file is claimed by renaming it, which only one station can win. It is put back when nobody kept its page, and
never over another file. What stands behind a name is looked at once, through one handle: links are not followed.
"""

from __future__ import annotations

import enum
import hashlib
import os
import platform
import stat
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from station.domain.errors import FileRefused
from station.isolation.intake import MOST_ENTRIES, open_regular
from station.ports.images import MOST_IMAGE_BYTES, EncodedImage

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
TOO_LARGE: Final = ".too-large"


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


def is_there(folder: Path) -> bool:
    """Whether the folder can be looked at: a drive that the network lost answers with an error of its own."""
    try:
        return stat.S_ISDIR(folder.stat().st_mode)
    except OSError:
        return False


def sightings(folder: Path) -> list[Sighting]:
    """The files that could be pages, oldest first. Raises OSError when the folder is not there.

    Of a folder with very many entries the first that the system names: what was taken makes room for the rest.
    """
    found = []
    with os.scandir(folder) as entries:
        for entry in islice(entries, MOST_ENTRIES):
            if entry.name.startswith((".", "~")) or entry.name.lower().endswith((*_TEMPORARY, TOO_LARGE)):
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
    stream = _opened(path)
    if stream is None:
        return None
    with stream:
        head = stream.read(12)
        stream.seek(max(0, os.fstat(stream.fileno()).st_size - 4096))
        tail = stream.read()
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if kind == "image/jpeg" and b"\xff\xd9" not in tail:
        return None
    if kind == "image/png" and b"IEND\xaeB`\x82" not in tail:
        return None
    return kind  # a TIFF has no end mark: that it stopped growing is all there is to see


@dataclass(slots=True, eq=False)
class Claimed:
    """A page taken out of the folder: the file is kept, hidden, until ``finish`` or ``put_back``. One thread only."""

    image: EncodedImage
    folder: Path
    sighting: Sighting
    path: Path  # where the file is now
    _back: bool = field(default=False, init=False)

    def put_back(self) -> None:
        """Nobody kept the page: the file gets its name back, or one beside a newer file of that name."""
        if not self._back:
            target = _free(self.folder, self.sighting.name)
            os.rename(self.path, target)
            self.path, self._back = target, True

    def finish(self, afterwards: Afterwards) -> None:
        """The page is stored: remove the file, or keep it aside. Raises OSError.

        A file that was put back in between goes too, unless another station took it or it is no longer the same.
        """
        try:
            status = self.path.lstat()
        except FileNotFoundError:
            return
        if (status.st_size, status.st_mtime_ns) != (self.sighting.size, self.sighting.changed_ns):
            return
        if afterwards is Afterwards.REMOVE:
            self.path.unlink(missing_ok=True)
            return
        aside = self.folder / TAKEN
        aside.mkdir(mode=0o700, exist_ok=True)
        os.rename(self.path, _free(aside, self.sighting.name))


def claim(folder: Path, sighting: Sighting, kind: str) -> Claimed | None:
    """Take the file for this station and read it. Raises OSError.

    None when another station was quicker, or when the file is not what was seen: it grew, or is no plain file.
    """
    claimed = _free(folder, _CLAIMED + sighting.name)
    try:
        os.rename(folder / sighting.name, claimed)
    except FileNotFoundError:
        return None
    try:
        data = _content(claimed)
    except OSError:
        os.rename(claimed, _free(folder, sighting.name))
        raise
    if data is None or len(data) != sighting.size:
        os.rename(claimed, _free(folder, sighting.name))
        return None
    return Claimed(EncodedImage(data, kind), folder, sighting, claimed)


def set_aside(folder: Path, sighting: Sighting) -> None:
    """Give a file that is too large a name under which no station looks at it again. Raises OSError."""
    try:
        os.rename(folder / sighting.name, _free(folder, sighting.name + TOO_LARGE))
    except FileNotFoundError:
        return  # another station was quicker


def put_back_left_overs(folder: Path) -> None:
    """Files that this station had claimed when it was killed get their names back. Raises OSError."""
    for path in folder.glob(_CLAIMED + "*"):
        os.rename(path, _free(folder, path.name.removeprefix(_CLAIMED)))


def _opened(path: Path) -> BinaryIO | None:
    """A plain file to read; None for a link, a pipe and whatever else hides behind a name. Raises OSError."""
    try:
        return open_regular(path)
    except FileRefused:
        return None


def _content(path: Path) -> bytes | None:
    stream = _opened(path)
    if stream is None:
        return None
    with stream:
        data = stream.read(MOST_IMAGE_BYTES + 1)
    return data if len(data) <= MOST_IMAGE_BYTES else None


def _free(folder: Path, name: str) -> Path:
    """A name that overwrites nothing, not even a link that leads nowhere."""
    target = folder / name
    number = 2
    while os.path.lexists(target):
        target = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    return target
