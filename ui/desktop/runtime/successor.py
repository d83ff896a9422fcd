# SPDX-License-Identifier: Apache-2.0
"""Replaces this process by a new one of the same program: nothing wipes an interpreter's heap, but its end does.

What the next process has to show comes to it through a pipe: arguments and environment of a process can be read.
"""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, NoReturn

from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text
from ui.presenters.sign_in import Why

log = logging.getLogger(__name__)

#: Holds the number of the pipe's descriptor, nothing else.
PIPE_NAME: Final = "HBM_STATION_AFTER"
#: How long devices and helpers may take to let go before the process ends over them.
PATIENCE: Final = 2.0
EXIT_NO_SUCCESSOR: Final = 75
_MOST_BYTES: Final = 4096  # less than any pipe holds, so that writing never waits
_STANDARD_INPUT: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """All that outlives a lock: why, the sign-in name that stands on the page, and how training went on.

    ``recorded`` is False when the end of the session could not be written into the audit trail. ``remains``: what
    is said after the keys were destroyed.
    """

    why: Why
    name: str = field(default="", repr=False)
    recorded: bool = True
    specimens: int = 0  # how many specimen travellers were placed
    remains: tuple[Text, ...] = ()


def own_command() -> list[str]:
    """Program and arguments with which this process was started."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *sys.argv[1:]]
    return [sys.executable, *sys.orig_argv[1:]]


def start_anew(handover: Handover) -> NoReturn:
    """Become a new process of this program, at once: threads end, files close. Any thread. Never returns.

    Where the new one cannot be started, this one ends all the same (exit code 75).
    """
    said = to_json(handover)[:_MOST_BYTES]
    try:
        _begin(said)
    except OSError as problem:
        log.error("the program could not be started anew: %s", type(problem).__name__)
    os._exit(EXIT_NO_SUCCESSOR)


def _begin(said: bytes) -> None:
    if sys.platform == "win32":  # has no exec: a process that replaces another is its child, and outlives it
        environment = {**os.environ, PIPE_NAME: str(_STANDARD_INPUT)}
        child = subprocess.Popen(own_command(), stdin=subprocess.PIPE, env=environment)
        assert child.stdin is not None
        child.stdin.write(said)
        child.stdin.close()
        os._exit(0)
    read, write = os.pipe()
    os.write(write, said)
    os.close(write)
    os.set_inheritable(read, True)
    command = own_command()
    os.execve(command[0], command, {**os.environ, PIPE_NAME: str(read)})


def left_behind() -> Handover | None:
    """What the process before left; None at an ordinary start. To be called once, before any child is started."""
    number = os.environ.pop(PIPE_NAME, "")
    if not number.isdecimal():
        return None
    _bury_children()
    try:
        if not stat.S_ISFIFO(os.fstat(int(number)).st_mode):
            return None
        with os.fdopen(int(number), "rb") as pipe:
            return from_json(Handover, pipe.read(_MOST_BYTES))
    except (OSError, OverflowError, NotThisShape):
        return None


def _bury_children() -> None:
    """A helper of the process before that ended late is this one's child, and nobody else waits for it."""
    if sys.platform == "win32":
        return
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


class at_the_latest:
    """Runs ``act`` on a thread of its own when the block takes longer than ``seconds``."""

    def __init__(self, seconds: float, act: Callable[[], object]) -> None:
        self._timer = threading.Timer(seconds, act)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
