# SPDX-License-Identifier: Apache-2.0
"""What leaves a station with a counter: an auditor's tools and headquarters read it as before, and see the counter."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from station.access import checkpoint_text
from station.access.checkpoint_text import Checkpoint, CheckpointReason, Count, CountState
from station.exporting.audit_log import AuditLogService, Cover
from station.exporting.succession import counter_remarks
from station.ports.storage import StoreName
from station.ports.tasks import CancelToken
from tests.counters import FileCounter
from tests.storage.anchors.test_counter import CountedPost
from tests.ui.command_line.test_auditor import CHAIN, CHECKPOINTS, OPENED, followed


def test_an_auditor_checks_a_log_with_a_counter_by_the_same_steps(tmp_path: Path) -> None:
    for tool in ("minisign", "tar", "sha256sum"):
        if shutil.which(tool) is None:
            pytest.skip(f"the public tool {tool} is not on this machine")
    post = CountedPost(tmp_path, FileCounter(tmp_path / "counter"))
    post.a_day()
    session = post.signed_in()
    desk = tmp_path / "desk"
    desk.mkdir()
    logs = AuditLogService(session, post.sealer, post.clock, post.checkpoints)
    logs.export(StoreName.BORDER, desk, Cover.OPEN, CancelToken())
    post.sign_ins.sign_out(session)
    shutil.copy2(post.store_folder / "station.pub", desk)
    ended = followed(desk, OPENED, CHAIN, CHECKPOINTS)
    assert ended.returncode == 0, ended
    assert "does not" not in ended.stdout
    counters = subprocess.run(
        ["sh", "-c", "grep -h ^counter checkpoints/*.txt"], cwd=desk, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert [line.split()[1:3] for line in counters] == [[str(value), "raised"] for value in range(1, len(counters) + 1)]
    assert len(counters) == 4


def test_the_code_on_paper_holds_a_checkpoint_with_a_counter(tmp_path: Path) -> None:
    post = CountedPost(tmp_path, FileCounter(tmp_path / "counter"))
    session = post.signed_in()
    made = post.checkpoints.make(session.stores, CheckpointReason.PRINT)
    post.sign_ins.sign_out(session)
    assert len(made[StoreName.BORDER].whole.encode()) < 1000


@pytest.fixture
def old(tmp_path: Path) -> Checkpoint:
    post = CountedPost(tmp_path, FileCounter(tmp_path / "counter"))
    post.a_day()
    return post.newest()


def test_headquarters_ask_about_a_counter_that_is_gone_another_or_lower(old: Checkpoint) -> None:
    assert old.count is not None

    def remarks(count: Count | None) -> list[str]:
        new = checkpoint_text.read(checkpoint_text.written(replace(old, number=old.number + 1, count=count)))
        return [text.in_english() for text in counter_remarks(old, new)]

    assert remarks(replace(old.count, value=old.count.value + 5)) == []
    assert remarks(replace(old.count, state=CountState.KEPT)) == []
    assert "did not answer" in remarks(None)[0]
    assert "did not answer" in remarks(replace(old.count, state=CountState.SILENT))[0]
    assert "another counter" in remarks(replace(old.count, counter="0" * 16))[0]
    assert "lower" in remarks(replace(old.count, value=old.count.value - 1))[0]
    assert list(counter_remarks(replace(old, count=None), old)) == []
