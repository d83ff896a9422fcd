# SPDX-License-Identifier: Apache-2.0
"""What every camera promises, run against every driver and simulator that fills the role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.registry import Registry
from station.ports.devices import FACE_CAMERA, FaceCamera, FaceCapture
from station.ports.tasks import CancelToken
from tests.contract import benches, benches_cameras, benches_simulators, promises
from tests.contract.benches import Bench, held, running, two_frames

Build = Callable[..., Bench]
every = pytest.mark.parametrize(
    "build",
    [benches_simulators.simulated_camera, benches_cameras.camera, benches.photo_file],
    ids=lambda build: build.__name__,
)


def capture(camera: FaceCamera, cancel: CancelToken | None = None) -> FaceCapture:
    return camera.capture(cancel=cancel or CancelToken())


@every
def test_a_capture_is_a_whole_picture_with_its_provenance(build: Build, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    with running(build(tmp_path)) as bench, bench.registry.open(FACE_CAMERA) as camera:
        bench.give()
        face = capture(camera)
        assert face.image.media_type == "image/jpeg"
        assert cv2.imdecode(np.frombuffer(face.image.data, np.uint8), cv2.IMREAD_COLOR) is not None
        promises.provenance_is_true(bench, FACE_CAMERA, face.provenance, before)


@every
def test_the_live_picture_is_small_and_complete(build: Build, tmp_path: Path) -> None:
    with running(build(tmp_path)) as bench, bench.registry.open(FACE_CAMERA) as camera:
        bench.give()
        frame = camera.latest_frame(cancel=CancelToken())
        assert 0 < frame.width <= 1280
        assert len(frame.rgb) == frame.width * frame.height * 3


@every
def test_a_second_use_is_refused(build: Build, tmp_path: Path) -> None:
    promises.second_use_is_refused(build(tmp_path), FACE_CAMERA)


@every
def test_one_use_follows_the_other(build: Build, tmp_path: Path) -> None:
    promises.use_after_use_is_welcome(build(tmp_path), FACE_CAMERA, capture)


@every
def test_an_ended_session_gives_nothing(build: Build, tmp_path: Path) -> None:
    promises.an_ended_session_gives_nothing(build(tmp_path), FACE_CAMERA, capture)


@every
def test_a_stop_before_the_capture_prevents_it(build: Build, tmp_path: Path) -> None:
    promises.a_stop_before_the_call_prevents_it(build(tmp_path), FACE_CAMERA, capture)


@every
def test_waiting_ends_with_a_stop(build: Build, tmp_path: Path) -> None:
    promises.waiting_ends_with_a_stop(build(tmp_path, waits=True), FACE_CAMERA, two_frames)


@every
def test_waiting_ends_when_the_camera_vanishes(build: Build, tmp_path: Path) -> None:
    promises.waiting_ends_when_the_device_vanishes(build(tmp_path, waits=True), FACE_CAMERA, two_frames)


@every
def test_a_camera_that_came_back_can_be_used(build: Build, tmp_path: Path) -> None:
    promises.what_came_back_can_be_used(build(tmp_path), FACE_CAMERA, capture)


@every
def test_nothing_is_left_behind(build: Build, tmp_path: Path) -> None:
    def use(registry: Registry) -> None:
        with registry.open(FACE_CAMERA) as camera:
            bench.give()
            two_frames(camera, CancelToken())
            capture(camera)

    before = held()
    bench = build(tmp_path)
    promises.nothing_is_left_behind(before, lambda: bench, use)
