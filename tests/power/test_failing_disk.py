# SPDX-License-Identifier: Apache-2.0
"""Whatever change of a file fails, the store says so truly, nothing is half there, and it works again afterwards.

Each act is repeated with its first, second, … change of a file failing, until none is left to fail: writes, sizes,
syncs, creations and renamings, with a full disk and with a faulty one, once and for good.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.power.recording import recorder, run_recorded

ACTS = ("saving", "closing", "signing_in", "checking", "creating", "slots")
SAFEKEEPING = ("rekeying", "backing_up", "erasing")
#: In the short run, for acts that change files some hundred times.
LARGE_STEPS = {"creating": 37, "rekeying": 29, "backing_up": 41}
#: In the long run: a backup changes files more than a thousand times and reads itself back after each.
LONG_STEPS = {"backing_up": 7}
#: What each act may raise: a disk that fails is neither a damaged store nor somebody else's lock.
TRUE_WORDS = {"StoreFull"}
#: The key file's own layer declares OSError; the door above it turns that into words.
DECLARED = {
    "slots": {"OSError"},
    "backing_up": {"StoreFull", "TargetUnusable"},  # the station's own disk, and the medium
}


def _trials(room: Path, act: str, *, step: int) -> list[dict[str, Any]]:
    watched = room / act
    watched.mkdir()
    who = "safekeeping" if act in SAFEKEEPING else "station"
    recorded = run_recorded(
        recorder(room),
        f"tests.power.{who}_on_a_failing_disk",
        watched,
        act,
        str(step),
        environment={"HBM_POWER_LOG": os.devnull},
    )
    assert recorded.status == 0, recorded.errors
    trials: list[dict[str, Any]] = [json.loads(line) for line in recorded.said]
    assert sum(bool(trial["failed"]) for trial in trials) > 5, "hardly anything failed"
    return trials


def _judge(act: str, trials: Sequence[dict[str, Any]]) -> None:
    allowed = DECLARED.get(act, TRUE_WORDS)
    assert not [trial for trial in trials if trial["said"] and trial["said"] not in allowed]
    assert not [trial for trial in trials if trial["wrong"]]


@pytest.mark.parametrize("act", [*ACTS, *SAFEKEEPING])
def test_writes_that_fail_leave_nothing_half_there(room: Path, act: str) -> None:
    _judge(act, _trials(room, act, step=LARGE_STEPS.get(act, 11)))


@pytest.mark.power
@pytest.mark.timeout(0)
@pytest.mark.parametrize("act", [*ACTS, *SAFEKEEPING])
def test_whatever_write_fails_nothing_is_half_there(room: Path, capfd: pytest.CaptureFixture[str], act: str) -> None:
    began = time.monotonic()
    step = LONG_STEPS.get(act, 1)
    trials = _trials(room, act, step=step)
    took = time.monotonic() - began
    with capfd.disabled():
        print(f"\nfailing disks, {datetime.now(UTC):%Y-%m-%d}, one change of a file in {step}, {took:.0f} s")
        print("| act | trials with a failure | refused in words | went through | half there, false words or unusable |")
        print(_row(act, [trial for trial in trials if trial["failed"]]))
    _judge(act, trials)


def _row(act: str, trials: Sequence[dict[str, Any]]) -> str:
    refused = sum(bool(trial["said"]) for trial in trials)
    wrong = sum(bool(trial["wrong"]) for trial in trials)
    return f"| {act} | {len(trials)} | {refused} | {len(trials) - refused} | {wrong} |"
