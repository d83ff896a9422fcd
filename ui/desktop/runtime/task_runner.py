# SPDX-License-Identifier: Apache-2.0
"""Slow work off the window's thread: outcomes come home to the thread that made the runner, in its event loop."""

from __future__ import annotations

import logging
import queue
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QThread, Signal

from station.domain.errors import Cancelled, StationError
from station.ports.tasks import CancelToken, TaskHandle

T = TypeVar("T")

log = logging.getLogger(__name__)

WORKERS = 8  # a waiting scanner, a camera, the store and what an officer can start meanwhile


class _Task:
    """One piece of work: its stop, and what to call at home."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self.token = CancelToken()
        self.failed = failed
        self.deliver: Callable[[], None] = lambda: None

    def cancel(self) -> None:
        self.token.cancel()


class QtTaskRunner(QObject):
    """The desktop's TaskRunner. Make, use and close it on the window's thread."""

    _ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="task")
        self._under_way: set[_Task] = set()
        self._outcomes: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self._ended.connect(self._bring_home, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[CancelToken], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> TaskHandle:
        """Start ``work`` on another thread; ``done`` or ``failed`` runs later on this one, exactly once."""
        if QThread.currentThread() is not self.thread():
            raise RuntimeError("work is started from the window's thread")
        task = _Task(failed)
        self._under_way.add(task)
        future = self._pool.submit(work, task.token)

        def ended(future: Future[T]) -> None:
            task.deliver = lambda: _deliver(task, future, done)
            self._outcomes.put(task)
            self._ended.emit()

        future.add_done_callback(ended)
        return task

    @property
    def busy(self) -> bool:
        """Whether an outcome is still to come."""
        return bool(self._under_way)

    def close(self) -> None:
        """Stop everything, wait for its end, deliver the last outcomes. Blocks as long as the slowest stop.

        What an outcome begins, such as closing the store behind the last work, is waited for and not stopped.
        """
        for task in tuple(self._under_way):
            task.cancel()
        while self._under_way:
            self._deliver(self._outcomes.get())
        self._pool.shutdown(wait=True)

    def _bring_home(self) -> None:
        while not self._outcomes.empty():
            self._deliver(self._outcomes.get())

    def _deliver(self, task: _Task) -> None:
        self._under_way.discard(task)
        task.deliver()


def _deliver(task: _Task, future: Future[T], done: Callable[[T], None]) -> None:
    problem = Cancelled() if future.cancelled() else future.exception()
    if problem is None and task.token.cancelled:
        problem = Cancelled()
    if problem is None:
        done(future.result())
        return
    if not isinstance(problem, (StationError, Cancelled)):
        _log_bug(problem)
    task.failed(problem)


def _log_bug(problem: BaseException) -> None:
    """Where it happened and what kind it was; never its message, which may hold what a traveller's document says."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(problem.__traceback__)]
    log.error("a task ended with %s at %s", type(problem).__name__, " < ".join(reversed(places)))
