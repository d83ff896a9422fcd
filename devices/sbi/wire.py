# SPDX-License-Identifier: Apache-2.0
"""HTTP as SBI devices speak it: verbs of their own, on 127.0.0.1 only, one connection per request, ended by a stop.

Nothing here follows a redirect, a proxy or a name: the address is always this machine.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import io
import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from devices.sbi.words import broke_off, garbage, gone, silent
from station.domain.errors import StationError
from station.ports.tasks import CancelToken

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HOST: Final = "127.0.0.1"  # never "localhost": the interface binds to this address
CONNECT_SECONDS: Final = 10.0
OURS: Final = "hbm-station"  # the name of the caller, which the interface asks for in the header EXT
_WAITS: Final = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY})
_STEP: Final = 64 * 1024


def listening(ports: Iterable[int], *, seconds: float = 0.25) -> list[int]:
    """The ports on which somebody listens. All are tried at once, so that silent ones cost ``seconds`` together."""
    found: list[int] = []
    with selectors.DefaultSelector() as waiting, contextlib.ExitStack() as opened:
        for port in ports:
            knock = opened.enter_context(socket.socket())
            knock.setblocking(False)
            answer = knock.connect_ex((HOST, port))
            if answer == 0 and not _met_itself(knock):
                found.append(port)
            elif answer in _WAITS:
                waiting.register(knock, selectors.EVENT_WRITE, port)
        deadline = time.monotonic() + seconds
        while waiting.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in waiting.select(left):
                waiting.unregister(key.fileobj)
                if isinstance(key.fileobj, socket.socket) and _connected(key.fileobj):
                    found.append(int(key.data))
    return sorted(found)


def _connected(knock: socket.socket) -> bool:
    return knock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0 and not _met_itself(knock)


def _met_itself(knock: socket.socket) -> bool:
    """A connection to a free port may meet its own end when the system chose that port for it."""
    try:
        return bool(knock.getsockname() == knock.getpeername())
    except OSError:
        return True


class Answer:
    """An answer under way: status, headers and a body that is read with care."""

    def __init__(self, response: http.client.HTTPResponse, raw: _TimedReads) -> None:
        self._response = response
        self._raw = raw
        self.content_type = response.headers.get("Content-Type", "")

    def extend(self, seconds: float) -> None:
        """Let the reading take so much longer, counted from now."""
        self._raw.deadline = time.monotonic() + seconds

    def whole(self, most: int) -> bytes:
        """The whole body. Raises DeviceFault beyond ``most`` bytes, IncompleteRead when it breaks off."""
        parts: list[bytes] = []
        held = 0
        while part := self._response.read(_STEP):
            held += len(part)
            if held > most:
                raise garbage()
            parts.append(part)
        if self._response.length:  # announced and never sent
            raise http.client.IncompleteRead(b"")
        return b"".join(parts)

    def line(self, most: int = 1024) -> bytes:
        """The next line of a stream; empty at its end."""
        return self._response.readline(most)

    def exactly(self, count: int) -> bytes:
        """The next ``count`` bytes of a stream. Raises IncompleteRead when it breaks off."""
        parts = bytearray()
        while len(parts) < count:
            part = self._response.read(count - len(parts))
            if not part:
                raise http.client.IncompleteRead(bytes(parts))
            parts += part
        return bytes(parts)

    def fresh(self) -> bool:
        """Whether a read had to wait since this was last asked: what came then was not lying about."""
        waited, self._raw.waited = self._raw.waited, False
        return waited


@contextmanager
def asking(port: int, verb: str, path: str, body: bytes, *, seconds: float, cancel: CancelToken) -> Iterator[Answer]:
    """Ask the service at ``port`` and give its answer; the connection is closed when the block is left.

    A stop shuts the connection at once, whatever it waits for. ``seconds`` is all the time the exchange has, however
    the bytes drip. Raises DeviceRemoved when nobody listens, DeviceSilent, DeviceFault, Cancelled.
    """
    cancel.raise_if_cancelled()
    with contextlib.closing(socket.socket()) as line, _said_truly(port, seconds, cancel):
        line.settimeout(min(CONNECT_SECONDS, seconds))
        forget = cancel.on_cancel(lambda: _shut(line))
        try:
            line.connect((HOST, port))
            line.sendall(_request(port, verb, path, body))
            raw = _TimedReads(line, time.monotonic() + seconds)
            with contextlib.closing(
                http.client.HTTPResponse(cast(socket.socket, _AsFile(raw)), method=verb)
            ) as response:
                response.begin()
                if response.status != http.client.OK:
                    raise garbage()
                yield Answer(response, raw)
        finally:
            forget()


def ask(port: int, verb: str, path: str, body: bytes, *, seconds: float, most: int, cancel: CancelToken) -> bytes:
    """The whole answer to one question; see ``asking``."""
    with asking(port, verb, path, body, seconds=seconds, cancel=cancel) as answer:
        return answer.whole(most)


def _request(port: int, verb: str, path: str, body: bytes) -> bytes:
    head = (
        f"{verb} {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nEXT: {OURS}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body


@contextmanager
def _said_truly(port: int, seconds: float, cancel: CancelToken) -> Iterator[None]:
    """Every error of the line in words of the device, and a stop before any of them."""
    try:
        yield
    except StationError:
        cancel.raise_if_cancelled()
        raise
    except TimeoutError as error:
        cancel.raise_if_cancelled()
        raise silent(seconds) from error
    except ConnectionRefusedError as error:
        cancel.raise_if_cancelled()
        raise gone() from error
    except (http.client.IncompleteRead, ConnectionError, OSError) as error:
        cancel.raise_if_cancelled()
        raise broke_off() if listening([port]) else gone() from error
    except (http.client.HTTPException, ValueError) as error:
        cancel.raise_if_cancelled()
        raise garbage() from error


def _shut(line: socket.socket) -> None:
    with contextlib.suppress(OSError):  # not connected yet, or closed already: nothing waits on it
        line.shutdown(socket.SHUT_RDWR)


class _TimedReads(io.RawIOBase):
    """A connection read against one deadline, so that a drip of bytes cannot hold a thread for ever."""

    def __init__(self, line: socket.socket, deadline: float) -> None:
        super().__init__()
        self._line = line
        self.deadline = deadline
        self.waited = False  # whether some read had to wait for bytes: what came then is not old

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        place = memoryview(buffer)
        self._line.settimeout(0)
        try:
            return self._line.recv_into(place)
        except BlockingIOError:
            self.waited = True
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._line.settimeout(left)
        return self._line.recv_into(place)


class _AsFile:
    """All that http.client wants of a socket: a file to read from."""

    def __init__(self, raw: _TimedReads) -> None:
        self._raw = raw

    def makefile(self, *_: object, **__: object) -> io.BufferedReader:
        return io.BufferedReader(self._raw, buffer_size=_STEP)
