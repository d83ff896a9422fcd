# SPDX-License-Identifier: Apache-2.0
"""What a unit of work promises: all or nothing, durable, alone, and told afterwards."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from station.domain.errors import StoreError
from station.ports.storage import Store
from storage.sqlcipher.store import SqlcipherStore
from tests.storage.sqlcipher.specimens import NOON, ListeningBus, opened


def value_of(store: Store, name: str) -> bytes | None:
    with store.reading() as unit:
        return unit.settings.get(name)


def test_leaving_without_commit_leaves_nothing(store: SqlcipherStore) -> None:
    with store.unit_of_work() as unit:
        unit.settings.put("colour", b"blue")
    assert value_of(store, "colour") is None


def test_an_error_after_some_writes_leaves_nothing_and_passes_through(store: SqlcipherStore) -> None:
    with pytest.raises(ZeroDivisionError), store.unit_of_work() as unit:
        unit.settings.put("colour", b"blue")
        _ = 1 // 0
    assert value_of(store, "colour") is None


def test_what_was_committed_is_there_after_reopening(store: SqlcipherStore, tmp_path: Path) -> None:
    with store.unit_of_work() as unit:
        unit.settings.put("colour", b"blue")
        unit.commit()
    store.close()
    again = opened(tmp_path)
    assert value_of(again, "colour") == b"blue"
    again.close()


def test_the_audit_entry_goes_with_the_act_it_records(store: SqlcipherStore) -> None:
    with store.unit_of_work() as unit:
        unit.settings.put("colour", b"blue")
        unit.audit.append(at=NOON, by="officer-1", act="setting.changed", subject="colour", details={})
    with store.reading() as unit:
        head = unit.audit.head()
        assert head is not None
        assert head.act == "store.created"


def test_events_are_told_after_the_commit_and_never_after_a_rollback(
    store: SqlcipherStore, events: ListeningBus
) -> None:
    seen: list[bytes | None] = []
    events.listener = lambda event: seen.append(value_of(store, "colour"))
    with store.unit_of_work() as unit:
        unit.publish("forgotten")
    with store.unit_of_work() as unit:
        unit.settings.put("colour", b"blue")
        unit.publish("told")
        unit.commit()
        assert events.heard == []
    assert events.heard == ["told"]
    assert seen == [b"blue"], "a listener may read what was committed"


def test_a_fact_is_told_even_when_the_block_fails_after_its_commit(store: SqlcipherStore, events: ListeningBus) -> None:
    with pytest.raises(ZeroDivisionError), store.unit_of_work() as unit:
        unit.publish("told")
        unit.commit()
        _ = 1 // 0
    assert events.heard == ["told"]


@pytest.mark.parametrize("outer", ["unit_of_work", "reading"])
@pytest.mark.parametrize("inner", ["unit_of_work", "reading"])
def test_a_second_unit_in_the_same_thread_is_refused_clearly(store: SqlcipherStore, outer: str, inner: str) -> None:
    with getattr(store, outer)():
        with pytest.raises(RuntimeError, match="inside a unit of work already"), getattr(store, inner)():
            pytest.fail("the inner unit opened")
        with pytest.raises(RuntimeError, match="outside its units"):
            store.close()
    with getattr(store, inner)():
        pass


def test_a_repository_is_useless_after_its_unit_ended(store: SqlcipherStore) -> None:
    with store.unit_of_work() as unit:
        settings = unit.settings
        unit.commit()
        with pytest.raises(RuntimeError, match="has ended"):
            settings.put("colour", b"blue")
    with pytest.raises(RuntimeError, match="has ended"):
        settings.get("colour")
    with pytest.raises(RuntimeError, match="has ended"):
        unit.commit()
    with pytest.raises(RuntimeError, match="entered once"), unit:
        pytest.fail("it was entered again")
    with pytest.raises(RuntimeError, match="inside its with block"):
        _ = store.unit_of_work().settings


def test_a_reading_unit_cannot_write(store: SqlcipherStore) -> None:
    with store.reading() as unit, pytest.raises(RuntimeError, match="cannot write"):
        unit.settings.put("colour", b"blue")


def test_a_reader_sees_one_state_and_does_not_wait_for_a_writer(store: SqlcipherStore) -> None:
    with ThreadPoolExecutor(1) as other, store.unit_of_work() as writer:
        writer.settings.put("colour", b"blue")
        # The writer is still inside: were the reader to wait, this would never return.
        assert other.submit(value_of, store, "colour").result(timeout=30) is None
        writer.commit()
        assert other.submit(value_of, store, "colour").result(timeout=30) == b"blue"


def test_a_snapshot_holds_while_others_commit(store: SqlcipherStore) -> None:
    def write() -> None:
        with store.unit_of_work() as unit:
            unit.settings.put("colour", b"blue")
            unit.commit()

    with ThreadPoolExecutor(1) as other, store.reading() as reader:
        assert reader.settings.get("colour") is None
        other.submit(write).result(timeout=30)
        assert reader.settings.get("colour") is None
    assert value_of(store, "colour") == b"blue"


def test_two_threads_counting_together_lose_no_count(store: SqlcipherStore) -> None:
    start = threading.Barrier(4)

    def count() -> None:
        start.wait(timeout=30)
        for _ in range(25):
            with store.unit_of_work() as unit:
                before = int(unit.settings.get("count") or b"0")
                unit.settings.put("count", str(before + 1).encode())
                unit.audit.append(at=NOON, by="officer-1", act="setting.changed", subject="count", details={})
                unit.commit()

    with ThreadPoolExecutor(4) as threads:
        for counted in [threads.submit(count) for _ in range(4)]:
            counted.result(timeout=60)
    assert value_of(store, "count") == b"100"
    with store.reading() as unit:
        assert [entry.sequence for entry in unit.audit.entries()] == list(range(1, 102))
        assert [entry.sequence for entry in unit.audit.entries(act="setting.changed")] == list(range(2, 102))
        assert [entry.sequence for entry in unit.audit.entries(after=100, act="setting.changed")] == [101]
        assert not list(unit.audit.entries(act="setting"))


def test_more_readers_than_connections_take_turns(store: SqlcipherStore) -> None:
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(lambda _: value_of(store, "recipient"), range(200)))
    assert found == [b"age1"] * 200


def test_a_closed_store_says_that_the_station_is_locked(store: SqlcipherStore) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError) as refused, store.reading():
        pytest.fail("a closed store opened a unit")
    assert refused.value.cause.in_english() == "The station is locked: the store is closed."


def test_closing_waits_for_the_unit_at_work(store: SqlcipherStore, tmp_path: Path) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def write() -> None:
        with store.unit_of_work() as unit:
            unit.settings.put("colour", b"blue")
            inside.set()
            assert go_on.wait(timeout=30)
            unit.commit()

    with ThreadPoolExecutor(2) as threads:
        writing = threads.submit(write)
        assert inside.wait(timeout=30)
        closing = threads.submit(store.close)
        go_on.set()
        writing.result(timeout=30)
        closing.result(timeout=30)
    assert not (tmp_path / "border.db-wal").exists(), "the last connection to close writes the log back"
    again = opened(tmp_path)
    assert value_of(again, "colour") == b"blue"
    again.close()


def test_checking_the_pages_waits_for_readers_instead_of_raising_a_false_alarm(store: SqlcipherStore) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def read() -> None:
        with store.reading() as unit:
            unit.settings.get("recipient")
            inside.set()
            assert go_on.wait(timeout=30)

    def write() -> None:
        with store.unit_of_work() as unit:
            for number in range(200):
                unit.settings.put(f"colour {number}", b"blue" * 500)
            unit.commit()

    with ThreadPoolExecutor(2) as threads:
        reading = threads.submit(read)
        assert inside.wait(timeout=30)
        write()  # what the reader does not see yet stays in the log
        checking = threads.submit(store.check_pages)
        assert not checking.done()
        go_on.set()
        reading.result(timeout=30)
        checking.result(timeout=30)
    with store.reading(), pytest.raises(RuntimeError, match="outside the units"):
        store.check_pages()
