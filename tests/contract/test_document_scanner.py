# SPDX-License-Identifier: Apache-2.0
"""What every page scanner promises, run against every driver and simulator that fills the role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.registry import Registry
from station.ports.devices import DOCUMENT_SCANNER, DocumentScanner, PageCapture
from station.ports.tasks import CancelToken
from tests.contract import benches, benches_cameras, benches_simulators, promises
from tests.contract.benches import Bench, held, running

Build = Callable[..., Bench]
ALL = [
    benches_simulators.simulated_scanner,
    benches.sane,
    benches.sane_page,
    benches_cameras.page_camera,
    benches.watched_folder,
]
WAITING = [benches_simulators.simulated_scanner, benches.sane, benches_cameras.page_camera, benches.watched_folder]
every = pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)
every_waiting = pytest.mark.parametrize("build", WAITING, ids=lambda build: build.__name__)


def scan(scanner: DocumentScanner, cancel: CancelToken | None = None) -> PageCapture:
    return scanner.scan(cancel=cancel or CancelToken())


@every
def test_a_page_is_a_whole_picture_with_its_provenance(build: Build, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    with running(build(tmp_path)) as bench, bench.registry.open(DOCUMENT_SCANNER) as scanner:
        bench.give()
        page = scan(scanner)
        picture = cv2.imdecode(np.frombuffer(page.image.data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert page.image.media_type in ("image/png", "image/jpeg")
        promises.provenance_is_true(bench, DOCUMENT_SCANNER, page.provenance, before)


@every
def test_a_second_use_is_refused(build: Build, tmp_path: Path) -> None:
    promises.second_use_is_refused(build(tmp_path), DOCUMENT_SCANNER)


@every
def test_one_use_follows_the_other(build: Build, tmp_path: Path) -> None:
    promises.use_after_use_is_welcome(build(tmp_path), DOCUMENT_SCANNER, scan)


@every
def test_an_ended_session_gives_nothing(build: Build, tmp_path: Path) -> None:
    promises.an_ended_session_gives_nothing(build(tmp_path), DOCUMENT_SCANNER, scan)


@every
def test_a_stop_before_the_scan_prevents_it(build: Build, tmp_path: Path) -> None:
    promises.a_stop_before_the_call_prevents_it(build(tmp_path), DOCUMENT_SCANNER, scan)


@every_waiting
def test_waiting_ends_with_a_stop(build: Build, tmp_path: Path) -> None:
    promises.waiting_ends_with_a_stop(build(tmp_path, waits=True), DOCUMENT_SCANNER, scan)


@every_waiting
def test_waiting_ends_when_the_scanner_vanishes(build: Build, tmp_path: Path) -> None:
    promises.waiting_ends_when_the_device_vanishes(build(tmp_path, waits=True), DOCUMENT_SCANNER, scan)


@every
def test_a_scanner_that_came_back_can_be_used(build: Build, tmp_path: Path) -> None:
    if build is benches.sane_page:
        pytest.skip("plugging in again is proven with SANE's test backend")
    promises.what_came_back_can_be_used(build(tmp_path), DOCUMENT_SCANNER, scan)


@every
def test_nothing_is_left_behind(build: Build, tmp_path: Path) -> None:
    def use(registry: Registry) -> None:
        with registry.open(DOCUMENT_SCANNER) as scanner:
            bench.give()
            scan(scanner)

    before = held()
    bench = build(tmp_path)
    promises.nothing_is_left_behind(before, lambda: bench, use)
