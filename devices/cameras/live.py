# SPDX-License-Identifier: Apache-2.0
"""A camera's own thread grabs all the time and decodes when somebody waits: nobody ever sees an old frame."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from devices.cameras.adjusting import Wanted
from devices.cameras.video import Frame, Stream, VideoSource
from devices.worker import DeviceWorker, Job
from station.domain.errors import Cancelled, DeviceFault, DeviceRemoved, DeviceSilent, StationError
from station.domain.words import Text, say
from station.ports.tasks import CancelToken

SILENCE: Final = 3.0  # seconds without a frame until the camera counts as silent
_OPENING: Final = 8.0  # seconds a camera may take for its first frame: slow USB cameras need four
_MISSED_PAUSE: Final = 0.05  # seconds between tries when no frame comes


class LiveFrames:
    """The running of one camera. Any thread may call any method; frames are read on the worker's thread.

    ``remarked`` is called, on the worker's thread, after the camera was opened and ``remarks`` are new.
    """

    def __init__(self, name: str, *, wanted: Wanted, remarked: Callable[[], None] = lambda: None) -> None:
        self._name = name
        self._wanted = wanted
        self._remarked = remarked
        self._worker = DeviceWorker(name)
        self._left: list[DeviceWorker] = []  # threads that hung when the camera was pulled
        self._news = threading.Condition()
        self._frame: Frame | None = None
        self._number = 0
        self._waiting = 0
        self._since = 0.0
        self._error: StationError | None = None
        self._job: Job[None] | None = None
        self.remarks: tuple[Text, ...] = ()

    def next_frame(self, source: Callable[[], VideoSource], *, cancel: CancelToken) -> Frame:
        """Wait for a frame newer than this call; starts the camera when it does not run.

        ``source`` says which camera, or raises when it may not be started any more: asked while ``stop`` waits.
        Raises DeviceRemoved when the camera was pulled, DeviceSilent after SILENCE seconds without a frame,
        DeviceFault when it cannot be opened, Cancelled.
        """
        forget = cancel.on_cancel(self._wake)
        try:
            with self._news:
                self._start(source())
                self._waiting += 1
                try:
                    return self._wait(cancel)
                finally:
                    self._waiting -= 1
        finally:
            forget()

    def _wait(self, cancel: CancelToken) -> Frame:
        """Under the lock."""
        seen = self._number
        while self._number == seen:
            if cancel.cancelled:
                raise Cancelled
            if self._error is not None:
                raise self._error
            patience = SILENCE if self._number else _OPENING
            left = self._since + patience - time.monotonic()
            if left <= 0:
                raise self._silent(patience)
            self._news.wait(left)
        assert self._frame is not None
        return self._frame

    def stop(self, error: StationError) -> None:
        """Stop the camera; whoever waits gets ``error``."""
        with self._news:
            job, self._job = self._job, None
            self._error, self._frame = error, None
            self._news.notify_all()
        if job is not None:
            job.fail(error)

    def replugged(self) -> None:
        """The camera is there again: a thread that hangs in a call to the one that was pulled is left behind."""
        with self._news:
            if self._worker.silent_since is not None:
                self._left.append(self._worker)
                self._worker = DeviceWorker(self._name)

    def complaint(self) -> Text | None:
        """What the worker says about a read that hangs."""
        return self._worker.complaint()

    def close(self) -> None:
        """End the threads."""
        self.stop(DeviceRemoved(say("The camera was closed."), say("Choose a camera with F8.")))
        for worker in (*self._left, self._worker):
            worker.close()

    def _start(self, source: VideoSource) -> None:
        """Begin to read, unless it runs; after a fault the next call is a new attempt. Under the lock."""
        if self._job is not None and not self._job.done.is_set():
            return
        self._number, self._since, self._error, self._frame = 0, time.monotonic(), None, None
        worker = self._worker
        self._job = worker.begin(lambda token: self._read(worker, source, token))

    def _read(self, worker: DeviceWorker, source: VideoSource, token: CancelToken) -> None:
        worker.assert_on_worker()
        try:
            stream = Stream(source, wanted=self._wanted)
        except OSError:
            self._report(self._not_opened(source), token)
            return
        try:
            self._remark(stream.remarks)
            while not token.cancelled:
                if stream.grab():
                    self._keep(stream, token)
                    token.wait(stream.pause())
                elif source.exists():
                    token.wait(_MISSED_PAUSE)
                else:
                    self._report(self._pulled(), token)
                    return
        finally:
            stream.close()

    def _remark(self, remarks: tuple[Text, ...]) -> None:
        if remarks != self.remarks:
            self.remarks = remarks
            self._remarked()

    def _keep(self, stream: Stream, token: CancelToken) -> None:
        """Decode what was grabbed when somebody waits for it; what nobody waits for only shows that it lives."""
        with self._news:
            if not self._waiting:
                self._since = time.monotonic()
                return
        frame = stream.frame()
        if frame is None:
            return
        with self._news:
            if not token.cancelled:
                self._frame, self._since = frame, time.monotonic()
                self._number += 1
                self._news.notify_all()

    def _report(self, error: StationError, token: CancelToken) -> None:
        with self._news:
            if not token.cancelled:
                self._error = error
                self._news.notify_all()

    def _wake(self) -> None:
        with self._news:
            self._news.notify_all()

    def _pulled(self) -> DeviceRemoved:
        return DeviceRemoved(
            say("{device} was unplugged.", device=self._name),
            say("Plug it in again, or choose another camera with F8."),
        )

    def _not_opened(self, source: VideoSource) -> StationError:
        if not source.exists():
            return self._pulled()
        return DeviceFault(
            say("{device} does not start.", device=self._name),
            say("Close other programs that use the camera, or plug it in again."),
        )

    def _silent(self, seconds: float) -> DeviceSilent:
        return DeviceSilent(
            say("{device} has sent no picture for {seconds} s.", device=self._name, seconds=round(seconds)),
            say("Unplug it, wait five seconds, plug it in again. Or choose another camera with F8."),
        )
