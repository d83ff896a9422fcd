# SPDX-License-Identifier: Apache-2.0
"""Live pictures are new, captures are full size, and a camera that falls silent or is pulled says which of the two."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.base import removed
from devices.cameras import live as live_module
from devices.cameras.adjusting import Wanted
from devices.cameras.discovery import FoundCamera, cameras
from devices.cameras.driver import CameraDriver, CameraSettings
from devices.cameras.live import LiveFrames
from devices.cameras.video import USUAL_RATE, Stream, VideoSource
from devices.registry import Registry
from station.domain.errors import DeviceFault, DeviceRemoved, DeviceSilent
from station.ports.devices import BARCODE_READER, DOCUMENT_SCANNER, FACE_CAMERA
from station.ports.images import PreviewFrame
from station.ports.tasks import CancelToken
from tests.contract import benches_cameras
from tests.contract.benches import LOOK, Bench, WallClock, running, until, video
from tests.contract.benches_cameras import Hang


def films(*paths: Path, **settings: object) -> Bench:
    """A bench whose cameras are these films."""
    names = tuple(str(path) for path in paths)
    chosen = CameraSettings(files=names, look_seconds=LOOK, enabled=False, **settings)  # type: ignore[arg-type]  # by name
    return Bench(CameraDriver(chosen, clock=WallClock()))


def pixels(frame: PreviewFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.frombuffer(frame.rgb, np.uint8).reshape(frame.height, frame.width, 3).astype(np.int64)


def seen(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def test_the_live_picture_moves_and_the_capture_is_full_size(tmp_path: Path) -> None:
    with (
        running(films(video(tmp_path / "film.avi"), preview_width=320)) as bench,
        bench.registry.open(FACE_CAMERA) as camera,
    ):
        first, second = (camera.latest_frame(cancel=CancelToken()) for _ in range(2))
        assert (first.width, first.height) == (320, 240)
        assert first.rgb != second.rgb
        face = camera.capture(cancel=CancelToken())
    assert seen(face.image.data).shape == (600, 800, 3)


def test_the_live_picture_has_red_before_blue(tmp_path: Path) -> None:
    with running(benches_cameras.camera(tmp_path)) as bench, bench.registry.open(FACE_CAMERA) as camera:
        live = pixels(camera.latest_frame(cancel=CancelToken()))
    red, blue = live[:, :, 0], live[:, :, 2]
    assert (red - blue).max() > 120  # the disc of the film is red
    assert (blue - red).max() < 60


def halves(path: Path) -> Path:
    """A film whose left half is bright."""
    picture = np.full((240, 320, 3), 20, np.uint8)
    picture[:, :160] = 220
    return benches_cameras.film(path, [(picture, 0.4)])


def test_the_live_picture_may_be_a_mirror_and_the_capture_never_is(tmp_path: Path) -> None:
    with (
        running(films(halves(tmp_path / "halves.avi"), mirror=True)) as bench,
        bench.registry.open(FACE_CAMERA) as camera,
    ):
        live = pixels(camera.latest_frame(cancel=CancelToken()))
        captured = seen(camera.capture(cancel=CancelToken()).image.data)
    for bright, dark in ((live[:, 250:], live[:, :100]), (captured[:, :100], captured[:, 250:])):
        assert bright.mean() > 200
        assert dark.mean() < 60


@pytest.mark.parametrize(("rotate", "bright"), [(0, (120, 40)), (90, (40, 120)), (180, (120, 280)), (270, (280, 120))])
def test_a_camera_that_hangs_askew_is_turned(tmp_path: Path, rotate: int, bright: tuple[int, int]) -> None:
    with (
        running(films(halves(tmp_path / "halves.avi"), rotate=rotate)) as bench,
        bench.registry.open(FACE_CAMERA) as camera,
    ):
        live = pixels(camera.latest_frame(cancel=CancelToken()))
        captured = seen(camera.capture(cancel=CancelToken()).image.data)
    assert live.shape == captured.shape == ((320, 240, 3) if rotate in (90, 270) else (240, 320, 3))
    assert captured[bright].mean() > 200
    assert live[bright].mean() > 200


def test_a_film_begins_again_at_its_end(tmp_path: Path) -> None:
    with running(benches_cameras.camera(tmp_path)) as bench, bench.registry.open(FACE_CAMERA) as camera:
        for _ in range(30):  # the film has 12 frames
            camera.latest_frame(cancel=CancelToken())


def test_numbered_pictures_are_a_camera_too(tmp_path: Path) -> None:
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"f{number:03d}.jpg"), np.full((120, 160, 3), 40 * number, np.uint8))
    with running(films(tmp_path / "f%03d.jpg")) as bench, bench.registry.open(FACE_CAMERA) as camera:
        frame = camera.latest_frame(cancel=CancelToken())
        assert bench.registry.states()[0].info.name == tmp_path.name  # the pattern is the same in every folder
    assert (frame.width, frame.height) == (160, 120)


def test_numbered_pictures_come_as_quickly_as_those_of_a_camera(tmp_path: Path) -> None:
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"f{number:03d}.jpg"), np.full((120, 160, 3), 40 * number, np.uint8))
    wanted = Wanted()
    stream = Stream(VideoSource(str(tmp_path / "f%03d.jpg"), live=False), wanted=wanted)
    try:
        assert stream.grab()
        assert stream.pause() <= 1 / USUAL_RATE
    finally:
        stream.close()


def test_a_camera_with_another_size_than_asked_for_says_so(tmp_path: Path) -> None:
    bench = films(video(tmp_path / "film.avi"), width=1280, height=720)
    with running(bench), bench.registry.open(FACE_CAMERA) as camera:
        camera.latest_frame(cancel=CancelToken())
        says = bench.registry.states()[0].health.says.in_english()
    assert says.endswith("It gives 800 x 600 pixels; the settings ask for 1280 x 720.")


def test_a_camera_with_the_size_asked_for_says_nothing(tmp_path: Path) -> None:
    bench = films(video(tmp_path / "film.avi"), width=800, height=600)
    with running(bench), bench.registry.open(FACE_CAMERA) as camera:
        camera.latest_frame(cancel=CancelToken())
        assert "pixels" not in bench.registry.states()[0].health.says.in_english()


def test_faces_and_codes_are_looked_for_side_by_side(tmp_path: Path) -> None:
    bench = benches_cameras.code_camera(tmp_path)
    with running(bench), bench.registry.open(FACE_CAMERA) as camera:
        with bench.registry.open(BARCODE_READER) as reader:
            assert reader.read(cancel=CancelToken()).codes[0].content == benches_cameras.CODE
            camera.latest_frame(cancel=CancelToken())
        camera.latest_frame(cancel=CancelToken())  # one role less does not stop the camera


def test_a_file_that_is_no_film_is_a_fault_with_its_cause(tmp_path: Path) -> None:
    (tmp_path / "camera.avi").write_bytes(b"not a film")
    live = LiveFrames("Camera", wanted=Wanted())
    try:
        with pytest.raises(DeviceFault, match="does not start"):
            live.next_frame(lambda: VideoSource(str(tmp_path / "camera.avi"), live=False), cancel=CancelToken())
    finally:
        live.close()


def test_a_camera_whose_node_is_gone_was_unplugged(tmp_path: Path) -> None:
    live = LiveFrames("Camera", wanted=Wanted())
    try:
        with pytest.raises(DeviceRemoved, match="unplugged"):
            live.next_frame(lambda: VideoSource(str(tmp_path / "video0"), live=True), cancel=CancelToken())
    finally:
        live.close()


def test_a_camera_that_gives_nothing_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "_OPENING", 0.1)
    os.mkfifo(tmp_path / "camera.avi")
    hang = Hang(tmp_path / "camera.avi")
    live = LiveFrames("Camera", wanted=Wanted())
    try:
        with pytest.raises(DeviceSilent, match="has sent no picture"):
            live.next_frame(lambda: VideoSource(str(tmp_path / "camera.avi"), live=False), cancel=CancelToken())
    finally:
        with hang.end():
            live.close()


def test_the_thread_of_a_camera_that_hung_is_left_behind_when_it_is_plugged_in_again(tmp_path: Path) -> None:
    for number in range(4):  # pictures, because films share a lock of the library with what hangs
        cv2.imwrite(str(tmp_path / f"f{number:03d}.jpg"), np.full((120, 160, 3), 40 * number, np.uint8))
    os.mkfifo(tmp_path / "camera.avi")
    hang = Hang(tmp_path / "camera.avi")
    live = LiveFrames("Camera", wanted=Wanted())
    try:
        with pytest.raises(DeviceRemoved):
            live.next_frame(lambda: _hung(tmp_path, live), cancel=CancelToken())
        live.replugged()
        frame = live.next_frame(lambda: VideoSource(str(tmp_path / "f%03d.jpg"), live=False), cancel=CancelToken())
        assert frame.shape == (120, 160, 3)
    finally:
        with hang.end():
            live.close()


def _hung(folder: Path, live: LiveFrames) -> VideoSource:
    """The source that hangs; the cable is pulled a moment later."""
    threading.Timer(0.3, lambda: live.stop(removed("Camera"))).start()
    return VideoSource(str(folder / "camera.avi"), live=False)


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
            FoundCamera(tmp_path / "video0", "usb-A", "Face Cam", "0042", "1d6b:0102 0100"),
            FoundCamera(tmp_path / "video2", "usb-B", "Desk Cam"),
        ]
        until(lambda: len(registry.states()) == 2)
        infos = {state.info.name: state.info for state in registry.states()}
        assert infos["Face Cam"].roles == (FACE_CAMERA, BARCODE_READER)
        assert infos["Desk Cam"].roles == (DOCUMENT_SCANNER, BARCODE_READER)
        assert (infos["Face Cam"].serial_number, infos["Face Cam"].version) == ("0042", "1d6b:0102 0100")
        assert driver.why_nothing() is None
    finally:
        registry.close()


def test_cameras_that_are_switched_off_are_not_looked_for() -> None:
    def look() -> list[FoundCamera]:
        raise AssertionError("nobody may look")

    driver = CameraDriver(CameraSettings(enabled=False, look_seconds=LOOK), clock=WallClock(), find=look)
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    registry.close()
    assert driver.why_nothing() is None


def test_one_camera_with_several_nodes_is_found_once_under_its_serial(tmp_path: Path) -> None:
    nodes, classes, usb = tmp_path / "dev", tmp_path / "class", tmp_path / "usb"
    (usb / "interface").mkdir(parents=True)
    for part, text in (("serial", "0042"), ("idVendor", "1d6b"), ("idProduct", "0102"), ("bcdDevice", "0100")):
        (usb / part).write_text(text + "\n")
    for name, index in (("video0", "0"), ("video1", "1"), ("video10", "0")):
        (classes / name).mkdir(parents=True)
        (classes / name / "index").write_text(index + "\n")
        (classes / name / "name").write_text("Desk Cam\n")
        nodes.mkdir(exist_ok=True)
        (nodes / name).touch()
    (classes / "video0" / "device").symlink_to(usb / "interface")
    by_id = nodes / "v4l" / "by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-Desk_0042-video-index0").symlink_to("../../video0")
    found = cameras(nodes=nodes, classes=classes)
    assert [(camera.node.name, camera.key) for camera in found] == [
        ("video0", "usb-Desk_0042-video-index0"),
        ("video10", "video10:Desk Cam"),
    ]
    assert found[0].name == "Desk Cam"
    assert (found[0].serial_number, found[0].version) == ("0042", "1d6b:0102 0100")
    assert (found[1].serial_number, found[1].version) == ("", "")
