# SPDX-License-Identifier: Apache-2.0
"""A service that says byte for byte what a test gives it, as no simulator would."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Service:
    """Answers each connection with the bytes given, then closes it, or holds it open."""

    def __init__(self, *answers: bytes, hold: bool = False, port: int = 0) -> None:
        self._answers = list(answers)
        self._hold = hold
        self._ended = threading.Event()
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", port))
        self._socket.settimeout(0.05)
        self.port: int = self._socket.getsockname()[1]
        self._lines: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                line, _ = self._socket.accept()
            except OSError:
                continue
            line.settimeout(2.0)
            with contextlib.suppress(OSError):
                data = line.recv(65536)
                if data:
                    self.requests.append(data)
                    line.sendall(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])
            self._lines.append(line)
            if not self._hold:
                line.close()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()  # first: whoever loses a line looks at once whether the service still listens
        for line in self._lines:
            line.close()


def ok(body: bytes, *headers: str) -> bytes:
    """A right answer with this body."""
    lines = ("HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextmanager
def serving(*answers: bytes, hold: bool = False, port: int = 0) -> Iterator[Service]:
    service = Service(*answers, hold=hold, port=port)
    try:
        yield service
    finally:
        service.close()
