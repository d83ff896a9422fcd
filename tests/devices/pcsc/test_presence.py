# SPDX-License-Identifier: Apache-2.0
"""Who waits for a document is woken by it, by its exchange, and by a stop; stale news wakes nobody."""

from __future__ import annotations

from devices.pcsc.presence import Presence, Slot, left_since
from station.domain.errors import Cancelled
from station.ports.tasks import CancelToken
from tests.contract.calls import Call


def test_a_document_left_when_nothing_lies_there_or_something_newer() -> None:
    assert left_since(Slot(occupied=False, changes=4), 3)
    assert left_since(Slot(occupied=True, changes=5), 3)
    assert left_since(Slot(occupied=False, changes=3), 3)
    assert not left_since(Slot(occupied=True, changes=3), 3)


def test_news_older_than_the_chip_says_nothing() -> None:
    assert not left_since(Slot(occupied=True, changes=1), 3)
    assert not left_since(Slot(occupied=False, changes=2), 3)


def test_the_count_may_start_again() -> None:
    assert left_since(Slot(occupied=False, changes=0), 0xFFFF)
    assert not left_since(Slot(occupied=False, changes=0xFFFF), 1)


def test_a_wait_ends_with_the_news_it_waits_for() -> None:
    presence = Presence()
    waiting = Call(lambda: presence.wait("reader", lambda slot: slot.occupied, cancel=CancelToken()))
    presence.update({"another": Slot(occupied=True, changes=1)})
    presence.update({"reader": Slot(occupied=True, changes=1)})
    waiting.end()
    assert waiting.result is True
    assert presence.now("another") == Slot()


def test_a_wait_ends_with_its_time_and_with_a_stop() -> None:
    presence = Presence()
    assert not presence.wait("reader", lambda slot: slot.occupied, cancel=CancelToken(), seconds=0.01)
    cancel = CancelToken()
    waiting = Call(lambda: presence.wait("reader", lambda slot: slot.occupied, cancel=cancel))
    cancel.cancel()
    waiting.end()
    assert isinstance(waiting.error, Cancelled)
