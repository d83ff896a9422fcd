# SPDX-License-Identifier: Apache-2.0
"""Nobody but a technician changes a driver's settings on the bench, and every change stands in the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.access.audit import Act
from station.domain.errors import NotPermitted, SettingsError
from station.ports.devices import PRINTER
from station.ports.storage import AuditEntry, RoleName
from tests.station.bench.bench_room import BenchRoom, open_bench


@pytest.fixture
def room(tmp_path: Path) -> Iterator[BenchRoom]:
    made = open_bench(tmp_path)
    yield made
    made.close()


def _noted(room: BenchRoom) -> list[AuditEntry]:
    with room.session.store.reading() as unit:
        return [entry for entry in unit.audit.entries() if entry.act == Act.DEVICE_SETTINGS_CHANGED]


def test_a_change_is_one_entry_with_the_setting_and_without_its_value(room: BenchRoom) -> None:
    room.kit.settings.change("simulator", "names", ("maria.kovacs",))
    (entry,) = _noted(room)
    assert entry.by == room.session.officer.officer_id
    assert entry.details == {"how": "change", "simulator.names": "changed"}
    assert "kovacs" not in repr(entry)


def test_a_change_that_is_refused_leaves_no_entry(room: BenchRoom) -> None:
    with pytest.raises(SettingsError):
        room.kit.settings.change("simulator", "pages", 12)
    assert _noted(room) == []


def test_the_first_choice_for_a_role_is_noted(room: BenchRoom) -> None:
    room.kit.settings.make_default(PRINTER, room.info(PRINTER).device_id)
    (entry,) = _noted(room)
    assert entry.details == {"how": "first-choice", "role": PRINTER.name}


def test_a_profile_is_one_entry_for_all_it_changes_and_none_where_it_changes_nothing(room: BenchRoom) -> None:
    room.kit.settings.take_profile("nothing here")
    assert _noted(room) == []
    room.kit.settings.take_profile(room.kit.settings.profile())
    (entry,) = _noted(room)
    assert entry.details == {"how": "profile", "simulator.pages": "changed"}


def test_a_supervisor_neither_reads_nor_changes_them(tmp_path: Path) -> None:
    room = open_bench(tmp_path, role=RoleName.SUPERVISOR)
    desk = room.kit.settings
    for act in (
        desk.groups,
        desk.profile,
        lambda: desk.change("simulator", "pages", 4),
        lambda: desk.make_default(PRINTER, "x"),
        lambda: desk.compare_profile(""),
        lambda: desk.take_profile("pages = 4"),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert room.settings.changed == []
    assert room.settings.taken == []
    room.close()
