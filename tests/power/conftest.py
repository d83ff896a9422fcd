# SPDX-License-Identifier: Apache-2.0
"""The long runs of this folder are asked for by name (``-m power``), and are no part of the ordinary suite."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of images would wear a real disk."""
    with tempfile.TemporaryDirectory(
        prefix="hbm-power-", dir=SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    ) as name:
        yield Path(name)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "power: cuts the power of a station thousands of times (./run test-power)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long runs out unless they are asked for."""
    if "power" in str(config.getoption("markexpr")):
        return
    long = [item for item in items if item.get_closest_marker("power")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
