# SPDX-License-Identifier: Apache-2.0
"""One camera, or one file in its place. It runs, and its light is on, only while a session uses it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

from devices.base import removed
from devices.cameras.adjusting import Wanted
from devices.cameras.live import LiveFrames
from devices.cameras.looking import CodesInView, PageCamera
from devices.cameras.settings import CameraSettings
from devices.cameras.video import Frame, VideoSource, jpeg, preview
from devices.shell import Shell, Use
from station.domain.errors import DeviceRemoved
from station.domain.words import Text, say
from station.optical.placing import PlacingWatch
from station.ports.clock import Clock
from station.ports.devices import (
    BARCODE_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    DeviceInfo,
    FaceCapture,
    Health,
    HealthState,
    Role,
)
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

JPEG = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Found:
    """A camera or file that is there now. Equal as long as it is the same one at the same node."""

    name: str
    source: VideoSource
    serial_number: str = ""
    version: str = ""


class Camera:
    """``devices.base.Device`` over one stream of frames, which all its roles share."""

    def __init__(
        self, info: DeviceInfo, settings: CameraSettings, clock: Clock, changed: Callable[[str], None]
    ) -> None:
        self.info = info
        self._settings = settings
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._uses: set[Use] = set()
        self._source: VideoSource | None = None
        self._page_remark: Text | None = None
        document = DOCUMENT_SCANNER in info.roles
        self._live = LiveFrames(
            info.name,
            wanted=_wanted(settings, document=document),
            remarked=lambda: changed(info.device_id),
        )
        self._placing = PlacingWatch()
        first = self._pages if document else self._faces
        role: Role[object] = DOCUMENT_SCANNER if document else FACE_CAMERA
        self._shell = Shell(
            info,
            clock=clock,
            changed=changed,
            fills={role.name: first, BARCODE_READER.name: self._codes},
            ended=self._ended,
        )

    # --- what the registry asks ---

    def health(self) -> Health:
        """Ready, in use, gone, or why it cannot be used; and what of the settings it does not follow."""
        health = self._shell.health()
        if health.state in (HealthState.GONE, HealthState.TROUBLE):
            return health
        source = self._source
        if source is not None and source.live and source.exists() and not os.access(source.path, os.R_OK):
            complaint = say("This account may not use the camera. Ask the technician to add it to the group video.")
            return Health(HealthState.TROUBLE, complaint)
        if (hangs := self._live.complaint()) is not None:
            return Health(HealthState.TROUBLE, hangs)
        remarks = (*self._live.remarks, *((self._page_remark,) if self._page_remark is not None else ()))
        return Health(health.state, reduce(_and, remarks, health.says))

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use of one role; the camera starts with the first call."""
        return self._shell.open(role)

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use; with the last role the camera stops."""
        self._shell.end_session(role)

    # --- what the watch tells ---

    @property
    def gone(self) -> bool:
        """Whether it is away."""
        return self._shell.gone

    def came(self, found: Found) -> None:
        """Plugged in; after a re-plug the node may be another one."""
        self._source = found.source
        self._live.replugged()
        self._shell.returned()

    def went(self) -> None:
        """Pulled: whoever waits gets DeviceRemoved."""
        self._shell.went()
        self._live.stop(removed(self.info.name))

    def close(self) -> None:
        """End the threads."""
        self._shell.close()
        self._live.close()

    # --- the roles ---

    def _faces(self, use: Use) -> _FaceCamera:
        return _FaceCamera(self, self._counted(use), widest=self._settings.preview_width, mirror=self._settings.mirror)

    def _pages(self, use: Use) -> PageCamera:
        return PageCamera(self, self._counted(use), self._placing)

    def _codes(self, use: Use) -> CodesInView:
        return CodesInView(self, self._counted(use))

    def frame(self, use: Use, cancel: CancelToken) -> Frame:
        """A frame taken after this call began, in full resolution, turned as set. On the thread of the use's role."""
        return self._live.next_frame(lambda: self._checked(use), cancel=cancel)

    def seconds(self) -> float:
        """A steady clock."""
        return self._clock.monotonic()

    def remark_on_page(self, remark: Text | None) -> None:
        """What the last capture of a page says of itself; None when the page was found."""
        if remark != self._page_remark:
            self._page_remark = remark
            self._changed(self.info.device_id)

    def _counted(self, use: Use) -> Use:
        with self._lock:
            self._uses.add(use)
        return use

    def _checked(self, use: Use) -> VideoSource:
        use.check()
        if self._source is None:
            raise removed(self.info.name)
        return self._source

    def _ended(self, use: Use, error: DeviceRemoved) -> None:
        with self._lock:
            self._uses.discard(use)
            if not self._uses:
                self._live.stop(error)


class _FaceCamera:
    """One session's FaceCamera."""

    def __init__(self, camera: Camera, use: Use, *, widest: int, mirror: bool) -> None:
        self._camera = camera
        self._use = use
        self._widest = widest
        self._mirror = mirror

    def latest_frame(self, *, cancel: CancelToken) -> PreviewFrame:
        """The next live picture. Raises DeviceRemoved, DeviceSilent, DeviceFault."""

        def work(token: CancelToken) -> PreviewFrame:
            return PreviewFrame(
                *preview(self._camera.frame(self._use, token), widest=self._widest, mirror=self._mirror)
            )

        return self._use.run(work, cancel=cancel)

    def capture(self, *, cancel: CancelToken) -> FaceCapture:
        """One picture in full resolution. Raises DeviceRemoved, DeviceSilent, DeviceFault."""

        def work(token: CancelToken) -> FaceCapture:
            frame = self._camera.frame(self._use, token)
            provenance = self._use.provenance()
            return FaceCapture(EncodedImage(jpeg(frame), JPEG), provenance)

        return self._use.run(work, cancel=cancel)


def _wanted(settings: CameraSettings, *, document: bool) -> Wanted:
    if document:
        return Wanted(
            size=(settings.document_width, settings.document_height),
            exposure=settings.document_exposure,
            gain=settings.document_gain,
            rotate=settings.document_rotate,
        )
    return Wanted(
        size=(settings.width, settings.height),
        exposure=settings.exposure,
        gain=settings.gain,
        rotate=settings.rotate,
    )


def _and(first: Text, second: Text) -> Text:
    return say("{first} {second}", first=first, second=second)
