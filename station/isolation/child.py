# SPDX-License-Identifier: Apache-2.0
"""The parent's side of a helper process: one child that is asked, limited, stopped and replaced.

What may crash, hang or be taken over by its input runs there. The child's side is ``serving``.
"""

from __future__ import annotations

import contextlib
import enum
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Protocol

from station.domain.errors import Cancelled
from station.isolation.frames import FrameReader, FrameRefused, Message, encode
from station.isolation.limits import Enforcement, Limits
from station.isolation.serving import EXIT_OUT_OF_MEMORY, HELPER_FLAG

_CHUNK = 1 << 20
_START_SECONDS = 60.0  # a cold disk on a slow machine; a child that hangs at its start still ends


class Stop(Protocol):
    """A stop that somebody may ask for. ``station.ports.tasks.CancelToken`` is one."""

    @property
    def cancelled(self) -> bool: ...

    def on_cancel(self, watcher: Callable[[], None], /) -> Callable[[], None]:
        """Run ``watcher`` when the stop is asked for, at once if it was. Returns what forgets it."""
        ...


class DeathReason(enum.Enum):
    """Why a child gave no answer."""

    NOT_STARTED = "not_started"  # it could not be started, or ended before its first request
    CRASHED = "crashed"  # the kernel ended it: a wrong memory access, an abort inside a library
    OUT_OF_MEMORY = "out_of_memory"  # it reached its limit of memory
    OUT_OF_PROCESSOR_TIME = "out_of_processor_time"  # it reached its limit of processor time
    OUT_OF_TIME = "out_of_time"  # no answer within the limit of time, or before the caller's timeout
    ENDED = "ended"  # it ended by itself in the middle of a request
    GARBLED = "garbled"  # what it sent is no answer: it may have been taken over
    FAILED = "failed"  # its handler raised; ``detail`` has type and place


class HelperDied(Exception):
    """The child gave no answer. The next request starts a new one. Holds no data of the request."""

    def __init__(self, reason: DeathReason, detail: str = "") -> None:
        super().__init__(f"{reason.value} {detail}".rstrip())
        self.reason = reason
        self.detail = detail


class HelperProcess:
    """A child process that answers requests one at a time. Any thread may call any method.

    The child starts with the first request and stays. A stop, a timeout or a fault kills it; the next request
    starts another. What it writes to standard error is dropped: it may hold personal data.
    """

    def __init__(
        self, module: str, limits: Limits, *, environment: Mapping[str, str] | None = None, name: str = ""
    ) -> None:
        self.name = name or module
        self._module = module
        self._limits = limits
        self._environment = dict(environment or {})
        self._turn = threading.Condition()
        self._busy = False
        self._child: subprocess.Popen[bytes] | None = None
        self._enforcement: Enforcement | None = None

    @property
    def enforcement(self) -> Enforcement | None:
        """What the kernel enforces on the running child; None before the first request."""
        return self._enforcement

    @property
    def process_id(self) -> int | None:
        """The running child, for the doctor command and tests."""
        child = self._child
        return None if child is None else child.pid

    def start(self, *, cancel: Stop) -> Enforcement:
        """Have the child ready before the first request. Raises HelperDied, Cancelled."""
        with self._my_turn(cancel, time.monotonic() + _START_SECONDS):
            self._ready(cancel)
            assert self._enforcement is not None
            return self._enforcement

    def request(
        self,
        header: Mapping[str, object],
        attachments: Sequence[bytes] = (),
        *,
        cancel: Stop,
        timeout: float | None = None,
    ) -> Message:
        """Send one request and wait for its answer: header and attachments.

        ``timeout`` is in seconds, not counting the start of a child; without it the wall limit holds.
        Ends within 100 ms of a stop. Raises HelperDied, Cancelled.
        """
        seconds = self._limits.wall_seconds if timeout is None else timeout
        with self._my_turn(cancel, time.monotonic() + seconds):
            child = self._ready(cancel)
            answer, parts = self._converse(child, header, attachments, cancel, time.monotonic() + seconds)
            body = answer.get("answer")
            if not isinstance(body, dict):
                self._kill()
                if isinstance(place := answer.get("failed"), str):
                    raise HelperDied(DeathReason.FAILED, place[:120])
                raise HelperDied(DeathReason.GARBLED)
            return body, parts

    def close(self) -> None:
        """End the child. Waits for a request under way; calling it again does nothing."""
        with self._turn:
            self._turn.wait_for(lambda: not self._busy)
            self._kill()

    @contextmanager
    def _my_turn(self, cancel: Stop, deadline: float) -> Iterator[None]:
        def wake() -> None:
            with self._turn:
                self._turn.notify_all()

        forget = cancel.on_cancel(wake)
        try:
            with self._turn:
                free = self._turn.wait_for(
                    lambda: cancel.cancelled or not self._busy, timeout=max(0.0, deadline - time.monotonic())
                )
                if cancel.cancelled:
                    raise Cancelled
                if not free:
                    raise HelperDied(DeathReason.OUT_OF_TIME)
                self._busy = True
        finally:
            forget()
        try:
            yield
        finally:
            with self._turn:
                self._busy = False
                self._turn.notify_all()

    def _ready(self, cancel: Stop) -> subprocess.Popen[bytes]:
        if self._child is not None:
            if self._child.poll() is None:
                return self._child
            self._kill()  # it ended while nobody asked: nothing was lost
        try:
            child = subprocess.Popen(
                child_command(self._module),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._child_environment(),
                bufsize=0,
                start_new_session=True,  # an interrupt typed at the terminal is for the parent alone
            )
        except OSError as error:
            raise HelperDied(DeathReason.NOT_STARTED, type(error).__name__) from None
        self._child = child
        values = asdict(self._limits) | {"network": self._limits.network.value}
        try:
            answer, _ = self._converse(child, {"limits": values}, (), cancel, time.monotonic() + _START_SECONDS)
            enforced = answer["enforced"]
            if not isinstance(enforced, dict):
                raise TypeError
            self._enforcement = Enforcement(**{name: bool(value) for name, value in enforced.items()})
        except HelperDied as died:
            raise HelperDied(DeathReason.NOT_STARTED, died.reason.value) from None
        except (KeyError, TypeError):
            self._kill()
            raise HelperDied(DeathReason.GARBLED) from None
        return child

    def _child_environment(self) -> dict[str, str]:
        """Where to find programs and modules, and nothing else of the parent's surroundings."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        paths = [os.path.abspath(path) for path in sys.path]
        return kept | {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
            # One thread: helpers share the machine with the window, and each thread takes address space.
            "OMP_NUM_THREADS": "1",
            "OMP_THREAD_LIMIT": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
            **self._environment,
        }

    def _converse(
        self,
        child: subprocess.Popen[bytes],
        header: Mapping[str, object],
        attachments: Sequence[bytes],
        cancel: Stop,
        deadline: float,
    ) -> Message:
        """Write, read and drain until the answer is whole. Every way out but the good one kills the child."""
        try:
            with _Waker(cancel) as waker, _life_of(child) as life:
                message = _Talk(child, encode(header, attachments), waker, life).until(deadline)
        except FrameRefused:
            self._kill()
            raise HelperDied(DeathReason.GARBLED) from None
        except BaseException:
            self._kill()
            raise
        if message is None:
            raise HelperDied(_reason_of(self._kill(wait_first=True)))
        return message

    def _kill(self, *, wait_first: bool = False) -> int | None:
        """End the child and all it started; close its pipes. Returns its exit status."""
        child, self._child, self._enforcement = self._child, None, None
        if child is None:
            return None
        if wait_first:  # it closed its pipes: let it say why it ended, but not for ever
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=2.0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        status = child.wait()
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
        return status


@contextmanager
def _life_of(child: subprocess.Popen[bytes]) -> Iterator[tuple[int, ...]]:
    """A handle that becomes readable when the child ends; none where the system has no such handle."""
    if not hasattr(os, "pidfd_open"):
        yield ()
        return
    handle = os.pidfd_open(child.pid)  # its number is its own until it is waited for, and only we wait
    try:
        yield (handle,)
    finally:
        os.close(handle)


class _Waker:
    """Turns a stop, asked for on another thread, into a readable pipe."""

    def __init__(self, cancel: Stop) -> None:
        self._cancel = cancel
        self._lock = threading.Lock()
        self._open = True
        self.read_end, self._write_end = os.pipe()
        self._forget: Callable[[], None] = lambda: None

    def __enter__(self) -> _Waker:
        self._forget = self._cancel.on_cancel(self._wake)
        return self

    def __exit__(self, *_: object) -> None:
        self._forget()
        with self._lock:
            self._open = False  # a stop that arrives now must not write to what is another's pipe
            os.close(self.read_end)
            os.close(self._write_end)

    def _wake(self) -> None:
        with self._lock:
            if self._open:
                os.write(self._write_end, b"!")


class _Talk:
    """One request and its answer over the three pipes of a child, without a thread."""

    def __init__(
        self, child: subprocess.Popen[bytes], pieces: list[bytes], waker: _Waker, life: tuple[int, ...]
    ) -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        self._stdin, self._stdout, self._stderr = (
            child.stdin.fileno(),
            child.stdout.fileno(),
            child.stderr.fileno(),
        )
        self._to_send = [memoryview(piece) for piece in pieces if piece]
        self._waker = waker
        self._life = life
        self._reader = FrameReader()

    def until(self, deadline: float) -> Message | None:
        """The answer; None when the child closed its pipe or ended. Raises HelperDied, FrameRefused, Cancelled."""
        for pipe in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(pipe, False)
        with selectors.PollSelector() as ready:  # four pipes for one answer: no epoll to set up and take down
            if not self._sent():
                ready.register(self._stdin, selectors.EVENT_WRITE)
            for pipe in (self._stdout, self._stderr, self._waker.read_end, *self._life):
                ready.register(pipe, selectors.EVENT_READ)
            while True:
                seconds = deadline - time.monotonic()
                events = ready.select(seconds) if seconds > 0 else []
                if not events and deadline <= time.monotonic():
                    raise HelperDied(DeathReason.OUT_OF_TIME)
                pipes = {key.fd for key, _ in events}
                if self._waker.read_end in pipes:
                    raise Cancelled
                if self._stdin in pipes and self._sent():
                    ready.unregister(self._stdin)
                if self._stderr in pipes and self._drained():
                    ready.unregister(self._stderr)
                if pipes.intersection(self._life) and self._stdout not in pipes:
                    return None  # ended, and nothing of it is left to read: what it forked may hold its pipes open
                if self._stdout in pipes:
                    data = os.read(self._stdout, _CHUNK)
                    if not data:
                        return None
                    if (message := self._reader.feed(data)) is not None:
                        return message

    def _sent(self) -> bool:
        try:
            written = os.write(self._stdin, self._to_send[0][:_CHUNK])
        except BrokenPipeError:
            return True  # it is ending: its other pipe says so
        except BlockingIOError:
            return False
        self._to_send[0] = self._to_send[0][written:]
        if not self._to_send[0]:
            del self._to_send[0]
        return not self._to_send

    def _drained(self) -> bool:
        return not os.read(self._stderr, _CHUNK)


def child_command(module: str) -> list[str]:
    """The command line that starts ``module`` as a helper process; frozen programs have no ``-m``."""
    if getattr(sys, "frozen", False):
        return [sys.executable, HELPER_FLAG, module]
    return [sys.executable, "-m", module]


def _reason_of(status: int | None) -> DeathReason:
    if status == EXIT_OUT_OF_MEMORY:
        return DeathReason.OUT_OF_MEMORY
    if status == -signal.SIGXCPU:
        return DeathReason.OUT_OF_PROCESSOR_TIME
    if status is not None and status < 0:
        return DeathReason.CRASHED
    return DeathReason.ENDED
