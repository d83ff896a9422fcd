# SPDX-License-Identifier: Apache-2.0
"""Victims that are forked, so that a kill costs no second of start: shot after some time, or at one of their steps.

A step is a statement to a database, or a name of a file that is opened, made, renamed or removed below a folder.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from storage.sqlcipher.connection import Connection, Value

Tell = Callable[[dict[str, object]], None]
#: What a victim does: it acknowledges through what it is given.
Work = Callable[[Tell], None]

_LATE = 1.3  # of the time the undisturbed work took: some victims die when it is done
_LAST = 12  # steps
_NAMES = frozenset({"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """When a victim dies: so many seconds after it began, or before its so many-th step below ``folder``."""

    seconds: float = 0.0
    step: int = 0  # from 1; 0: by time
    folder: Path = Path()


def aim(  # noqa: PLR0917 (one line of arithmetic in two places)
    number: int, kills: int, steps: int, seconds: float, folder: Path, dice: random.Random, *, group: int = 1
) -> Shot:
    """For the ``number``-th of ``kills``: half of them by time; the rest at steps from the first to past the last, and
    every second of these at one of the last, where what was made is put in its place.

    ``steps`` and ``seconds``: of the undisturbed work. So many kills in a ``group`` are aimed in the same way.
    """
    block, within = divmod(number, group)
    if block % 2 == 0:
        return Shot(seconds=dice.uniform(0, seconds * _LATE))
    aimed, late = divmod(block // 2, 2)
    if late:
        return Shot(step=max(1, steps - aimed % _LAST), folder=folder)
    return Shot(step=1 + (aimed * group + within) * steps // max(1, kills // 4 - 1), folder=folder)


class _Steps:
    """Counts the steps of this process, for good; ``last`` is the one that is not taken any more."""

    def __init__(self, folder: Path, last: int) -> None:
        self._folder, self._last = str(folder) + os.sep, last
        self.taken = 0
        sys.addaudithook(self._heard)
        run = Connection.run

        def counted(connection: Connection, sql: str, parameters: Sequence[Value] = ()) -> int:
            self._step()
            return run(connection, sql, parameters)

        Connection.run = counted  # type: ignore[method-assign, assignment]  # this process is a victim, and nothing else

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in _NAMES and isinstance(arguments[0], str | Path) and str(arguments[0]).startswith(self._folder):
            self._step()

    def _step(self) -> None:
        self.taken += 1
        if self.taken == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def killed(work: Work, shot: Shot) -> list[dict[str, object]]:
    """What a victim at ``work`` acknowledged until it was shot. One that is ready waits for its shot."""
    child, hearing = _forked(work, shot)
    with open(hearing, "rb") as pipe:
        ready = pipe.readline()
        if not shot.step:
            time.sleep(shot.seconds)
            os.kill(child, signal.SIGKILL)
        lines = pipe.read().splitlines()  # to its end: a victim that dies at a step does so by itself
        _, status = os.waitpid(child, 0)
    if not ready or not os.WIFSIGNALED(status):
        raise AssertionError("a victim ended by itself")
    return [json.loads(line) for line in lines]


def measured(work: Work, folder: Path) -> tuple[int, float]:
    """Steps below ``folder`` and seconds of one ``work`` that nobody disturbs."""
    told = killed(partial(_to_its_end, work, folder), Shot(step=-1, folder=folder))
    return int(str(told[-1]["steps"])), float(str(told[-1]["seconds"]))


def _to_its_end(work: Work, folder: Path, tell: Tell) -> None:
    steps, began = _Steps(folder, -1), time.monotonic()
    work(tell)
    tell({"steps": steps.taken, "seconds": time.monotonic() - began})


def _forked(work: Work, shot: Shot) -> tuple[int, int]:
    hearing, saying = os.pipe()
    child = os.fork()
    if child:
        os.close(saying)
        return child, hearing
    os.close(hearing)
    try:
        if shot.step > 0:
            _Steps(shot.folder, shot.step)
        os.write(saying, b'{"ready": true}\n')
        work(lambda words: _told(saying, words))
        if shot.step:
            os.kill(os.getpid(), signal.SIGKILL)  # it was through before its step came
        signal.pause()
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(1)  # it was not killed: its pipe ends, and the killer finds it gone


def _told(pipe: int, words: dict[str, object]) -> None:
    os.write(pipe, json.dumps(words).encode() + b"\n")


def counted_by(module: str, folder: Path, kills: int, seed: int) -> tuple[str, dict[str, int]]:
    """Let a killer of its own process kill so often: its figures in words, and as numbers.

    A process with windows and threads is not to be forked. Raises AssertionError with what the killer found.
    """
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", module, str(folder), str(kills), str(seed)],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-3000:]}"
    counted: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    assert counted["kills"] == kills
    figures = ", ".join(f"{name} {count}" for name, count in counted.items())
    return f"{datetime.now(UTC):%Y-%m-%d}, seed {seed}, {time.monotonic() - began:.0f} s: {figures}", counted
