# SPDX-License-Identifier: Apache-2.0
"""One thread per device: vendor libraries want it so, and a call that hangs must never hold a face.

The caller waits only as long as it wants to. A vendor call cannot be interrupted, so work that nobody waits
for any more stays on the device's thread until it returns, and the worker says since when it is silent.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

from station.domain.errors import Cancelled, DeviceRemoved, DeviceSilent
from station.domain.words import Text, say
from station.ports.tasks import CancelToken

T = TypeVar("T")

_log = logging.getLogger(__name__)

PATIENCE: Final = 2.0  # seconds that new work waits for a call that nobody waits for any more
CLOSING: Final = 5.0  # seconds that close() waits for the thread


class _Runnable(Protocol):
    """What the thread needs of a job, whatever its result is."""

    token: CancelToken

    def run(self) -> None: ...

    def fail(self, error: BaseException) -> None: ...


class Job(Generic[T]):
    """A piece of work on a device's thread, and the one place where its outcome is decided."""

    __slots__ = ("_error", "_lock", "_outcome", "_undo", "_work", "begun_at", "done", "given_up_at", "owner", "token")

    def __init__(
        self, work: Callable[[CancelToken], T], undo: Callable[[T], None] | None, owner: object = None
    ) -> None:
        self.token = CancelToken()
        self.owner = owner
        self.done = threading.Event()
        self.begun_at: float | None = None
        self.given_up_at: float | None = None
        self._lock = threading.Lock()
        self._work = work
        self._undo = undo
        self._outcome: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        """Do the work and decide who gets its outcome: the caller, or ``undo`` when nobody waits any more."""
        self.begun_at = time.monotonic()
        try:
            self.token.raise_if_cancelled()
            result = self._work(self.token)
        except BaseException as error:  # noqa: BLE001 - handed to the caller as it is, or named in the log
            late = not self._settle([], error)
            if late and not isinstance(error, Cancelled | DeviceRemoved):
                _log.info("work that was given up ended with %s", type(error).__name__)
            return
        if not self._settle([result], None) and self._undo is not None:
            try:
                self._undo(result)
            except BaseException as error:  # noqa: BLE001 - nobody waits for it; the device's thread has to live on
                _log.warning("undoing work that was given up ended with %s", type(error).__name__)

    def fail(self, error: BaseException) -> None:
        """Give the caller ``error`` now and ask the work to end. Does nothing once the outcome is decided."""
        if self._settle([], error):
            self.given_up_at = time.monotonic()
            self.token.cancel()

    def _settle(self, outcome: list[T], error: BaseException | None) -> bool:
        with self._lock:
            if self.done.is_set():
                return False
            self._outcome, self._error = outcome, error
            self.done.set()
            return True

    def result(self) -> T:
        """The outcome, once ``done`` is set: the value, or the error raised."""
        if self._error is not None:
            raise self._error
        return self._outcome[0]


class DeviceWorker:
    """A device's own thread, started with its first work. Every method may be called from any thread."""

    def __init__(self, name: str) -> None:
        self._queue: queue.SimpleQueue[_Runnable | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._current: Job[object] | None = None
        self._waiting: list[Job[object]] = []
        self._thread = threading.Thread(target=self._serve, name=f"device {name}", daemon=True)
        self._started = False

    def assert_on_worker(self) -> None:
        """Raise RuntimeError unless called on the device's thread: vendor calls stand behind this line."""
        if threading.current_thread() is not self._thread:
            raise RuntimeError("a vendor call was made off its device's thread")

    def begin(
        self,
        work: Callable[[CancelToken], T],
        *,
        undo: Callable[[T], None] | None = None,
        whatever_happens: bool = False,
        owner: object = None,
    ) -> Job[T]:
        """Queue ``work`` and do not wait. Its token is cancelled by ``close`` and ``fail_waiting``.

        ``owner`` is for whom it is done, where several share the thread. ``whatever_happens`` is for short work that
        must be done once it is queued, as tidying up after a capture is: it runs even when the device is let go or
        closed in between.
        """
        job: Job[T] = Job(work, undo, owner)
        with self._lock:
            if self._closed:
                raise _closed()
            if not whatever_happens:
                self._waiting.append(job)  # type: ignore[arg-type]  # kept only to be failed, never read
            self._queue.put(job)
            if not self._started:
                self._started = True
                self._thread.start()
        return job

    def run(
        self,
        work: Callable[[CancelToken], T],
        *,
        cancel: CancelToken,
        timeout: float | None = None,
        undo: Callable[[T], None] | None = None,
        owner: object = None,
    ) -> T:
        """Do ``work`` on the device's thread and wait for its result.

        ``work`` gets a token of its own, which is cancelled when the caller stops, the time (seconds) is over
        or the device is gone. ``undo`` gets a result that nobody took, on the device's thread: nothing that
        was captured is lost without a trace. Raises Cancelled at once when ``cancel`` fires, even while the
        vendor call hangs; DeviceSilent after ``timeout`` or while an earlier call hangs; what
        ``work`` raises.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("a device's thread cannot wait for itself")
        cancel.raise_if_cancelled()
        self._wait_for_a_hanging_call(cancel)
        job = self.begin(work, undo=undo, owner=owner)
        forget = cancel.on_cancel(lambda: job.fail(Cancelled()))
        try:
            if not job.done.wait(timeout):
                job.fail(_silent(timeout or 0.0))
            return job.result()
        finally:
            forget()

    def fail_waiting(self, error: BaseException, *, owner: object = None) -> None:
        """Give ``error`` to everybody who waits: the device is gone. With ``owner``, only to those who wait for it."""
        with self._lock:
            jobs = [job for job in self._waiting if owner is None or job.owner is owner]
        for job in jobs:
            job.fail(error)

    @property
    def silent_since(self) -> float | None:
        """Seconds for which a call has been hanging that nobody waits for any more; None when none does."""
        with self._lock:
            current = self._current
        if current is None or current.given_up_at is None:
            return None
        return time.monotonic() - current.given_up_at

    @property
    def busy_since(self) -> float | None:
        """Seconds for which a call has been under way that somebody waits for; None when none is."""
        with self._lock:
            current = self._current
        if current is None or current.given_up_at is not None or current.begun_at is None:
            return None
        return time.monotonic() - current.begun_at

    def complaint(self) -> Text | None:
        """ "No answer since 12 s", once a given-up call has been hanging for longer than PATIENCE."""
        silent = self.silent_since
        if silent is None or silent < PATIENCE:
            return None
        return say(
            "No answer since {seconds} s. Unplug the device, wait five seconds and plug it in again.",
            seconds=round(silent),
        )

    def end(self) -> None:
        """Take no more work and ask the thread to end, without waiting; whoever waits gets DeviceRemoved."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self.fail_waiting(_closed())

    def close(self, *, deadline: float | None = None) -> bool:
        """End the thread, waiting until ``deadline`` (as time.monotonic tells it; None: CLOSING from now).

        Whoever waits gets DeviceRemoved. Returns False when a call still hangs on it.
        """
        self.end()
        if self._started and threading.current_thread() is not self._thread:
            self._thread.join(CLOSING if deadline is None else max(0.0, deadline - time.monotonic()))
        return not self._thread.is_alive()

    def _wait_for_a_hanging_call(self, cancel: CancelToken) -> None:
        with self._lock:
            current = self._current
        if current is None or current.given_up_at is None:
            return
        deadline = time.monotonic() + PATIENCE
        while (silent := self.silent_since) is not None:
            if time.monotonic() > deadline:
                raise _silent(silent)
            cancel.wait(0.02)

    def _serve(self) -> None:
        while (job := self._queue.get()) is not None:
            with self._lock:
                self._current = job  # type: ignore[assignment]  # only its times are read
            job.run()
            with self._lock:
                self._current = None
                if job in self._waiting:
                    self._waiting.remove(job)
            del job


def _silent(seconds: float) -> DeviceSilent:
    return DeviceSilent(
        say("The device has not answered for {seconds} s.", seconds=round(seconds, 1)),
        say("Unplug it, wait five seconds, plug it in again. Or choose another device with F8."),
    )


def _closed() -> DeviceRemoved:
    return DeviceRemoved(say("The device was closed."), say("Choose a device with F8 and try again."))
