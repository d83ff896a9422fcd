# SPDX-License-Identifier: Apache-2.0
"""The limits of a child are what it was given, and it says honestly what the kernel enforces."""

from __future__ import annotations

import sys

import pytest

from station.isolation.child import HelperProcess, child_command
from station.isolation.limits import Limits, NetworkUse
from station.isolation.serving import HELPER_FLAG, run_if_helper
from station.ports.tasks import CancelToken
from tests.station.isolation.test_helper_process import PLAYGROUND


@pytest.mark.parametrize("use", list(NetworkUse))
def test_a_child_says_what_is_enforced(use: NetworkUse) -> None:
    helper = HelperProcess(PLAYGROUND, Limits(memory_bytes=1 << 29, cpu_seconds=5, wall_seconds=20, network=use))
    try:
        enforced = helper.start(cancel=CancelToken())
    finally:
        helper.close()
    assert enforced.memory
    assert enforced.files
    assert use is NetworkUse.NONE or not enforced.network


def test_a_frozen_program_starts_itself_as_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    assert child_command("some.module") == [sys.executable, "-m", "some.module"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert child_command("some.module") == [sys.executable, HELPER_FLAG, "some.module"]


@pytest.mark.parametrize("arguments", [[], ["read", "file.png"], [HELPER_FLAG], [HELPER_FLAG, "a", "b"]])
def test_any_other_start_is_none_of_a_helper(arguments: list[str]) -> None:
    assert not run_if_helper(arguments)
