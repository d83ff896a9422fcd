# SPDX-License-Identifier: Apache-2.0
"""What the officer gives by hand arrives as given, marked as given by hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from devices.manual.keyed_mrz import KeyedMrz
from devices.manual.photo_file import PhotoFile
from devices.registry import Registry
from station.domain.errors import DeviceFault, DeviceRemoved, NoDevice
from station.ports.devices import FACE_CAMERA, MRZ_READER
from station.ports.images import MOST_IMAGE_BYTES
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock, picture


def test_lines_that_nobody_reads_are_not_taken() -> None:
    keyed = KeyedMrz(clock=WallClock())
    assert not keyed.submit(("P<UTO",))


def test_lines_of_an_ended_session_never_reach_the_next_traveller() -> None:
    keyed = KeyedMrz(clock=WallClock())
    registry = Registry([keyed], allow_simulated=False)
    registry.start()
    with registry.open(MRZ_READER):
        assert keyed.submit(("OLD",))
    with registry.open(MRZ_READER) as reader:
        keyed.submit(("NEW",))
        assert reader.read(cancel=CancelToken()).lines == ("NEW",)
    registry.close()


def test_lines_stay_in_order() -> None:
    keyed = KeyedMrz(clock=WallClock())
    registry = Registry([keyed], allow_simulated=False)
    registry.start()
    with registry.open(MRZ_READER) as reader:
        for line in ("ONE", "TWO"):
            keyed.submit((line,))
        assert [reader.read(cancel=CancelToken()).lines for _ in range(2)] == [("ONE",), ("TWO",)]
    registry.close()


def photo_registry(photo: PhotoFile) -> Registry:
    registry = Registry([photo], allow_simulated=False)
    registry.start()
    return registry


def test_no_camera_is_offered_until_a_photo_is_chosen(tmp_path: Path) -> None:
    photo = PhotoFile(clock=WallClock())
    registry = photo_registry(photo)
    with pytest.raises(NoDevice), registry.open(FACE_CAMERA):
        pass
    chosen = picture(tmp_path / "photo.png")
    photo.choose_file(chosen)
    with registry.open(FACE_CAMERA) as camera:
        face = camera.capture(cancel=CancelToken())
    assert face.image.data == chosen.read_bytes()
    assert face.image.media_type == "image/png"
    assert face.provenance.manual
    registry.close()


@pytest.mark.parametrize(
    "content", [b"", b"GIF89a", b"\xff\xd8\xff" + bytes(MOST_IMAGE_BYTES)], ids=["empty", "gif", "huge"]
)
def test_a_file_that_is_no_photo_is_refused_with_the_cure(content: bytes, tmp_path: Path) -> None:
    photo = PhotoFile(clock=WallClock())
    registry = photo_registry(photo)
    (tmp_path / "photo.jpg").write_bytes(content)
    photo.choose_file(tmp_path / "photo.jpg")
    with registry.open(FACE_CAMERA) as camera, pytest.raises(DeviceFault) as refused:
        camera.capture(cancel=CancelToken())
    assert "JPEG or PNG" in refused.value.next_step.in_english()
    registry.close()


def test_a_photo_that_vanished_is_a_removal(tmp_path: Path) -> None:
    photo = PhotoFile(clock=WallClock())
    registry = photo_registry(photo)
    photo.choose_file(tmp_path / "never.jpg")
    with registry.open(FACE_CAMERA) as camera, pytest.raises(DeviceRemoved):
        camera.capture(cancel=CancelToken())
    registry.close()


def test_a_link_or_a_pipe_under_the_name_of_a_photo_is_refused_at_once(tmp_path: Path) -> None:
    picture_elsewhere = picture(tmp_path / "elsewhere.png")
    (tmp_path / "link.png").symlink_to(picture_elsewhere)
    os.mkfifo(tmp_path / "pipe.png")  # whoever opens it the ordinary way waits for ever
    photo = PhotoFile(clock=WallClock())
    registry = photo_registry(photo)
    for name in ("link.png", "pipe.png"):
        photo.choose_file(tmp_path / name)
        with registry.open(FACE_CAMERA) as camera, pytest.raises(DeviceFault, match="not a photo"):
            camera.capture(cancel=CancelToken())
    registry.close()
