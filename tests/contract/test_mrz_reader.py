# SPDX-License-Identifier: Apache-2.0
"""What every MRZ reader promises, run against every driver that fills the role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.registry import Registry
from station.ports.devices import MRZ_READER, MrzLines, MrzReader
from station.ports.tasks import CancelToken
from tests.contract import benches, benches_lines, benches_simulators, promises
from tests.contract.benches import Bench, held, running

Build = Callable[..., Bench]
PLUGGED = [
    benches_lines.swipe_reader,
    benches_lines.swipe_reader_with_marks,
    benches_simulators.simulated_mrz_reader,
]
ALL = [benches.keyed_mrz, benches_lines.typing_swipe_reader, *PLUGGED]
every = pytest.mark.parametrize("build", ALL, ids=lambda build: build.__name__)


def read(reader: MrzReader, cancel: CancelToken | None = None) -> MrzLines:
    return reader.read(cancel=cancel or CancelToken())


@every
def test_lines_arrive_as_given_with_their_provenance(build: Build, tmp_path: Path) -> None:
    before = datetime.now(UTC)
    with running(build(tmp_path)) as bench, bench.registry.open(MRZ_READER) as reader:
        bench.give()
        mrz = read(reader)
        assert mrz.lines == benches.LINES
        assert "ERIKSSON" not in repr(mrz)
        promises.provenance_is_true(bench, MRZ_READER, mrz.provenance, before)


@every
def test_a_second_use_is_refused(build: Build, tmp_path: Path) -> None:
    promises.second_use_is_refused(build(tmp_path), MRZ_READER)


@every
def test_one_use_follows_the_other(build: Build, tmp_path: Path) -> None:
    promises.use_after_use_is_welcome(build(tmp_path), MRZ_READER, read)


@every
def test_an_ended_session_gives_nothing(build: Build, tmp_path: Path) -> None:
    promises.an_ended_session_gives_nothing(build(tmp_path), MRZ_READER, read)


@every
def test_a_stop_before_the_reading_prevents_it(build: Build, tmp_path: Path) -> None:
    promises.a_stop_before_the_call_prevents_it(build(tmp_path), MRZ_READER, read)


@every
def test_waiting_ends_with_a_stop(build: Build, tmp_path: Path) -> None:
    promises.waiting_ends_with_a_stop(build(tmp_path, waits=True), MRZ_READER, read)


@every
def test_waiting_ends_when_the_reader_vanishes(build: Build, tmp_path: Path) -> None:
    promises.waiting_ends_when_the_device_vanishes(build(tmp_path, waits=True), MRZ_READER, read)


@pytest.mark.parametrize("build", PLUGGED, ids=lambda build: build.__name__)
def test_what_is_plugged_in_again_can_be_used(build: Build, tmp_path: Path) -> None:
    promises.what_came_back_can_be_used(build(tmp_path), MRZ_READER, read)


@every
def test_nothing_is_left_behind(build: Build, tmp_path: Path) -> None:
    def use(registry: Registry) -> None:
        with registry.open(MRZ_READER) as reader:
            bench.give()
            read(reader)

    before = held()
    bench = build(tmp_path)
    promises.nothing_is_left_behind(before, lambda: bench, use)
