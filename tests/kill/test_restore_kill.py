# SPDX-License-Identifier: Apache-2.0
"""``kill -9`` while a backup is brought back: a whole store, or none and the restore can be done again.

``HBM_RESTORE_KILLS`` says how often, ``HBM_KILL_SEED`` where.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kill.forked import counted_by

KILLS = int(os.environ.get("HBM_RESTORE_KILLS", "24"))
FEW_KILLS = 8
SEED = int(os.environ.get("HBM_KILL_SEED", "1"))
MODULE = "tests.kill.restoring_at_work"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")


def test_a_few_killed_restores_leave_a_whole_store_or_none(tmp_path: Path) -> None:
    counted_by(MODULE, tmp_path, FEW_KILLS, SEED)


@pytest.mark.kill
@pytest.mark.timeout(0)
def test_killed_restores_leave_a_whole_store_or_none(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said, counted = counted_by(MODULE, tmp_path, KILLS, SEED)
    with capfd.disabled():
        print(f"\nrestore: {said}, half 0, lost 0")
    if KILLS >= 24:
        assert min(counted["half_beside"], counted["whole"]) > 0, "the kills missed the restore"
