# SPDX-License-Identifier: Apache-2.0
"""A fresh store for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.sqlcipher.store import SqlcipherStore
from tests.storage.sqlcipher.specimens import ListeningBus, create, opened


@pytest.fixture
def events() -> ListeningBus:
    return ListeningBus()


@pytest.fixture
def store(tmp_path: Path, events: ListeningBus) -> Iterator[SqlcipherStore]:
    create(tmp_path)
    store = opened(tmp_path, events)
    yield store
    store.close()
