# SPDX-License-Identifier: Apache-2.0
"""Live pictures are new, captures are full size, and a camera that falls silent or is pulled says which of the two."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.cameras import live as live_module
from devices.cameras.discovery import FoundCamera, cameras
from devices.cameras.driver import CameraDriver, CameraSettings
from devices.cameras.live import LiveFrames
from devices.cameras.video import VideoSource
from devices.registry import Registry
from station.domain.errors import DeviceFault, DeviceRemoved, DeviceSilent
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA
from station.ports.tasks import CancelToken
from tests.contract import benches
from tests.contract.benches import LOOK, Hang, WallClock, running, until


def test_the_live_picture_moves_and_the_capture_is_full_size(tmp_path: Path) -> None:
    with running(benches.camera(tmp_path)) as bench, bench.registry.open(FACE_CAMERA) as camera:
        first, second = (camera.latest_frame(cancel=CancelToken()) for _ in range(2))
        assert (first.width, first.height) == (640, 480)
        assert first.rgb != second.rgb
        face = camera.capture(cancel=CancelToken())
    seen = cv2.imdecode(np.frombuffer(face.image.data, np.uint8), cv2.IMREAD_COLOR)
    assert seen is not None
    assert seen.shape == (600, 800, 3)


def test_the_live_picture_has_red_before_blue(tmp_path: Path) -> None:
    with running(benches.camera(tmp_path)) as bench, bench.registry.open(FACE_CAMERA) as camera:
        frame = camera.latest_frame(cancel=CancelToken())
    pixels = np.frombuffer(frame.rgb, np.uint8).reshape(frame.height, frame.width, 3).astype(int)
    red, blue = pixels[:, :, 0], pixels[:, :, 2]
    assert (red - blue).max() > 120  # the disc of the film is red
    assert (blue - red).max() < 60


def test_a_film_begins_again_at_its_end(tmp_path: Path) -> None:
    with running(benches.camera(tmp_path)) as bench, bench.registry.open(FACE_CAMERA) as camera:
        for _ in range(30):  # the film has 12 frames
            camera.latest_frame(cancel=CancelToken())


def test_numbered_pictures_are_a_camera_too(tmp_path: Path) -> None:
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"f{number:03d}.jpg"), np.full((120, 160, 3), 40 * number, np.uint8))
    driver = CameraDriver(
        CameraSettings(files=(str(tmp_path / "f%03d.jpg"),), look_seconds=LOOK, discover=False), clock=WallClock()
    )
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    try:
        until(lambda: bool(registry.states()))
        with registry.open(FACE_CAMERA) as camera:
            frame = camera.latest_frame(cancel=CancelToken())
        assert (frame.width, frame.height) == (160, 120)
    finally:
        registry.close()


def test_a_file_that_is_no_film_is_a_fault_with_its_cause(tmp_path: Path) -> None:
    (tmp_path / "camera.avi").write_bytes(b"not a film")
    live = LiveFrames("Camera", size=None)
    try:
        with pytest.raises(DeviceFault, match="does not start"):
            live.next_frame(lambda: VideoSource(str(tmp_path / "camera.avi"), live=False), cancel=CancelToken())
    finally:
        live.close()


def test_a_camera_whose_node_is_gone_was_unplugged(tmp_path: Path) -> None:
    live = LiveFrames("Camera", size=None)
    try:
        with pytest.raises(DeviceRemoved, match="unplugged"):
            live.next_frame(lambda: VideoSource(str(tmp_path / "video0"), live=True), cancel=CancelToken())
    finally:
        live.close()


def test_a_camera_that_gives_nothing_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "_OPENING", 0.1)
    os.mkfifo(tmp_path / "camera.avi")
    hang = Hang(tmp_path / "camera.avi")
    live = LiveFrames("Camera", size=None)
    try:
        with pytest.raises(DeviceSilent, match="has sent no picture"):
            live.next_frame(lambda: VideoSource(str(tmp_path / "camera.avi"), live=False), cancel=CancelToken())
    finally:
        with hang.end():
            live.close()


def test_a_camera_is_found_when_plugged_in_and_looks_at_what_the_settings_say(tmp_path: Path) -> None:
    plugged: list[FoundCamera] = []
    driver = CameraDriver(
        CameraSettings(look_seconds=LOOK, document_cameras=("Desk",)), clock=WallClock(), find=lambda: list(plugged)
    )
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    try:
        until(lambda: driver.why_nothing() is not None)
        plugged += [
            FoundCamera(tmp_path / "video0", "usb-A", "Face Cam"),
            FoundCamera(tmp_path / "video2", "usb-B", "Desk Cam"),
        ]
        until(lambda: len(registry.states()) == 2)
        roles = {state.info.name: state.info.roles for state in registry.states()}
        assert roles == {"Face Cam": (FACE_CAMERA,), "Desk Cam": (DOCUMENT_SCANNER,)}
        assert driver.why_nothing() is None
    finally:
        registry.close()


def test_one_camera_with_several_nodes_is_found_once_under_its_serial(tmp_path: Path) -> None:
    nodes, classes = tmp_path / "dev", tmp_path / "class"
    for name, index in (("video0", "0"), ("video1", "1"), ("video10", "0")):
        (classes / name).mkdir(parents=True)
        (classes / name / "index").write_text(index + "\n")
        (classes / name / "name").write_text("Desk Cam\n")
        nodes.mkdir(exist_ok=True)
        (nodes / name).touch()
    by_id = nodes / "v4l" / "by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-Desk_0042-video-index0").symlink_to("../../video0")
    found = cameras(nodes=nodes, classes=classes)
    assert [(camera.node.name, camera.key) for camera in found] == [
        ("video0", "usb-Desk_0042-video-index0"),
        ("video10", "video10:Desk Cam"),
    ]
    assert found[0].name == "Desk Cam"
