# SPDX-License-Identifier: Apache-2.0
"""The process whose disk fails: each act is tried again and again, and each time a later change of a file fails.

    python -m tests.power.station_on_a_failing_disk FOLDER ACT STEP

The recorder is told which change is to fail; this process judges what the store says of it and what is left. Each
trial is one line of JSON to the other side.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from station.domain.errors import StationError
from station.ports.storage import Store
from storage.keys.keeper import SlotKeeper
from storage.keys.slot_file import SlotFile
from tests.open_station import LIGHT, SeededRandomness
from tests.power.promises import PLACE, DoesNotOpen, Lost, hold_to, make, next_table, save, unlocked

#: (name, errno, mode of recorder.c, whether the first failing write takes half)
FAULTS = (
    ("full once", errno.ENOSPC, 1, 0),
    ("full, half written", errno.ENOSPC, 2, 1),
    ("full for good", errno.ENOSPC, 2, 0),
    ("fault once", errno.EIO, 1, 0),
    ("fault for good", errno.EIO, 2, 0),
    ("each so many-th faulty", errno.EIO, 3, 0),
)
MOST_TRIALS = 4000  # no act of one person changes files more often
PICTURE_BYTES = 30_000

_recorder = ctypes.CDLL(None)


@dataclass(slots=True)
class Trial:
    """What came of one."""

    act: str
    fault: str
    nth: int
    failed: int = 0
    said: str = ""  # the type of the error, empty when the act went through
    cause: str = ""
    next_step: str = ""
    wrong: str = ""  # what is lost or half there, or why the store could not be used afterwards


class Acts:
    """Acts on one new store, which stays open as it would at a post."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._number = 0
        self._promises: list[dict[str, object]] = []
        self._open: Store | None = None
        for rest in folder.iterdir():
            shutil.rmtree(rest)
        self.prepare()

    def prepare(self) -> None:
        """What stands there before the first trial."""
        make(self.folder)

    def saving(self, trial: Trial, fault: Callable[[], object]) -> None:
        """A record is saved; if that fails, the same one is saved when the disk is well again."""
        store = self.store()
        with self.tried(trial, fault):
            self.saved(store)
        if trial.said:
            self.saved(store)
        hold_to(store, self._promises[-3:])

    def closing(self, trial: Trial, fault: Callable[[], object]) -> None:
        """The store is closed, which writes the log back and removes it."""
        store = self.store()
        self.saved(store)
        with self.tried(trial, fault):
            store.close()
        store.close()
        self._open = None
        store = self.store()
        self.saved(store)
        hold_to(store, self._promises[-3:])

    def signing_in(self, trial: Trial, fault: Callable[[], object]) -> None:
        """The store is opened after two wrong tries, which the trail notes."""
        self.store().close()
        self._open = None
        with self.tried(trial, fault):
            self._open = unlocked(self.folder)
        store = self.store()
        self.saved(store)
        hold_to(store, self._promises[-3:])

    def checking(self, trial: Trial, fault: Callable[[], object]) -> None:
        """All pages are checked, for which the log is written back."""
        store = self.store()
        self.saved(store)
        with self.tried(trial, fault):
            store.check_pages()
        self.saved(store)
        hold_to(store, self._promises[-3:])

    def creating(self, trial: Trial, fault: Callable[[], object]) -> None:
        """A first start; when it failed nothing is there, and it is done again."""
        new = self.folder / "new"
        new.mkdir()
        with self.tried(trial, fault):
            make(new)
        if trial.said:
            left = [path.name for path in new.iterdir()]
            if left:
                raise Lost(f"a creation that failed left {left}")
            make(new)
        store = unlocked(new)
        hold_to(store, [save(store, 0, picture_bytes=PICTURE_BYTES).promise()])
        store.close()
        shutil.rmtree(new)

    def slots(self, trial: Trial, fault: Callable[[], object]) -> None:
        """The key file is written; OSError is what it declares, and what its caller words."""
        slots = SlotFile(self.folder / PLACE, SlotKeeper(SeededRandomness(), profile=LIGHT))
        table = slots.read().table
        following = next_table(self.folder)
        with self.tried(trial, fault):
            slots.write(following)
        there = slots.read()
        if there.table.generation not in (table.generation, table.generation + 1):
            raise Lost(f"generation {table.generation} became {there.table.generation}")
        if not trial.said and there.table.generation == table.generation:
            raise Lost("the generation that was written")
        slots.write(following)
        if list((self.folder / PLACE).glob("*.new")):
            raise Lost("a rest stayed")

    def store(self) -> Store:
        """The open store."""
        if self._open is None:
            self._open = unlocked(self.folder)
        return self._open

    def closed(self) -> None:
        """Close it."""
        if self._open is not None:
            self._open.close()
        self._open = None

    def saved(self, store: Store) -> None:
        """One more record, which is promised from here on."""
        self._promises.append(save(store, self._number, picture_bytes=PICTURE_BYTES).promise())
        self._number += 1

    @contextmanager
    def tried(self, trial: Trial, fault: Callable[[], object]) -> Iterator[None]:
        """What the disk does not let happen, and what is said of it."""
        fault()
        try:
            yield
        except StationError as problem:
            trial.said, trial.cause = type(problem).__name__, problem.cause.in_english()
            trial.next_step = problem.next_step.in_english()
        except OSError as problem:
            trial.said, trial.cause = type(problem).__name__, str(problem.errno)
        finally:
            trial.failed = int(_recorder.hbm_power_failed())
            _recorder.hbm_power_fail(0, 0, 0, 0)

    def kept(self, newest: int = 0) -> None:
        """Raises Lost unless the ``newest`` records are there, or all of them."""
        hold_to(self.store(), self._promises[-newest:])

    def end(self) -> None:
        """Close, and hold the store to everything that was acknowledged."""
        self.closed()
        store = unlocked(self.folder)
        hold_to(store, self._promises)
        store.close()


def trials(acts: Acts, name: str, step: int) -> Iterator[Trial]:
    """Every ``step``-th change of a file that the act makes, failing in every way."""
    for fault, error, mode, halves in FAULTS:
        for nth in range(1, MOST_TRIALS, step):
            trial = Trial(name, fault, nth)
            try:
                getattr(acts, name)(trial, partial(_recorder.hbm_power_fail, mode, nth, error, halves))
            except (Lost, DoesNotOpen, StationError, OSError) as problem:
                trial.wrong = f"{type(problem).__name__}: {problem}"
                _recorder.hbm_power_fail(0, 0, 0, 0)
                acts = type(acts)(acts.folder)
            yield trial
            if not trial.failed and not trial.wrong:
                break
        else:
            raise AssertionError(f"{name} changes files more often than anybody thought")
    acts.end()


def main(acts: Acts) -> None:
    """Try one act in every way."""
    for trial in trials(acts, sys.argv[2], int(sys.argv[3])):
        line = json.dumps({slot: getattr(trial, slot) for slot in Trial.__slots__})
        os.write(int(os.environ["HBM_POWER_SAID"]), line.encode() + b"\n")


if __name__ == "__main__":
    main(Acts(Path(sys.argv[1])))
