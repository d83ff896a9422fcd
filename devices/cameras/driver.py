# SPDX-License-Identifier: Apache-2.0
"""Cameras, and video files in their place, as face camera, document scanner and barcode reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from devices.base import DriverListener
from devices.cameras import discovery
from devices.cameras.camera import Camera, Found
from devices.cameras.settings import CameraSettings
from devices.cameras.video import VideoSource
from devices.hotplug import HotPlug
from devices.watching import Watch
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import BARCODE_READER, DOCUMENT_SCANNER, FACE_CAMERA, DeviceInfo, Role

__all__ = ["DRIVER", "CameraDriver", "CameraSettings"]

DRIVER: Final = "cameras"


class CameraDriver:
    """Watches which cameras are plugged in and which files are there."""

    name = DRIVER
    simulated = False

    def __init__(
        self,
        settings: CameraSettings,
        *,
        clock: Clock,
        hotplug: HotPlug | None = None,
        find: Callable[[], list[discovery.FoundCamera]] = discovery.cameras,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._find = find
        self._watch = Watch(
            DRIVER,
            look=self._look,
            make=self._make,
            seconds=settings.look_seconds,
            hotplug=hotplug,
            subsystems=("video4linux",),
            identity=lambda found: (found.name, found.serial_number, found.version),
        )

    def start(self, listener: DriverListener) -> None:
        """Begin to watch, where there is anything to watch."""
        if self._settings.enabled or self._settings.files:
            self._watch.start(listener)

    def why_nothing(self) -> Text | None:
        """No camera was found."""
        return self._watch.nothing(say("No camera was found. Plug one in; it is noticed within a few seconds."))

    def close(self) -> None:
        """End the threads and let the cameras go."""
        self._watch.close()

    def _look(self) -> Mapping[str, Found]:
        seen: dict[str, Found] = {}
        for file in self._settings.files:
            source = VideoSource(file, live=False)
            if source.exists():
                seen[f"video:{file}"] = Found(source.title, source)
        for found in self._find() if self._settings.enabled else ():
            source = VideoSource(str(found.node), live=True)
            seen[f"v4l2:{found.key}"] = Found(found.name, source, found.serial_number, found.version)
        return seen

    def _make(self, device_id: str, found: Found, changed: Callable[[str], None]) -> Camera:
        parts = self._settings.document_cameras
        over_a_desk = any(part in found.name or part in found.source.path for part in parts)
        first: Role[object] = DOCUMENT_SCANNER if over_a_desk else FACE_CAMERA
        info = DeviceInfo(
            device_id,
            found.name,
            DRIVER,
            (first, BARCODE_READER),
            serial_number=found.serial_number,
            version=found.version,
            by_camera=True,
            simulated=not found.source.live,  # a recording is nobody's face: never in a live store
        )
        return Camera(info, self._settings, self._clock, changed)
