# SPDX-License-Identifier: Apache-2.0
"""The first start refuses what cannot stay, in words, before anything is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from station.access import store_settings
from station.access.first_start import FirstStart, set_up
from station.domain.errors import RecipientRefused, SettingsError, StoreDamaged
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from storage.door import FolderDoor
from storage.sealed import age
from storage.sealed.sealer import AgeMinisignSealer
from tests.open_station import (
    LIGHT,
    KeptEvents,
    OpenStation,
    SeededRandomness,
    StandingClock,
    people,
)

IDENTITY, RECIPIENT = age.new_identity()
SUPERVISOR, OFFICER = people()
GOOD = FirstStart(
    post="Harbour",
    station="H1",
    lane="1",
    kind=StoreKind.LIVE,
    recipient=f" {RECIPIENT}\n",
    people=(SUPERVISOR, OFFICER),
)
SEALER = AgeMinisignSealer(StandingClock(), SeededRandomness())


def door_at(tmp_path: Path) -> FolderDoor:
    return FolderDoor(tmp_path / "store", KeptEvents(), StandingClock(), SeededRandomness(), profile=LIGHT)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"post": " "}, "Post is empty"),
        ({"station": "x" * 101}, "Station is empty, too long"),
        ({"lane": "1\n2"}, "Lane is empty"),
        ({"people": (SUPERVISOR,)}, "at least two people"),
        ({"people": ()}, "at least two people"),
        ({"people": (OFFICER, replace(OFFICER, name="b"))}, "Nobody here is a supervisor"),
        ({"people": (SUPERVISOR, replace(OFFICER, name="IRINA"))}, "same sign-in name"),
        (
            {"people": (replace(SUPERVISOR, name="Ma\u0390a"), replace(OFFICER, name="Ma\u03aa\u0301a"))},
            "same sign-in name",
        ),
        ({"people": (SUPERVISOR, replace(OFFICER, name=""))}, "Person 2 has no name"),
        ({"people": (SUPERVISOR, replace(OFFICER, display_name="\x00"))}, "Person 2 has no name"),
        ({"people": (SUPERVISOR, replace(OFFICER, password=SUPERVISOR.password))}, "same password"),
        ({"people": (SUPERVISOR, replace(OFFICER, password=Secret.of("elevenchars")))}, "has 11 characters"),
        ({"people": (SUPERVISOR, replace(OFFICER, password=Secret.of("ёлкаёлка123")))}, "has 11 characters"),
    ],
)
def test_what_cannot_stay_is_named_and_nothing_is_made(tmp_path: Path, change: dict[str, object], words: str) -> None:
    first = replace(GOOD, **change)  # type: ignore[arg-type]  # each row names real fields
    with pytest.raises(SettingsError) as refused:
        set_up(first, door=door_at(tmp_path), sealer=SEALER, clock=StandingClock())
    assert words in refused.value.cause.in_english()
    assert refused.value.next_step.in_english()
    assert list(tmp_path.iterdir()) == []


def test_a_recipient_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipientRefused):
        set_up(replace(GOOD, recipient="age1"), door=door_at(tmp_path), sealer=SEALER, clock=StandingClock())


def test_passwords_are_counted_in_characters_whatever_their_script(tmp_path: Path) -> None:
    third = NewOfficer(
        name="li", display_name="李", role=RoleName.AUDITOR, password=Secret.of("一二三四五六七八九十一二")
    )
    first = replace(GOOD, people=(SUPERVISOR, OFFICER, third))
    set_up(first, door=door_at(tmp_path), sealer=SEALER, clock=StandingClock())


def test_the_answers_do_not_show_a_password() -> None:
    assert "lantern" not in repr(GOOD)


def test_the_store_begins_with_its_settings(tmp_path: Path) -> None:
    station = OpenStation(tmp_path)
    assert (station.store_folder / "station.pub").read_text() == station.public_key
    session = station.signed_in()
    with session.store.reading() as unit:
        assert store_settings.recipients(unit.settings) == (station.recipient,)
        assert station.sealer.public_key(store_settings.signing_key(unit.settings)) == station.public_key
        assert unit.settings.get(store_settings.PUBLIC_KEY) == station.public_key.encode()
    station.sign_ins.sign_out(session)


def test_every_store_gets_a_signing_key_of_its_own(tmp_path: Path) -> None:
    keys = {set_up(GOOD, door=door_at(tmp_path / str(n)), sealer=SEALER, clock=StandingClock()) for n in range(2)}
    assert len(keys) == 2


def test_a_setting_that_is_missing_or_torn_is_damage(tmp_path: Path) -> None:
    station = OpenStation(tmp_path)
    session = station.signed_in()
    with session.store.unit_of_work() as unit:
        unit.settings.put(store_settings.RECIPIENTS, b"{")
        with pytest.raises(StoreDamaged, match="setting"):
            store_settings.recipients(unit.settings)

    class Nothing:
        """A store from which the settings were taken."""

        def get(self, name: str) -> bytes | None:
            return None

        def put(self, name: str, value: bytes) -> None:
            raise AssertionError("nothing is written here")

    with pytest.raises(StoreDamaged):
        store_settings.signing_key(Nothing())
    station.sign_ins.sign_out(session)
