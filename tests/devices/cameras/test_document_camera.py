# SPDX-License-Identifier: Apache-2.0
"""A camera over the desk waits for a document, flattens it, takes it once, and gives everything when it finds none."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from devices.cameras.driver import CameraDriver, CameraSettings
from devices.cameras.looking import NO_PAGE
from station.domain.errors import Cancelled
from station.ports.devices import DOCUMENT_SCANNER, PageCapture
from station.ports.tasks import CancelToken
from tests.contract import benches_cameras
from tests.contract.benches import LOOK, Bench, WallClock, running
from tests.contract.benches_cameras import film, small
from tests.contract.calls import Call
from tests.station.optical.desks import Picture, scene


def desk(path: Path, *shots: tuple[Picture, float]) -> Bench:
    """A camera that sees these pictures one after the other, again and again."""
    settings = CameraSettings(
        files=(str(film(path, shots)),), document_cameras=("desk",), look_seconds=LOOK, enabled=False
    )
    return Bench(CameraDriver(settings, clock=WallClock()))


def pixels(page: PageCapture) -> Picture:
    picture = cv2.imdecode(np.frombuffer(page.image.data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def empty() -> Picture:
    return small(scene(4, empty=True).picture)


def test_the_page_is_flattened_and_says_nothing_else(tmp_path: Path) -> None:
    with running(benches_cameras.page_camera(tmp_path)) as bench, bench.registry.open(DOCUMENT_SCANNER) as scanner:
        assert scanner.senses_documents
        page = scanner.scan(cancel=CancelToken())
    shape = pixels(page).shape
    assert max(shape[:2]) / min(shape[:2]) == pytest.approx(125 / 88, rel=0.1)
    assert page.remark is None


def test_two_documents_are_two_pages(tmp_path: Path) -> None:
    with running(benches_cameras.page_camera(tmp_path)) as bench, bench.registry.open(DOCUMENT_SCANNER) as scanner:
        shapes: set[tuple[int, ...]] = set()
        for _ in range(8):  # a busy machine may miss one showing of the film
            shapes.add(pixels(scanner.scan(cancel=CancelToken())).shape)
            if len(shapes) == 2:
                return
    raise AssertionError("one of the two documents was never seen")


def test_a_document_that_stays_is_captured_once_even_by_the_next_session(tmp_path: Path) -> None:
    with running(desk(tmp_path / "desk.avi", (small(scene(4).picture), 1.0))) as bench:
        with bench.registry.open(DOCUMENT_SCANNER) as scanner:
            scanner.scan(cancel=CancelToken())
        cancel = CancelToken()
        with bench.registry.open(DOCUMENT_SCANNER) as scanner:
            waiting = Call(lambda: scanner.scan(cancel=cancel))
            threading.Event().wait(1.5)
            assert bench.registry.states()[0].health.says.in_english().startswith("Waiting for a document.")
            cancel.cancel()
            waiting.end()
    assert isinstance(waiting.error, Cancelled)


def test_what_is_no_page_is_given_whole_and_said(tmp_path: Path) -> None:
    heap = empty()
    cv2.circle(heap, (400, 300), 170, (30, 60, 160), -1)
    bench = desk(tmp_path / "desk.avi", (empty(), 1.6), (heap, 3.2))
    with running(bench), bench.registry.open(DOCUMENT_SCANNER) as scanner:
        page = scanner.scan(cancel=CancelToken())
        assert NO_PAGE.in_english() in bench.registry.states()[0].health.says.in_english()
    assert pixels(page).shape == (600, 800, 3)
    assert page.remark == NO_PAGE
