# SPDX-License-Identifier: Apache-2.0
"""How long an officer waits for the window, and what the station holds in memory while nothing happens.

Each figure is of a fresh process on a training store with the password stretching of service. No peer: no other
border desktop can be started here.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_ROUNDS = 3
_CHILD = "benchmarks.start_child"


def measure() -> list[tuple[str, float, str]]:
    """Medians of fresh processes, offscreen; memory is the resident set of the process and its helpers."""
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder), "found")
        rounds = [_run(Path(folder), "start") for _ in range(_ROUNDS)]

    def median(name: str) -> float:
        return statistics.median(found[name] for found in rounds)

    return [
        ("start: window, first page", median("window"), "s"),
        ("start: password stretched, store open", median("unlocked"), "s"),
        ("start: usable after sign-in", median("usable"), "s"),
        ("start: memory at rest", median("memory"), "MB"),
    ]


def _run(folder: Path, what: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", _CHILD, str(folder), what],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, float] = json.loads(done.stdout or "{}")
    return found


if __name__ == "__main__":
    for name, value, unit in measure():
        print(f"{name:<42} {value:10.2f} {unit}")
