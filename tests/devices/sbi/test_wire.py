# SPDX-License-Identifier: Apache-2.0
"""The line to a scanner: what is no answer is refused, what takes too long is left, a stop ends everything."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from devices.sbi.driver import PORTS
from devices.sbi.stream import LiveStream
from devices.sbi.wire import ask, listening
from station.domain.errors import Cancelled, DeviceError, DeviceFault, DeviceRemoved, DeviceSilent
from station.ports.tasks import CancelToken
from tests.contract.calls import Call
from tests.devices.sbi.fake_service import ok, serving

JPEG = b"\xff\xd8\xff\xe0" + b"p" * 500


def question(port: int, *, seconds: float = 2.0, most: int = 10_000, cancel: CancelToken | None = None) -> bytes:
    return ask(port, "MOSIPDISC", "/device", b"{}", seconds=seconds, most=most, cancel=cancel or CancelToken())


def test_the_request_is_as_the_interface_wants_it() -> None:
    with serving(ok(b"[]")) as service:
        assert question(service.port) == b"[]"
        head = service.requests[0].decode()
    assert head.startswith("MOSIPDISC /device HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{service.port}\r\n" in head
    assert "EXT: hbm-station\r\n" in head


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ok(b"x" * 20_000),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 20_000,
        b"",
    ],
    ids=["noise", "404", "redirect", "long header", "many headers", "bad chunk", "too much", "endless", "nothing"],
)
def test_what_is_no_answer_is_a_fault(answer: bytes) -> None:
    with serving(answer) as service, pytest.raises(DeviceFault):
        question(service.port)


def test_an_answer_that_ends_too_soon_is_not_taken_for_whole() -> None:
    with serving(ok(b"[1, 2, 3]")[:-4]) as service, pytest.raises(DeviceFault, match="broke off"):
        question(service.port)


def test_nobody_there_is_a_removed_device() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DeviceRemoved):
        question(port)


def test_a_silent_service_is_given_up_in_time_however_its_bytes_drip() -> None:
    for said in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"):
        with serving(said, hold=True) as service, pytest.raises(DeviceSilent):
            question(service.port, seconds=0.3)


def test_a_stop_ends_the_wait_at_once() -> None:
    with serving(b"", hold=True) as service:
        cancel = CancelToken()
        waiting = Call(lambda: question(service.port, seconds=60.0, cancel=cancel))
        threading.Event().wait(0.1)
        cancel.cancel()
        waiting.end()
        assert isinstance(waiting.error, Cancelled)


def test_no_handle_is_left_after_any_ending() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for answer in (ok(b"[]"), b"", b"noise\r\n\r\n", ok(b"[1, 2]")[:-2]):
        with serving(answer) as service:
            try:
                question(service.port)
            except DeviceError:
                continue
    listening(PORTS)
    assert len(os.listdir("/proc/self/fd")) == before


def test_listening_ports_are_told_from_closed_ones() -> None:
    with serving(b"") as one, serving(b"") as two, socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]
        taken.close()
        assert listening([one.port, closed, two.port]) == sorted([one.port, two.port])
    assert listening([]) == []


# --- the live picture ---


def part(data: bytes, *, length: bool = True, boundary: bytes = b"--B") -> bytes:
    said = b"Content-Length: %d\r\n" % len(data) if length else b""
    return boundary + b"\r\nContent-Type: image/jpeg\r\n" + said + b"\r\n" + data + b"\r\n\r\n"


def streamed(body: bytes, *, boundary: str = "B") -> bytes:
    head = f"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={boundary}\r\n\r\n"
    return head.encode() + body


def chunked(*parts: bytes) -> bytes:
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=B\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    return head + b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in parts)


@pytest.mark.parametrize(
    "answer",
    [
        streamed(part(JPEG) * 3),
        streamed(part(JPEG) * 3, boundary="--B"),
        streamed(part(JPEG) * 3, boundary='"B"'),
        streamed(part(JPEG, length=False) * 4),
        chunked(part(JPEG)[:100], part(JPEG)[100:] + part(JPEG)),
    ],
    ids=["plain", "mock's boundary", "quoted", "no length", "chunked"],
)
def test_frames_are_found_however_the_stream_is_written(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.sbi.stream._CATCH_UP_SECONDS", 0.0)
    with serving(answer, hold=True) as service:
        stream = LiveStream(service.port, "1", "1")
        assert stream.newest(CancelToken()).data == JPEG
        stream.end()
        stream.close()


@pytest.mark.parametrize(
    "body",
    [
        part(b"not a picture"),
        b"--B\r\nContent-Length: 99999999\r\n\r\n",
        b"--B\r\nContent-Length: -5\r\n\r\n",
        b"x\r\n" * 100,
        b"--B\r\n" + b"X: y\r\n" * 100,
        part(JPEG)[:-200],
        b"",
        b'{"error": {"errorCode": "110", "errorInfo": "Device is not ready"}}\r\n',
    ],
    ids=["no picture", "too large", "negative", "no boundary", "many headers", "broken off", "nothing", "error"],
)
def test_a_stream_of_nonsense_is_a_fault_and_leaves_no_line(body: bytes) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with serving(streamed(body)) as service:
        stream = LiveStream(service.port, "1", "1")
        with pytest.raises(DeviceFault):
            stream.newest(CancelToken())
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_stream_whose_agreed_time_is_over_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.sbi.stream._CATCH_UP_SECONDS", 0.0)
    over = b'{"error": {"errorCode": "609", "errorInfo": "Live Stream timeout"}}'
    other = JPEG + b"other"
    for ending in (over, b"--B--\r\n", b""):
        with serving(streamed(part(JPEG) + ending), streamed(part(other) * 2)) as service:
            stream = LiveStream(service.port, "1", "1")
            assert stream.newest(CancelToken()).data == JPEG
            assert stream.newest(CancelToken()).data == other
            stream.close()


def test_a_stream_that_nobody_looked_at_for_a_while_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.sbi.stream._CATCH_UP_SECONDS", 0.0)
    monkeypatch.setattr("devices.sbi.stream._IDLE_SECONDS", 0.0)
    with serving(streamed(part(JPEG) * 3), hold=True) as service:
        stream = LiveStream(service.port, "1", "1")
        stream.newest(CancelToken())
        stream.newest(CancelToken())
        assert len(service.requests) == 2
        stream.close()


def test_a_stream_whose_service_ended_is_a_removed_device() -> None:
    with serving(streamed(b""), hold=True) as service:
        stream = LiveStream(service.port, "1", "1")
        waiting = Call(lambda: stream.newest(CancelToken()))
        threading.Event().wait(0.1)
    waiting.end()
    assert isinstance(waiting.error, DeviceRemoved)


def test_a_refused_stream_says_the_scanners_reason() -> None:
    body = b'{"error": {"errorCode": "605", "errorInfo": ""}}'
    with serving(ok(body)) as service, pytest.raises(DeviceFault, match="no scanner is connected"):
        LiveStream(service.port, "1", "1").newest(CancelToken())


def test_a_backlog_is_read_past() -> None:
    pictures = [b"\xff\xd8\xff" + bytes([number]) * 300 for number in range(1, 8)]
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = LiveStream(server.getsockname()[1], "1", "1")
        waiting = Call(lambda: stream.newest(CancelToken()))
        line, _ = server.accept()
        with line:
            line.recv(65536)
            line.sendall(streamed(b""))
            threading.Event().wait(0.1)
            line.sendall(part(pictures[0]))
            waiting.end()
            assert waiting.result is not None
            line.sendall(b"".join(part(picture) for picture in pictures[1:6]))
            later = Call(lambda: stream.newest(CancelToken()))
            threading.Event().wait(0.1)
            line.sendall(part(pictures[6]))
            later.end()
            assert getattr(later.result, "data", None) == pictures[6]
            stream.end()
            stream.close()
