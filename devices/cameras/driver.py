# SPDX-License-Identifier: Apache-2.0
"""Cameras, and video files in their place, as face camera and document scanner."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devices.base import Attendance, DriverListener, Poller, Session, removed
from devices.cameras import discovery
from devices.cameras.live import LiveFrames
from devices.cameras.video import VideoSource, jpeg, preview
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA, DeviceInfo, FaceCapture, Health, PageCapture, Role
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken

DRIVER = "camera"
JPEG = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSettings:
    """``files``: video files or patterns (``seq/f%03d.jpg``) shown as cameras.

    A camera whose name or path contains one of ``document_cameras`` looks at documents; every other one at faces.
    ``size`` is the picture asked of a camera, in pixels. ``discover`` looks for V4L2 cameras.
    """

    files: tuple[str, ...] = ()
    document_cameras: tuple[str, ...] = ()
    size: tuple[int, int] | None = (1920, 1080)
    look_seconds: float = 2.0
    discover: bool = True


class CameraDriver:
    """Watches which cameras are plugged in and which files are there."""

    name = DRIVER
    simulated = False

    def __init__(
        self,
        settings: CameraSettings,
        *,
        clock: Clock,
        find: Callable[[], list[discovery.FoundCamera]] = discovery.cameras,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._find = find
        self._listener: DriverListener | None = None
        self._cameras: dict[str, Camera] = {}
        self._there: set[str] = set()
        self._looked = False
        self._poller = Poller(DRIVER, self._look, seconds=settings.look_seconds)

    def start(self, listener: DriverListener) -> None:
        """Begin to watch."""
        self._listener = listener
        self._poller.start()

    def why_nothing(self) -> Text | None:
        """No camera was found."""
        if self._there or not self._looked:
            return None
        return say("No camera was found. Plug one in; it is noticed within a few seconds.")

    def close(self) -> None:
        """End the threads and let the cameras go."""
        self._poller.close()
        for camera in self._cameras.values():
            camera.close()

    def _look(self) -> None:
        seen: dict[str, tuple[str, VideoSource]] = {}
        for file in self._settings.files:
            source = VideoSource(file, live=False)
            if source.exists():
                seen[f"video:{file}"] = (Path(file).name, source)
        for found in self._find() if self._settings.discover else ():
            seen[f"v4l2:{found.key}"] = (found.name, VideoSource(str(found.node), live=True))
        for device_id, (name, source) in seen.items():
            if device_id not in self._there:
                self._came(device_id, name, source)
        for device_id in self._there - seen.keys():
            self._cameras[device_id].went()
            if self._listener is not None:
                self._listener.detached(device_id)
        self._there = set(seen)
        self._looked = True

    def _came(self, device_id: str, name: str, source: VideoSource) -> None:
        camera = self._cameras.get(device_id)
        if camera is None:
            document = any(part in name or part in source.path for part in self._settings.document_cameras)
            roles: tuple[Role[object], ...] = (DOCUMENT_SCANNER,) if document else (FACE_CAMERA,)
            info = DeviceInfo(device_id, name, DRIVER, roles)
            camera = self._cameras[device_id] = Camera(info, self._settings, self._clock, self._changed)
        camera.came(source)
        if self._listener is not None:
            self._listener.attached(camera)

    def _changed(self, device_id: str) -> None:
        if self._listener is not None:
            self._listener.health_changed(device_id)


class Camera:
    """One camera, or one file in its place. It runs, and its light is on, only while a session uses it."""

    def __init__(
        self, info: DeviceInfo, settings: CameraSettings, clock: Clock, changed: Callable[[str], None]
    ) -> None:
        self.info = info
        self._attendance = Attendance(info, clock=clock, changed=changed)
        self._live = LiveFrames(info.name, size=settings.size)
        self._source: VideoSource | None = None

    def came(self, source: VideoSource) -> None:
        """Plugged in; after a re-plug the node may be another one."""
        self._source = source
        self._attendance.returned()

    def went(self) -> None:
        """Pulled: whoever waits gets DeviceRemoved."""
        self._attendance.went()
        self._live.stop(removed(self.info.name))

    def close(self) -> None:
        """End the thread."""
        self._attendance.went(say("The station is closing."))
        self._attendance.release()
        self._live.close()

    def health(self) -> Health:
        """Ready, in use, gone, or why it cannot be used."""
        source = self._source
        if source is not None and source.live and source.exists() and not os.access(source.path, os.R_OK):
            complaint = say("This account may not use the camera. Ask the technician to add it to the group video.")
            return self._attendance.health(complaint=complaint)
        return self._attendance.health(complaint=self._live.complaint())

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use; the camera starts with the first call."""
        session = self._attendance.claim()
        if role.name == DOCUMENT_SCANNER.name:
            return _PageCamera(self, session)
        return _FaceCamera(self, session)

    def end_session(self, role: Role[object]) -> None:
        """Stop the camera."""
        self._attendance.end(self._live.stop)

    def preview(self, session: Session, cancel: CancelToken) -> PreviewFrame:
        """The next live picture."""
        frame = self._live.next_frame(lambda: self._checked(session), cancel=cancel)
        return PreviewFrame(*preview(frame))

    def picture(self, session: Session, cancel: CancelToken) -> EncodedImage:
        """A picture taken after this call began, in full resolution."""
        frame = self._live.next_frame(lambda: self._checked(session), cancel=cancel)
        self._attendance.well()
        return EncodedImage(jpeg(frame), JPEG)

    def _checked(self, session: Session) -> VideoSource:
        session.check()
        if self._source is None:
            raise removed(self.info.name)
        return self._source

    def page(self, session: Session, cancel: CancelToken) -> PageCapture:
        """A page under the document camera."""
        return PageCapture(self.picture(session, cancel), self._attendance.provenance(DOCUMENT_SCANNER))

    def face(self, session: Session, cancel: CancelToken) -> FaceCapture:
        """A face before the camera."""
        return FaceCapture(self.picture(session, cancel), self._attendance.provenance(FACE_CAMERA))


class _FaceCamera:
    """One session's FaceCamera."""

    def __init__(self, camera: Camera, session: Session) -> None:
        self._camera = camera
        self._session = session

    def latest_frame(self, *, cancel: CancelToken) -> PreviewFrame:
        """The next live picture. Raises DeviceRemoved, DeviceSilent, DeviceFault."""
        return self._camera.preview(self._session, cancel)

    def capture(self, *, cancel: CancelToken) -> FaceCapture:
        """One picture in full resolution. Raises DeviceRemoved, DeviceSilent, DeviceFault."""
        return self._camera.face(self._session, cancel)


class _PageCamera:
    """One session's DocumentScanner: a camera over the desk does not know when a document lies there."""

    senses_documents = False

    def __init__(self, camera: Camera, session: Session) -> None:
        self._camera = camera
        self._session = session

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """One picture in full resolution. Raises DeviceRemoved, DeviceSilent, DeviceFault."""
        return self._camera.page(self._session, cancel)
