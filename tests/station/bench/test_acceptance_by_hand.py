# SPDX-License-Identifier: Apache-2.0
"""What is asked of a camera over a desk and of a film, what an unplugging proves, and what a second try leaves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from station.bench.acceptance import AcceptanceRun, BenchMeans
from station.bench.calibrating import calibrated
from station.bench.hands import BenchHands
from station.bench.judging import Finding
from station.bench.records import Outcome
from station.bench.steps import OVER_A_DESK, STEPS, Deed, asked_in
from station.domain.words import say
from station.optical.pictures import SafePictures
from station.ports.devices import DOCUMENT_SCANNER, MRZ_READER
from station.ports.tasks import CancelToken
from tests.contract import benches_cameras
from tests.contract.benches import Bench, WallClock, running
from tests.station.bench.bench_room import BenchRoom, open_bench


@pytest.fixture
def room(tmp_path: Path) -> Iterator[BenchRoom]:
    room = open_bench(tmp_path)
    yield room
    room.close()


@pytest.fixture
def film(tmp_path: Path) -> Iterator[Bench]:
    with running(benches_cameras.page_camera(tmp_path)) as bench:
        yield bench


def _run(film: Bench, room: BenchRoom, pictures: SafePictures) -> AcceptanceRun:
    """A test of a film as a document camera, on a station whose faults on demand belong to the simulators."""
    hands = BenchHands(lambda _permission: None, film.registry, pictures, WallClock())
    means = BenchMeans(
        calibrate=lambda image, use, cancel: calibrated(pictures, image, use, cancel=cancel), faults=room.kit.faults
    )
    info = film.registry.states()[0].info
    return AcceptanceRun(hands, info, DOCUMENT_SCANNER, means, room.kit.hands.clock.now())


def _skip_to(run: AcceptanceRun, deed: Deed) -> None:
    while run.next is not None and run.next.deed is not deed:
        run.take(run.skip(run.next, say("No time.")))


def _do(run: AcceptanceRun) -> Finding:
    assert run.next is not None
    finding = run.do(run.next, cancel=CancelToken())
    run.take(finding)
    return finding


def test_a_camera_over_a_desk_is_never_asked_to_look_at_a_glass(film: Bench, room: BenchRoom) -> None:
    asked = [step.asks.in_english() for step in _run(film, room, room.pictures).steps]
    assert not any("glass" in one or "side down" in one for one in asked)
    assert "data page up" in asked[0]
    glass = room.kit.begin_test(room.info(DOCUMENT_SCANNER), DOCUMENT_SCANNER)
    assert "data page down" in glass.steps[0].asks.in_english()
    names = [(step.name, step.deed, step.essential) for step in OVER_A_DESK]
    assert names == [(step.name, step.deed, step.essential) for step in STEPS[DOCUMENT_SCANNER.name]]


def test_what_a_record_says_was_asked_is_a_sentence_of_every_language(film: Bench, room: BenchRoom) -> None:
    for step in _run(film, room, room.pictures).steps:
        assert asked_in(step.asks.in_english()) is step.asks or asked_in(step.asks.in_english()) == step.asks
    assert asked_in("What nobody asks today.").in_english() == "What nobody asks today."


def test_a_film_is_measured_on_the_target_as_the_camera_it_stands_in_for(film: Bench, room: BenchRoom) -> None:
    run = _run(film, room, room.pictures)
    _skip_to(run, Deed.TARGET)
    finding = _do(run)
    assert finding.outcome is Outcome.FAILED  # it shows documents, and no target
    assert finding.readings
    simulated = room.kit.begin_test(room.info(DOCUMENT_SCANNER), DOCUMENT_SCANNER)
    _skip_to(simulated, Deed.TARGET)
    assert _do(simulated).outcome is Outcome.SKIPPED


def test_a_film_is_taken_away_and_brought_back_by_hand(film: Bench, room: BenchRoom) -> None:
    run = _run(film, room, room.pictures)
    _skip_to(run, Deed.UNPLUG)
    assert film.come_back is not None
    for hand, asked in ((film.vanish, Deed.UNPLUG), (film.come_back, Deed.REPLUG)):
        assert run.next is not None
        assert run.next.deed is asked
        timer = threading.Timer(0.1, hand)
        timer.start()
        finding = _do(run)
        timer.join()
        assert finding.outcome is Outcome.PASSED, finding.says.in_english()


@pytest.mark.parametrize("deed", [Deed.UNPLUG, Deed.REPLUG])
def test_a_device_that_never_left_is_no_proof_that_it_comes_back(room: BenchRoom, deed: Deed) -> None:
    run = room.kit.begin_test(room.info(MRZ_READER), MRZ_READER)
    _skip_to(run, deed)
    outcomes = [_do(run).outcome for _ in range(2 if deed is Deed.UNPLUG else 1)]
    assert outcomes == ([Outcome.PASSED, Outcome.PASSED] if deed is Deed.UNPLUG else [Outcome.SKIPPED])


def test_a_step_that_is_repeated_says_which_try_its_record_is(room: BenchRoom) -> None:
    run = room.kit.begin_test(room.info(MRZ_READER), MRZ_READER)
    failed = partial(Finding, outcome=Outcome.FAILED, says=say("Nothing came."))
    first, second = run.steps[:2]
    allowed = [run.may_repeat]
    for _ in range(2):
        run.take(failed(step=first))
        allowed.append(run.may_repeat)
        run.repeat()
        assert run.next == first
    run.take(Finding(step=first, outcome=Outcome.PASSED, says=say("It came.")))
    allowed.append(run.may_repeat)
    assert allowed == [False, True, True, False]
    assert [(measure.name, measure.value) for measure in run.findings[0].measures] == [("tries", 3.0)]
    run.take(failed(step=second))
    assert not run.findings[1].measures  # the next step begins with its first try
