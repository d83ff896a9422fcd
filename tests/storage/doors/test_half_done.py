# SPDX-License-Identifier: Apache-2.0
"""Half done changes are harmless, paper shares bring a station back, and a wipe leaves no way in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from station.domain.errors import (
    NotPermitted,
    RecordConflict,
    SignInRefused,
    StoreMissing,
)
from station.domain.secrets import Secret
from station.ports.keys import KeyRing
from station.ports.storage import RoleName, StoreName
from storage.keys.slot_file import SlotFile
from storage.keys.slots import SlotTable
from storage.sqlcipher import connection as connecting
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD
from tests.storage.doors.posts import (
    FOCAL_PASSWORD,
    MASTER,
    SECOND_PASSWORD,
    Post,
    closed,
    second_supervisor,
)

BORDER, ENFORCEMENT, OF_PROTECTION = StoreName.BORDER, StoreName.ENFORCEMENT, StoreName.PROTECTION
NEW_PASSWORD = Secret.of("orchard thunder violet nine")


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path / "store")


# Half done acts.


@pytest.mark.parametrize("after", range(4))
@pytest.mark.parametrize("act", ["password", "role", "remove", "add"])
def test_a_change_of_people_that_is_cut_short_is_harmless_and_can_be_done_again(
    post: Post, monkeypatch: pytest.MonkeyPatch, act: str, after: int
) -> None:
    boris = second_supervisor()
    post.row(boris)
    if act != "add":
        with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
            ring.add(boris)

    def change(ring: KeyRing) -> None:
        match act:
            case "add":
                ring.add(boris)
            case "remove":
                ring.remove("boris")
            case "role":
                ring.change_role("boris", RoleName.OFFICER)
            case _:
                ring.change_password("boris", NEW_PASSWORD, distress_password=None)

    real = SlotFile.write
    done: list[SlotTable] = []

    def dying(self: SlotFile, table: SlotTable) -> None:
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(table)
        real(self, table)

    monkeypatch.setattr(SlotFile, "write", dying)
    try:
        with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
            change(ring)
    except KeyboardInterrupt:
        pass
    monkeypatch.undo()
    assert post.opens() == {BORDER, ENFORCEMENT}
    outcomes = []
    for password in (SECOND_PASSWORD, NEW_PASSWORD):
        try:
            outcomes.append(post.opens("boris", password))
        except SignInRefused:
            continue
    assert all(outcome == {BORDER, ENFORCEMENT} for outcome in outcomes)
    assert len(outcomes) == 1 or act != "password"
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        try:
            change(ring)
        except RecordConflict:
            assert act in ("add", "remove")  # it had been done
    slots = post.place / "enforcement" / "slots.json"
    assert slots.read_bytes().count(b'"boris"') == (1 if act in ("add", "password") else 0)


def test_a_sleeping_generation_of_the_key_file_is_noticed(post: Post) -> None:
    old = (post.place / "slots.json").read_bytes()
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.remove("omar")
    opened = post.unlocked()
    assert opened.old_keys == frozenset()
    closed(opened)
    (post.place / "slots.json").write_bytes(old)
    opened = post.unlocked()
    assert opened.old_keys == {BORDER}
    with opened.store.reading() as unit:
        entry = list(unit.audit.entries(act="access.previous_keys_used"))[-1]
    assert dict(entry.details) == {"generation": "1", "seen": "2"}
    closed(opened)


def test_an_old_key_file_is_noted_once_and_again_when_it_was_put_back_again(post: Post) -> None:
    def noted() -> int:
        opened = post.unlocked()
        with opened.store.reading() as unit:
            count = len(list(unit.audit.entries(act="access.previous_keys_used")))
        closed(opened)
        return count

    file = post.place / "slots.json"
    old = file.read_bytes()
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.remove("omar")
    new = file.read_bytes()
    assert noted() == 0
    file.write_bytes(old)
    assert [noted() for _ in range(3)] == [1, 1, 1]
    opened = post.unlocked()
    assert opened.old_keys == {BORDER}  # whoever signs in still sees it
    closed(opened)
    file.write_bytes(new)
    assert noted() == 1
    file.write_bytes(old)
    assert [noted() for _ in range(2)] == [2, 2]


# Recovery.


def test_a_restored_station_gets_a_new_supervisor_by_the_paper_shares_alone(post: Post) -> None:
    boris = second_supervisor()
    with post.desk.unlock_with_recovery(MASTER) as ring:
        assert ring.stores == {BORDER, ENFORCEMENT}
        store = ring.open(BORDER)
        with store.unit_of_work() as unit:
            irina = unit.officers.by_name("irina")
            assert irina is not None
            unit.officers.add(
                replace(irina, officer_id=type(irina.officer_id)("id-boris"), name="boris", public_key="")
            )
            unit.commit()
        store.close()
        ring.add(boris)
    assert post.opens("boris", SECOND_PASSWORD) == {BORDER, ENFORCEMENT}


def test_other_shares_open_nothing_and_count_as_a_wrong_try(post: Post) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused, match="do not belong"):
            post.desk.unlock_with_recovery(Secret(bytes(32))).__enter__()
    with pytest.raises(SignInRefused, match="wrong tries"):
        post.desk.unlock_with_recovery(MASTER).__enter__()


# Wiping.


def test_a_wipe_leaves_no_key_file_and_says_what_remains(post: Post) -> None:
    post.with_focal_point()
    assert post.opens("farah", FOCAL_PASSWORD)
    with pytest.raises(SignInRefused):
        post.desk.wipe("irina", OFFICER_PASSWORD)
    assert post.opens()
    for folder in (post.place, post.place / "protection"):
        (folder / "day_keys.json.previous").write_text("keys")
        (folder / "slots.json.new").write_text("of a killed writing")
    words = " ".join(text.in_english() for text in post.desk.wipe("irina", SUPERVISOR_PASSWORD))
    assert "recovery sheets" in words
    assert "headquarters" in words
    left = [path.name for path in post.place.rglob("*") if path.is_file()]
    assert not [name for name in left if name.startswith(("slots.json", "day_keys.json"))]
    with pytest.raises(StoreMissing):
        post.unlocked()


def test_a_wiped_key_file_was_overwritten_before_its_name_went(post: Post, tmp_path: Path) -> None:
    kept = tmp_path / "another name of the same file"
    kept.hardlink_to(post.place / "slots.json")
    before = kept.read_bytes()
    post.desk.wipe("irina", SUPERVISOR_PASSWORD)
    after = kept.read_bytes()
    assert len(after) == len(before)
    assert b"irina" not in after


def test_without_shares_a_wipe_says_that_backups_are_lost_too(tmp_path: Path) -> None:
    post = Post(tmp_path / "store", recovery=None)
    words = " ".join(text.in_english() for text in post.desk.wipe("irina", SUPERVISOR_PASSWORD))
    assert "no recovery sheets" in words


@pytest.mark.parametrize("barred", ["suspended", "removed", "one_time"])
def test_whoever_may_not_act_destroys_nothing_also_while_a_window_is_open(post: Post, barred: str) -> None:
    opened = post.unlocked()
    with opened.store.unit_of_work() as unit:
        omar = unit.officers.by_name("omar")
        assert omar is not None
        unit.officers.replace(replace(omar, **{barred: True}))  # type: ignore[arg-type]  # the test names the field
        unit.commit()
    before = sorted(post.place.rglob("*.json"))
    with pytest.raises(NotPermitted):
        post.desk.wipe("omar", OFFICER_PASSWORD)
    closed(opened)
    with pytest.raises(NotPermitted):
        post.desk.wipe("omar", OFFICER_PASSWORD)
    assert sorted(post.place.rglob("*.json")) == before
    assert post.opens()
    post.desk.wipe("irina", SUPERVISOR_PASSWORD)


@pytest.mark.parametrize("harm", ["gone", "damaged", "another version"])
def test_a_database_that_cannot_be_read_stops_no_wipe(post: Post, harm: str) -> None:
    database = post.place / "border.db"
    if harm == "gone":
        database.unlink()
    elif harm == "damaged":
        database.write_bytes(bytes(database.stat().st_size))
    else:
        with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
            connection = connecting.open_writing(database, ring.keys[BORDER].reveal())
            connection.run("ALTER TABLE officer RENAME COLUMN removed TO left_us")
            connection.run("PRAGMA user_version = 1")
            connection.close()
    post.desk.wipe("omar", OFFICER_PASSWORD)
    assert not list(post.place.rglob("slots.json*"))
