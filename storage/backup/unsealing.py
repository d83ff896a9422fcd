# SPDX-License-Identifier: Apache-2.0
"""Feeds a backup to a helper process without network and takes its members back, piece by piece.

The helper opens and writes no file. What it gives is judged again here: it may have been taken over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final, NoReturn, Protocol

from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json
from station.domain.words import say
from station.isolation.child import HelperDied, HelperProcess
from station.isolation.frames import Header
from station.isolation.limits import Limits
from station.ports.tasks import CancelToken
from storage.sealed.apart import sentence
from storage.sealed.tar_format import MAX_MANIFEST_BYTES, Seen, refused

CHILD: Final = "storage.backup.unsealing_process"
#: Of one piece, on a slow machine that does other work; the manifest with its hashes is the largest thing in memory.
LIMITS: Final = Limits(memory_bytes=1 << 30, cpu_seconds=120, wall_seconds=300)
PIECE_BYTES: Final = 4 << 20
_MOST_OUT: Final = 2 * PIECE_BYTES  # a piece, and what the helper still had of the one before

Keep = Callable[[str, bytes], None]


class Source(Protocol):
    """Where the sealed bytes come from; an empty answer is the end."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What came out of a seal. With ``keep`` the hashes were made here, of what was kept."""

    manifest: bytes
    seen: tuple[Seen, ...]


def unseal_apart(source: Source, identity: Secret, keep: Keep | None, cancel: CancelToken) -> Unsealed:
    """Open the seal of all of ``source``. Raises BundleRefused, Cancelled and what ``source`` and ``keep`` raise."""
    weighing = None if keep is None else _Weighing(keep)
    with closing(HelperProcess(CHILD, LIMITS, name="backup")) as helper:
        try:
            helper.request({"keeps": keep is not None}, (identity.reveal(),), cancel=cancel)
            while True:
                piece = source.read(PIECE_BYTES)
                header, parts = helper.request({}, (piece,), cancel=cancel)
                if "cause" in header:
                    raise BundleRefused(sentence(header["cause"]), sentence(header.get("next_step")))
                if weighing is not None:
                    weighing.take(header, parts[0] if parts else b"")
                if header.get("done") is True:
                    return _unsealed(parts, weighing)
                if not piece:
                    _refuse_nonsense()
        except HelperDied as died:
            raise refused(
                say("The backup could not be read: the reading program ended ({reason}).", reason=died.reason.value)
            ) from None


class _Weighing:
    """Gives members on, and measures them: what is believed of them is what was kept."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._done: list[Seen] = []
        self._name: str | None = None
        self._size = 0
        self._hash = hashlib.sha256()

    def take(self, header: Header, content: bytes) -> None:
        """The members of one answer. Raises BundleRefused for one that is not like an answer of ours."""
        view, members = memoryview(content), header.get("members")
        if not isinstance(members, list) or len(content) > _MOST_OUT:
            _refuse_nonsense()
        for member in members:
            match member:
                case [str(name), int(length)] if 0 <= length <= len(view):
                    self._piece(name, bytes(view[:length]))
                    view = view[length:]
                case _:
                    _refuse_nonsense()
        if view:
            _refuse_nonsense()

    def seen(self) -> tuple[Seen, ...]:
        """Every member, in its order."""
        if self._name is not None:
            self._done.append((self._name, self._size, self._hash.hexdigest()))
            self._name = None
        return tuple(self._done)

    def _piece(self, name: str, piece: bytes) -> None:
        if name != self._name:
            self.seen()
            self._name, self._size, self._hash = name, 0, hashlib.sha256()
        self._keep(name, piece)
        self._size += len(piece)
        self._hash.update(piece)


def _unsealed(parts: tuple[bytes, ...], weighing: _Weighing | None) -> Unsealed:
    try:
        _, manifest, listed = parts
        seen = from_json(tuple[Seen, ...], listed)
    except (NotThisShape, ValueError, RecursionError):
        _refuse_nonsense()
    if len(manifest) > MAX_MANIFEST_BYTES:
        _refuse_nonsense()
    return Unsealed(manifest, seen if weighing is None else weighing.seen())


def _refuse_nonsense() -> NoReturn:
    raise refused(say("The program that reads backups gave an answer that makes no sense."))
