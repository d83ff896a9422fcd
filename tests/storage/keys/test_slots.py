# SPDX-License-Identifier: Apache-2.0
"""A password opens its own slot only, and a changed slot opens nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

import storage.keys.slots as slots_module
from station.domain.errors import SignInRefused, StoreDamaged
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from storage.keys.slots import FORMAT, SlotKeeper, SlotTable
from storage.keys.stretching import SERVICE, KdfProfile, stretch
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, SeededRandomness, people

STRONGER = KdfProfile(memory_kib=9 * 1024, passes=2, lanes=1)


@pytest.fixture
def keeper(randomness: SeededRandomness, light: KdfProfile) -> SlotKeeper:
    return SlotKeeper(randomness, profile=light)


@pytest.fixture
def key(keeper: SlotKeeper) -> Secret:
    return keeper.new_key()


@pytest.fixture
def table(keeper: SlotKeeper, key: Secret) -> SlotTable:
    return keeper.new_table(StoreKind.LIVE, key, people())


def test_each_person_reaches_the_same_key_with_their_own_password(
    keeper: SlotKeeper, key: Secret, table: SlotTable
) -> None:
    slot, found = keeper.unwrap(table, "irina", SUPERVISOR_PASSWORD)
    assert (slot.role, found.reveal()) == (RoleName.SUPERVISOR, key.reveal())
    slot, found = keeper.unwrap(table, "omar", OFFICER_PASSWORD)
    assert (slot.role, found.reveal()) == (RoleName.OFFICER, key.reveal())
    assert len(key.reveal()) == 32


def test_a_name_is_found_without_case_and_in_any_unicode_spelling(keeper: SlotKeeper, key: Secret) -> None:
    zoe = NewOfficer(name="Zoë", display_name="Z", role=RoleName.OFFICER, password=OFFICER_PASSWORD)
    table = keeper.new_table(StoreKind.LIVE, key, (zoe,))
    assert keeper.unwrap(table, " ZOE\u0308 ", OFFICER_PASSWORD)[1].reveal() == key.reveal()


def test_wrong_password_and_unknown_name_get_the_same_answer(keeper: SlotKeeper, table: SlotTable) -> None:
    answers = []
    for name, password in (("irina", OFFICER_PASSWORD), ("nobody", SUPERVISOR_PASSWORD), ("", Secret(b""))):
        with pytest.raises(SignInRefused) as refused:
            keeper.unwrap(table, name, password)
        answers.append((refused.value.cause.in_english(), refused.value.next_step.in_english()))
    assert len(set(answers)) == 1


@pytest.mark.parametrize("name", ["irina", "omar", "nobody"])
def test_every_answer_costs_one_stretching_with_the_same_parameters(
    name: str, keeper: SlotKeeper, table: SlotTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []

    def counted(password: Secret, salt: bytes, profile: KdfProfile) -> Secret:
        costs.append(profile)
        return stretch(password, salt, profile)

    monkeypatch.setattr(slots_module, "stretch", counted)
    with pytest.raises(SignInRefused):
        keeper.unwrap(table, name, Secret.of("not the password of anybody"))
    assert costs == [LIGHT]


def test_a_table_without_slots_refuses_everybody(keeper: SlotKeeper, table: SlotTable) -> None:
    with pytest.raises(SignInRefused):
        keeper.unwrap(replace(table, slots=()), "irina", SUPERVISOR_PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: replace(table, kind=StoreKind.TRAINING),
        lambda table: replace(table, store_id="00" * 16),
        lambda table: _with_first_slot(table, role=RoleName.AUDITOR),
        lambda table: _with_first_slot(table, name="IRINA"),
        lambda table: _with_first_slot(table, number=9),
        lambda table: _with_first_slot(table, kdf=STRONGER),
        lambda table: _with_first_slot(table, salt=bytes(16)),
        lambda table: _with_first_slot(table, nonce=bytes(12)),
        lambda table: _with_first_slot(table, wrapped=table.slots[1].wrapped),
    ],
    ids=["kind", "store", "role", "name", "number", "cost", "salt", "nonce", "wrapped"],
)
def test_a_slot_with_a_changed_word_opens_nothing(keeper: SlotKeeper, table: SlotTable, change: object) -> None:
    assert callable(change)
    changed = change(table)
    keeper.check(changed)  # well-formed: only the cryptography can tell
    with pytest.raises(SignInRefused):
        keeper.unwrap(changed, "irina", SUPERVISOR_PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: replace(table, format=0),
        lambda table: replace(table, slots=(table.slots[0], table.slots[0])),
        lambda table: replace(table, slots=(table.slots[0], replace(table.slots[0], number=2))),
        lambda table: replace(table, slots=tuple(replace(table.slots[0], number=n, name=str(n)) for n in range(257))),
        lambda table: _with_first_slot(table, name=""),
        lambda table: _with_first_slot(table, name="x" * 101),
        lambda table: _with_first_slot(table, salt=b"short"),
        lambda table: _with_first_slot(table, nonce=bytes(13)),
        lambda table: _with_first_slot(table, wrapped=bytes(47)),
    ],
)
def test_a_table_this_program_never_writes_is_damaged(keeper: SlotKeeper, table: SlotTable, change: object) -> None:
    assert callable(change)
    with pytest.raises(StoreDamaged):
        keeper.check(change(table))


def test_a_file_cannot_lower_the_cost_of_a_guess(table: SlotTable, randomness: SeededRandomness) -> None:
    in_service = SlotKeeper(randomness)
    with pytest.raises(StoreDamaged):
        in_service.check(table)  # written with the light cost of tests
    in_service.check(_with_every_slot(table, SERVICE))


def test_a_station_that_calibrated_upward_still_opens_slots_of_the_default_cost(
    table: SlotTable, randomness: SeededRandomness
) -> None:
    calibrated = SlotKeeper(randomness, profile=KdfProfile(memory_kib=128 * 1024, passes=3, lanes=4))
    calibrated.check(_with_every_slot(table, SERVICE))


@pytest.mark.parametrize(
    ("memory_kib", "passes", "lanes"),
    [(8191, 1, 1), (256 * 1024 + 1, 1, 1), (8192, 0, 1), (8192, 17, 1), (8192, 1, 0), (8192, 1, 9)],
)
def test_no_cost_outside_the_absolute_limits_can_be_made(memory_kib: int, passes: int, lanes: int) -> None:
    with pytest.raises(ValueError, match="Argon2id"):
        KdfProfile(memory_kib=memory_kib, passes=passes, lanes=lanes)


def test_fewer_passes_are_cheaper_whatever_the_memory() -> None:
    assert not KdfProfile(memory_kib=128 * 1024, passes=1, lanes=1).is_at_least(SERVICE)


def test_a_slot_shows_neither_salt_nor_wrapped_key(table: SlotTable) -> None:
    assert "wrapped" not in repr(table)
    assert table.format == FORMAT


def _with_first_slot(table: SlotTable, **changes: object) -> SlotTable:
    first = replace(table.slots[0], **changes)  # type: ignore[arg-type]  # each test names one real field
    return replace(table, slots=(first, *table.slots[1:]))


def _with_every_slot(table: SlotTable, cost: KdfProfile) -> SlotTable:
    return replace(table, slots=tuple(replace(slot, kdf=cost) for slot in table.slots))
