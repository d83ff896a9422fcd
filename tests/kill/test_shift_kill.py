# SPDX-License-Identifier: Apache-2.0
"""``kill -9`` while a shift is opened, signed, taken back and closed loses no step that was acknowledged."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from station.access.audit import verify
from station.domain.secrets import Secret
from station.ports.tasks import CancelToken
from station.post.shift import ShiftStage, shift_of, unproven
from tests.kill.killable import PROFILE, USER, make_post
from ui.bootstrap.house import House

KILLS = int(os.environ.get("HBM_SHIFT_KILLS", "40"))
SEED = int(os.environ.get("HBM_KILL_SEED", "1"))
MOST_STEPS = 12  # acknowledged before the shot
LATER = 0.03  # seconds after the last acknowledgement that is waited for: a step takes about 5 ms

_STEPS = {"shift.opened", "shift.closing", "shift.closing_taken_back", "shift.closed"}


def life(store: Path, password_file: Path, chance: random.Random) -> list[dict[str, object]]:
    """One victim, shot in the middle; what it had acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.kill.shift_at_work", str(store), str(password_file), str(chance.random())[2:8]],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
        start_new_session=True,
    ) as victim:
        assert victim.stdout is not None
        wanted = chance.randint(1, MOST_STEPS)
        said = [victim.stdout.readline() for _ in range(wanted)]
        time.sleep(chance.uniform(0, LATER))
        os.killpg(victim.pid, signal.SIGKILL)
        said += victim.stdout.read().split(b"\n")
    assert all(said[:wanted]), "the victim died by itself"
    return [json.loads(line) for line in said if line.strip()]


@pytest.mark.kill
@pytest.mark.timeout(0)
def test_no_acknowledged_step_of_a_shift_is_lost(tmp_path: Path) -> None:
    store, password_file = make_post(tmp_path)
    chance = random.Random(SEED)
    acknowledged = kept = 0
    acts: set[str] = set()
    for _ in range(KILLS):
        said = life(store, password_file, chance)
        acknowledged += len(said)
        house = House.around(store, profile=PROFILE)
        session = house.sign_in.sign_in(USER, Secret(password_file.read_bytes()), CancelToken())
        with session.store.reading() as unit:
            shifts = {record.number: shift_of(record) for record in unit.shifts.newest(100_000)}
            entries = list(unit.audit.entries())
        session.end()
        last = said[-1]
        number, steps = int(str(last["number"])), int(str(last["steps"]))
        assert len(shifts[number].steps) >= steps
        assert sorted(shifts) == list(range(1, len(shifts) + 1))
        assert all(shift.stage is ShiftStage.CLOSED for shift in list(shifts.values())[1:])
        assert not [step for shift in shifts.values() for step in unproven(shift)]
        assert verify(entries) == ()
        acts |= {entry.act for entry in entries}
        kept = sum(len(shift.steps) for shift in shifts.values())
        assert kept == sum(entry.act in _STEPS for entry in entries)
    print(f"\n{KILLS} kills, seed {SEED}: {acknowledged} steps acknowledged, 0 lost; {kept} steps kept in all")
    assert kept >= acknowledged
    assert acts >= _STEPS
