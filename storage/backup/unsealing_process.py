# SPDX-License-Identifier: Apache-2.0
"""The helper process that takes a backup apart: it is fed the sealed bytes, and opens no file itself.

Whatever the seal, the tar or the manifest holds can only end this process.
"""

from __future__ import annotations

import queue
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from station.domain.wire import to_json
from station.isolation.frames import Header
from station.isolation.serving import serve
from storage.backup.judging import checked
from storage.sealed import age
from storage.sealed.opening_process import spelled
from storage.sealed.tar_format import TarReading

Answer = tuple[Header, Sequence[bytes]]


class _Fed:
    """A source whose bytes come piece by piece from another thread; an empty piece is the end."""

    def __init__(self, hungry: queue.SimpleQueue[str]) -> None:
        self._hungry = hungry
        self.pieces = queue.SimpleQueue[bytes]()
        self._left = memoryview(b"")
        self._over = False

    def read(self, size: int = -1, /) -> bytes:
        if not self._left and not self._over:
            self._hungry.put("hungry")
            self._left = memoryview(self.pieces.get())
            self._over = not self._left
        size = len(self._left) if size < 0 else size
        piece, self._left = bytes(self._left[:size]), self._left[size:]
        return piece


class _Unsealing:
    """One backup. The library pulls its bytes, so it works on a thread of its own and waits there for the next."""

    def __init__(self, identity: Secret, *, keeps: bool) -> None:
        self._moved = queue.SimpleQueue[str]()
        self._source = _Fed(self._moved)
        self._identity = identity
        self._members: list[tuple[str, int]] = []
        self._content: list[bytes] = []
        self._tar = TarReading(self._keep if keeps else None)
        self._ended = ThreadPoolExecutor(max_workers=1).submit(self._work)
        self._ended.add_done_callback(lambda _ended: self._moved.put("ended"))
        self._state = self._moved.get()

    def take(self, piece: bytes) -> Answer:
        """The next sealed bytes; what came out of them, and at the end the manifest. Raises what ended the work."""
        if self._state == "hungry":
            self._source.pieces.put(piece)
            self._state = self._moved.get()
        problem = self._ended.exception() if self._state == "ended" else None
        if isinstance(problem, BundleRefused):
            return {"cause": spelled(problem.cause), "next_step": spelled(problem.next_step)}, ()
        if problem is not None:
            raise problem
        members, content = self._members, b"".join(self._content)
        self._members, self._content = [], []
        if self._state == "hungry":
            return {"members": members}, (content,)
        seen = tuple(self._tar.seen)
        manifest = checked(self._tar.end(), seen)  # written anew: the other side reads what this program wrote
        return {"members": members, "done": True}, (content, to_json(manifest), to_json(seen))

    def _work(self) -> None:
        try:
            age.decrypt(self._source, self._tar, self._identity)
            checked(self._tar.end(), self._tar.seen)
        finally:
            self._identity.forget()

    def _keep(self, member: str, piece: bytes) -> None:
        if self._members and self._members[-1][0] == member:
            self._members[-1] = (member, self._members[-1][1] + len(piece))
        else:
            self._members.append((member, len(piece)))
        self._content.append(piece)


class _Desk:
    """The requests of one process: one backup, begun by the first."""

    def __init__(self) -> None:
        self._unsealing: _Unsealing | None = None

    def answer(self, header: Header, attachments: Sequence[bytes]) -> Answer:
        """``begin`` brings the identity; every request after it the next piece."""
        if self._unsealing is None:
            identity = Secret.of(attachments[0].decode("ascii", "replace"))
            self._unsealing = _Unsealing(identity, keeps=cast("bool", header["keeps"]))
            return {}, ()
        return self._unsealing.take(attachments[0])


if __name__ == "__main__":
    serve(_Desk().answer)
