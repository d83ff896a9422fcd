# SPDX-License-Identifier: Apache-2.0
"""What a reader typed goes to the role it is meant for, and another keyboard layout is named as that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from devices.keyboard_wedge.layouts import Layout, as_meant, seems_garbled
from devices.keyboard_wedge.wedge import KeyboardWedge, WedgeSettings
from devices.registry import Registry
from station.domain.errors import LineRefused
from station.optical.reader_text import mrz_lines
from station.ports.barcodes import Symbology
from station.ports.devices import BARCODE_READER, MRZ_READER, HealthState
from station.ports.tasks import CancelToken
from tests.contract.benches import WallClock

GO = CancelToken()
LINES = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TEXT = "".join(line + "\r" for line in LINES)
FRENCH = str.maketrans("AQWZM<1234567890", "QAZW?.&é\"'(-è_çà")
GERMAN = str.maketrans("YZ<", "ZY;")


@contextmanager
def wedge(settings: WedgeSettings | None = None) -> Iterator[tuple[KeyboardWedge, Registry]]:
    driver = KeyboardWedge(settings or WedgeSettings(enabled=True), clock=WallClock())
    registry = Registry([driver], allow_simulated=False)
    registry.start()
    try:
        yield driver, registry
    finally:
        registry.close()


def test_it_is_off_until_the_settings_switch_it_on() -> None:
    with wedge(WedgeSettings()) as (driver, registry):
        assert not driver.listens
        assert not registry.states()


def test_an_mrz_goes_to_the_one_role_and_a_code_to_the_other() -> None:
    with wedge() as (driver, registry), registry.open(MRZ_READER) as mrz, registry.open(BARCODE_READER) as codes:
        assert driver.listens
        assert driver.burst("]Q1UTO\r")
        assert driver.burst(TEXT)
        assert mrz.read(cancel=GO).lines == LINES
        capture = codes.read(cancel=GO)
        assert [(code.symbology, code.content) for code in capture.codes] == [(Symbology.QR, b"UTO")]
        assert not capture.provenance.manual


def test_a_key_pressed_right_before_an_mrz_is_told_from_it() -> None:
    with wedge() as (driver, _):
        assert driver.begins_with_a_stray_key("x" + TEXT)
        assert not driver.begins_with_a_stray_key(TEXT)
        assert not driver.begins_with_a_stray_key("xB0001\r")


def test_a_burst_that_nobody_waits_for_is_not_taken() -> None:
    with wedge() as (driver, _):
        assert not driver.burst(TEXT)


def test_part_of_an_mrz_and_a_code_are_refused_by_the_mrz_reader_with_what_came() -> None:
    with wedge() as (driver, registry), registry.open(MRZ_READER) as mrz:
        for text in (TEXT[:60], "B0001\r"):
            driver.burst(text)
            with pytest.raises(LineRefused) as refused:
                mrz.read(cancel=GO)
            assert refused.value.raw == text.encode()
            assert "whole" in refused.value.cause.in_english()


@pytest.mark.parametrize(
    ("table", "layout"), [(FRENCH, Layout.US_ON_FRENCH), (GERMAN, Layout.US_ON_GERMAN)], ids=["french", "german"]
)
def test_another_layout_is_undone_by_itself_or_by_the_settings(table: dict[int, int], layout: Layout) -> None:
    garbled = TEXT.translate(table)
    assert mrz_lines(garbled.encode()) is None
    assert as_meant(garbled, Layout.AUTO) == as_meant(garbled, layout) == TEXT
    assert as_meant(TEXT, Layout.AUTO) == as_meant(TEXT, Layout.SAME) == TEXT


def test_a_layout_that_nobody_knows_is_named_as_the_cause() -> None:
    strange = TEXT.replace("<", "’")
    assert seems_garbled(strange)
    with wedge() as (driver, registry), registry.open(MRZ_READER) as mrz:
        driver.burst(strange)
        with pytest.raises(LineRefused) as refused:
            mrz.read(cancel=GO)
        assert "keyboard layout" in refused.value.cause.in_english()


def test_what_comes_right_behind_the_last_swipe_is_told_and_given_to_nobody_else() -> None:
    with wedge() as (driver, registry):
        with registry.open(MRZ_READER) as reader:
            assert driver.burst(TEXT)
            assert driver.burst(TEXT)
            assert reader.read(cancel=GO).lines == LINES
        (state,) = registry.states()
        assert state.health.state is HealthState.TROUBLE
        assert "not used" in state.health.says.in_english()
        with registry.open(MRZ_READER) as reader:
            assert driver.burst(TEXT)
            reader.read(cancel=GO)
        assert registry.states()[0].health.state is HealthState.READY
