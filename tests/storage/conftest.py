# SPDX-License-Identifier: Apache-2.0
"""Fixtures for the store: password stretching as light as its absolute floor allows."""

from __future__ import annotations

import pytest

from storage.keys.stretching import KdfProfile
from tests.open_station import LIGHT, SeededRandomness


@pytest.fixture
def light() -> KdfProfile:
    """A password cost for tests only."""
    return LIGHT


@pytest.fixture
def randomness() -> SeededRandomness:
    """Repeatable bytes."""
    return SeededRandomness()
