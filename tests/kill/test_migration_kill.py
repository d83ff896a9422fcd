# SPDX-License-Identifier: Apache-2.0
"""``kill -9`` while a store of an older shape is opened: whole shapes only, nothing lost, and it opens and goes on.

``HBM_MIGRATION_KILLS`` says how often, ``HBM_KILL_SEED`` where.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kill.forked import counted_by

KILLS = int(os.environ.get("HBM_MIGRATION_KILLS", "40"))
FEW_KILLS = 6
SEED = int(os.environ.get("HBM_KILL_SEED", "1"))
MODULE = "tests.kill.migrating_at_work"

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="victims are forked")


def test_a_few_killed_migrations_lose_nothing(tmp_path: Path) -> None:
    counted_by(MODULE, tmp_path, FEW_KILLS, SEED)


@pytest.mark.kill
@pytest.mark.timeout(0)
def test_killed_migrations_lose_nothing_acknowledged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said, counted = counted_by(MODULE, tmp_path, KILLS, SEED)
    with capfd.disabled():
        print(f"\nmigration: {said}, lost 0, half 0")
    if KILLS >= 40:
        assert min(counted["untouched"], counted["between"], counted["finished"]) > 0, "the kills missed the migration"
