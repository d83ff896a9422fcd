# SPDX-License-Identifier: Apache-2.0
"""The process that feeds one parser: an input at a time, under limits, until something comes out that must not.

Nothing is caught here but what the parser declares: any other exception, too much memory or more than a second of
processor time ends the process, and the input that did it stands in a file that both sides have mapped.

    python -m tests.fuzz.child PARSER STATE_FOLDER SEED FIRST INPUTS SECONDS
"""

from __future__ import annotations

import json
import mmap
import resource
import signal
import struct
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.fuzz.material import material_in
from tests.fuzz.mutation import input_of
from tests.fuzz.target import Target
from tests.fuzz.targets import PLANTED, TARGETS

MOST_SECONDS = 1.0  # of processor time, for one input
MOST_BYTES = 256 * 1024 * 1024  # of memory, beyond what the process has before its first input
HEAD = struct.Struct("<QI")  # number and length of the input at work
ROOM = 1024 * 1024
SHARED_MEMORY = Path("/dev/shm")
_TELL_SECONDS = 0.5
_SURPRISING = 0.05


@dataclass(slots=True)
class Progress:
    """What was done so far; ``next`` is the number to go on with."""

    next: int
    inputs: int = 0
    accepted: int = 0
    seconds: float = 0.0
    slowest: float = 0.0  # seconds
    slowest_number: int = 0
    helper_bytes: int = 0  # the most memory that a helper process of the parser had
    done: bool = False

    def tell(self) -> None:
        """One line to the parent."""
        self.helper_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        print(json.dumps(asdict(self)), flush=True)


def main(arguments: list[str]) -> None:
    """Feed the parser."""
    name, state, seed, first, inputs, seconds = arguments
    room = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="hbm-fuzz-", dir=room) as folder:
        target = {**TARGETS, **PLANTED}[name](material_in(Path(state)), Path(folder))
        for known in target.corpus:  # imports and caches are not what is measured
            _take(target, known)
        _limit_memory()
        with (Path(state) / f"{name}.input").open("r+b") as file, mmap.mmap(file.fileno(), HEAD.size + ROOM) as shown:
            _feed(
                target, shown, seed=int(seed), progress=Progress(int(first)), inputs=int(inputs), seconds=float(seconds)
            )


def _feed(target: Target, shown: mmap.mmap, *, seed: int, progress: Progress, inputs: int, seconds: float) -> None:
    began = told = time.monotonic()
    while (not inputs or progress.inputs < inputs) and (not seconds or time.monotonic() - began < seconds):
        number = progress.next
        data = input_of(target, seed, number)
        shown[HEAD.size : HEAD.size + len(data)] = data
        shown[: HEAD.size] = HEAD.pack(number, len(data))
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        start = target.clock()
        progress.accepted += _take(target, data)
        took = target.clock() - start
        if took > _SURPRISING:  # once more: the machine may have stood still, a slow parser is slow again
            signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
            start = target.clock()
            _take(target, data)
            took = min(took, target.clock() - start)
        signal.setitimer(signal.ITIMER_PROF, 0)
        progress.inputs += 1
        progress.next += 1
        if took > progress.slowest:
            progress.slowest, progress.slowest_number = took, number
        now = time.monotonic()
        if now - told > _TELL_SECONDS:
            told, progress.seconds = now, now - began
            progress.tell()
    progress.seconds = time.monotonic() - began
    target.end()
    progress.done = True
    progress.tell()


def _take(target: Target, data: bytes) -> bool:
    """Whether the parser accepted it."""
    try:
        target.take(data)
    except target.declared:
        return False
    return True


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main(sys.argv[1:])
