# SPDX-License-Identifier: Apache-2.0
"""The officer hears about a stick that cannot be used before the export, in words that fit."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from station.ports.exchange import TargetReport, TargetState
from storage.exchange.stick import LITTLE_ROOM, FolderTargets


def look(target: Path, store: Path | None = None) -> TargetReport:
    return FolderTargets(store or target / "no store").look_at(target)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    report = look(tmp_path / "nowhere")
    assert (report.state, report.usable, report.free_bytes) == (TargetState.MISSING, False, 0)
    assert "not there" in report.says.in_english()


def test_a_folder_on_another_disk_than_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _room(monkeypatch, LITTLE_ROOM)
    report = look(tmp_path)
    assert (report.state, report.usable) == (TargetState.READY, True)
    assert "536 MB free" in report.says.in_english()


def test_a_folder_beside_the_store_travels_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _room(monkeypatch, LITTLE_ROOM)
    report = look(tmp_path, tmp_path)
    assert (report.state, report.usable) == (TargetState.SAME_DISK, True)


def test_a_stick_with_little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _room(monkeypatch, LITTLE_ROOM - 1)
    report = look(tmp_path)
    assert (report.state, report.usable) == (TargetState.NEARLY_FULL, True)


def test_a_write_protected_stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _room(monkeypatch, LITTLE_ROOM)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_flag=os.ST_RDONLY))
    report = look(tmp_path)
    assert (report.state, report.usable) == (TargetState.READ_ONLY, False)


def test_a_folder_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert look(tmp_path).state is TargetState.READ_ONLY


def test_a_stick_pulled_out_while_it_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(shutil, "disk_usage", gone)
    assert look(tmp_path).state is TargetState.MISSING


def _room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
