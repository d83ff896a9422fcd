# SPDX-License-Identifier: Apache-2.0
"""A password opens its own slot only, and a changed slot or table opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import storage.keys.keeper as keeper_module
from station.domain.errors import NoDevice, SettingsError, SignInRefused, StoreDamaged
from station.domain.secrets import Secret
from station.domain.wire import to_json
from station.ports.keys import FactorSpec, NewOfficer
from station.ports.storage import RoleName, StoreKind, StoreName
from storage.keys.derivation import recovery_key
from storage.keys.keeper import DISTRESS, ORDINARY, Member, SlotKeeper
from storage.keys.slots import FORMAT, MAX_SLOTS, SlotTable, Stage, StoreKeys, refused, same_way_in, without
from storage.keys.stretching import SERVICE, KdfProfile, stretch
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, SeededRandomness, people
from tests.storage.keys.tables import border_table, changed, opened

STRONGER = KdfProfile(memory_kib=9 * 1024, passes=2, lanes=1)
DISTRESS_PASSWORD = Secret.of("the river is quiet tonight")
MASTER = Secret(bytes(range(32)))
TOKEN = FactorSpec(kind="specimen", label="Blue token", parameters={"key": "7"})

Change = Callable[[SlotTable], SlotTable]


@pytest.fixture
def keeper(randomness: SeededRandomness, light: KdfProfile) -> SlotKeeper:
    return SlotKeeper(randomness, profile=light)


@pytest.fixture
def key(keeper: SlotKeeper) -> Secret:
    return keeper.new_key()


@pytest.fixture
def table(keeper: SlotKeeper, key: Secret) -> SlotTable:
    return border_table(keeper, key, people(), kind=StoreKind.LIVE)


def test_each_person_reaches_the_same_key_with_their_own_password(
    keeper: SlotKeeper, key: Secret, table: SlotTable
) -> None:
    slot, found = opened(keeper, table, "irina", SUPERVISOR_PASSWORD)
    assert (slot.role, found) == (RoleName.SUPERVISOR, key.reveal())
    slot, found = opened(keeper, table, "omar", OFFICER_PASSWORD)
    assert (slot.role, found) == (RoleName.OFFICER, key.reveal())
    assert len(key.reveal()) == 32


def test_a_name_is_found_without_case_and_in_any_unicode_spelling(keeper: SlotKeeper, key: Secret) -> None:
    zoe = NewOfficer(name="Zoë", display_name="Z", role=RoleName.OFFICER, password=OFFICER_PASSWORD)
    table = border_table(keeper, key, (zoe,))
    assert opened(keeper, table, " ZOE\u0308 ", OFFICER_PASSWORD)[1] == key.reveal()


def test_wrong_password_and_unknown_name_get_the_same_answer(keeper: SlotKeeper, table: SlotTable) -> None:
    answers = []
    for name, password in (("irina", OFFICER_PASSWORD), ("nobody", SUPERVISOR_PASSWORD), ("", Secret(b""))):
        with pytest.raises(SignInRefused) as refused:
            keeper.recognise(table, name, password)
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

    monkeypatch.setattr(keeper_module, "stretch", counted)
    with pytest.raises(SignInRefused):
        keeper.recognise(table, name, Secret.of("not the password of anybody"))
    assert costs == [LIGHT]


def test_a_table_without_slots_refuses_everybody(keeper: SlotKeeper, table: SlotTable) -> None:
    with pytest.raises(SignInRefused):
        keeper.recognise(replace(table, slots=()), "irina", SUPERVISOR_PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: replace(table, kind=StoreKind.TRAINING),
        lambda table: replace(table, store_id="00" * 16),
        lambda table: replace(table, base_generation=7),
        lambda table: replace(table, gone=(bytes(32),)),
        lambda table: replace(table, founded=(StoreName.BORDER, StoreName.PROTECTION)),
        lambda table: replace(table, slots=table.slots[:1]),
        lambda table: replace(table, seal=bytes(32)),
        lambda table: changed(table, role=RoleName.AUDITOR),
        lambda table: changed(table, name="IRINA"),
        lambda table: changed(table, number=9),
        lambda table: changed(table, kdf=STRONGER),
        lambda table: changed(table, salt=bytes(16)),
        lambda table: changed(table, signing=bytes(32)),
        lambda table: changed(table, factor=TOKEN),
        lambda table: changed(table, openings=table.slots[1].lock.openings),
        lambda table: changed(table, openings=table.slots[0].lock.openings[::-1]),
        lambda table: changed(table, seeds=table.slots[1].lock.seeds),
        lambda table: changed(table, wrapped=table.slots[1].wrapped),
        lambda table: changed(table, wrapped=table.slots[0].wrapped[::-1]),
        lambda table: changed(table, 1, role=RoleName.SUPERVISOR),
        lambda table: changed(table, 1, openings=(bytes(range(32)), table.slots[1].lock.openings[1])),
    ],
    ids=["kind", "store", "generation", "gone", "founded", "fewer", "seal", "role", "name", "number", "cost", "salt",
         "signing key", "token", "another's locks", "locks swapped", "seeds", "wrapped", "wrapped swapped",
         "another's role", "another's lock"],
)  # fmt: skip
def test_a_table_with_a_changed_word_opens_nothing(keeper: SlotKeeper, table: SlotTable, change: Change) -> None:
    other = change(table)
    keeper.check(other)  # well-formed: only the cryptography can tell
    with pytest.raises((SignInRefused, StoreDamaged, NoDevice)):
        opened(keeper, other, "irina", SUPERVISOR_PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        lambda table: replace(table, format=0),
        lambda table: replace(table, base_generation=0),
        lambda table: replace(table, seal=b"short"),
        lambda table: replace(table, gone=(b"short",)),
        lambda table: replace(table, gone=(bytes(32), bytes(32))),
        lambda table: replace(table, founded=()),
        lambda table: replace(table, founded=(StoreName.BORDER, StoreName.BORDER)),
        lambda table: replace(table, store=StoreName.PROTECTION),
        lambda table: replace(table, stage=Stage.CHANGING),
        lambda table: replace(table, slots=(table.slots[0], table.slots[0])),
        lambda table: replace(table, slots=(table.slots[0], replace(table.slots[0], number=2))),
        lambda table: replace(
            table, slots=tuple(changed(table, number=n, name=str(n)).slots[0] for n in range(2 * MAX_SLOTS + 1))
        ),
        lambda table: changed(table, name=""),
        lambda table: changed(table, name="x" * 101),
        lambda table: changed(table, salt=b"short"),
        lambda table: changed(table, signing=bytes(31)),
        lambda table: changed(table, openings=(bytes(32), bytes(31))),
        lambda table: changed(table, seeds=(bytes(80), bytes(81))),
        lambda table: changed(table, wrapped=(bytes(81), bytes(80))),
        lambda table: changed(table, factor=replace(TOKEN, label="x" * 5000)),
    ],
)
def test_a_table_this_program_never_writes_is_damaged(keeper: SlotKeeper, table: SlotTable, change: Change) -> None:
    with pytest.raises(StoreDamaged):
        keeper.check(change(table))


def test_a_file_cannot_lower_the_cost_of_a_guess(table: SlotTable, randomness: SeededRandomness) -> None:
    in_service = SlotKeeper(randomness)
    with pytest.raises(StoreDamaged):
        in_service.check(table)  # written with the light cost of tests
    in_service.check(changed(changed(table, kdf=SERVICE), 1, kdf=SERVICE))


def test_a_new_lock_costs_as_much_as_the_dearest_that_is_there(keeper: SlotKeeper, table: SlotTable) -> None:
    assert keeper.cost(table) == LIGHT
    assert keeper.cost(changed(table, 1, kdf=STRONGER)) == STRONGER


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
    assert "salt" not in repr(table)
    assert table.format == FORMAT


# Giving and taking without anybody's password.


def test_a_slot_is_taken_away_without_the_key_and_the_others_open_as_before(
    keeper: SlotKeeper, key: Secret, table: SlotTable
) -> None:
    rest = without(table, table.slots[0])
    keeper.check(rest)
    assert rest.generation == table.generation + 1
    assert opened(keeper, rest, "omar", OFFICER_PASSWORD)[1] == key.reveal()
    with pytest.raises(SignInRefused):
        opened(keeper, rest, "irina", SUPERVISOR_PASSWORD)
    sealed = keeper.sealed(rest, key)
    assert (sealed.generation, sealed.gone) == (rest.generation + 1, ())
    assert opened(keeper, sealed, "omar", OFFICER_PASSWORD)[1] == key.reveal()


def test_a_slot_that_was_taken_away_cannot_be_put_back_under_a_newer_generation(
    keeper: SlotKeeper, key: Secret, table: SlotTable
) -> None:
    rest = keeper.sealed(without(table, table.slots[1]), key)
    with pytest.raises(StoreDamaged):
        opened(keeper, replace(rest, slots=table.slots), "omar", OFFICER_PASSWORD)


def test_everybody_is_given_a_new_key_while_nobody_is_there(keeper: SlotKeeper, key: Secret, table: SlotTable) -> None:
    new = keeper.new_key()
    both = keeper.wrapped_again(table, StoreKeys(current=key, following=new))
    keeper.check(both)
    person = keeper.recognise(both, "omar", OFFICER_PASSWORD)
    held = keeper.keys_of(both, both.slots[1], person)
    assert held.following is not None
    assert (held.current.reveal(), held.following.reveal()) == (key.reveal(), new.reveal())
    after = keeper.wrapped_again(both, StoreKeys(current=new))
    assert opened(keeper, after, "omar", OFFICER_PASSWORD)[1] == new.reveal()
    assert after.generation == table.generation + 2


def test_a_public_key_that_is_none_is_damage_and_no_crash(keeper: SlotKeeper, key: Secret, table: SlotTable) -> None:
    other = changed(table, openings=(bytes(32), bytes(32)))  # a point of low order
    with pytest.raises(StoreDamaged):
        keeper.wrapped_again(other, StoreKeys(current=key))


# The distress password.


def _with_distress(keeper: SlotKeeper, key: Secret) -> SlotTable:
    first, second = people()
    return border_table(keeper, key, (first, replace(second, distress_password=DISTRESS_PASSWORD)))


def test_the_distress_password_opens_the_same_store_and_says_so_inside_only(keeper: SlotKeeper, key: Secret) -> None:
    table = _with_distress(keeper, key)
    assert opened(keeper, table, "omar", DISTRESS_PASSWORD)[1] == key.reveal()
    assert keeper.recognise(table, "omar", OFFICER_PASSWORD).entry == ORDINARY
    assert keeper.recognise(table, "omar", DISTRESS_PASSWORD).entry == DISTRESS


def test_whoever_has_no_distress_password_has_a_slot_of_the_same_shape(keeper: SlotKeeper, key: Secret) -> None:
    table = _with_distress(keeper, key)
    shapes = [[len(part) for part in (*slot.lock.openings, *slot.lock.seeds, *slot.wrapped)] for slot in table.slots]
    assert shapes[0] == shapes[1]
    assert len(to_json(table.slots[0])) - len("irina" + "supervisor") == len(to_json(table.slots[1])) - len("omar" + "officer")  # fmt: skip  # noqa: E501 (one comparison)


def test_both_passwords_sign_with_the_same_key(keeper: SlotKeeper, key: Secret) -> None:
    table = _with_distress(keeper, key)
    public = Ed25519PublicKey.from_public_bytes(table.slots[1].lock.signing)
    for password in (OFFICER_PASSWORD, DISTRESS_PASSWORD):
        public.verify(keeper.signing_key(keeper.recognise(table, "omar", password)).sign(b"shown"), b"shown")


def test_a_signing_key_that_was_exchanged_signs_nothing(keeper: SlotKeeper, table: SlotTable) -> None:
    person = keeper.recognise(table, "irina", SUPERVISOR_PASSWORD)
    for lock in (
        replace(person.lock, signing=table.slots[1].lock.signing),
        replace(person.lock, seeds=table.slots[1].lock.seeds),
        replace(person.lock, seeds=person.lock.seeds[::-1]),
    ):
        with pytest.raises(StoreDamaged):
            keeper.signing_key(replace(person, lock=lock))


def test_the_distress_password_must_be_another_one(keeper: SlotKeeper) -> None:
    _, omar = people()
    with pytest.raises(SettingsError, match="same"):
        keeper.new_lock(replace(omar, distress_password=OFFICER_PASSWORD), LIGHT)


def test_under_distress_a_new_password_goes_into_the_distress_entry(keeper: SlotKeeper, key: Secret) -> None:
    table = _with_distress(keeper, key)
    lock, chosen = table.slots[1].lock, Secret.of("seven grey boats at dusk")
    changed_by_force = replace(people()[1], password=chosen, distress_password=Secret.of("one more of them"))
    behind = keeper.lock_under_distress(changed_by_force, LIGHT, lock)
    again = keeper.with_member(table, StoreKeys(current=key), Member(RoleName.OFFICER, behind), table.slots[1])
    keeper.check(again)
    assert keeper.recognise(again, "omar", OFFICER_PASSWORD).entry == ORDINARY
    assert keeper.recognise(again, "omar", chosen).entry == DISTRESS
    for password in (DISTRESS_PASSWORD, Secret.of("one more of them")):
        with pytest.raises(SignInRefused):
            keeper.recognise(again, "omar", password)
    assert {opened(keeper, again, "omar", one)[1] for one in (OFFICER_PASSWORD, chosen)} == {key.reveal()}
    for password in (OFFICER_PASSWORD, chosen):
        keeper.signing_key(keeper.recognise(again, "omar", password))
    with pytest.raises(SettingsError, match="not all different"):
        keeper.lock_under_distress(people()[1], LIGHT, lock)
    with pytest.raises(StoreDamaged):  # a point of low order
        keeper.lock_under_distress(changed_by_force, LIGHT, replace(lock, openings=(bytes(32), lock.openings[1])))


def test_who_is_given_a_slot_under_distress_has_no_other_way_in(keeper: SlotKeeper, key: Secret) -> None:
    forced = keeper.lock_under_distress(people()[1], LIGHT, None)
    table = keeper.new_table(StoreName.BORDER, StoreKind.LIVE, key, [Member(RoleName.OFFICER, forced)])
    assert keeper.recognise(table, "omar", OFFICER_PASSWORD).entry == DISTRESS


def test_elsewhere_the_distress_password_finds_nothing_and_noise_stands_in_its_place(
    keeper: SlotKeeper, key: Secret
) -> None:
    table = _with_distress(keeper, key)
    lock, other_key = table.slots[1].lock, keeper.new_key()
    other = keeper.new_table(StoreName.ENFORCEMENT, StoreKind.LIVE, other_key, [Member(RoleName.OFFICER, lock)])
    (slot,) = other.slots
    keeper.check(other)
    forced = keeper.recognise(table, "omar", DISTRESS_PASSWORD)
    for taken in (slot, replace(slot, lock=lock)):
        with pytest.raises(StoreDamaged):
            keeper.keys_of(other, taken, forced)
    assert same_way_in(slot.lock, lock)
    assert not same_way_in(slot.lock, table.slots[0].lock)
    assert slot.lock.openings[1] != lock.openings[1]
    assert slot.lock.signing != lock.signing
    assert not set(slot.lock.seeds) & set(lock.seeds)


# Recovery.


def test_the_paper_shares_open_every_store_and_no_others_do(keeper: SlotKeeper, key: Secret) -> None:
    public = recovery_key(MASTER).public_key().public_bytes_raw()
    table = border_table(keeper, key, people(), recovery=public)
    assert keeper.keys_of_recovery(table, MASTER).current.reveal() == key.reveal()
    with pytest.raises(SignInRefused, match="do not belong"):
        keeper.keys_of_recovery(table, Secret(bytes(32)))
    with pytest.raises(StoreDamaged):
        keeper.keys_of_recovery(replace(table, store_id="00" * 16), MASTER)
    with pytest.raises(StoreDamaged):
        keeper.keys_of_recovery(replace(table, base_generation=9), MASTER)


def test_a_table_without_recovery_is_opened_by_no_shares(keeper: SlotKeeper, table: SlotTable) -> None:
    with pytest.raises(SignInRefused):
        keeper.keys_of_recovery(table, MASTER)


def test_the_recovery_gets_a_new_key_as_well(keeper: SlotKeeper, key: Secret) -> None:
    public = recovery_key(MASTER).public_key().public_bytes_raw()
    new = keeper.new_key()
    after = keeper.wrapped_again(border_table(keeper, key, people(), recovery=public), StoreKeys(current=new))
    assert keeper.keys_of_recovery(after, MASTER).current.reveal() == new.reveal()


# A second factor.


class Token:
    """Answers as a token does: always the same to the same challenge, and only with its PIN."""

    def __init__(self, secret: bytes = b"of this token") -> None:
        self._secret = secret
        self.asked: list[bytes] = []

    def answer(self, challenge: bytes, pin: Secret) -> Secret:
        self.asked.append(challenge)
        if pin.reveal() != b"1234":
            raise refused()
        return Secret(
            X25519PrivateKey.from_private_bytes((self._secret + challenge)[:32]).public_key().public_bytes_raw()
        )


def _with_token(randomness: SeededRandomness, token: Token) -> tuple[SlotKeeper, SlotTable, Secret]:
    keeper = SlotKeeper(randomness, profile=LIGHT, factors=lambda _: token)
    key = keeper.new_key()
    first, second = people()
    ready = replace(second, factor=TOKEN, pin=Secret(b"1234"), distress_password=DISTRESS_PASSWORD)
    return keeper, border_table(keeper, key, (first, ready)), key


def test_neither_password_nor_token_alone_opens_anything(randomness: SeededRandomness) -> None:
    token = Token()
    keeper, table, key = _with_token(randomness, token)
    slot = table.slots[1]
    for password in (OFFICER_PASSWORD, DISTRESS_PASSWORD):
        person = keeper.recognise(table, "omar", password, Secret(b"1234"))
        assert keeper.keys_of(table, slot, person).current.reveal() == key.reveal()
    assert len(set(token.asked)) == 1
    for other, password, pin in (
        (keeper, SUPERVISOR_PASSWORD, b"1234"),
        (keeper, OFFICER_PASSWORD, b"9999"),
        (
            SlotKeeper(randomness, profile=LIGHT, factors=lambda _: Token(b"of another token")),
            OFFICER_PASSWORD,
            b"1234",
        ),
    ):
        with pytest.raises(SignInRefused):
            other.recognise(table, "omar", password, Secret(pin))
    without_it = replace(slot, lock=replace(slot.lock, factor=None))
    with pytest.raises(SignInRefused):
        keeper.recognise(replace(table, slots=(table.slots[0], without_it)), "omar", OFFICER_PASSWORD)


def test_a_station_without_tokens_says_whose_token_it_needs(randomness: SeededRandomness, keeper: SlotKeeper) -> None:
    _, table, _ = _with_token(randomness, Token())
    with pytest.raises(NoDevice) as missing:
        keeper.recognise(table, "omar", OFFICER_PASSWORD, Secret(b"1234"))
    assert "Blue token" in missing.value.cause.in_english()


def test_a_member_is_given_a_slot_in_another_store_without_being_there(keeper: SlotKeeper, table: SlotTable) -> None:
    key = keeper.new_key()
    lock = table.slots[1].lock
    other = keeper.new_table(StoreName.PROTECTION, StoreKind.LIVE, key, [Member(RoleName.FOCAL_POINT, lock)])
    keeper.check(other)
    assert opened(keeper, other, "omar", OFFICER_PASSWORD)[1] == key.reveal()
