# SPDX-License-Identifier: Apache-2.0
"""A device put together: roles side by side, each in one hand, and what ends with a session is the session's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from devices import worker as worker_module
from devices.shell import Shell, Use
from station.domain.errors import (
    Cancelled,
    ChipRemoved,
    DeviceBusy,
    DeviceError,
    DeviceFault,
    DeviceRemoved,
    DeviceSilent,
)
from station.domain.provenance import Illumination
from station.domain.words import say
from station.ports.devices import CHIP_READER, DOCUMENT_SCANNER, DeviceInfo, Health, HealthState, Role
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock, until
from tests.contract.calls import Call

BOTH: tuple[Role[object], ...] = (DOCUMENT_SCANNER, CHIP_READER)
JAM = DeviceFault(say("Paper is jammed."), say("Take it out."))


class Bench:
    """A full-page reader: a scanner and a chip reader in one housing."""

    def __init__(self, *, one_thread: bool = False, failing: bool = False, patience: float | None = None) -> None:
        self.news: list[str] = []
        self.ended: list[tuple[str, DeviceRemoved]] = []
        self.on_ended: Callable[[Use], None] = lambda _use: None
        self.failing = failing
        self.shell = Shell(
            DeviceInfo("test:1", "A full-page reader", "test", BOTH),
            clock=WallClock(),
            changed=self.news.append,
            fills={role.name: self._fill for role in BOTH},
            ended=self._ended,
            one_thread=one_thread,
            patience=patience,
        )

    def _fill(self, use: Use) -> Use:
        if self.failing:
            raise JAM
        return use

    def _ended(self, use: Use, error: DeviceRemoved) -> None:
        self.ended.append((use.role.name, error))
        self.on_ended(use)

    def use(self, role: Role[object]) -> Use:
        opened = self.shell.open(role)
        assert isinstance(opened, Use)
        return opened

    def health(self) -> Health:
        return self.shell.health()

    def in_use(self) -> bool:
        return self.shell.in_use

    def gone(self) -> bool:
        return self.shell.gone


@pytest.fixture(params=[False, True], ids=["a thread per role", "one thread"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made = Bench(one_thread=request.param)
    yield made
    made.shell.close()
    assert not [thread for thread in threading.enumerate() if "A full-page reader" in thread.name]


class Waiting:
    """Work that waits until it is stopped, as waiting for a document does."""

    def __init__(self, use: Use, cancel: CancelToken | None = None) -> None:
        self.entered = threading.Event()
        self.call = Call(lambda: use.run(self._wait, cancel=cancel or CancelToken()))

    def _wait(self, token: CancelToken) -> None:
        self.entered.set()
        token.wait(3600.0)


def raising(error: DeviceError) -> Callable[[CancelToken], None]:
    def work(_token: CancelToken) -> None:
        raise error

    return work


def test_a_device_fills_exactly_the_roles_it_lists() -> None:
    info = DeviceInfo("test:1", "A full-page reader", "test", BOTH)
    with pytest.raises(ValueError, match="exactly the roles"):
        Shell(info, clock=WallClock(), changed=lambda _id: None, fills={})


def test_each_role_is_in_one_hand_and_the_other_one_is_free(bench: Bench) -> None:
    scanner = bench.use(DOCUMENT_SCANNER)
    with pytest.raises(DeviceBusy):
        bench.shell.open(DOCUMENT_SCANNER)
    chip = bench.use(CHIP_READER)
    assert bench.in_use()
    assert bench.health().state is HealthState.BUSY
    bench.shell.end_session(DOCUMENT_SCANNER)
    with pytest.raises(DeviceRemoved):
        scanner.check()
    chip.check()
    bench.shell.end_session(CHIP_READER)
    assert bench.in_use() is False
    assert bench.health().state is HealthState.READY


def test_two_roles_work_at_the_same_time() -> None:
    bench = Bench()
    try:
        scanning = Waiting(bench.use(DOCUMENT_SCANNER))
        assert scanning.entered.wait(10.0)
        assert bench.use(CHIP_READER).run(lambda _token: "chip", cancel=CancelToken()) == "chip"
    finally:
        bench.shell.close()
    scanning.call.end()
    assert isinstance(scanning.call.error, DeviceRemoved)


def test_the_end_of_one_roles_session_fails_its_own_calls_and_no_others(bench: Bench) -> None:
    scanner, chip = bench.use(DOCUMENT_SCANNER), bench.use(CHIP_READER)
    first = Waiting(scanner)
    assert first.entered.wait(10.0)
    second = Waiting(chip)  # behind the first one where both share a thread
    bench.shell.end_session(DOCUMENT_SCANNER)
    first.call.end()
    assert isinstance(first.call.error, DeviceRemoved)
    assert second.entered.wait(10.0)
    assert second.call.error is None
    assert [role for role, _ in bench.ended] == [DOCUMENT_SCANNER.name]
    bench.shell.end_session(CHIP_READER)
    second.call.end()
    assert isinstance(second.call.error, DeviceRemoved)


def test_a_stop_frees_who_waits(bench: Bench) -> None:
    cancel = CancelToken()
    waiting = Waiting(bench.use(DOCUMENT_SCANNER), cancel)
    assert waiting.entered.wait(10.0)
    cancel.cancel()
    waiting.call.end()
    assert isinstance(waiting.call.error, Cancelled)


def test_what_nobody_took_is_undone_on_the_devices_thread(bench: Bench) -> None:
    use, cancel, entered, let_go = bench.use(DOCUMENT_SCANNER), CancelToken(), threading.Event(), threading.Event()
    undone: list[str] = []

    def work(_token: CancelToken) -> str:
        entered.set()
        let_go.wait(20.0)
        return "page"

    def undo(page: str) -> None:
        use.worker.assert_on_worker()
        undone.append(page)

    call = Call(lambda: use.run(work, cancel=cancel, undo=undo))
    assert entered.wait(10.0)
    cancel.cancel()
    call.end()
    let_go.set()
    until(lambda: undone == ["page"])


def test_a_fault_is_the_devices_trouble_until_a_call_works(bench: Bench) -> None:
    use = bench.use(DOCUMENT_SCANNER)
    with pytest.raises(DeviceFault):
        use.run(raising(JAM), cancel=CancelToken())
    assert bench.health().state is HealthState.TROUBLE
    assert bench.health().says.in_english() == "Paper is jammed. Take it out."
    bench.news.clear()
    use.run(lambda _token: None, cancel=CancelToken())
    assert bench.health().state is HealthState.BUSY
    assert bench.news == ["test:1"]


def test_a_document_that_left_the_reader_is_not_the_readers_trouble(bench: Bench) -> None:
    use = bench.use(CHIP_READER)
    with pytest.raises(ChipRemoved):
        use.run(raising(ChipRemoved(say("Gone."), say("Lay it down."))), cancel=CancelToken())
    assert bench.health().state is HealthState.BUSY


def test_a_call_that_hangs_is_silence_and_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "PATIENCE", 0.0)
    bench, entered, let_go = Bench(), threading.Event(), threading.Event()

    def hang(_token: CancelToken) -> None:
        entered.set()
        let_go.wait(20.0)

    try:
        use = bench.use(DOCUMENT_SCANNER)
        with pytest.raises(DeviceSilent):
            use.run(hang, cancel=CancelToken(), timeout=0.05)
        assert entered.is_set()
        assert bench.health().state is HealthState.TROUBLE
        assert "No answer since" in bench.health().says.in_english()
        other = bench.use(CHIP_READER)
        assert other.run(lambda _token: "chip", cancel=CancelToken()) == "chip"
    finally:
        let_go.set()
        bench.shell.close()


def test_removal_ends_the_calls_of_every_role_and_is_worse_than_trouble(bench: Bench) -> None:
    scanner, chip = bench.use(DOCUMENT_SCANNER), bench.use(CHIP_READER)
    with pytest.raises(DeviceFault):
        scanner.run(raising(JAM), cancel=CancelToken())
    waiting = [Waiting(scanner), Waiting(chip)]
    assert waiting[0].entered.wait(10.0)
    bench.shell.went()
    for one in waiting:
        one.call.end()
        assert isinstance(one.call.error, DeviceRemoved)
    assert bench.gone()
    assert bench.health().state is HealthState.GONE
    with pytest.raises(DeviceRemoved):
        chip.check()
    bench.shell.returned()
    assert not bench.gone()
    assert bench.health().state is HealthState.BUSY  # the jam is forgotten, the sessions are not
    chip.check()


def test_nobody_begins_to_use_what_is_gone(bench: Bench) -> None:
    bench.shell.went(say("Pulled."))
    assert bench.health() == Health(HealthState.GONE, say("Pulled."))
    with pytest.raises(DeviceRemoved):
        bench.shell.open(DOCUMENT_SCANNER)


def test_the_driver_chooses_the_words_of_a_removal(bench: Bench) -> None:
    waiting = Waiting(bench.use(DOCUMENT_SCANNER))
    assert waiting.entered.wait(10.0)
    bench.shell.went(error=DeviceRemoved(say("The folder is gone."), say("Connect it.")))
    waiting.call.end()
    assert waiting.call.error is not None
    assert str(waiting.call.error) == "The folder is gone."


def test_a_call_that_comes_with_the_removal_does_not_wait_for_nothing() -> None:
    """Between the look whether it is there and the work on its thread it may go: such work must not begin."""
    bench, held, let_go, begun = Bench(), threading.Event(), threading.Event(), threading.Event()

    def hold(_token: CancelToken) -> None:
        held.set()
        let_go.wait(20.0)

    try:
        use = bench.use(DOCUMENT_SCANNER)
        use.worker.begin(hold, whatever_happens=True)
        assert held.wait(10.0)
        late = Call(lambda: use.run(lambda _token: begun.set(), cancel=CancelToken()))
        until(lambda: not late.begun.is_set() or bool(use.worker._waiting))
        for role in BOTH:  # gone, and the calls under way are not told: as if this one had come a moment later
            bench.shell._posts[role.name].attendance.went()
        let_go.set()
        late.end()
        assert isinstance(late.error, DeviceRemoved)
        assert not begun.is_set()
    finally:
        let_go.set()
        bench.shell.close()


def test_trouble_outside_any_call_is_shown_and_ends(bench: Bench) -> None:
    bench.shell.trouble(JAM)
    assert bench.health().state is HealthState.TROUBLE
    bench.shell.well()
    assert bench.health().state is HealthState.READY


def test_a_device_in_use_says_what_it_waits_for(bench: Bench) -> None:
    use = bench.use(DOCUMENT_SCANNER)
    with use.awaiting(say("Waiting for a document.")):
        assert bench.health() == Health(HealthState.BUSY, say("Waiting for a document."))
    assert bench.health() == Health(HealthState.BUSY, say("In use."))


def test_provenance_names_the_role_and_the_light(bench: Bench) -> None:
    found = bench.use(DOCUMENT_SCANNER).provenance(illumination=Illumination.INFRARED)
    assert (found.role, found.device_id, found.driver) == (DOCUMENT_SCANNER.name, "test:1", "test")
    assert found.illumination is Illumination.INFRARED
    assert bench.use(CHIP_READER).provenance(manual=True).role == CHIP_READER.name


def test_each_change_is_told(bench: Bench) -> None:
    bench.use(DOCUMENT_SCANNER)
    assert bench.news == ["test:1"]
    bench.shell.end_session(DOCUMENT_SCANNER)
    assert bench.news == ["test:1"] * 2
    bench.shell.went()
    assert len(bench.news) > 2
    assert set(bench.news) == {"test:1"}


def test_ending_twice_ends_once(bench: Bench) -> None:
    bench.use(DOCUMENT_SCANNER)
    bench.shell.end_session(DOCUMENT_SCANNER)
    bench.shell.end_session(DOCUMENT_SCANNER)
    assert len(bench.ended) == 1


def test_the_hardware_is_put_to_rest_before_the_next_session_can_begin(bench: Bench) -> None:
    rested: list[str] = []

    def rest(use: Use) -> None:
        with pytest.raises(DeviceBusy):
            bench.shell.open(use.role)
        use.worker.begin(lambda _token: rested.append("rest"))

    bench.on_ended = rest
    bench.use(DOCUMENT_SCANNER)
    bench.shell.end_session(DOCUMENT_SCANNER)
    bench.use(DOCUMENT_SCANNER).run(lambda _token: rested.append("next"), cancel=CancelToken())
    assert rested == ["rest", "next"]


def test_a_role_that_could_not_be_filled_is_free_again() -> None:
    bench = Bench(failing=True)
    try:
        with pytest.raises(DeviceFault):
            bench.shell.open(DOCUMENT_SCANNER)
        bench.failing = False
        bench.use(DOCUMENT_SCANNER).check()
    finally:
        bench.shell.close()


def test_closing_ends_sessions_calls_and_threads(bench: Bench) -> None:
    use = bench.use(DOCUMENT_SCANNER)
    waiting = Waiting(use)
    assert waiting.entered.wait(10.0)
    bench.shell.close()
    waiting.call.end()
    assert isinstance(waiting.call.error, DeviceRemoved)
    with pytest.raises(DeviceRemoved):
        use.check()
    with pytest.raises(DeviceRemoved):
        bench.shell.open(CHIP_READER)
    bench.shell.end_session(DOCUMENT_SCANNER)
    bench.shell.close()


def test_hands_that_grab_at_once_get_it_one_after_the_other(bench: Bench) -> None:
    """Eight officers press the key at once, again and again: never two have it, and nobody is hit by another's end."""
    inside, most, wrong = 0, 0, []
    lock = threading.Lock()

    def work(_token: CancelToken) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        with lock:
            inside -= 1

    def grab() -> None:
        taken = 0
        while taken < 20:
            try:
                use = bench.use(DOCUMENT_SCANNER)
            except DeviceBusy:
                continue
            try:
                use.run(work, cancel=CancelToken())
                taken += 1
            except DeviceRemoved as error:
                wrong.append(error)
                return
            finally:
                bench.shell.end_session(DOCUMENT_SCANNER)

    threads = [threading.Thread(target=grab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
        assert not thread.is_alive()
    assert wrong == []
    assert most == 1
    assert len(bench.ended) == 160


def test_a_call_under_way_is_called_silent_after_a_while_and_goes_on() -> None:
    bench = Bench(patience=0.05)
    try:
        answered = threading.Event()

        def slow(_token: CancelToken) -> str:
            answered.wait(10.0)
            return "page"

        call = Call(lambda: bench.use(DOCUMENT_SCANNER).run(slow, cancel=CancelToken()))
        until(lambda: bench.health().state is HealthState.TROUBLE)
        assert "No answer since" in bench.health().says.in_english()
        answered.set()
        call.end()
        assert call.error is None
        until(lambda: bench.health().state is HealthState.BUSY)
    finally:
        bench.shell.close()


def test_a_call_that_waits_for_a_person_is_not_silent() -> None:
    bench = Bench(patience=0.05)
    try:
        use = bench.use(DOCUMENT_SCANNER)
        begun, placed, scanned = threading.Event(), threading.Event(), threading.Event()

        def scan(_token: CancelToken) -> None:
            with use.awaiting(say("Waiting for a document.")):
                begun.set()
                placed.wait(10.0)
            scanned.wait(10.0)

        call = Call(lambda: use.run(scan, cancel=CancelToken()))
        assert begun.wait(10.0)
        threading.Event().wait(0.1)  # twice the patience
        assert bench.health().says == say("Waiting for a document.")
        placed.set()
        until(lambda: bench.health().state is HealthState.TROUBLE)
        scanned.set()
        call.end()
    finally:
        bench.shell.close()
