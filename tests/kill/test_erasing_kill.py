# SPDX-License-Identifier: Apache-2.0
"""``kill -9`` while records are kept and let go: never half an encounter, never a picture without its key.

``HBM_ERASURE_KILLS`` (20) and ``HBM_KILL_SEED`` change number and dice.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

from station.ports.tasks import CancelToken
from storage.keys.day_keys import FILE_NAME, PREVIOUS_NAME
from tests.station.safekeeping.retention_post import RetentionPost, make

KILLS = int(os.environ.get("HBM_ERASURE_KILLS", "20"))
SEED = int(os.environ.get("HBM_KILL_SEED", "1"))
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Log:
    """What was acknowledged, over all victims."""

    kept: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    lines: int = 0
    moments: Counter[str] = field(default_factory=Counter)

    def note(self, line: bytes) -> str:
        """One acknowledgement; its kind."""
        said = json.loads(line)
        self.lines += 1
        self.kept |= {said["kept"]} if "kept" in said else set()
        self.erased |= set(said.get("erased", ()))
        self.dropped |= set(said.get("dropped", ()))
        return str(next(iter(said)))


@pytest.mark.kill
@pytest.mark.timeout(0)
def test_a_killed_erasure_leaves_every_encounter_whole_or_gone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    _kill_them(tmp_path, KILLS, log := Log())
    with capfd.disabled():
        print(f"\nkills while letting go {KILLS}, seed {SEED}, {time.monotonic() - began:.0f} s")
        print(
            f"acknowledged {log.lines}, encounters kept {len(log.kept)}, erased {len(log.erased)}, half 0;"
            f" killed after: {dict(log.moments)}"
        )


def test_three_killed_erasures_leave_every_encounter_whole_or_gone(tmp_path: Path) -> None:
    _kill_them(tmp_path, 3, Log())


def _kill_them(folder: Path, kills: int, log: Log) -> None:
    make(folder)
    dice = random.Random(SEED)
    for number in range(kills):
        victim = subprocess.Popen(
            [sys.executable, "-m", "tests.kill.erasing_at_work", str(folder), str(number)],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            cwd=REPOSITORY,
        )
        assert victim.stdout is not None
        with victim.stdout as voice:
            log.moments[_kill_one(victim, voice, log, dice)] += 1
        _nothing_half(folder, log, number)


def _kill_one(victim: subprocess.Popen[bytes], voice: IO[bytes], log: Log, dice: random.Random) -> str:
    """Kill it some time after an acknowledgement of the kind whose turn it is; the last kind it said."""
    target, count = dice.choice((("kept", dice.randint(1, 24)), ("erased", dice.randint(1, 3)), ("ended", 1)))
    last = "nothing"
    for line in voice:
        last = log.note(line)
        count -= last == target
        if not count:
            break
    else:
        pytest.fail(f"the victim ended by itself: {victim.wait()}")
    time.sleep(dice.choice((0.0, 0.001, 0.004, 0.01, 0.03)))  # where in the next act it dies
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    for line in voice.read().splitlines():  # what the pipe still held was acknowledged too
        last = log.note(line)
    return last


def _nothing_half(folder: Path, log: Log, number: int) -> None:
    for name in (FILE_NAME, PREVIOUS_NAME):
        text = (folder / name).read_text() if (folder / name).exists() else ""
        assert not [key_id for key_id in log.dropped if key_id in text], "a dropped key is alive"
    post = RetentionPost(folder, seed=1000 + number)
    try:
        # The trail tells erased from missing: what is half there, unreadable, or gone without an entry, is a finding.
        assert [found.says.in_english() for found in post.findings()] == []
        assert not log.erased & post.there()
        with post.store.reading() as unit:
            entries = [entry for entry in unit.audit.entries() if entry.act == "record.erased"]
        erased = {entry.subject for entry in entries if "erased_version" in entry.details}
        assert log.kept <= post.there() | erased
        assert [*post.store.check_pages(), *post.store.strayed_tables(CancelToken())] == []
    finally:
        post.store.close()
