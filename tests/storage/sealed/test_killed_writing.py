# SPDX-License-Identifier: Apache-2.0
"""Killed at any point of sealing, the target never shows a bundle that is not whole and signed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from station.ports.sealing import BundleMember
from station.ports.tasks import CancelToken
from tests.conftest import REPOSITORY
from tests.storage.sealed.bundles import NAME, RECIPIENT, SEALER, SIGNING_KEY, opened

POINTS = {
    "member 0": set(),
    "member 3": set(),
    "before name 1": set(),
    "after name 1": {f"{NAME}.tar.age.minisig"},
    "before name 2": {f"{NAME}.tar.age.minisig"},
    "after name 2": {f"{NAME}.tar.age.minisig", f"{NAME}.tar.age"},
}


@pytest.mark.parametrize("point", POINTS)
def test_a_bundle_is_there_whole_or_not_at_all(tmp_path: Path, point: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.sealed.sealing_child", tmp_path, RECIPIENT, point],
        cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == point
        child.kill()
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".partial"} == POINTS[point]
    for bundle in tmp_path.glob("*.tar.age"):
        assert len(opened(bundle).members) == 4

    after = "Utopia-000002"  # the next export of this station sweeps up what the killed one was writing
    SEALER.seal(
        tmp_path, after, [BundleMember("audit.jsonl", b"{}\n")], lambda _: {}, recipients=(RECIPIENT,),
        signing_key=SIGNING_KEY, trusted_comment="", cancel=CancelToken(),
    )  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == POINTS[point] | {
        f"{after}.tar.age",
        f"{after}.tar.age.minisig",
    }
