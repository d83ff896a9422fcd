# SPDX-License-Identifier: Apache-2.0
"""What one store owes another counts there exactly once, wherever the bringing is cut short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.access.outbox import deliver, owe
from station.domain.wire import from_json
from station.ports.safekeeping import OutboxMessage
from station.ports.storage import RoleName, Store, StoreName, UnitOfWork
from tests.open_station import SeededRandomness, StandingClock
from tests.station.access.post_room import PostRoom

KIND = "counted"
_numbers = count()


class Killed(BaseException):
    """The process ends here."""


@dataclass(slots=True)
class Moments:
    """How many more moments pass before the process is killed; None: it lives."""

    left: int | None = None
    passed: int = 0

    def pass_by(self) -> None:
        self.passed += 1
        if self.left is not None:
            if self.left == 0:
                raise Killed
            self.left -= 1


class MortalUnit:
    """A real unit of work, around whose commit the process may be killed."""

    def __init__(self, unit: UnitOfWork, moments: Moments) -> None:
        self._unit, self._moments = unit, moments

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    def commit(self) -> None:
        self._moments.pass_by()
        self._unit.commit()
        self._moments.pass_by()

    def __enter__(self) -> Self:
        self._moments.pass_by()
        self._unit.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unit.__exit__(kind, error, trace)


class MortalStore:
    """A real store in a process that may be killed at any moment."""

    def __init__(self, store: Store, moments: Moments) -> None:
        self._store, self._moments = store, moments

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def unit_of_work(self) -> MortalUnit:
        return MortalUnit(self._store.unit_of_work(), self._moments)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    """The border store and the protection store of a focal point."""
    room = PostRoom(tmp_path_factory.mktemp("post"))
    felix = room.add("felix", RoleName.FOCAL_POINT)
    with room.signed_in("felix", felix) as session:
        border, protection = session.store, session.stores[StoreName.PROTECTION]
        deliver(border, protection, {"person": lambda _unit, _message: None}, room.station.clock)
        yield border, protection
    room.close()


def counted(unit: UnitOfWork, message: OutboxMessage) -> None:
    """Count how often a message came to count, in the store itself."""
    name = f"counted.{from_json(int, message.body)}"
    unit.settings.put(name, str(int(unit.settings.get(name) or b"0") + 1).encode())


def counts(store: Store, numbers: list[int]) -> list[int]:
    """How often each message came to count."""
    with store.reading() as unit:
        return [int(unit.settings.get(f"counted.{number}") or b"0") for number in numbers]


def owed(border: Store, how_many: int, kind: str = KIND) -> list[int]:
    """Messages in the outbox; their numbers."""
    clock, randomness = StandingClock(), SeededRandomness(next(_numbers))
    numbers = [next(_numbers) for _ in range(how_many)]
    with border.unit_of_work() as unit:
        for number in numbers:
            owe(unit, StoreName.PROTECTION, kind, number, clock=clock, randomness=randomness)
        unit.commit()
    return numbers


@settings(max_examples=150)
@given(how_many=st.integers(1, 4), kills=st.lists(st.integers(0, 24), max_size=6))
def test_every_message_counts_once_wherever_the_process_is_killed(
    stores: tuple[Store, Store], how_many: int, kills: list[int]
) -> None:
    border, protection = stores
    numbers, clock = owed(border, how_many), StandingClock()
    for left in kills:
        moments = Moments(left)
        mortal: tuple[Any, Any] = MortalStore(border, moments), MortalStore(protection, moments)
        try:
            deliver(*mortal, {KIND: counted}, clock)
        except Killed:
            assert max(counts(protection, numbers)) <= 1
    deliver(border, protection, {KIND: counted}, clock)
    assert counts(protection, numbers) == [1] * how_many
    with border.reading() as unit:
        assert not unit.outbox.waiting(StoreName.PROTECTION.value)


def test_every_single_moment_of_a_delivery_may_be_the_last(stores: tuple[Store, Store]) -> None:
    border, protection = stores
    whole = Moments()
    numbers = owed(border, 2)
    mortal: tuple[Any, Any] = MortalStore(border, whole), MortalStore(protection, whole)
    deliver(*mortal, {KIND: counted}, StandingClock())
    assert whole.passed == 12  # two messages, two commits each: before the unit, before and after its commit
    for left in range(whole.passed):
        numbers = owed(border, 2)
        moments = Moments(left)
        mortal = MortalStore(border, moments), MortalStore(protection, moments)
        with pytest.raises(Killed):
            deliver(*mortal, {KIND: counted}, StandingClock())
        deliver(border, protection, {KIND: counted}, StandingClock())
        assert counts(protection, numbers) == [1, 1]


def test_a_message_that_nobody_understands_stays_and_so_do_those_after_it(stores: tuple[Store, Store]) -> None:
    border, protection = stores
    first, unknown, last = owed(border, 1), owed(border, 1, "of a newer program"), owed(border, 1)
    outcome = deliver(border, protection, {KIND: counted}, StandingClock())
    assert (outcome.taken, outcome.waiting) == (1, 2)
    assert counts(protection, first + last) == [1, 0]
    handlers = {KIND: counted, "of a newer program": counted}
    assert deliver(border, protection, handlers, StandingClock()).taken == 2
    assert counts(protection, first + unknown + last) == [1, 1, 1]


def test_a_message_whose_handler_fails_leaves_nothing_and_comes_again(stores: tuple[Store, Store]) -> None:
    border, protection = stores
    numbers = owed(border, 1)

    def failing(unit: UnitOfWork, message: OutboxMessage) -> None:
        counted(unit, message)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deliver(border, protection, {KIND: failing}, StandingClock())
    assert counts(protection, numbers) == [0]
    assert deliver(border, protection, {KIND: counted}, StandingClock()).taken == 1
    assert counts(protection, numbers) == [1]
