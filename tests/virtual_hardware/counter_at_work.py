# SPDX-License-Identifier: Apache-2.0
"""A station that signs in and out with a counter in a TPM until it kills itself, or somebody kills it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from station.access.checkpoints import CheckpointService
from station.access.sign_in import SignInService
from station.ports.anchors import CounterView, TokenCounter
from station.ports.tasks import CancelToken
from storage.anchors.anchor_files import AnchorFiles
from storage.anchors.tpm_counter import TpmCounter
from storage.door import FolderDoor
from storage.sealed.sealer import AgeMinisignSealer
from tests.open_station import LIGHT, SUPERVISOR_PASSWORD, KeptEvents, SeededRandomness, StandingClock

INDEX = "0x01800100"
STEPS = ("before the raising", "after the raising", "before the file", "after the file", "any moment")


def kill_myself() -> None:
    """As a power cut does it: nothing is said, nothing is closed."""
    os.kill(os.getpid(), signal.SIGKILL)


class DeadlyCounter(TokenCounter):
    """The real counter, and a kill beside its raising."""

    def __init__(self, real: TokenCounter, step: str) -> None:
        self._real = real
        self._step = step

    def look(self, *, seconds: float) -> CounterView:
        return self._real.look(seconds=seconds)

    def increment(self, *, seconds: float) -> int:
        if self._step == "before the raising":
            kill_myself()
        value = self._real.increment(seconds=seconds)
        if self._step == "after the raising":
            kill_myself()
        return value


def work(place: Path, tcti: str, step: str) -> None:
    """Sign in and out, again and again."""
    counter = DeadlyCounter(TpmCounter(INDEX, tcti), step)
    append = AnchorFiles.append

    def appending(files: AnchorFiles, *words: object) -> None:
        if step == "before the file":
            kill_myself()
        append(files, *words)  # type: ignore[arg-type]  # passed on as they came
        if step == "after the file":
            kill_myself()

    if step.endswith("the file"):
        setattr(AnchorFiles, "append", appending)  # noqa: B010 - a method is replaced, which mypy forbids to assign
    clock = StandingClock()
    door = FolderDoor(place, KeptEvents(), clock, SeededRandomness(), profile=LIGHT, counter=counter)
    sign_ins = SignInService(
        door, clock, CheckpointService(AgeMinisignSealer(clock, SeededRandomness()), clock, counter=counter)
    )
    print("at work", flush=True)
    while True:
        sign_ins.sign_out(sign_ins.sign_in("irina", SUPERVISOR_PASSWORD, CancelToken()))


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
