# SPDX-License-Identifier: Apache-2.0
"""Keeps a camera's live picture running for a page, and says in words why there is none."""

from __future__ import annotations

from collections.abc import Callable

from station.domain.errors import Cancelled, StationError
from station.domain.words import Text, say
from station.ports.devices import FACE_CAMERA, DeviceRegistry
from station.ports.images import PreviewFrame
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner

MOST_A_SECOND = 25.0  # more than an eye needs costs processor time only

#: Takes a frame on any thread and returns at once, as ``LivePicture.offer`` does.
Offer = Callable[[PreviewFrame], None]


class LiveView:
    """One live picture. Methods are called at home; frames go to ``offer`` on the thread that has them.

    ``ended`` runs at home when the picture ended by itself: the camera is held by somebody, was pulled, is silent.
    One worker of the task runner is held while it runs, and the camera in the role of a face camera.
    """

    def __init__(
        self, devices: DeviceRegistry, tasks: TaskRunner, *, offer: Offer, ended: Callable[[Text], None]
    ) -> None:
        self._devices = devices
        self._tasks = tasks
        self._offer = offer
        self._ended = ended
        self._handle: TaskHandle | None = None
        self._turn = 0  # what an earlier run still brings home is not for this one

    @property
    def running(self) -> bool:
        """Whether frames come, or are waited for."""
        return self._handle is not None

    def start(self, device_id: str | None = None) -> None:
        """Show the camera chosen for faces, or this one. One that was shown is let go first."""
        self.stop()
        turn = self._turn

        def work(cancel: CancelToken) -> None:
            opened = (
                self._devices.open(FACE_CAMERA)
                if device_id is None
                else self._devices.open_device(FACE_CAMERA, device_id)
            )
            with opened as camera:
                while True:
                    frame = camera.latest_frame(cancel=cancel)
                    if cancel.cancelled:
                        return
                    self._offer(frame)
                    cancel.wait(1 / MOST_A_SECOND / 2)  # the next frame is new anyway: half the time is pause enough

        def done(_: None) -> None:
            if turn == self._turn:
                self._handle = None

        def failed(problem: BaseException) -> None:
            if turn != self._turn:
                return
            self._handle = None
            if isinstance(problem, StationError):
                self._ended(say("{cause} {next_step}", cause=problem.cause, next_step=problem.next_step))
            elif not isinstance(problem, Cancelled):
                self._ended(say("The live picture ended by a fault of this program. Start it again."))

        self._handle = self._tasks.run(work, done=done, failed=failed)

    def stop(self) -> None:
        """Let the camera go. Harmless when none is shown."""
        self._turn += 1
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
