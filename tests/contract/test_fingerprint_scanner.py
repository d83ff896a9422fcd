# SPDX-License-Identifier: Apache-2.0
"""What every fingerprint scanner promises, run against every driver and simulator that fills the role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.registry import Registry
from station.ports.devices import FINGERPRINT_SCANNER
from station.ports.fingers import FingerprintScanner, FingersCapture
from station.ports.tasks import CancelToken
from tests.contract import benches_fingers, promises
from tests.contract.benches import Bench, held, running
from tests.contract.benches_fingers import LEFT_SLAP

Build = Callable[..., Bench]
every = pytest.mark.parametrize("build", [benches_fingers.sbi], ids=lambda build: build.__name__)


def capture(scanner: FingerprintScanner, cancel: CancelToken | None = None) -> FingersCapture:
    return scanner.capture(LEFT_SLAP, cancel=cancel or CancelToken())


def frame(scanner: FingerprintScanner, cancel: CancelToken | None = None) -> object:
    return scanner.latest_frame(cancel=cancel or CancelToken())


@every
def test_all_fingers_come_as_pictures_in_the_order_asked_with_their_provenance(build: Build, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    with running(build(tmp_path)) as bench, bench.registry.open(FINGERPRINT_SCANNER) as scanner:
        bench.give()
        fingers = capture(scanner)
        assert tuple(sample.position for sample in fingers.samples) == LEFT_SLAP.positions
        for sample in fingers.samples:
            picture = cv2.imdecode(np.frombuffer(sample.image.data, np.uint8), cv2.IMREAD_GRAYSCALE)
            assert picture is not None
            assert sample.image.media_type.startswith("image/")
            assert sample.quality is None or 0 <= sample.quality <= 100
        promises.provenance_is_true(bench, FINGERPRINT_SCANNER, fingers.provenance, before)


@every
def test_the_live_picture_is_a_whole_picture_and_moves(build: Build, tmp_path: Path) -> None:
    with running(build(tmp_path)) as bench, bench.registry.open(FINGERPRINT_SCANNER) as scanner:
        bench.give()
        frames = [scanner.latest_frame(cancel=CancelToken()) for _ in range(3)]
        assert len({one.data for one in frames}) == 3
        for one in frames:
            assert cv2.imdecode(np.frombuffer(one.data, np.uint8), cv2.IMREAD_GRAYSCALE) is not None


@every
def test_a_second_use_is_refused(build: Build, tmp_path: Path) -> None:
    promises.second_use_is_refused(build(tmp_path), FINGERPRINT_SCANNER)


@every
def test_one_use_follows_the_other(build: Build, tmp_path: Path) -> None:
    promises.use_after_use_is_welcome(build(tmp_path), FINGERPRINT_SCANNER, capture)


@every
def test_an_ended_session_gives_nothing(build: Build, tmp_path: Path) -> None:
    promises.an_ended_session_gives_nothing(build(tmp_path), FINGERPRINT_SCANNER, capture)


@every
def test_an_ended_session_shows_nothing(build: Build, tmp_path: Path) -> None:
    promises.an_ended_session_gives_nothing(build(tmp_path), FINGERPRINT_SCANNER, frame)


@every
@pytest.mark.parametrize("call", [capture, frame])
def test_a_stop_before_the_call_prevents_it(
    build: Build, tmp_path: Path, call: Callable[[FingerprintScanner, CancelToken | None], object]
) -> None:
    promises.a_stop_before_the_call_prevents_it(build(tmp_path), FINGERPRINT_SCANNER, call)


@every
@pytest.mark.parametrize("call", [capture, frame])
def test_waiting_ends_with_a_stop(
    build: Build, tmp_path: Path, call: Callable[[FingerprintScanner, CancelToken | None], object]
) -> None:
    promises.waiting_ends_with_a_stop(build(tmp_path, waits=True), FINGERPRINT_SCANNER, call)


@every
@pytest.mark.parametrize("call", [capture, frame])
def test_waiting_ends_when_the_scanner_vanishes(
    build: Build, tmp_path: Path, call: Callable[[FingerprintScanner, CancelToken | None], object]
) -> None:
    promises.waiting_ends_when_the_device_vanishes(build(tmp_path, waits=True), FINGERPRINT_SCANNER, call)


@every
def test_a_scanner_that_came_back_can_be_used(build: Build, tmp_path: Path) -> None:
    promises.what_came_back_can_be_used(build(tmp_path), FINGERPRINT_SCANNER, capture)


@every
def test_nothing_is_left_behind(build: Build, tmp_path: Path) -> None:
    def use(registry: Registry) -> None:
        with registry.open(FINGERPRINT_SCANNER) as scanner:
            bench.give()
            frame(scanner)
            capture(scanner)

    before = held()
    bench = build(tmp_path)
    promises.nothing_is_left_behind(before, lambda: bench, use)
