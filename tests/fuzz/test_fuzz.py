# SPDX-License-Identifier: Apache-2.0
"""Every parser of untrusted bytes stands some thousand hostile inputs; millions come with ``./run fuzz``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.fuzz.campaign import Campaign
from tests.fuzz.material import material_in
from tests.fuzz.mutation import input_of
from tests.fuzz.targets import PLANTED, TARGETS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits of the feeding process are Linux's")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all parsers, with one set of keys."""
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("parser", TARGETS)
def test_a_parser_stands_hostile_inputs(state: Path, tmp_path: Path, parser: str) -> None:
    few = TARGETS[parser](material_in(state), tmp_path).few
    campaign = Campaign(state, parser, seed=1)
    found = campaign.run(inputs=few)
    assert not [f"{finding.cause}: {finding.path.read_bytes()[:200]!r}" for finding in found]
    assert campaign.state.inputs == few


@pytest.mark.parametrize(
    ("parser", "cause"),
    [
        ("planted-error", "UnicodeDecodeError"),
        ("planted-hang", "more than a second of processor time"),
        ("planted-hunger", "MemoryError"),
    ],
)
def test_a_planted_fault_is_found_and_its_input_kept(state: Path, parser: str, cause: str) -> None:
    campaign = Campaign(state, parser, seed=1, most_findings=2)
    found = campaign.run(inputs=300)
    assert found
    assert all(cause in finding.cause for finding in found)
    assert all(finding.path.read_bytes().endswith(b"\xff") for finding in found)


def test_a_run_is_resumed_where_it_stopped(tmp_path: Path) -> None:
    Campaign(tmp_path, "mrz", seed=5).run(inputs=200)
    campaign = Campaign(tmp_path, "mrz", seed=99)
    campaign.run(inputs=300)
    assert (campaign.state.seed, campaign.state.inputs, campaign.state.next) == (5, 500, 500)


def test_the_same_number_makes_the_same_input(tmp_path: Path) -> None:
    target = PLANTED["planted-error"](material_in(tmp_path), tmp_path)
    inputs = [input_of(target, 3, number) for number in range(50)]
    assert inputs == [input_of(target, 3, number) for number in range(50)]
    assert len(set(inputs)) > 30
