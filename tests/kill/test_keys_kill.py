# SPDX-License-Identifier: Apache-2.0
"""``kill -9`` while keys are changed: every store opens, for everybody who could open it, with all that was in it.

``HBM_KEY_KILLS`` says how often for each of the two works, ``HBM_KILL_SEED`` where.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

KILLS = int(os.environ.get("HBM_KEY_KILLS", "40"))
FEW_KILLS = 6
SEED = int(os.environ.get("HBM_KILL_SEED", "1"))
REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")


def _killed(folder: Path, what: str, kills: int) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.kill.keys_at_work", str(folder), what, str(kills), str(SEED)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    counted: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    assert counted["kills"] == kills
    return counted


@pytest.mark.parametrize("what", ["rekey", "slots"])
def test_a_few_kills_while_keys_change_lose_nothing(tmp_path: Path, what: str) -> None:
    _killed(tmp_path, what, FEW_KILLS)


@pytest.mark.kill
@pytest.mark.timeout(0)
@pytest.mark.parametrize("what", ["rekey", "slots"])
def test_kills_while_keys_change_lose_nothing_acknowledged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], what: str
) -> None:
    began = time.monotonic()
    counted = _killed(tmp_path, what, KILLS)
    with capfd.disabled():
        rest = ", ".join(f"{name} {count}" for name, count in counted.items())
        print(f"\n{what}: {datetime.now(UTC):%Y-%m-%d}, seed {SEED}, {time.monotonic() - began:.0f} s: {rest}, lost 0")
    if what == "rekey" and KILLS >= 40:
        assert counted["in_transition"] > 0, "no kill met a re-key half-way"
