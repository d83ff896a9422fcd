# SPDX-License-Identifier: Apache-2.0
"""People prove who they are, and slots are given, taken and changed so that a half done act is harmless."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from station.domain.errors import (
    NotPermitted,
    RecordConflict,
    SignInRefused,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreInUse,
    StoreMissing,
)
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.keys import FactorSpec, NewOfficer
from station.ports.storage import RoleName, StoreName
from storage.keys.keeper import SlotKeeper
from storage.keys.wrong_tries import FREE_TRIES
from storage.sqlcipher.unit_of_work import SqlcipherUnitOfWork
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, SeededRandomness, people
from tests.storage.doors.posts import (
    DISTRESS_PASSWORD,
    FOCAL_PASSWORD,
    MASTER,
    PROTECTION,
    SECOND_PASSWORD,
    Post,
    closed,
    focal_point,
    second_supervisor,
)

BORDER, ENFORCEMENT, OF_PROTECTION = StoreName.BORDER, StoreName.ENFORCEMENT, StoreName.PROTECTION
NEW_PASSWORD = Secret.of("orchard thunder violet nine")


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path / "store")


# Confirming.


def test_a_confirmation_is_signed_with_the_key_that_stands_in_the_row_and_on_the_trail(post: Post) -> None:
    confirmed = post.desk.confirm("OMAR ", OFFICER_PASSWORD, b"what was shown")
    assert (confirmed.name, confirmed.role, confirmed.distress) == ("omar", RoleName.OFFICER, False)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(confirmed.public_key))
    public.verify(base64.b64decode(confirmed.signature), b"what was shown")
    opened = post.unlocked()
    with opened.store.reading() as unit:
        officer = unit.officers.by_name("omar")
        entry = next(
            entry for entry in unit.audit.entries(act="access.officer_added") if entry.details["role"] == "officer"
        )
    closed(opened)
    assert officer is not None
    assert officer.public_key == entry.details["public_key"] == confirmed.public_key


def test_a_confirmation_needs_no_store_to_be_closed(post: Post) -> None:
    opened = post.unlocked()
    assert post.desk.confirm("omar", OFFICER_PASSWORD, b"shown").name == "omar"
    closed(opened)


def test_wrong_passwords_at_the_desk_make_the_next_wait_also_after_a_restart(post: Post) -> None:
    for _ in range(5):
        with pytest.raises(SignInRefused, match="not right"):
            post.desk.confirm("irina", OFFICER_PASSWORD, b"")
    restarted = Post(post.place)
    for attempt in (
        lambda: restarted.desk.confirm("irina", SUPERVISOR_PASSWORD, b""),
        lambda: restarted.desk.keys("irina", SUPERVISOR_PASSWORD).__enter__(),
        lambda: restarted.desk.wipe("irina", SUPERVISOR_PASSWORD),
        restarted.unlocked,
    ):
        restarted.clock.at = post.clock.at
        with pytest.raises(SignInRefused, match="wrong tries"):
            attempt()
    restarted.clock.at += timedelta(minutes=1)
    restarted.desk.confirm("irina", SUPERVISOR_PASSWORD, b"")
    restarted.desk.confirm("irina", SUPERVISOR_PASSWORD, b"")  # nobody waits for what was settled
    opened = restarted.unlocked()
    with opened.store.reading() as unit:
        noted = [dict(entry.details) for entry in unit.audit.entries(act="access.sign_in_refused")]
    closed(opened)
    assert noted == [{"tries": "5"}]


START = datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_the_own_right_password_ends_nobody_elses_wait(post: Post) -> None:
    judged = 0
    for number in range(12):
        post.clock.at = START
        with pytest.raises(SignInRefused) as refused:
            post.desk.confirm("irina", Secret.of(f"guess {number}"), b"")
        judged += "not right" in refused.value.cause.in_english()
        post.desk.confirm("omar", OFFICER_PASSWORD, b"")
        closed(post.unlocked("omar", OFFICER_PASSWORD))
    assert judged == FREE_TRIES


def test_wrong_sheets_wait_apart_from_people(post: Post) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused, match="do not belong"):
            post.desk.unlock_with_recovery(Secret(bytes(32))).__enter__()
    with pytest.raises(SignInRefused, match="wrong tries"):
        post.desk.unlock_with_recovery(MASTER).__enter__()
    closed(post.unlocked())


def test_tries_side_by_side_are_counted_before_the_next_is_judged(post: Post) -> None:
    at_once = threading.Barrier(12)

    def guess(number: int) -> bool:
        desk = Post(post.place).desk  # a door of its own, as another program has
        at_once.wait()
        with pytest.raises(SignInRefused) as refused:
            desk.confirm("irina", Secret.of(f"guess {number}"), b"")
        return "not right" in refused.value.cause.in_english()

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(guess, range(12))) == FREE_TRIES
    desk = post.desk  # threads of one program

    def guess_here(number: int) -> bool:
        at_once.wait()
        with pytest.raises(SignInRefused) as refused:
            desk.confirm("omar", Secret.of(f"guess {number}"), b"")
        return "not right" in refused.value.cause.in_english()

    with ThreadPoolExecutor(12) as pool:  # the clock of this post goes on with every look at it
        assert FREE_TRIES <= sum(pool.map(guess_here, range(12))) < FREE_TRIES + 3


def test_wrong_tries_wait_for_a_commit_that_holds(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        with pytest.raises(SignInRefused):
            post.desk.confirm("irina", OFFICER_PASSWORD, b"")

    def full(_unit: SqlcipherUnitOfWork) -> None:
        raise StoreFull(say("The disk is full."), say("Make room."))

    monkeypatch.setattr(SqlcipherUnitOfWork, "commit", full)
    with pytest.raises(StoreFull):
        post.unlocked()
    monkeypatch.undo()
    for _ in range(2):
        opened = post.unlocked()
        with opened.store.reading() as unit:
            noted = [dict(entry.details) for entry in unit.audit.entries(act="access.sign_in_refused")]
        closed(opened)
        assert noted == [{"tries": "3"}]


def test_the_distress_password_opens_confirms_and_is_flagged_without_a_trace_in_the_store(tmp_path: Path) -> None:
    post = Post(tmp_path / "store")
    supervisor, officer = people()
    other = Post(tmp_path / "other")
    with other.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.change_password("omar", OFFICER_PASSWORD, distress_password=DISTRESS_PASSWORD)
    opened = other.unlocked("omar", DISTRESS_PASSWORD)
    assert opened.distress
    closed(opened)
    ordinary, forced = (other.desk.confirm("omar", one, b"shown") for one in (OFFICER_PASSWORD, DISTRESS_PASSWORD))
    assert (ordinary.distress, forced.distress) == (False, True)
    assert (ordinary.signature, ordinary.public_key) == (forced.signature, forced.public_key)
    assert "distress" not in repr(forced)
    with other.desk.keys("omar", DISTRESS_PASSWORD) as ring:
        assert ring.distress
    assert not post.unlocked("omar", officer.password).distress
    assert supervisor.role is RoleName.SUPERVISOR


# People.


def test_each_role_opens_its_stores(post: Post) -> None:
    assert post.opens("irina", SUPERVISOR_PASSWORD) == {BORDER, ENFORCEMENT}
    assert post.opens("omar", OFFICER_PASSWORD) == {BORDER}
    views = {view.name: view for view in post.desk.people()}
    assert views["irina"].stores == {BORDER, ENFORCEMENT}
    assert views["omar"].stores == {BORDER}
    assert not views["omar"].second_factor


def test_a_new_supervisor_opens_what_a_supervisor_opens_and_is_known_in_each_store(post: Post) -> None:
    person = second_supervisor()
    post.row(person)
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        public_key = ring.add(person)
    opened = post.unlocked("boris", SECOND_PASSWORD)
    assert opened.officer.public_key == public_key
    for store in (opened.store, *opened.further.values()):
        with store.reading() as unit:
            row = unit.officers.by_name("boris")
        assert row is not None
        assert (row.officer_id, row.public_key) == ("id-boris", public_key)
    assert closed(opened) == {BORDER, ENFORCEMENT}


def test_a_removed_person_opens_nothing_and_is_in_no_key_file(post: Post) -> None:
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.remove("OMAR")
    with pytest.raises(SignInRefused, match="not right"):
        post.unlocked("omar", OFFICER_PASSWORD)
    assert not [path for path in post.place.rglob("slots.json*") if b"omar" in path.read_bytes()]
    assert post.opens() == {BORDER, ENFORCEMENT}


def test_the_last_supervisor_is_neither_removed_nor_given_another_role(post: Post) -> None:
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        with pytest.raises(NotPermitted, match="last supervisor"):
            ring.remove("irina")
        with pytest.raises(NotPermitted, match="last supervisor"):
            ring.change_role("irina", RoleName.OFFICER)
    assert post.opens() == {BORDER, ENFORCEMENT}


def test_another_role_brings_and_takes_stores_under_the_same_password(post: Post) -> None:
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.change_role("omar", RoleName.SUPERVISOR)
    post.role("omar", RoleName.SUPERVISOR)
    assert post.opens("omar", OFFICER_PASSWORD) == {BORDER, ENFORCEMENT}
    with post.desk.keys("omar", OFFICER_PASSWORD) as ring:
        ring.change_role("irina", RoleName.OFFICER)
    with pytest.raises(SignInRefused, match="do not agree"):
        post.unlocked()  # until the row follows


def test_an_old_password_opens_nothing_after_the_change_and_the_row_follows_the_key(post: Post) -> None:
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        public_key = ring.change_password("irina", NEW_PASSWORD, distress_password=None)
    with pytest.raises(SignInRefused):
        post.unlocked("irina", SUPERVISOR_PASSWORD)
    opened = post.unlocked("irina", NEW_PASSWORD)
    with opened.store.reading() as unit:
        row = unit.officers.by_name("irina")
        entry = list(unit.audit.entries(act="access.password_changed"))[-1]
    assert closed(opened) == {BORDER, ENFORCEMENT}
    assert row is not None
    assert row.public_key == entry.details["public_key"] == public_key


def test_a_name_is_given_once_and_unknown_people_are_named(post: Post) -> None:
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        with pytest.raises(RecordConflict, match="belongs to somebody"):
            ring.add(NewOfficer(name="Omar", display_name="O", role=RoleName.OFFICER, password=NEW_PASSWORD))
        for act in (
            lambda: ring.remove("nobody"),
            lambda: ring.change_role("nobody", RoleName.OFFICER),
            lambda: ring.change_password("nobody", NEW_PASSWORD, distress_password=None),
        ):
            with pytest.raises(RecordConflict, match="Nobody has"):
                act()


def test_an_officer_has_no_key_to_make_a_supervisor(post: Post) -> None:
    with post.desk.keys("omar", OFFICER_PASSWORD) as ring:
        assert ring.stores == {BORDER}
        with pytest.raises(NotPermitted, match="no key"):
            ring.add(second_supervisor())
        with pytest.raises(NotPermitted, match="no key"):
            ring.rekey(ENFORCEMENT)
        with pytest.raises(NotPermitted, match="no key"):
            ring.open(ENFORCEMENT)


def test_keys_are_in_one_hand_at_a_time_and_forgotten_after(post: Post) -> None:
    desk = post.desk
    with desk.keys("irina", SUPERVISOR_PASSWORD) as ring, pytest.raises(StoreInUse):  # noqa: SIM117 (the second raises)
        with desk.keys("omar", OFFICER_PASSWORD):
            raise AssertionError("two hands")
    assert ring.stores == frozenset() or all(not key.reveal() for key in ring.keys.values())


def test_a_token_for_every_supervisor_needs_paper_shares(tmp_path: Path) -> None:
    post = Post(tmp_path / "store", recovery=None)
    spec = FactorSpec(kind="specimen", label="Blue token")

    class Token:
        def answer(self, challenge: bytes, pin: Secret) -> Secret:
            return Secret(challenge)

    with_tokens = SlotKeeper(SeededRandomness(), profile=LIGHT, factors=lambda _: Token())
    station = replace(post.desk.station, keeper=with_tokens)
    desk = replace(post.desk, station=station)
    with desk.keys("irina", SUPERVISOR_PASSWORD) as ring, pytest.raises(NotPermitted, match="token"):
        ring.change_password("irina", NEW_PASSWORD, distress_password=None, factor=spec, pin=Secret(b"1"))
    with desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.change_password("omar", NEW_PASSWORD, distress_password=None, factor=spec, pin=Secret(b"1"))
    assert [view.factor_label for view in desk.people() if view.second_factor] == ["Blue token"]
    assert desk.confirm("omar", NEW_PASSWORD, b"x", pin=Secret(b"1")).name == "omar"


# The protection store.


def test_the_first_focal_point_founds_a_store_that_no_supervisor_opens(post: Post) -> None:
    post.with_focal_point()
    assert post.opens("farah", FOCAL_PASSWORD) == {BORDER, OF_PROTECTION}
    assert post.opens() == {BORDER, ENFORCEMENT}
    opened = post.unlocked("farah", FOCAL_PASSWORD)
    with opened.further[OF_PROTECTION].reading() as unit:
        assert [officer.name for officer in unit.officers.all()] == ["farah"]
    assert opened.further[OF_PROTECTION].identity == PROTECTION
    closed(opened)
    with post.desk.unlock_with_recovery(MASTER) as ring:
        assert ring.stores == {BORDER, ENFORCEMENT, OF_PROTECTION}


def test_who_is_not_of_the_store_can_take_people_out_of_it_and_put_none_in(post: Post) -> None:
    post.with_focal_point()
    second = focal_point("noor", SECOND_PASSWORD)
    post.row(second)
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        with pytest.raises(NotPermitted, match="no key"):
            ring.add(second)
        with pytest.raises(NotPermitted, match="no key"):
            ring.change_password("farah", NEW_PASSWORD, distress_password=None)
    with post.desk.keys("farah", FOCAL_PASSWORD) as ring:
        ring.add(second)
    assert post.opens("noor", SECOND_PASSWORD) == {BORDER, OF_PROTECTION}
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.remove("farah")
    assert post.opens("noor", SECOND_PASSWORD) == {BORDER, OF_PROTECTION}
    assert b"farah" not in (post.place / "protection" / "slots.json").read_bytes()


def test_a_store_is_founded_once_and_for_people_whose_keys_the_database_knows(post: Post) -> None:
    person = focal_point()
    row = post.row(person)
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        public_key = ring.add(person)
        with pytest.raises(StoreDamaged, match="do not agree"):
            ring.found(OF_PROTECTION, PROTECTION, [replace(row, public_key="of somebody else")])
        (post.place / "protection").mkdir()
        (post.place / "protection" / "protection.db").write_text("of a founding that was cut short")
        ring.found(OF_PROTECTION, PROTECTION, [replace(row, public_key=public_key)])
        with pytest.raises(StoreError, match="already"):
            ring.found(OF_PROTECTION, PROTECTION, [])
    assert post.opens("farah", FOCAL_PASSWORD) == {BORDER, OF_PROTECTION}


@pytest.mark.parametrize(
    ("harm", "error"),
    [
        (lambda folder: (folder / "slots.json").unlink(), StoreMissing),
        (lambda folder: (folder / "enforcement.db").unlink(), StoreMissing),
        (lambda folder: (folder / "slots.json").write_bytes(b"torn"), StoreDamaged),
        (lambda folder: (folder / "enforcement.db").write_bytes(b"torn" * 4096), StoreDamaged),
        (lambda folder: folder.rename(folder.with_name("elsewhere")), StoreMissing),
    ],
)
def test_a_second_store_that_cannot_be_opened_does_not_silently_disappear(
    post: Post, harm: Callable[[Path], object], error: type[StoreError]
) -> None:
    harm(post.place / "enforcement")
    with pytest.raises(error):
        post.unlocked()
    assert post.opens("omar", OFFICER_PASSWORD) == {BORDER}  # whose role has no part in it
