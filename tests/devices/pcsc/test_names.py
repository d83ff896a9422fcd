# SPDX-License-Identifier: Apache-2.0
"""Which readers are offered under which name, and what an ATR tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.pcsc.names import interface_of, slots
from station.ports.chip import ChipInterface

# As pcsc-lite names readers that are common at border posts.
TWIN = "ACS ACR1252 Dual Reader"
PICC = f"{TWIN} [ACR1252 Dual Reader PICC] (RR123) 00 00"
SAM = f"{TWIN} [ACR1252 Dual Reader SAM] (RR123) 00 01"
OMNIKEY = "HID Global OMNIKEY 5422 Smartcard Reader"
OMNIKEY_CONTACT = f"{OMNIKEY} [OMNIKEY 5422 Smartcard Reader] (KJ05) 01 00"
OMNIKEY_AIR = f"{OMNIKEY} [OMNIKEY 5422CL Smartcard Reader] (KJ05) 01 01"
PROX_CONTACT, PROX_AIR = "Gemalto Prox-DU Contact_12400576 02 00", "Gemalto Prox-DU Contactless_12400576 02 01"
PLAIN = "Virtual PCD 00 00"


def test_a_slot_for_security_modules_is_not_for_documents() -> None:
    assert [slot.pcsc_name for slot in slots([PICC, SAM]).values()] == [PICC]


def test_two_slots_of_one_reader_are_two_readers_the_contactless_one_first() -> None:
    found = list(slots([PROX_CONTACT, PROX_AIR]).values())
    assert [(slot.pcsc_name, slot.interface) for slot in found] == [
        (PROX_AIR, ChipInterface.CONTACTLESS),
        (PROX_CONTACT, ChipInterface.CONTACT),
    ]


@pytest.mark.parametrize(
    ("name", "interface"),
    [
        (PICC, ChipInterface.CONTACTLESS),
        (OMNIKEY_AIR, ChipInterface.CONTACTLESS),
        (OMNIKEY_CONTACT, ChipInterface.UNKNOWN),
        (PROX_AIR, ChipInterface.CONTACTLESS),
        (PROX_CONTACT, ChipInterface.CONTACT),
        ("ACS ACR122U PICC Interface 00 00", ChipInterface.CONTACTLESS),
        ("Identiv uTrust 4701 F Dual Interface Reader [uTrust 4701 F CL Reader] (5) 00 00", ChipInterface.CONTACTLESS),
        ("Identiv uTrust 4701 F Dual Interface Reader [uTrust 4701 F Contact Reader] (5) 00 01", ChipInterface.CONTACT),
        (PLAIN, ChipInterface.UNKNOWN),
    ],
)
def test_a_name_tells_how_the_chip_is_reached(name: str, interface: ChipInterface) -> None:
    (slot,) = slots([name]).values()
    assert slot.interface is interface


def test_the_shown_name_is_that_of_the_slot_without_numbers() -> None:
    assert [slot.shown for slot in slots([OMNIKEY_CONTACT, OMNIKEY_AIR]).values()] == [
        "OMNIKEY 5422CL Smartcard Reader",
        "OMNIKEY 5422 Smartcard Reader",
    ]
    assert [slot.shown for slot in slots([PLAIN]).values()] == ["Virtual PCD"]


def test_readers_of_the_same_name_are_told_apart() -> None:
    found = list(slots(["Virtual PCD 00 01", "Virtual PCD 01 00", PLAIN]).values())
    assert [(slot.device_id, slot.shown, slot.pcsc_name) for slot in found] == [
        ("pcsc:Virtual PCD:1", "Virtual PCD 1", "Virtual PCD 00 00"),
        ("pcsc:Virtual PCD:2", "Virtual PCD 2", "Virtual PCD 00 01"),
        ("pcsc:Virtual PCD:3", "Virtual PCD 3", "Virtual PCD 01 00"),
    ]


def test_the_same_reader_at_another_plug_keeps_its_identity() -> None:
    (before,) = slots([PICC])
    (after,) = slots([PICC.replace(" 00 00", " 03 00")])
    assert before == after


def test_readers_are_ignored_by_parts_of_their_names() -> None:
    assert [slot.pcsc_name for slot in slots([PICC, PLAIN], ignore=("acr1252",)).values()] == [PLAIN]


@given(st.lists(st.text(min_size=1, max_size=40), unique=True, max_size=8))
def test_no_reader_is_lost_or_named_twice_whatever_the_names(names: list[str]) -> None:
    found = slots(names)
    assert len({slot.pcsc_name for slot in found.values()}) == len(found)
    assert {slot.pcsc_name for slot in found.values()} <= set(names)
    assert all(device_id == slot.device_id for device_id, slot in found.items())


@pytest.mark.parametrize(
    ("atr", "interface"),
    [
        ("3B80800101", ChipInterface.CONTACTLESS),  # ISO/IEC 14443-4 without historical bytes
        ("3B8F8001804F0CA000000306030001000000006A", ChipInterface.CONTACTLESS),  # a storage card, PC/SC part 3
        ("3B951381018073FF01000B", ChipInterface.CONTACT),  # TA1: a clock
        ("3B00", ChipInterface.UNKNOWN),
        ("", ChipInterface.UNKNOWN),
    ],
)
def test_an_atr_tells_where_the_name_does_not(atr: str, interface: ChipInterface) -> None:
    (slot,) = slots([PLAIN]).values()
    assert interface_of(slot, bytes.fromhex(atr)) is interface


def test_the_name_counts_more_than_the_atr() -> None:
    (slot,) = slots([PROX_CONTACT]).values()
    assert interface_of(slot, bytes.fromhex("3B80800101")) is ChipInterface.CONTACT
