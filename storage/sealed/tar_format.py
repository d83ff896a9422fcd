# SPDX-License-Identifier: Apache-2.0
"""The tar inside a bundle: plain regular files, always the same headers, read as a stream and never extracted.

Plain text exists in memory only, a piece at a time: neither writing nor reading needs a temporary file, and a
hostile tar finds no place to write to.
"""

from __future__ import annotations

import hashlib
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence

from station.domain.errors import BundleRefused
from station.domain.words import Text, say
from station.ports.sealing import MOST_MEMBER_BYTES, BundleMember
from station.ports.tasks import CancelToken

MANIFEST_NAME = "manifest.json"
MAX_MEMBERS = 100_000  # beside the manifest
MAX_MANIFEST_BYTES = 64 * 1024 * 1024
MAX_NAME = 100  # the name field of a ustar header

_BLOCK = 512
_MAX_PADDING = 64 * 1024  # other tar writers fill up to 20 blocks
_NAME = re.compile(
    r"(?:[a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9_-]*(?:\.[a-z0-9]+)*\."
    r"(?:json|jsonl|jpg|png|tif|jp2|bin|txt|pub|minisig)",
    re.ASCII,
)

#: (name, size, hex SHA-256) of a member.
Seen = tuple[str, int, str]


def is_member_name(name: str) -> bool:
    """Whether a bundle may hold a file of this name: lower case, at most one folder, a known ending."""
    return len(name) <= MAX_NAME and _NAME.fullmatch(name) is not None


class TarFeed:
    """A tar as a stream to read from: members as they come, then the manifest made of what was written.

    ``read`` raises what ``members`` and ``manifest`` raise, Cancelled, and ValueError for a member that a reader
    would refuse (a bug of the caller).
    """

    def __init__(
        self,
        members: Iterable[BundleMember],
        manifest: Callable[[Sequence[Seen]], bytes],
        *,
        modified_at: int,
        cancel: CancelToken,
    ) -> None:
        self._cancel = cancel
        self._pieces = _pieces(members, manifest, modified_at)
        self._current = memoryview(b"")

    def read(self, size: int = -1, /) -> bytes:
        """At most ``size`` bytes; empty at the end."""
        while not self._current:
            self._cancel.raise_if_cancelled()
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._current = memoryview(piece)
        wanted = len(self._current) if size < 0 else size
        answer = bytes(self._current[:wanted])
        self._current = self._current[wanted:]
        return answer


def _pieces(
    members: Iterable[BundleMember], manifest: Callable[[Sequence[Seen]], bytes], modified_at: int
) -> Iterator[bytes]:
    seen: list[Seen] = []
    names: set[str] = {MANIFEST_NAME}
    for member in members:
        if not is_member_name(member.name) or member.name in names:
            raise ValueError("a member needs an allowed name of its own")
        if len(member.data) > MOST_MEMBER_BYTES or len(seen) == MAX_MEMBERS:
            raise ValueError("a bundle has at most 100,000 members of at most 64 MiB")
        names.add(member.name)
        seen.append((member.name, len(member.data), hashlib.sha256(member.data).hexdigest()))
        yield from _file(member.name, member.data, modified_at)
    yield from _file(MANIFEST_NAME, manifest(tuple(seen)), modified_at)
    yield bytes(2 * _BLOCK)


def _file(name: str, data: bytes, modified_at: int) -> Iterator[bytes]:
    header = tarfile.TarInfo(name)
    header.size, header.mtime, header.mode = len(data), modified_at, 0o400
    yield header.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")
    yield data
    yield bytes(-len(data) % _BLOCK)


class TarReading:
    """Takes a tar in, piece by piece; keeps hashes and the manifest only.

    ``keep`` is given each piece of a member's content with the member's name; what it was given counts only when the
    whole tar was judged. ``write`` and ``end`` raise BundleRefused at the first thing that a station never writes.
    """

    def __init__(self, keep: Callable[[str, bytes], None] | None = None) -> None:
        self._keep = keep
        self.seen: list[Seen] = []
        self.manifest: bytes | None = None
        self._names: set[str] = set()
        self._buffer = bytearray()
        self._name = ""
        self._size = 0
        self._left = 0
        self._padding = 0
        self._hash = hashlib.sha256()
        self._content = bytearray()
        self._in_file = False
        self._end_blocks = 0

    def write(self, data: bytes, /) -> None:
        """The next piece of the tar."""
        self._buffer += data
        while self._step():
            pass

    def end(self) -> bytes:
        """The tar is over: the manifest's bytes."""
        if self._in_file or self._buffer or self._end_blocks < 2:
            raise refused(say("The bundle is cut off."))
        if self.manifest is None:
            raise refused(say("The bundle has no manifest."))
        return self.manifest

    def _step(self) -> bool:
        """Take one bite; whether there may be another."""
        if self._in_file:
            return self._take_content()
        if len(self._buffer) < self._padding + _BLOCK:
            # The last file's padding may be all that is left in the buffer.
            return False
        if any(self._buffer[: self._padding]):
            raise refused(say("The bundle hides data between its files."))
        block = bytes(self._buffer[self._padding : self._padding + _BLOCK])
        del self._buffer[: self._padding + _BLOCK]
        self._padding = 0
        self._take_block(block)
        return True

    def _take_block(self, block: bytes) -> None:
        if not any(block):
            self._end_blocks += 1
            if self._end_blocks * _BLOCK > _MAX_PADDING:
                raise refused(say("The bundle goes on after its end."))
        elif self._end_blocks:
            raise refused(say("The bundle goes on after its end."))
        else:
            self._begin(block)

    def _begin(self, block: bytes) -> None:
        try:
            header = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError):
            raise refused(say("The bundle holds something that is not a file.")) from None
        if header.type != tarfile.REGTYPE or header.linkname:
            raise refused(say("The bundle holds something that is not a file."))
        if not is_member_name(header.name):
            raise refused(say("The bundle holds a file whose name a station never writes."))
        if self.manifest is not None:
            raise refused(say("The bundle goes on after its manifest."))
        if header.name in self._names:
            raise refused(say("The bundle holds the same file twice: {name}.", name=header.name))
        limit = MAX_MANIFEST_BYTES if header.name == MANIFEST_NAME else MOST_MEMBER_BYTES
        if not 0 <= header.size <= limit:
            raise refused(say("A file in the bundle is larger than a station writes: {name}.", name=header.name))
        if header.name != MANIFEST_NAME and len(self.seen) == MAX_MEMBERS:
            raise refused(say("The bundle holds more files than a station writes."))
        self._names.add(header.name)
        self._name, self._size, self._left = header.name, header.size, header.size
        self._hash, self._content, self._in_file = hashlib.sha256(), bytearray(), True

    def _take_content(self) -> bool:
        piece = bytes(self._buffer[: self._left])
        del self._buffer[: self._left]
        self._left -= len(piece)
        if self._name == MANIFEST_NAME:
            self._content += piece
        else:
            self._hash.update(piece)
            if self._keep is not None:
                self._keep(self._name, piece)
        if self._left:
            return False
        if self._name == MANIFEST_NAME:
            self.manifest = bytes(self._content)
        else:
            self.seen.append((self._name, self._size, self._hash.hexdigest()))
        self._in_file, self._padding = False, -self._size % _BLOCK
        return True


def refused(cause: Text) -> BundleRefused:
    """A bundle that no station wrote like this."""
    return BundleRefused(cause, say("Do not use this bundle. Ask the station to export again."))
