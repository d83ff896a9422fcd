# SPDX-License-Identifier: Apache-2.0
"""The simulated scanner's service: a real HTTP server on loopback with the verbs of SBI, unplugged at any moment."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Final

import msgspec

from devices.simulators.sbi.answers import DEVICE_ID, Answers, CaptureRequest
from devices.simulators.sbi.faults import SLOW_SECONDS, ScannerFault, ScannerFaults
from devices.simulators.sbi.identity import PROVIDER, SimulatedIdentity
from devices.simulators.sbi.specimens import GLASS, finger, live_picture
from station.ports.clock import Clock

HOST: Final = "127.0.0.1"
PORTS: Final = range(4501, 4601)
_PACE: Final = 1 / 15  # seconds from live frame to live frame
_GARBAGE_BYTES: Final = 4000
_PARTIAL_SHARE: Final = 0.6
_MOST_BODY: Final = 64 * 1024
_POLL: Final = 0.1
_BOUNDARY: Final = "BoundaryString"


class _Streamed(msgspec.Struct, frozen=True):
    deviceId: str
    deviceSubId: str


class SbiSimulator:
    """A slap scanner 4-4-2 that is not there. Every method may be called from any thread.

    ``port`` is the one to listen on where it is free, otherwise the first free one of the interface's range.
    ``traveller`` gives who has the fingers on the glass, None for nobody. Equal seeds give equal fingers and faults.
    """

    def __init__(
        self,
        port: int | None = None,
        *,
        seed: int,
        clock: Clock,
        traveller: Callable[[], int | None] = lambda: 1,
    ) -> None:
        self.faults = ScannerFaults(seed=seed)
        self._wanted_port = port
        self._seed = seed
        self._clock = clock
        self._traveller = traveller
        self._serial = f"{seed:012d}"
        self._lock = threading.Lock()
        self._service: _Service | None = None
        self._answers: Answers | None = None
        self.certificate = b""  # DER, of the simulated maker: there once it was started

    @property
    def device_id(self) -> str:
        """Under which the SBI driver lists it."""
        return f"sbi:{PROVIDER}:{self._serial}"

    @property
    def port(self) -> int | None:
        """Where it listens; None while it is unplugged or closed."""
        service = self._service
        return None if service is None else service.port

    def start(self) -> None:
        """Make keys (a few tenths of a second) and listen. Raises OSError when no port of the range is free."""
        identity = SimulatedIdentity(serial=self._serial, now=self._clock.now())
        self.certificate = identity.root
        self._answers = Answers(identity, self.faults, seed=self._seed, clock=self._clock, traveller=self._traveller)
        self.replug()

    def unplug(self) -> None:
        """Pull the plug: nobody listens any more, and every line breaks."""
        with self._lock:
            service, self._service = self._service, None
        if service is not None:
            service.end()

    def replug(self) -> None:
        """Plug it in again, on the same port where it is still free."""
        with self._lock:
            if self._service is None and self._answers is not None:
                self._service = self._listen(self._answers)
                self._wanted_port = self._service.port

    def close(self) -> None:
        """End the service; no thread and no line is left."""
        self.unplug()
        self._answers = None

    def _listen(self, answers: Answers) -> _Service:
        first = () if self._wanted_port is None else (self._wanted_port,)
        for port in (*first, *PORTS):
            with contextlib.suppress(OSError):
                return _Service(port, answers, self.faults, pull=self._pulled_by_fault, scene=self._scene)
        raise OSError("no port of the range is free")

    def _pulled_by_fault(self) -> None:
        """DISCONNECT strikes on a thread of the service, which cannot wait for its own end."""
        threading.Thread(target=self.unplug, name="simulated scanner unplugs").start()

    def _scene(self, sub_id: str, frame: int) -> bytes:
        traveller = self._traveller()
        if traveller is None or self.faults.current is ScannerFault.NO_FINGER:
            return live_picture((), frame)
        return live_picture([finger(self._seed, traveller, one, 0.0) for one in GLASS.get(sub_id, ())], frame)


class _Service(ThreadingTCPServer):
    """Listens from the start until ``end``. Threads of requests are joined at the end.

    Not the HTTP server of the standard library, which asks the system for the name of the address it binds to.
    """

    daemon_threads = False
    allow_reuse_address = True

    def __init__(
        self,
        port: int,
        answers: Answers,
        faults: ScannerFaults,
        *,
        pull: Callable[[], None],
        scene: Callable[[str, int], bytes],
    ) -> None:
        self.answers = answers
        self.faults = faults
        self.pull = pull
        self.scene = scene
        self.ended = threading.Event()
        self.capturing = threading.Lock()
        self._lines_lock = threading.Lock()
        self._lines: set[socket.socket] = set()
        super().__init__((HOST, port), _Requests)
        self.port = port
        self._thread = threading.Thread(target=self._serve, name=f"simulated scanner {port}")
        self._thread.start()

    def _serve(self) -> None:
        self.serve_forever(_POLL)

    def end(self) -> None:
        """First nobody can connect any more, then every line breaks, then all threads end."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # refuses from now on, before the loop wakes
        self.ended.set()  # and only then do waiting requests give their lines up
        self.shutdown()
        with self._lines_lock:
            lines = list(self._lines)
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self.server_close()

    def begun(self, line: socket.socket) -> None:
        """A line that has to break at the end."""
        with self._lines_lock:
            self._lines.add(line)

    def over(self, line: socket.socket) -> None:
        """A line that was closed."""
        with self._lines_lock:
            self._lines.discard(line)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hung up is no error of the scanner."""


class _Requests(BaseHTTPRequestHandler):
    """One request on one line."""

    server: _Service
    protocol_version = "HTTP/1.1"
    server_version = "SimulatedSBI"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self.server.begun(self.connection)

    def finish(self) -> None:
        self.server.over(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Nothing: the requests of a counter are nobody's log."""

    def do_MOSIPDISC(self) -> None:
        """/device: what is attached."""
        self._body()
        self._answer(self.server.answers.discovery(self.server.port, self._status()))

    def do_MOSIPDINFO(self) -> None:
        """/info: the same, signed."""
        self._body()
        self._answer(self.server.answers.info(self.server.port, self._status()))

    def do_RCAPTURE(self) -> None:
        """/capture: fingers for registration."""
        try:
            request = msgspec.json.decode(self._body(), type=CaptureRequest)
            asked = bool(request.bio) and request.bio[0].deviceId == DEVICE_ID
        except (msgspec.DecodeError, msgspec.ValidationError):
            self._answer(b"", HTTPStatus.BAD_REQUEST)
            return
        if not asked:
            self._answer(self.server.answers.failed("605"))
            return
        if not self.server.capturing.acquire(blocking=False):
            self._answer(self.server.answers.failed("111"))
            return
        try:
            self._capture(request)
        finally:
            self.server.capturing.release()

    def do_CAPTURE(self) -> None:
        """/capture for authentication: a scanner for registration refuses it."""
        self._body()
        self._answer(self.server.answers.failed("809"))

    def do_STREAM(self) -> None:
        """/stream: live pictures until the caller hangs up."""
        try:
            request = msgspec.json.decode(self._body(), type=_Streamed)
        except (msgspec.DecodeError, msgspec.ValidationError):
            self._answer(b"", HTTPStatus.BAD_REQUEST)
            return
        if self.server.faults.current is ScannerFault.NOT_READY:
            self._answer(self.server.answers.stream_failed("110"))
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary=--{_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        frame = 0
        while not self.server.ended.wait(_PACE):
            if self.server.faults.current is ScannerFault.MUTE:
                continue
            frame += 1
            picture = self.server.scene(request.deviceSubId, frame)
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            self.wfile.write(head.encode("ascii") + picture + b"\r\n")

    def _capture(self, request: CaptureRequest) -> None:
        fault = self.server.faults.take()
        match fault:
            case ScannerFault.NOT_READY:
                self._answer(self.server.answers.failed("110"))
            case ScannerFault.MUTE:
                self._until_hung_up()
            case ScannerFault.GARBAGE:
                self._answer(self.server.faults.noise(_GARBAGE_BYTES))
            case ScannerFault.PARTIAL | ScannerFault.DISCONNECT:
                self._answer(self.server.answers.capture(request, None), partial=_PARTIAL_SHARE)
                if fault is ScannerFault.DISCONNECT:
                    self.server.pull()
                    self.server.ended.wait()
            case _:
                if fault is ScannerFault.SLOW and self.server.ended.wait(SLOW_SECONDS):
                    return
                self._answer(self.server.answers.capture(request, fault))

    def _until_hung_up(self) -> None:
        """Wait until the caller gives up, or the plug is pulled: both end the line."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            while self.connection.recv(1024):
                pass

    def _status(self) -> str:
        return "Not Ready" if self.server.faults.current is ScannerFault.NOT_READY else "Ready"

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        return self.rfile.read(min(int(length), _MOST_BODY)) if length.isdigit() else b""

    def _answer(self, body: bytes, status: HTTPStatus = HTTPStatus.OK, *, partial: float = 1.0) -> None:
        self.close_connection = True
        self.send_response(status)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: int(len(body) * partial)])
