# SPDX-License-Identifier: Apache-2.0
"""A camera is known by one lasting name, also when it is looked for while udev still works on it."""

from __future__ import annotations

from pathlib import Path

from devices.cameras.discovery import FoundCamera, cameras
from devices.cameras.driver import CameraDriver, CameraSettings
from devices.registry import Registry
from tests.contract.benches import LOOK, WallClock, until


def test_a_camera_waits_until_udev_has_given_it_its_lasting_name(tmp_path: Path) -> None:
    nodes, udev = tmp_path / "dev", tmp_path / "run/udev"
    nodes.mkdir()
    (udev / "data").mkdir(parents=True)
    (nodes / "video0").touch()
    (udev / "control").touch()
    assert cameras(nodes=nodes, classes=tmp_path / "classes") == []
    by_id = nodes / "v4l/by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-Maker_Camera_77-video-index0").symlink_to(nodes / "video0")
    (udev / "data/c0:0").touch()  # the number of what is no device
    (camera,) = cameras(nodes=nodes, classes=tmp_path / "classes")
    assert camera.key == "usb-Maker_Camera_77-video-index0"


def test_another_camera_at_the_same_socket_is_shown_as_itself(tmp_path: Path) -> None:
    there = [FoundCamera(tmp_path / "video0", "by-path", "Desk Cam", "77")]
    driver = CameraDriver(CameraSettings(look_seconds=LOOK), clock=WallClock(), find=lambda: there)
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    try:
        until(lambda: [state.info.serial_number for state in registry.states()] == ["77"])
        there = [FoundCamera(tmp_path / "video0", "by-path", "Face Cam", "78")]
        until(
            lambda: [(state.info.name, state.info.serial_number) for state in registry.states()] == [("Face Cam", "78")]
        )
    finally:
        registry.close()
