# SPDX-License-Identifier: Apache-2.0
"""The live picture of a scanner (STREAM, M-JPEG over HTTP): always the newest frame, never a backlog.

Frames that waited in the line are read past; the one returned had to be waited for, so it is of now.
"""

from __future__ import annotations

import contextlib
import time
from http.client import IncompleteRead
from typing import Final

import msgspec

from devices.sbi.messages import StreamError, parse
from devices.sbi.wire import Answer, asking, listening
from devices.sbi.words import broke_off, garbage, gone, of_code
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

FRAME_SECONDS: Final = 5.0  # the interface promises three frames a second
_MOST_FRAME_BYTES: Final = 4 * 1024 * 1024
_MOST_HEAD_LINES: Final = 32
_IDLE_SECONDS: Final = 2.0  # nobody looked for so long: what waits in the line is old, a new stream is quicker
_CATCH_UP_SECONDS: Final = 1.0  # a stream faster than this program can read still gives a frame
_STREAM_ENDED: Final = "609"  # its agreed time is over
_LONGEST: Final = 64 * 1024
_JPEG: Final = b"\xff\xd8\xff"


class LiveStream:
    """The open stream of one scanner. Only the thread of the live picture calls, except ``end``."""

    def __init__(self, port: int, device_id: str, sub_id: str) -> None:
        self.sub_id = sub_id
        self._port = port
        self._device_id = device_id
        self._life = CancelToken()
        self._opened = contextlib.ExitStack()
        self._frames: _Frames | None = None
        self._looked = 0.0

    @property
    def ended(self) -> bool:
        """Whether it was ended: then another one is needed."""
        return self._life.cancelled

    def newest(self, cancel: CancelToken) -> EncodedImage:
        """The frame of now. Raises DeviceError; Cancelled within a moment of a stop, which ends the stream."""
        forget = cancel.on_cancel(self._life.cancel)
        try:
            if self._frames is not None and time.monotonic() - self._looked > _IDLE_SECONDS:
                self.close()
            frame = self._next() if self._frames is not None else None
            if frame is None:
                self._open()
                frame = self._next()
            if frame is None:
                raise broke_off() if listening([self._port]) else gone()
            self._looked = time.monotonic()
            return frame
        except BaseException as error:
            self._frames = None
            # The connection's own context gives the error its true name.
            self._opened.__exit__(type(error), error, error.__traceback__)
            raise
        finally:
            forget()

    def end(self) -> None:
        """Shut the line; a frame under way ends with Cancelled. Any thread."""
        self._life.cancel()

    def close(self) -> None:
        """Give the connection back."""
        self._frames = None
        self._opened.close()

    def _open(self) -> None:
        self.close()
        body = msgspec.json.encode({"deviceId": self._device_id, "deviceSubId": self.sub_id})
        answer = self._opened.enter_context(
            asking(self._port, "STREAM", "/stream", body, seconds=FRAME_SECONDS, cancel=self._life)
        )
        if "multipart" not in answer.content_type.lower():
            error = parse(StreamError, answer.whole(_LONGEST)).error
            raise of_code(error.code, error.info)
        self._frames = _Frames(answer)

    def _next(self) -> EncodedImage | None:
        """The newest frame, None when the stream is over."""
        frames = self._frames
        assert frames is not None
        begun = time.monotonic()
        while (frame := frames.read()) is not None:
            if frames.answer.fresh() or time.monotonic() - begun > _CATCH_UP_SECONDS:
                return frame
        self.close()
        return None


class _Frames:
    """Parts of a multipart body, one after the other."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        _, _, boundary = answer.content_type.partition("boundary=")
        self._passed = False  # whether the boundary before the next part was read already
        self._boundary = boundary.split(";")[0].strip().strip('"').lstrip("-").encode("latin-1")

    def read(self) -> EncodedImage | None:
        """The next frame; None at the end. Raises DeviceFault for what is no picture."""
        self.answer.extend(FRAME_SECONDS)
        if not self._at_boundary():
            return None
        length = self._head()
        data = self.answer.exactly(length) if length is not None else self._to_boundary()
        if not data.startswith(_JPEG):
            raise garbage()
        return EncodedImage(data, "image/jpeg")

    def _at_boundary(self) -> bool:
        if self._passed:
            self._passed = False
            return True
        for _ in range(_MOST_HEAD_LINES):
            line = self.answer.line()
            if not line:
                return False
            if self._is_boundary(line):
                return not line.rstrip().endswith(self._boundary + b"--")
            if line.startswith(b"{"):
                return self._said(line)
        raise garbage()

    def _said(self, line: bytes) -> bool:
        """An error in the place of a frame. The end of the agreed time is the end of the stream, and no error."""
        error = parse(StreamError, line).error
        if error.code in ("", _STREAM_ENDED):
            return False
        raise of_code(error.code, error.info)

    def _is_boundary(self, line: bytes) -> bool:
        bare = line.strip()
        return bare.startswith(b"--") and bare.strip(b"-") == self._boundary.strip(b"-")

    def _head(self) -> int | None:
        length: int | None = None
        for _ in range(_MOST_HEAD_LINES):
            line = self.answer.line()
            if not line:
                raise IncompleteRead(b"")
            if not line.strip():
                return length
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = _length(value)
        raise garbage()

    def _to_boundary(self) -> bytes:
        """A part that does not say its length ends before the next boundary; that one is read with it."""
        data = bytearray()
        while line := self.answer.line(_LONGEST):
            if self._is_boundary(line):
                self._passed = True
                return bytes(data).rstrip(b"\r\n")
            data += line
            if len(data) > _MOST_FRAME_BYTES:
                raise garbage()
        raise IncompleteRead(bytes(data))


def _length(value: bytes) -> int:
    text = value.strip()
    if not text.isdigit() or not 0 < int(text) <= _MOST_FRAME_BYTES:
        raise garbage()
    return int(text)
