# SPDX-License-Identifier: Apache-2.0
"""People come, go and change roles with the keys they need, and the post is never locked out by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from station.access import distress
from station.access.audit import Act
from station.access.people import NewPerson, PeopleService
from station.access.people_state import (
    PersonState,
    one_time_password,
    refuse_to_strand,
    slots_by_name,
)
from station.access.roles import Permission
from station.domain.errors import NotPermitted, RecordConflict, SettingsError, SignInRefused, StoreError, StoreFull
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.storage import RoleName, StoreName
from storage.doors.desk import FolderKeyDesk
from storage.doors.ring import FolderKeyRing
from storage.sqlcipher.repositories import Officers
from tests.open_station import SeededRandomness
from tests.station.access.post_room import PostRoom

WRONG = Secret.of("not the password of irina")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[PostRoom]:
    room = PostRoom(tmp_path)
    yield room
    room.close()


def states(room: PostRoom) -> dict[str, PersonState]:
    """What the list says of each person."""
    return {one.officer.name: one.state for one in room.people().people()}


def keys_in_hand(room: PostRoom) -> dict[StoreName, bytes]:
    """The database keys that Irina opens."""
    with room.desk.keys("irina", room.passwords["irina"]) as ring:
        return {store: key.reveal() for store, key in ring.keys.items()}


def full(*_: object, **__: object) -> None:
    """A disk that takes nothing more."""
    raise StoreFull(say("The disk is full."), say("Make room."))


def test_a_new_person_signs_in_once_with_the_one_time_password_and_chooses_one(room: PostRoom) -> None:
    new = NewPerson(name="anna", display_name="Anna Specimen", role=RoleName.OFFICER)
    added = room.people().add(new, room.passwords["irina"])
    assert states(room)["anna"] is PersonState.ONE_TIME
    with room.signed_in("anna", added.one_time_password) as session:
        assert session.permissions == frozenset()
        with pytest.raises(NotPermitted, match="one-time password"):
            session.require(Permission.INSPECT)
    own = Secret.of("an own password of anna")
    room.people("anna").change_own_password(added.one_time_password, own)
    with room.signed_in("anna", own) as session:
        assert Permission.INSPECT in session.permissions
    with pytest.raises(SignInRefused), room.signed_in("anna", added.one_time_password):
        pass
    (anna,) = [one for one in room.people().people() if one.officer.name == "anna"]
    assert (anna.state, anna.vouched) == (PersonState.ACTIVE, False)
    room.vouched("anna")
    assert {one.vouched for one in room.people().people()} == {True}


def test_every_act_on_people_is_on_the_trail_by_identifier_only(room: PostRoom) -> None:
    room.add("anna", RoleName.OFFICER)
    people, password, anna = room.people(), room.passwords["irina"], room.id_of("anna")
    people.suspend(anna, password)
    people.lift_suspension(anna, password)
    people.change_role(anna, RoleName.TECHNICIAN, password)
    people.rename(anna, "Anna Specimen-Utopia", password)
    people.reset_password(anna, password)
    people.remove(anna, password)
    entries = [entry for entry in room.trail() if entry.subject == anna]
    assert [entry.act for entry in entries] == [
        Act.OFFICER_ADDED,
        Act.KEY_GIVEN,
        Act.PASSWORD_CHANGED,
        Act.OFFICER_SUSPENDED,
        Act.OFFICER_LIFTED,
        Act.ROLE_CHANGED,
        Act.OFFICER_RENAMED,
        Act.RESET_BEGUN,
        Act.PASSWORD_RESET,
        Act.OFFICER_REMOVED,
    ]
    assert "nna" not in "".join(str(dict(entry.details)) for entry in entries)
    assert {entry.by for entry in entries} == {room.id_of("irina"), anna}


def test_the_acting_person_types_the_own_password(room: PostRoom) -> None:
    omar = room.id_of("omar")
    people = room.people()
    acts: tuple[Callable[[], object], ...] = (
        lambda: people.suspend(omar, WRONG),
        lambda: people.remove(omar, WRONG),
        lambda: people.change_role(omar, RoleName.AUDITOR, WRONG),
        lambda: people.rename(omar, "Another", WRONG),
    )
    before = room.row("omar")
    for act in acts:
        with pytest.raises(SignInRefused):
            act()
    assert room.row("omar") == before


def test_the_last_supervisor_stays_and_nobody_changes_the_own_account(room: PostRoom) -> None:
    room.add("sara", RoleName.SUPERVISOR)
    people, password = room.people(), room.passwords["irina"]
    for act in (people.suspend, people.remove, people.reset_password):
        with pytest.raises(NotPermitted, match="own account"):
            act(room.id_of("irina"), password)
    with pytest.raises(NotPermitted, match="own account"):
        people.change_role(room.id_of("irina"), RoleName.OFFICER, password)
    room.people("sara").suspend(room.id_of("irina"), room.passwords["sara"])
    with pytest.raises(NotPermitted, match="own account was changed"):
        people.suspend(room.id_of("sara"), password)
    room.people("sara").lift_suspension(room.id_of("irina"), room.passwords["sara"])
    people.remove(room.id_of("sara"), password)
    assert states(room)["sara"] is PersonState.REMOVED


def test_a_supervisor_who_never_signed_in_does_not_carry_the_post(room: PostRoom) -> None:
    added = NewPerson(name="nora", display_name="Nora", role=RoleName.SUPERVISOR)
    one_time = room.people().add(added, room.passwords["irina"]).one_time_password

    def strands() -> bool:
        slots = slots_by_name(room.desk.people())
        try:
            refuse_to_strand(room.row("irina"), [one.officer for one in room.people().people()], slots)
        except NotPermitted:
            return True
        return False

    assert strands()
    room.people("nora").change_own_password(one_time, Secret.of("an own password of nora"))
    assert not strands()
    for closed in ({"suspended": True}, {"suspended": False, "removed": True}):
        room.change("nora", **closed)
        assert strands()


def test_a_removed_person_opens_nothing_and_keeps_the_name(room: PostRoom) -> None:
    room.people().remove(room.id_of("omar"), room.passwords["irina"])
    assert states(room)["omar"] is PersonState.REMOVED
    with pytest.raises(SignInRefused), room.signed_in("omar", room.passwords["omar"]):
        pass
    with pytest.raises(RecordConflict):
        room.add("omar", RoleName.OFFICER)
    with pytest.raises(NotPermitted, match="not in the store any more"):
        room.people().reset_password(room.id_of("omar"), room.passwords["irina"])


def test_a_suspended_person_does_not_sign_in_until_it_is_lifted(room: PostRoom) -> None:
    room.people().suspend(room.id_of("omar"), room.passwords["irina"])
    with pytest.raises(SignInRefused, match="suspended"), room.signed_in("omar", room.passwords["omar"]):
        pass
    room.people().lift_suspension(room.id_of("omar"), room.passwords["irina"])
    with room.signed_in("omar", room.passwords["omar"]):
        pass


def test_a_new_role_opens_what_it_needs_with_the_same_password(room: PostRoom) -> None:
    with room.signed_in("omar", room.passwords["omar"]) as session:
        assert set(session.stores) == {StoreName.BORDER}
    room.people().change_role(room.id_of("omar"), RoleName.SUPERVISOR, room.passwords["irina"])
    with room.signed_in("omar", room.passwords["omar"]) as session:
        assert set(session.stores) == {StoreName.BORDER, StoreName.ENFORCEMENT}


def test_a_person_whose_key_was_not_written_is_shown_and_gets_it_by_a_reset(
    room: PostRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = NewPerson(name="anna", display_name="Anna", role=RoleName.OFFICER)
    monkeypatch.setattr(FolderKeyRing, "add", full)
    with pytest.raises(StoreFull):
        room.people().add(new, room.passwords["irina"])
    monkeypatch.undo()
    assert states(room)["anna"] is PersonState.NO_KEY
    added = room.people().reset_password(room.id_of("anna"), room.passwords["irina"])
    assert states(room)["anna"] is PersonState.ONE_TIME
    with room.signed_in("anna", added.one_time_password):
        pass


@pytest.mark.parametrize("act", ["reset", "role", "remove"])
def test_an_act_cut_between_slot_and_row_is_shown_and_finished_by_doing_it_again(
    room: PostRoom, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    people, password, omar = room.people(), room.passwords["irina"], room.id_of("omar")
    acts: dict[str, Callable[[], object]] = {
        "reset": lambda: people.reset_password(omar, password),
        "role": lambda: people.change_role(omar, RoleName.TECHNICIAN, password),
        "remove": lambda: people.remove(omar, password),
    }
    real = Officers.replace
    left = [1] if act == "reset" else []  # a reset writes the row before the slot as well

    def cut(officers: Officers, officer: object) -> None:
        if left:
            left.pop()
            real(officers, officer)  # type: ignore[arg-type]  # passed through
        else:
            full()

    monkeypatch.setattr(Officers, "replace", cut)
    with pytest.raises(StoreFull):
        acts[act]()
    monkeypatch.undo()
    half = {"reset": PersonState.KEY_DIFFERS, "role": PersonState.KEY_DIFFERS, "remove": PersonState.NO_KEY}
    assert states(room)["omar"] is half[act]
    acts[act]()
    done = {"reset": PersonState.ONE_TIME, "role": PersonState.ACTIVE, "remove": PersonState.REMOVED}
    assert states(room)["omar"] is done[act]


def test_a_reset_makes_the_account_an_echo_of_whoever_did_it(room: PostRoom) -> None:
    room.people().reset_password(room.id_of("omar"), room.passwords["irina"])
    assert (room.row("omar").given_by, room.row("omar").one_time) == (room.id_of("irina"), True)
    with pytest.raises(NotPermitted, match="not chosen a password"):
        room.people().ask_vouching(room.id_of("omar"))


def test_whoever_acts_for_somebody_not_vouched_for_passes_that_on(room: PostRoom) -> None:
    room.add("sara", RoleName.SUPERVISOR)
    room.add("nora", RoleName.SUPERVISOR, by="sara")
    assert room.row("nora").given_by == room.id_of("irina")
    request = room.asked(by="sara")
    with pytest.raises(NotPermitted, match="given out"):
        room.decide(request, "nora")


def test_the_first_focal_point_founds_the_protection_store_and_only_focal_points_hand_its_key_on(
    room: PostRoom,
) -> None:
    felix = room.add("felix", RoleName.FOCAL_POINT)
    assert Act.STORE_FOUNDED in {entry.act for entry in room.trail()}
    with room.signed_in("felix", felix) as session:
        assert set(session.stores) == {StoreName.BORDER, StoreName.PROTECTION}
    second = NewPerson(name="fiona", display_name="Fiona", role=RoleName.FOCAL_POINT)
    with pytest.raises(NotPermitted, match="no key of the store"):
        room.people().add(second, room.passwords["irina"])
    with pytest.raises(NotPermitted, match="who can sign in"):
        room.people().remove(room.id_of("felix"), room.passwords["irina"])
    added = room.people("felix").add(second, felix)
    with room.signed_in("fiona", added.one_time_password) as session:
        assert set(session.stores) == {StoreName.BORDER, StoreName.PROTECTION}
    with pytest.raises(NotPermitted, match="may not change a person of the role"):
        room.people("felix").suspend(room.id_of("omar"), felix)
    with pytest.raises(NotPermitted, match="may not change a person of the role"):
        room.people("felix").add(NewPerson(name="x", display_name="X", role=RoleName.OFFICER), felix)


def test_what_a_supervisor_does_to_a_focal_point_reaches_the_protection_store(room: PostRoom) -> None:
    felix = room.add("felix", RoleName.FOCAL_POINT)
    room.people("felix").add(NewPerson(name="fiona", display_name="Fiona", role=RoleName.FOCAL_POINT), felix)
    room.people().suspend(room.id_of("fiona"), room.passwords["irina"])
    fiona = room.row("fiona")
    with room.signed_in("felix", felix) as session, session.stores[StoreName.PROTECTION].reading() as unit:
        assert unit.officers.get(fiona.officer_id) == fiona
        taken = list(unit.audit.entries(act=Act.PERSON_TAKEN_OVER))
    assert len({entry.details["message"] for entry in taken}) == len(taken)
    with room.irina.store.reading() as unit:
        assert not unit.outbox.waiting(StoreName.PROTECTION.value)
    assert taken[-1].details["suspended"] == "1"


def test_removal_with_suspicion_needs_two_people_and_re_keys_what_was_open(room: PostRoom) -> None:
    nora = room.add("nora", RoleName.SUPERVISOR)
    suspicion, password, nora_id = room.suspicion(), room.passwords["irina"], room.id_of("nora")
    with pytest.raises(NotPermitted, match="needs a reason"):
        suspicion.ask(nora_id, " ")
    request = suspicion.ask(nora_id, "photographed the key sheet")
    with pytest.raises(NotPermitted, match="Nobody has approved"):
        suspicion.remove(nora_id, request.request_id, password)
    assert states(room)["nora"] is PersonState.ACTIVE
    room.decide(request, "omar")
    with pytest.raises(NotPermitted, match="something else"):
        suspicion.remove(room.id_of("omar"), request.request_id, password)
    due = suspicion.remove(nora_id, request.request_id, password)
    assert due == {StoreName.BORDER, StoreName.ENFORCEMENT} == suspicion.rekey_due()
    assert states(room)["nora"] is PersonState.REMOVED
    before = keys_in_hand(room)
    with room.signed_in("omar", room.passwords["omar"]):
        pass  # an officer gives no store a new key; Irina, who comes back after him, does
    assert room.suspicion().rekey_due() == frozenset()
    after = keys_in_hand(room)
    assert set(after) == set(before)
    assert all(after[store] != key for store, key in before.items())
    assert [entry.subject for entry in room.trail() if entry.act == Act.STORE_REKEYED] == ["border", "enforcement"]
    with pytest.raises(SignInRefused), room.signed_in("nora", nora):
        pass
    with room.signed_in("omar", room.passwords["omar"]):
        pass


def test_an_act_under_distress_is_done_and_flagged(room: PostRoom) -> None:
    under = Secret.of("the distress of irina")
    own = Secret.of("another own of irina")
    room.people().change_own_password(room.passwords["irina"], own, distress_password=under)
    room.passwords["irina"] = own
    room.people().suspend(room.id_of("omar"), under)
    assert states(room)["omar"] is PersonState.SUSPENDED
    with room.irina.store.reading() as unit:
        assert [flag.act for flag in distress.raised(unit.settings)] == [Act.OFFICER_SUSPENDED]


@pytest.mark.parametrize("new", ["short", "lantern orchid ferry nine"])
def test_an_own_password_is_long_and_new(room: PostRoom, new: str) -> None:
    with pytest.raises(SettingsError):
        room.people().change_own_password(room.passwords["irina"], Secret.of(new))


OWN = Secret.of("brand new words of irina")


@pytest.mark.parametrize("cut", ["row", "locked"])
def test_a_new_password_that_holds_without_its_row_is_said_to_hold(
    room: PostRoom, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    real = FolderKeyRing.change_password

    def locked(ring: FolderKeyRing, name: str, password: Secret, **more: Any) -> str:
        public_key = real(ring, name, password, **more)
        room.irina.end()
        return public_key

    if cut == "row":
        monkeypatch.setattr(Officers, "replace", full)
    else:
        monkeypatch.setattr(FolderKeyRing, "change_password", locked)
    with pytest.raises(StoreError, match="holds already") as refused:
        room.people().change_own_password(room.passwords["irina"], OWN)
    assert refused.value.next_step.in_english() == "Sign in with it."
    monkeypatch.undo()
    room.passwords["irina"] = OWN
    with room.signed_in("omar", room.passwords["omar"]):
        pass  # and Irina comes back with the new password
    assert states(room)["irina"] is PersonState.ACTIVE  # the sign-in repaired the row


def test_a_new_password_that_does_not_hold_is_not_said_to(room: PostRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FolderKeyRing, "change_password", full)
    with pytest.raises(StoreFull):
        room.people().change_own_password(room.passwords["irina"], OWN)


def test_the_station_that_locked_keeps_the_old_password(room: PostRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    session = room.irina
    people = PeopleService(session, room.desk, room.approvals(), room.station.clock, room.station.randomness)
    real = FolderKeyDesk.prove

    def locking(desk: FolderKeyDesk, *who: Any) -> Any:
        room.sign_ins.lock(session)  # while the old password is stretched
        return real(desk, *who)

    monkeypatch.setattr(FolderKeyDesk, "prove", locking)
    for _ in range(2):
        with pytest.raises(SignInRefused, match="Nobody is signed in"):
            people.change_own_password(room.passwords["irina"], OWN)
    monkeypatch.undo()
    with room.signed_in("irina", room.passwords["irina"]):
        pass


def test_names_are_plain_text_and_a_person_that_is_not_there_cannot_be_changed(room: PostRoom) -> None:
    password = room.passwords["irina"]
    with pytest.raises(SettingsError):
        room.people().add(NewPerson(name=" ", display_name="X", role=RoleName.OFFICER), password)
    with pytest.raises(SettingsError):
        room.people().rename(room.id_of("omar"), "two\nlines", password)
    with pytest.raises(NotPermitted, match="not in the store"):
        room.people().suspend(OfficerId("nobody"), password)


def test_one_time_passwords_are_readable_and_all_different() -> None:
    randomness = SeededRandomness()
    made = {one_time_password(randomness).reveal().decode() for _ in range(200)}
    assert len(made) == 200
    for one in made:
        assert len(one) == 23
        assert not set(one) & set("ilo01")
