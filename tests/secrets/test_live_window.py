# SPDX-License-Identifier: Apache-2.0
"""The window of a live store cannot be dumped, also before there is a store; that of a training store can."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from station.ports.storage import StoreKind
from tests.open_station import OpenStation

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

PATIENCE = 60.0  # seconds
_CORE = "Max core file size"


def _core_limit(process_id: int) -> str:
    lines = Path(f"/proc/{process_id}/limits").read_text().splitlines()
    return next(line.removeprefix(_CORE).split()[0] for line in lines if line.startswith(_CORE))


@pytest.mark.parametrize("kind", [StoreKind.LIVE, StoreKind.TRAINING, None])
def test_only_a_training_window_can_be_dumped(tmp_path: Path, kind: StoreKind | None) -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("this account may make no dumps at all")
    if kind is not None:
        OpenStation(tmp_path, kind)
    words = [sys.executable, "-m", "ui", "desktop", "--store", str(tmp_path / "store")]
    if kind is StoreKind.TRAINING:
        words.append("--training")
    settings = tmp_path / "settings.toml"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HBM_STATION_SETTINGS": str(settings)}
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(words, env=environment, stderr=log) as window:
        try:
            began = time.monotonic()
            while not _listens_for_sleep(window.pid):
                assert time.monotonic() - began < PATIENCE, (tmp_path / "log").read_text()
                assert window.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.1)
            limit = _core_limit(window.pid)
        finally:
            window.kill()
    hard = resource.getrlimit(resource.RLIMIT_CORE)[0]
    before = "unlimited" if hard == resource.RLIM_INFINITY else str(hard)
    assert limit == (before if kind is StoreKind.TRAINING else "0")


def _listens_for_sleep(process_id: int) -> bool:
    """Whether it came as far as its last step before it waits for the officer, which starts a thread of this name."""
    with suppress(FileNotFoundError):  # a thread that ended while it was looked at
        tasks = list(Path(f"/proc/{process_id}/task").iterdir())
        return any((task / "comm").read_text().startswith("QDBus") for task in tasks)
    return False
