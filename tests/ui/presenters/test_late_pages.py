# SPDX-License-Identifier: Apache-2.0
"""A page that is captured just as the officer does something else: the document was placed, so it is not lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.ports.devices import PageCapture
from station.ports.tasks import CancelToken
from tests.ui.desk import Desk, open_desk
from ui.presenters.inspect_view import Mode
from ui.presenters.keymap import Act


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.close()


def _captures_while(desk: Desk, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Let the officer do ``meanwhile`` just as the waiting scanner has captured its page."""
    scan = desk.service.scan

    def captured(*, cancel: CancelToken) -> PageCapture:
        page = scan(cancel=cancel)
        meanwhile()
        return page

    monkeypatch.setattr(desk.service, "scan", captured)
    desk.place()
    desk.presenter.start()
    desk.tasks.all()


@pytest.mark.parametrize("act", [Act.NEXT, Act.KEY_IN, Act.NO_DOCUMENT, Act.OTHER_DEVICE])
def test_a_page_captured_as_the_officer_presses_a_key_is_the_one_that_is_inspected(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    _captures_while(desk, monkeypatch, lambda: desk.presenter.do(act))
    assert desk.view.mode is Mode.DECIDING
    assert desk.view.page.frame is not None
    assert len(desk.service.unfinished()) == 1


def test_a_page_captured_as_another_page_is_shown_stays_in_hand(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _captures_while(desk, monkeypatch, desk.presenter.stop)
    desk.presenter.start()
    desk.tasks.all()
    assert desk.view.mode is Mode.DECIDING


def test_a_page_captured_as_the_station_locks_waits_in_the_list(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _captures_while(desk, monkeypatch, desk.presenter.close)
    assert len(desk.service.unfinished()) == 1
