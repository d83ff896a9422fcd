# SPDX-License-Identifier: Apache-2.0
"""What a watch tells: each coming and going once, at once when the system says so, and what is true last."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from devices import watching
from devices.base import Device
from devices.hotplug import HotPlug
from devices.watching import Watch
from station.domain.words import say
from station.ports.devices import DOCUMENT_SCANNER, DeviceInfo, Health, HealthState, Role
from tests.conftest import ExpectedLogs
from tests.contract.benches import until

NEVER = 3600.0  # seconds until a look that only an event can bring


class Thing:
    """A device that a watch moves, with a diary."""

    def __init__(self, device_id: str, changed: Callable[[str], None]) -> None:
        self.info = DeviceInfo(device_id, device_id, "test", (DOCUMENT_SCANNER,))
        self.gone = True
        self.closed = False
        self.node = ""
        self._changed = changed

    def changed(self) -> None:
        self._changed(self.info.device_id)

    def came(self, found: str) -> None:
        self.node, self.gone = found, False
        self.changed()

    def went(self) -> None:
        self.gone = True
        self.changed()

    def close(self) -> None:
        self.closed = True

    def health(self) -> Health:
        return Health(HealthState.GONE if self.gone else HealthState.READY, say("As it is."))

    def open(self, role: Role[object]) -> object:
        return self

    def end_session(self, role: Role[object]) -> None:
        """Nothing is held."""


class Told:
    """Whom the watch tells, as the registry is: what counts is what was said last."""

    def __init__(self) -> None:
        self.diary: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self.attached_now: set[str] = set()

    def attached(self, device: Device) -> None:
        self.attached_now.add(device.info.device_id)
        self.diary.put(("attached", device.info.device_id))

    def detached(self, device_id: str) -> None:
        self.attached_now.discard(device_id)
        self.diary.put(("detached", device_id))

    def health_changed(self, device_id: str) -> None:
        self.diary.put(("health", device_id))

    def forgotten(self, device_id: str) -> None:
        self.diary.put(("forgotten", device_id))

    def all(self) -> list[tuple[str, str]]:
        found = []
        while not self.diary.empty():
            found.append(self.diary.get())
        return found


class Place:
    """What can be found, and a hand on each look."""

    def __init__(self) -> None:
        self.found: Mapping[str, str] | None = {}
        self.looks = 0
        self.things: dict[str, Thing] = {}

    def look(self) -> Mapping[str, str] | None:
        self.looks += 1
        return self.found

    def make(self, device_id: str, found: str, changed: Callable[[str], None]) -> Thing:
        assert device_id not in self.things
        self.things[device_id] = Thing(device_id, changed)
        return self.things[device_id]


class Events(HotPlug):
    """The system's events, by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Callable[[], None]] = []
        self.subsystems: Sequence[str] = ()
        self.silent = False

    def subscribe(self, subsystems: Sequence[str], changed: Callable[[], None]) -> Callable[[], None]:
        self.told.append(changed)
        self.subsystems = subsystems
        return lambda: self.told.remove(changed)

    @property
    def listening(self) -> bool:
        return not self.silent

    def happen(self) -> None:
        for told in self.told:
            told()


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def watch(place: Place) -> Iterator[Watch[str]]:
    made: Watch[str] = Watch("test", look=place.look, make=place.make, seconds=NEVER)
    yield made
    made.close()


def looked_again(watch: Watch[str], place: Place) -> None:
    """The look that is under way or asked for is over, and what it found was told."""
    before = place.looks
    watch.look_soon()
    until(lambda: place.looks > before)
    again = place.looks
    watch.look_soon()
    until(lambda: place.looks > again)


def test_each_coming_and_going_is_told_once(watch: Watch[str], place: Place, told: Told) -> None:
    place.found = {"a": "1"}
    watch.start(told)
    looked_again(watch, place)
    assert told.all() == [("attached", "a")]
    place.found = {"a": "1", "b": "2"}
    looked_again(watch, place)
    assert told.all() == [("attached", "b")]
    place.found = {"b": "2"}
    looked_again(watch, place)
    assert told.all() == [("detached", "a")]
    assert place.things["a"].gone
    place.found = {"a": "1", "b": "2"}
    looked_again(watch, place)
    assert told.all() == [("attached", "a")]
    assert {device.info.device_id for device in watch.devices} == {"a", "b"}


def test_a_look_that_cannot_tell_changes_nothing(watch: Watch[str], place: Place, told: Told) -> None:
    place.found = {"a": "1"}
    watch.start(told)
    looked_again(watch, place)
    place.found = None
    looked_again(watch, place)
    assert told.all() == [("attached", "a")]


def test_a_look_that_the_system_refuses_is_one_that_cannot_tell(place: Place, told: Told) -> None:
    refuse = threading.Event()

    def look() -> Mapping[str, str] | None:
        place.look()
        if refuse.is_set():
            raise PermissionError
        return {"a": "1"}

    watch: Watch[str] = Watch("test", look=look, make=place.make, seconds=NEVER)
    watch.start(told)
    try:
        looked_again(watch, place)
        refuse.set()
        looked_again(watch, place)
        refuse.clear()
        looked_again(watch, place)
        assert told.all() == [("attached", "a")]
    finally:
        watch.close()


def test_a_device_found_under_another_node_is_told_so(watch: Watch[str], place: Place, told: Told) -> None:
    place.found = {"a": "tty0"}
    watch.start(told)
    looked_again(watch, place)
    place.found = {"a": "tty1"}
    looked_again(watch, place)
    assert place.things["a"].node == "tty1"
    assert told.attached_now == {"a"}


def test_a_device_that_says_itself_that_it_is_gone_is_told_and_found_again(
    watch: Watch[str], place: Place, told: Told
) -> None:
    place.found = {"a": "1"}
    watch.start(told)
    looked_again(watch, place)
    told.all()
    place.things["a"].went()
    assert told.all() == [("detached", "a")]
    looked_again(watch, place)
    assert told.all() == [("attached", "a")]


def test_a_device_that_says_itself_that_it_is_back_is_attached(watch: Watch[str], place: Place, told: Told) -> None:
    place.found = {"a": "1"}
    watch.start(told)
    looked_again(watch, place)
    place.things["a"].went()
    place.things["a"].came("1")
    assert told.attached_now == {"a"}


def test_news_of_health_is_passed_on(watch: Watch[str], place: Place, told: Told) -> None:
    place.found = {"a": "1"}
    watch.start(told)
    looked_again(watch, place)
    told.all()
    place.things["a"].changed()
    assert told.all() == [("health", "a")]


class Hesitating(Thing):
    """Its own thread is interrupted between reading that it is gone and telling it, until the watch has found it."""

    def __init__(self, device_id: str, changed: Callable[[str], None]) -> None:
        self.leaving: threading.Thread | None = None
        self.found = threading.Event()
        self._gone = True
        super().__init__(device_id, changed)

    @property
    def gone(self) -> bool:
        gone = self._gone
        if gone and threading.current_thread() is self.leaving:
            assert self.found.wait(10.0)
        return gone

    @gone.setter
    def gone(self, gone: bool) -> None:
        self._gone = gone
        if not gone:
            self.found.set()


def test_what_is_told_last_is_what_is_true_last(place: Place, told: Told) -> None:
    """A device that goes on its own thread while the watch finds it: never remembered as gone while it is there."""
    made: list[Hesitating] = []

    def make(device_id: str, _found: str, changed: Callable[[str], None]) -> Hesitating:
        made.append(Hesitating(device_id, changed))
        return made[-1]

    place.found = {"a": "1"}
    watch: Watch[str] = Watch("test", look=place.look, make=make, seconds=NEVER)
    watch.start(told)
    try:
        looked_again(watch, place)
        made[0].found.clear()
        leaving = made[0].leaving = threading.Thread(target=made[0].went)
        leaving.start()
        until(lambda: made[0]._gone)
        before = place.looks
        watch.look_soon()
        leaving.join(20.0)
        assert not leaving.is_alive()
        until(lambda: place.looks > before)
        until(lambda: told.attached_now == {"a"})
        assert place.looks == before + 1  # this very look, not a later one, told it
    finally:
        watch.close()


def test_an_event_of_the_system_brings_the_next_look_forward(
    place: Place, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SETTLE", 0.0)
    monkeypatch.setattr(watching, "AFTERWARDS", ())
    events = Events()
    watch: Watch[str] = Watch(
        "test", look=place.look, make=place.make, seconds=NEVER, hotplug=events, subsystems=("usb", "tty")
    )
    watch.start(told)
    try:
        assert events.subsystems == ("usb", "tty")
        until(lambda: watch.looked)
        place.found = {"a": "1"}
        events.happen()
        until(lambda: told.attached_now == {"a"})
        place.found = {}
        events.happen()
        until(lambda: told.attached_now == set())
    finally:
        watch.close()
    assert events.told == []


def test_a_device_that_is_slow_to_start_is_looked_for_again_after_its_event(
    place: Place, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "SETTLE", 0.0)
    monkeypatch.setattr(watching, "AFTERWARDS", (0.01, 0.01))
    events = Events()
    watch: Watch[str] = Watch(
        "test", look=place.look, make=place.make, seconds=NEVER, hotplug=events, subsystems=("usb",)
    )
    watch.start(told)
    try:
        until(lambda: watch.looked)
        events.happen()
        until(lambda: place.looks == 4)
    finally:
        watch.close()
    assert place.looks == 4


@pytest.mark.parametrize("silent", [True, False])
def test_looks_are_rare_only_where_the_system_tells_of_changes(silent: bool, place: Place, told: Told) -> None:
    events = Events()
    events.silent = silent
    watch: Watch[str] = Watch(
        "test",
        look=place.look,
        make=place.make,
        seconds=0.001 if silent else NEVER,
        quiet_seconds=NEVER if silent else 0.001,
        hotplug=events,
        subsystems=("usb",),
    )
    watch.start(told)
    try:
        until(lambda: place.looks > 3)
    finally:
        watch.close()


def test_the_reason_for_nothing_comes_with_the_first_look(watch: Watch[str], place: Place, told: Told) -> None:
    why = say("Nothing.")
    assert watch.nothing(why) is None
    watch.start(told)
    looked_again(watch, place)
    assert watch.nothing(why) == why
    place.found = {"a": "1"}
    looked_again(watch, place)
    assert watch.nothing(why) is None


def test_closing_waits_for_the_look_and_closes_every_device(place: Place, told: Told) -> None:
    looking, let_go = threading.Event(), threading.Event()

    def look() -> Mapping[str, str]:
        if place.looks:
            looking.set()
            let_go.wait(20.0)
        place.looks += 1
        return {"a": "1"} if place.looks == 1 else {"a": "1", "b": "2"}

    watch: Watch[str] = Watch("test", look=look, make=place.make, seconds=NEVER)
    watch.start(told)
    until(lambda: watch.looked)
    watch.look_soon()
    assert looking.wait(10.0)
    closing = threading.Thread(target=watch.close)
    closing.start()
    let_go.set()
    closing.join(10.0)
    assert not closing.is_alive()
    assert place.things["a"].closed
    assert told.all() == [("attached", "a")]  # what the last look found came too late
    assert not [thread for thread in threading.enumerate() if thread.name == "watch test"]


def test_a_watch_that_never_began_can_be_closed(watch: Watch[str]) -> None:
    watch.close()


def test_one_fault_ends_no_search_and_says_only_its_type_and_place(
    place: Place,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    expected_logs: ExpectedLogs,
) -> None:
    monkeypatch.setattr(watching, "AFTER_FAULT", NEVER)
    expected_logs.expect("devices.watching", logging.ERROR, r"ended with ValueError at test_watching.py:\d+")

    def look() -> Mapping[str, str] | None:
        if not place.looks:
            place.looks += 1
            raise ValueError("ERIKSSON")
        return place.look()

    place.found = {"a": "1"}
    watch: Watch[str] = Watch("test", look=look, make=place.make, seconds=NEVER)
    waits = watch._ended.wait

    def waited(seconds: float | None = None) -> bool:
        if seconds != NEVER:
            return waits(seconds)
        why = watch.nothing(say("Nothing."))
        assert why is not None
        assert "starting again" in why.in_english()
        return False

    monkeypatch.setattr(watch._ended, "wait", waited)
    watch.start(told)
    try:
        until(lambda: told.attached_now == {"a"})
        until(lambda: watch.looked)
        assert watch.nothing(say("Nothing.")) is None
    finally:
        watch.close()
    assert "ERIKSSON" not in caplog.text


def test_the_longest_gone_are_forgotten_and_closed_when_there_are_many(
    watch: Watch[str], place: Place, told: Told
) -> None:
    watch.start(told)
    for first in range(0, 40, 8):
        place.found = {f"S{number}": "1" for number in range(first, first + 8)}
        looked_again(watch, place)
        assert told.attached_now == set(place.found)
    kept = {device.info.device_id for device in watch.devices}
    assert kept == {f"S{number}" for number in range(24, 40)}
    assert {key for key, thing in place.things.items() if thing.closed} == {f"S{number}" for number in range(24)}
    assert [key for what, key in told.all() if what == "forgotten"] == [f"S{number}" for number in range(24)]


def test_so_many_devices_at_once_are_not_believed(watch: Watch[str], place: Place, told: Told) -> None:
    place.found = {f"S{number}": "1" for number in range(1000)}
    watch.start(told)
    looked_again(watch, place)
    assert len(place.things) == len(told.attached_now) == watching.AT_ONCE


def test_another_device_at_the_same_place_is_made_anew(place: Place, told: Told) -> None:
    made: list[Thing] = []

    def make(device_id: str, _found: str, changed: Callable[[str], None]) -> Thing:
        made.append(Thing(device_id, changed))
        return made[-1]

    watch: Watch[str] = Watch(
        "test", look=place.look, make=make, seconds=NEVER, identity=lambda found: found.split()[0]
    )
    watch.start(told)
    try:
        place.found = {"a": "serial1 tty0"}
        looked_again(watch, place)
        place.found = {"a": "serial1 tty1"}
        looked_again(watch, place)
        assert len(made) == 1
        told.all()
        place.found = {"a": "serial2 tty1"}
        looked_again(watch, place)
        assert [thing.closed for thing in made] == [True, False]
        assert [entry for entry in told.all() if entry[0] != "health"] == [("detached", "a"), ("attached", "a")]
        assert watch.devices == (made[1],)
    finally:
        watch.close()


def test_what_is_made_after_the_end_is_closed_and_not_told(
    place: Place, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "CLOSING", 0.0)
    making, let_go = threading.Event(), threading.Event()

    def make(device_id: str, found: str, changed: Callable[[str], None]) -> Thing:
        making.set()
        assert let_go.wait(20.0)
        return place.make(device_id, found, changed)

    place.found = {"a": "1", "b": "2"}
    watch: Watch[str] = Watch("test", look=place.look, make=make, seconds=NEVER)
    watch.start(told)
    assert making.wait(10.0)
    watch.close()
    let_go.set()
    watch._thread.join(10.0)
    assert [thing.closed for thing in place.things.values()] == [True]
    assert told.all() == []


def test_a_loose_plug_is_looked_at_less_and_less_often_until_it_holds() -> None:
    settling = watching.Settling()
    assert [settling.seconds(burst=True) for _ in range(7)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert settling.seconds(burst=False) == 0.0
    assert settling.seconds(burst=True) == 0.2


def test_a_watch_that_was_closed_never_begins(watch: Watch[str], place: Place, told: Told) -> None:
    watch.close()
    watch.start(told)
    assert not watch._thread.is_alive()


def test_what_comes_back_unrecognisably_is_made_anew(place: Place, told: Told) -> None:
    made: list[Thing] = []

    def make(device_id: str, _found: str, changed: Callable[[str], None]) -> Thing:
        made.append(Thing(device_id, changed))
        return made[-1]

    watch: Watch[str] = Watch("test", look=place.look, make=make, seconds=NEVER, remade=True)
    watch.start(told)
    try:
        for there in ({"a": "1"}, {"a": "2"}, {}, {"a": "1"}):
            place.found = there
            looked_again(watch, place)
        assert [thing.closed for thing in made] == [True, False]
        assert [entry for entry in told.all() if entry[0] != "health"] == [
            ("attached", "a"),
            ("detached", "a"),
            ("attached", "a"),
        ]
    finally:
        watch.close()
