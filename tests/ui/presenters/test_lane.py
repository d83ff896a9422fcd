# SPDX-License-Identifier: Apache-2.0
"""One piece of work at a time: who begins when, and what becomes of work that was dropped or stopped too late."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from station.domain.errors import Cancelled
from station.ports.tasks import CancelToken
from tests.ui.desk import SteppedTasks
from ui.presenters.lane import Lane


class Diary:
    """What began, and what came home."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tasks = SteppedTasks()
        self.lane = Lane(self.tasks)

    def start(self, name: str, *, late: bool = False, during: Callable[[], None] = lambda: None) -> None:
        """Work that calls ``during`` in its middle, as the home thread would meanwhile."""

        def work(_cancel: CancelToken) -> str:
            self.lines.append(f"{name} begins")
            during()
            return name

        self.lane.start(
            work,
            done=lambda outcome: self.lines.append(f"{outcome} done"),
            failed=lambda problem: self.lines.append(f"{name} {type(problem).__name__}"),
            late=lambda outcome: (lambda: self.start(f"{outcome} kept")) if late else None,
        )


def test_the_next_work_begins_only_when_dropped_work_has_come_home() -> None:
    diary = Diary()

    def drop_and_ask() -> None:
        diary.lane.drop()
        diary.start("second")
        assert diary.lane.busy
        assert diary.lines == ["first begins"]

    diary.start("first", during=drop_and_ask)
    diary.tasks.all()
    assert diary.lines == ["first begins", "second begins", "second done"]
    assert not diary.lane.busy


def test_what_dropped_work_brings_home_can_come_before_what_was_asked_meanwhile() -> None:
    diary = Diary()

    def drop_and_ask() -> None:
        diary.lane.drop()
        diary.start("second")

    diary.start("page", late=True, during=drop_and_ask)
    diary.tasks.all()
    assert diary.lines == ["page begins", "page kept begins", "page kept done"]


def test_a_stop_that_comes_too_late_changes_nothing() -> None:
    diary = Diary()
    diary.start("export", during=diary.lane.stop)
    diary.tasks.all()
    assert diary.lines == ["export begins", "export done"]


def test_work_that_waits_for_dropped_work_can_be_stopped_and_dropped() -> None:
    diary = Diary()

    def ask_and_stop() -> None:
        diary.lane.drop()
        diary.start("second")
        diary.lane.drop()
        diary.start("third")
        diary.lane.stop()

    diary.start("first", during=ask_and_stop)
    diary.tasks.all()
    assert diary.lines == ["first begins", f"third {Cancelled.__name__}"]


def test_two_pieces_of_work_at_a_time_are_a_bug() -> None:
    diary = Diary()
    diary.start("first")
    with pytest.raises(RuntimeError):
        diary.start("second")
