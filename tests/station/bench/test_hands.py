# SPDX-License-Identifier: Apache-2.0
"""The bench shows its own captures only, tells the truth about use, and reaches no record of a traveller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from devices.registry import Registry
from devices.simulators.tray import Gesture
from devices.watched_folder.driver import WatchedFolderDriver, WatchedFolderSettings
from station.bench import acceptance
from station.bench.acceptance import AcceptanceRun
from station.bench.hands import GET_CHALLENGE, SELECT_EMRTD, BenchHands
from station.bench.records import Outcome
from station.bench.seen import ChipSeen, CodesSeen, ExchangeKind, LiveFrame, PageSeen, SwipeSeen
from station.bench.steps import STEPS, Deed
from station.domain.errors import Cancelled, DeviceBusy, LineRefused, NotPermitted
from station.domain.words import say
from station.ports.devices import (
    BARCODE_READER,
    CHIP_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    MRZ_READER,
    PRINTER,
    ROLES,
    PrintJob,
    Role,
)
from station.ports.storage import RoleName, UnitOfWork
from station.ports.tasks import CancelToken
from tests.station.bench.bench_room import BenchRoom, open_bench
from tests.ui.desk import FewPictures
from ui.presenters.bench_words import seen_view

SHEET = PrintJob("test sheet", b"%PDF-1.4\n%%EOF\n")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[BenchRoom]:
    room = open_bench(tmp_path, sheet=SHEET)
    yield room
    room.close()


def _soon(room: BenchRoom, what: str, seconds: float = 0.2) -> threading.Timer:
    """A hand that does something while the bench waits."""
    deeds: dict[str, Any] = {
        "place": lambda: room.place(1),
        "swipe": lambda: room.simulators.tray.move(Gesture.SWIPE, 1),
        "code": lambda: room.simulators.tray.move(Gesture.SHOW_CODE, 1),
        "remove": room.simulators.tray.remove,
    }
    timer = threading.Timer(seconds, deeds[what])
    timer.start()
    return timer


def test_a_page_comes_under_every_light_and_as_pixels(room: BenchRoom) -> None:
    timer = _soon(room, "place")
    seen = room.kit.hands.look(DOCUMENT_SCANNER, room.info(DOCUMENT_SCANNER).device_id, cancel=CancelToken())
    timer.join()
    assert isinstance(seen, PageSeen)
    assert seen.pictures
    assert all(picture.frame is not None for picture in seen.pictures)
    assert not seen.withheld


def test_the_wire_of_a_swipe_is_kept_as_it_came(room: BenchRoom) -> None:
    timer = _soon(room, "swipe")
    seen = room.kit.hands.look(MRZ_READER, room.info(MRZ_READER).device_id, cancel=CancelToken())
    timer.join()
    assert isinstance(seen, SwipeSeen)
    assert seen.lines
    assert seen.holds


@pytest.mark.parametrize("role", [MRZ_READER, BARCODE_READER])
def test_what_came_damaged_is_shown_with_its_bytes_and_fails_the_step(
    room: BenchRoom, monkeypatch: pytest.MonkeyPatch, role: Role[object]
) -> None:
    raw = b"\x02P<UTO???\x03"

    class Damaged:
        def read(self, *, cancel: CancelToken) -> object:
            raise LineRefused(say("The lines came damaged."), say("Swipe again."), raw=raw)

    @contextmanager
    def opened(*_: object) -> Iterator[Damaged]:
        yield Damaged()

    monkeypatch.setattr(room.devices, "open_device", opened)
    run = room.kit.begin_test(room.info(role), role)
    finding = run.do(run.steps[0], cancel=CancelToken())
    assert finding.outcome is Outcome.FAILED
    assert finding.says.in_english() == "The lines came damaged. Swipe again."
    assert isinstance(finding.seen, SwipeSeen | CodesSeen)
    assert finding.seen.raw == raw
    shown = [fact.value for fact in seen_view(finding.seen).facts]
    assert "·P<UTO???·" in shown
    assert raw.hex(" ").upper() in shown


def test_a_chip_is_asked_two_things_and_its_random_bytes_are_masked(room: BenchRoom) -> None:
    timer = _soon(room, "place")
    seen = room.kit.hands.look(CHIP_READER, room.info(CHIP_READER).device_id, cancel=CancelToken())
    timer.join()
    assert isinstance(seen, ChipSeen)
    assert [each.kind for each in seen.exchanges] == [ExchangeKind.SELECT, ExchangeKind.CHALLENGE]
    select, challenge = seen.exchanges
    assert bytes.fromhex(select.command) == SELECT_EMRTD
    assert bytes.fromhex(challenge.command) == GET_CHALLENGE
    assert challenge.good
    assert challenge.response == "•• " * 8 + "90 00"


def test_live_pictures_run_until_they_are_stopped(room: BenchRoom) -> None:
    room.place()
    stop, frames = CancelToken(), list[LiveFrame]()

    def show(live: LiveFrame) -> None:
        frames.append(live)
        if len(frames) == 5:
            stop.cancel()

    with pytest.raises(Cancelled):
        room.kit.hands.live(FACE_CAMERA, room.info(FACE_CAMERA).device_id, show, cancel=stop)
    assert [live.number for live in frames] == [1, 2, 3, 4, 5]
    assert frames[-1].per_second > 0


def test_a_device_in_use_by_the_work_is_refused_and_the_other_way_round(room: BenchRoom) -> None:
    device_id = room.info(FACE_CAMERA).device_id
    with room.devices.open(FACE_CAMERA), pytest.raises(DeviceBusy):
        room.kit.hands.face(device_id, cancel=CancelToken())
    refused: list[BaseException] = []
    stop = CancelToken()

    def show(_live: LiveFrame) -> None:
        try:
            with room.devices.open(FACE_CAMERA):
                raise AssertionError("the work got a device that the bench uses")
        except DeviceBusy as problem:
            refused.append(problem)
        stop.cancel()

    with pytest.raises(Cancelled):
        room.kit.hands.live(FACE_CAMERA, device_id, show, cancel=stop)
    assert refused


def test_a_page_that_may_be_a_travellers_is_measured_never_shown_and_stays(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "page.jpg").write_bytes(FewPictures().page(0).data)
    room = open_bench(tmp_path)
    shared = WatchedFolderDriver(
        WatchedFolderSettings(folders=(folder,), settle_seconds=0.05), clock=room.kit.hands.clock
    )

    devices = Registry((shared,), allow_simulated=False)
    devices.start()
    try:
        changed = threading.Event()
        devices.subscribe(changed.set)
        while not devices.states():
            assert changed.wait(20)
            changed.clear()
        hands = BenchHands(room.session.require, devices, room.pictures, room.kit.hands.clock)
        seen = hands.page(devices.states()[0].info.device_id, cancel=CancelToken())
        assert seen.withheld
        assert all(picture.frame is None for picture in seen.pictures)
        assert seen.page.on_settled is None
        with devices.open(DOCUMENT_SCANNER) as scanner:  # and the work gets it, as it came
            assert scanner.scan(cancel=CancelToken()).image.data == FewPictures().page(0).data
    finally:
        devices.close()
        room.close()


@pytest.mark.parametrize("role", [RoleName.OFFICER, RoleName.SUPERVISOR, RoleName.AUDITOR])
def test_nobody_but_a_technician_works_at_the_bench(tmp_path: Path, role: RoleName) -> None:
    room = open_bench(tmp_path, role=role)
    hands, device_id, cancel = room.kit.hands, room.info(FACE_CAMERA).device_id, CancelToken()
    attempts: list[Callable[[], object]] = [
        lambda: hands.look(FACE_CAMERA, device_id, cancel=cancel),
        lambda: hands.live(FACE_CAMERA, device_id, lambda _frame: None, cancel=cancel),
        lambda: hands.print(device_id, SHEET, cancel=cancel, progress=lambda _progress: None),
        lambda: room.kit.begin_test(room.info(FACE_CAMERA), FACE_CAMERA),
        room.kit.diagnostics,
        *(
            partial(getattr(hands, each), device_id, cancel=cancel)
            for each in ("page", "face", "swipe", "codes", "chip", "fingers", "preflight")
        ),
    ]
    for attempt in attempts:
        with pytest.raises(NotPermitted):
            attempt()
    room.close()


_RECORDS = ("encounters", "journal", "images", "officers", "exports")


def test_no_way_of_the_bench_reaches_a_record(room: BenchRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every public method of the bench is called while each repository of records is a trap."""

    def trap(unit: UnitOfWork) -> None:
        raise AssertionError("the bench reached for records")

    with room.session.store.reading() as reading:
        kinds = {type(reading)}
    with room.session.store.unit_of_work() as writing:
        kinds.add(type(writing))
    for kind in kinds:
        for repository in _RECORDS:
            monkeypatch.setattr(kind, repository, property(trap))
    called = set()
    for role in ROLES:
        if not any(role in state.info.roles for state in room.devices.states()):
            continue
        run = room.kit.begin_test(room.info(role), role)
        for step in run.steps:
            called.add(step.deed)
            run.take(_done(room, run, step.deed))
        room.kit.end_test(run)
    assert called == {step.deed for steps in STEPS.values() for step in steps}
    assert room.kit.ledger.all()
    assert room.kit.diagnostics()


def _done(room: BenchRoom, run: AcceptanceRun, deed: Deed) -> Any:
    step = run.next
    assert step is not None
    if deed is Deed.ASK:
        return run.answer(step, Outcome.PASSED)
    hand = {
        (DOCUMENT_SCANNER.name, Deed.LOOK): "place",
        (DOCUMENT_SCANNER.name, Deed.MRZ): "place",
        (CHIP_READER.name, Deed.LOOK): "place",
        (CHIP_READER.name, Deed.TAKE_OFF): "remove",
        (MRZ_READER.name, Deed.LOOK): "swipe",
        (BARCODE_READER.name, Deed.LOOK): "code",
        (FACE_CAMERA.name, Deed.LOOK): "place",
    }.get((run.role.name, deed))
    if hand == "place":
        room.simulators.tray.remove()
    timer = _soon(room, hand) if hand else None
    finding = run.do(step, cancel=CancelToken())
    if timer is not None:
        timer.join()
    return finding


@pytest.mark.parametrize("role", [MRZ_READER, PRINTER, CHIP_READER, BARCODE_READER])
def test_a_healthy_device_passes_every_step_and_its_times_are_measured(room: BenchRoom, role: Role[object]) -> None:
    run = room.kit.begin_test(room.info(role), role)
    for step in run.steps:
        run.take(_done(room, run, step.deed))
    assert {finding.outcome for finding in run.findings} == {Outcome.PASSED}, [
        (finding.step.name, finding.says.in_english()) for finding in run.findings
    ]
    record, _ = room.kit.end_test(run)
    assert record.outcome is Outcome.PASSED
    measured = {measure.name for step in record.steps for measure in step.measures}
    assert {"unplug", "replug"} <= measured


@pytest.mark.parametrize("lies", ["nothing", "a document"])
def test_a_stop_that_found_no_capture_leaves_a_scanner_that_waits_unfinished(
    room: BenchRoom, monkeypatch: pytest.MonkeyPatch, lies: str
) -> None:
    run = room.kit.begin_test(room.info(DOCUMENT_SCANNER), DOCUMENT_SCANNER)
    step = next(step for step in run.steps if step.deed is Deed.STOP)
    assert "off the glass" in step.asks.in_english()
    if lies == "a document":  # and is captured long before the stop
        monkeypatch.setattr(acceptance, "_BEFORE_STOP", 60.0)
        _soon(room, "place")
    finding = run.do(step, cancel=CancelToken())
    assert finding.outcome is (Outcome.PASSED if lies == "nothing" else Outcome.SKIPPED)
    assert finding.record.essential is (lies == "a document")
    assert run.skip(step, say("No time.")).record.essential
    other = next(step for step in run.steps if step.deed is Deed.UNPLUG)
    assert not run.skip(other, say("It is built in.")).record.essential


def test_every_role_has_an_essential_step() -> None:
    for role in ROLES:
        assert any(step.essential for step in STEPS[role.name]), role.name
