# SPDX-License-Identifier: Apache-2.0
"""Where crash images are kept while they are looked at."""

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
