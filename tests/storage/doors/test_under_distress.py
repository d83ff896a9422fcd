# SPDX-License-Identifier: Apache-2.0
"""The distress password opens the border's store alone, and nothing done with it ends that."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from station.domain.errors import DeviceFault, NotPermitted, SettingsError, SignInRefused, StoreDamaged
from station.domain.secrets import Secret
from station.ports.keys import FactorSpec, NewOfficer
from station.ports.storage import RoleName, StoreName
from storage.doors.proving import join, prove
from storage.keys.keeper import SlotKeeper
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, SeededRandomness
from tests.storage.doors.posts import DISTRESS_PASSWORD, FOCAL_PASSWORD, PROTECTION, Post, closed, focal_point

BORDER, ENFORCEMENT = StoreName.BORDER, StoreName.ENFORCEMENT
OF_PROTECTION = StoreName.PROTECTION
OTHER = Secret.of("seven grey boats at dusk")
CHOSEN = Secret.of("what the other one demanded")
NEWCOMER = NewOfficer(name="stranger", display_name="S", role=RoleName.OFFICER, password=OTHER)
TOKEN = FactorSpec(kind="specimen", label="Blue token")


@pytest.fixture
def post(tmp_path: Path) -> Post:
    """Irina the supervisor has a distress password; so has Farah the focal point."""
    made = Post(tmp_path / "store")
    made.with_focal_point()
    for name, password in (("irina", SUPERVISOR_PASSWORD), ("farah", FOCAL_PASSWORD)):
        with made.desk.keys(name, password) as ring:
            ring.change_password(name, password, distress_password=DISTRESS_PASSWORD)
    return made


@pytest.mark.parametrize("name", ["irina", "farah"])
def test_only_the_border_store_opens_whatever_the_role(post: Post, name: str) -> None:
    opened = post.unlocked(name, DISTRESS_PASSWORD)
    assert opened.distress
    assert closed(opened) == {BORDER}
    with post.desk.keys(name, DISTRESS_PASSWORD) as ring:
        assert ring.stores == {BORDER}
    assert post.opens("irina") == {BORDER, ENFORCEMENT}
    assert post.opens("farah", FOCAL_PASSWORD) == {BORDER, OF_PROTECTION}


@pytest.mark.parametrize(("name", "store"), [("irina", ENFORCEMENT), ("farah", OF_PROTECTION)])
def test_no_other_program_finds_a_key_there_either(post: Post, name: str, store: StoreName) -> None:
    """As somebody would who has the files, the distress password, and takes away what the program refuses."""
    home = prove(post.desk.station, name, DISTRESS_PASSWORD, None)
    with pytest.raises(StoreDamaged):
        join(post.desk.station, store, home)


def test_the_key_files_have_the_same_shape_with_and_without_a_distress_password(post: Post) -> None:
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.change_password("omar", OFFICER_PASSWORD, distress_password=None)
    for store in (BORDER, ENFORCEMENT, OF_PROTECTION):
        shapes = {shape_of(slot) for slot in slots(post, store)}
        assert len(shapes) == 1


def test_no_two_key_files_share_what_a_change_under_distress_leaves_behind(post: Post) -> None:
    """Side by side they would tell: a lock that differs in what only the distress password needs."""
    border = {slot["lock"]["name"]: slot["lock"] for slot in slots(post, BORDER)}
    for store in (ENFORCEMENT, OF_PROTECTION):
        for slot in slots(post, store):
            home, there = border[slot["lock"]["name"]], slot["lock"]
            assert there["openings"][0] == home["openings"][0]
            assert there["openings"][1] != home["openings"][1]
            assert there["signing"] != home["signing"]
            assert not set(there["seeds"]) & set(home["seeds"])


def test_a_password_chosen_under_distress_is_one_for_distress(post: Post) -> None:
    elsewhere = key_file(post, ENFORCEMENT)
    before = {view.name: view.public_key for view in post.desk.people()}
    with post.desk.keys("irina", DISTRESS_PASSWORD) as ring:
        public_key = ring.change_password("irina", CHOSEN, distress_password=OTHER)
    opened = post.unlocked("irina", CHOSEN)
    assert opened.distress
    assert closed(opened) == {BORDER}
    for gone in (DISTRESS_PASSWORD, OTHER):
        with pytest.raises(SignInRefused):
            post.unlocked("irina", gone)
    opened = post.unlocked("irina", SUPERVISOR_PASSWORD)
    assert not opened.distress
    assert closed(opened) == {BORDER, ENFORCEMENT}
    assert key_file(post, ENFORCEMENT) == elsewhere
    assert public_key != before["irina"]  # as after every change: the trail tells nothing
    signed = [post.desk.confirm("irina", one, b"shown") for one in (SUPERVISOR_PASSWORD, CHOSEN)]
    assert [(one.public_key, one.signature) for one in signed] == [(public_key, signed[0].signature)] * 2
    assert {view.name: view.stores for view in post.desk.people()}["irina"] == {BORDER, ENFORCEMENT}


def test_after_it_everything_goes_on_with_the_ordinary_password(post: Post) -> None:
    with post.desk.keys("irina", DISTRESS_PASSWORD) as ring:
        ring.change_password("irina", CHOSEN, distress_password=None)
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        for store in (BORDER, ENFORCEMENT):
            ring.rekey(store)
    opened = post.unlocked("irina", CHOSEN)
    assert opened.distress
    assert closed(opened) == {BORDER}
    assert post.opens() == {BORDER, ENFORCEMENT}
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.change_password("irina", OTHER, distress_password=None)
    with pytest.raises(SignInRefused):
        post.unlocked("irina", CHOSEN)
    assert post.opens("irina", OTHER) == {BORDER, ENFORCEMENT}


def test_the_ordinary_password_cannot_be_chosen_by_chance(post: Post) -> None:
    with post.desk.keys("irina", DISTRESS_PASSWORD) as ring, pytest.raises(SettingsError, match="not all different"):
        ring.change_password("irina", SUPERVISOR_PASSWORD, distress_password=None)


def test_an_account_made_under_distress_is_one_under_distress(post: Post) -> None:
    post.row(NEWCOMER)
    with post.desk.keys("irina", DISTRESS_PASSWORD) as ring:
        ring.add(NEWCOMER)
    opened = post.unlocked("stranger", OTHER)
    assert opened.distress
    closed(opened)
    with post.desk.keys("stranger", OTHER) as ring:
        assert ring.distress
        ring.change_password("stranger", CHOSEN, distress_password=None)
    opened = post.unlocked("stranger", CHOSEN)
    assert opened.distress
    closed(opened)


def test_a_reset_under_distress_takes_nobody_their_own_password(post: Post) -> None:
    with post.desk.keys("irina", DISTRESS_PASSWORD) as ring:
        ring.change_password("omar", OTHER, distress_password=None)
    for password, forced in ((OTHER, True), (OFFICER_PASSWORD, False)):
        opened = post.unlocked("omar", password)
        assert opened.distress is forced
        closed(opened)


@pytest.mark.parametrize("role", [RoleName.SUPERVISOR, RoleName.AUDITOR, RoleName.FOCAL_POINT])
def test_nobody_is_given_more_than_the_border_store(post: Post, role: RoleName) -> None:
    with post.desk.keys("irina", DISTRESS_PASSWORD) as ring:
        with pytest.raises(NotPermitted, match="no key"):
            ring.add(replace(NEWCOMER, role=role))
        with pytest.raises(NotPermitted, match="no key"):
            ring.change_role("omar", role)
        with pytest.raises(NotPermitted, match="no key"):
            ring.rekey(ENFORCEMENT)


def test_no_store_is_founded_that_nobody_could_open(tmp_path: Path) -> None:
    post = Post(tmp_path / "store")
    with post.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.change_password("irina", SUPERVISOR_PASSWORD, distress_password=DISTRESS_PASSWORD)
    row = post.row(focal_point())
    with post.desk.keys("irina", DISTRESS_PASSWORD) as ring, pytest.raises(NotPermitted, match="no key"):
        ring.found(OF_PROTECTION, PROTECTION, [row])


def test_the_token_stays_as_it_is(tmp_path: Path) -> None:
    post = Post(tmp_path / "store")

    class Token:
        def answer(self, challenge: bytes, pin: Secret) -> Secret:
            return Secret(bytes(byte ^ pin.reveal()[0] for byte in challenge))

    keeper = SlotKeeper(SeededRandomness(), profile=LIGHT, factors=lambda _: Token())
    desk = replace(post.desk, station=replace(post.desk.station, keeper=keeper))
    pin = Secret(b"7")
    with desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.change_password("irina", SUPERVISOR_PASSWORD, distress_password=DISTRESS_PASSWORD)
        ring.change_password("omar", OFFICER_PASSWORD, distress_password=DISTRESS_PASSWORD, factor=TOKEN, pin=pin)
    with desk.keys("irina", DISTRESS_PASSWORD) as ring:
        with pytest.raises(DeviceFault, match="reports a fault"):
            ring.change_password("irina", CHOSEN, distress_password=None, factor=TOKEN, pin=pin)
        with pytest.raises(DeviceFault, match="not ready"):  # a reset would let Omar in without it
            ring.change_password("omar", CHOSEN, distress_password=None)
        with pytest.raises(DeviceFault, match="not ready"):  # the same, asked before anything is changed
            ring.refuse_other_token("omar", None)
        ring.refuse_other_token("irina", None)
    with desk.keys("omar", DISTRESS_PASSWORD, pin=pin) as ring:
        with pytest.raises(DeviceFault, match="not ready"):
            ring.change_password("omar", CHOSEN, distress_password=None)
        again = replace(TOKEN, parameters={"sealed": "another secret"})  # enrolled anew, as the page does
        ring.change_password("omar", CHOSEN, distress_password=None, factor=again, pin=pin)
    for password, forced in ((CHOSEN, True), (OFFICER_PASSWORD, False)):
        assert desk.confirm("omar", password, b"x", pin=pin).distress is forced
        with pytest.raises(SignInRefused):
            desk.confirm("omar", password, b"x", pin=Secret(b"8"))


def slots(post: Post, store: StoreName) -> list[dict[str, dict[str, list[str]]]]:
    """The slots as anybody reads them from the disk."""
    found: list[dict[str, dict[str, list[str]]]] = json.loads(key_file(post, store))["slots"]
    return found


def key_file(post: Post, store: StoreName) -> bytes:
    """What lies on the disk."""
    return (post.desk.station.folder(store) / "slots.json").read_bytes()


def shape_of(slot: dict[str, dict[str, list[str]]]) -> str:
    """Everything of a slot but names and the letters of random bytes."""

    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {name: shape(each) for name, each in value.items() if name not in {"name", "role", "number"}}
        return [shape(each) for each in value] if isinstance(value, list) else len(str(value))

    return json.dumps(shape(slot), sort_keys=True)
