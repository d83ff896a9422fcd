# SPDX-License-Identifier: Apache-2.0
"""Slow work of the desktop: elsewhere, stoppable, and its outcome on the window's thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from station.domain.errors import Cancelled, StationError
from station.domain.words import say
from station.ports.tasks import CancelToken
from tests.conftest import ExpectedLogs
from ui.desktop.runtime.task_runner import QtTaskRunner


@pytest.fixture
def runner(qapp: object) -> Iterator[QtTaskRunner]:
    made = QtTaskRunner()
    yield made
    made.close()


class Home:
    """Keeps what comes home, and on which thread."""

    def __init__(self) -> None:
        self.results: list[object] = []
        self.problems: list[BaseException] = []
        self.threads: set[int] = set()

    def done(self, result: object) -> None:
        self.results.append(result)
        self.threads.add(threading.get_ident())

    def failed(self, problem: BaseException) -> None:
        self.problems.append(problem)
        self.threads.add(threading.get_ident())


def test_work_runs_elsewhere_and_its_outcome_comes_home(runner: QtTaskRunner, qtbot: QtBot) -> None:
    home = Home()
    runner.run(lambda cancel: threading.get_ident(), done=home.done, failed=home.failed)
    assert not home.results
    qtbot.waitUntil(lambda: len(home.results) == 1)
    assert home.results[0] != threading.get_ident()
    assert home.threads == {threading.get_ident()}
    assert not runner.busy


def test_a_stop_arrives_as_cancelled_even_when_the_work_was_quicker(runner: QtTaskRunner, qtbot: QtBot) -> None:
    home = Home()
    finished = threading.Event()

    def work(cancel: CancelToken) -> str:
        finished.set()
        return "too late"

    handle = runner.run(work, done=home.done, failed=home.failed)
    assert finished.wait(10)
    handle.cancel()
    qtbot.waitUntil(lambda: len(home.problems) == 1)
    assert isinstance(home.problems[0], Cancelled)
    assert not home.results


def test_waiting_work_ends_when_it_is_stopped(runner: QtTaskRunner, qtbot: QtBot) -> None:
    home = Home()
    handle = runner.run(lambda cancel: cancel.wait(600), done=home.done, failed=home.failed)
    handle.cancel()
    qtbot.waitUntil(lambda: len(home.problems) == 1)
    assert isinstance(home.problems[0], Cancelled)


def test_a_station_error_comes_home_as_itself_and_is_not_logged(runner: QtTaskRunner, qtbot: QtBot) -> None:
    home = Home()

    def work(cancel: CancelToken) -> None:
        raise StationError(say("The cover is open."), say("Close it."))

    runner.run(work, done=home.done, failed=home.failed)
    qtbot.waitUntil(lambda: len(home.problems) == 1)
    assert isinstance(home.problems[0], StationError)


def test_a_bug_is_logged_without_its_message(
    runner: QtTaskRunner, qtbot: QtBot, expected_logs: ExpectedLogs, caplog: pytest.LogCaptureFixture
) -> None:
    expected_logs.expect("ui.desktop.runtime.task_runner", logging.ERROR, "KeyError at .*test_task_runner")
    home = Home()

    def work(cancel: CancelToken) -> None:
        raise KeyError("ERIKSSON")

    runner.run(work, done=home.done, failed=home.failed)
    qtbot.waitUntil(lambda: len(home.problems) == 1)
    assert isinstance(home.problems[0], KeyError)
    assert "ERIKSSON" not in caplog.text


def test_closing_stops_everything_and_leaves_no_thread(qapp: object) -> None:
    before = set(threading.enumerate())
    runner = QtTaskRunner()
    home = Home()
    for _ in range(20):
        runner.run(lambda cancel: cancel.wait(600), done=home.done, failed=home.failed)
    runner.close()
    assert len(home.problems) == 20
    assert set(threading.enumerate()) <= before
