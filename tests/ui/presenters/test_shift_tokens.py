# SPDX-License-Identifier: Apache-2.0
"""Whoever signs in with a token signs for the shift with it as well: the form asks for the PIN, and only then."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.access.sign_in import needs_pin
from station.config.settings import DeskSettings
from station.domain.errors import SignInRefused
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.keys import FactorSpec
from station.post.clock import ClockWatch
from station.post.shift import ShiftStage
from station.post.shift_desk import ShiftDesk
from station.reporting.shift_reports import ShiftReports
from storage.keys.keeper import SlotKeeper
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, SeededRandomness
from tests.station.reporting.working_shift import WorkingShift
from tests.ui.desk import SteppedTasks
from ui.desktop.app import look_for
from ui.desktop.pages.shift import ShiftPage
from ui.presenters.shift import ShiftPresenter
from ui.presenters.shift_view import ShiftAct

OWN, OFFICERS = (secret.reveal().decode() for secret in (SUPERVISOR_PASSWORD, OFFICER_PASSWORD))
PIN = Secret.of("4711")


class _Token:
    """A token that knows its PIN."""

    def answer(self, challenge: bytes, pin: Secret) -> Secret:
        """See the port."""
        if pin.reveal() != PIN.reveal():
            raise SignInRefused(say("The PIN is wrong."), say("Type it again."))
        return Secret(hashlib.sha256(challenge).digest())


class TokenShift:
    """A post whose people of these names use a token, with their old passwords."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.post = post = WorkingShift(folder)
        keeper = SlotKeeper(SeededRandomness(), profile=LIGHT, factors=lambda _spec: _Token())
        self.desk = replace(post.desk, station=replace(post.desk.station, keeper=keeper))
        spec = FactorSpec(kind="specimen", label="Blue token")
        for name in names:
            own = SUPERVISOR_PASSWORD if name == "irina" else OFFICER_PASSWORD
            with self.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
                key = ring.change_password(name, own, distress_password=None, factor=spec, pin=PIN)
            with post.session.store.unit_of_work() as unit:
                officer = unit.officers.by_name(name)
                assert officer is not None
                unit.officers.replace(replace(officer, public_key=key))
                unit.commit()
        shifts = ShiftDesk(post.session, self.desk, post.time)
        reports = ShiftReports(
            post.session,
            shifts,
            checkpoints=post.checkpoints,
            devices=post.devices,
            press=post._press,
            clock=post.time,
        )
        self.tasks = SteppedTasks()
        self.presenter = ShiftPresenter(
            post.session,
            shifts,
            reports,
            ClockWatch(post.session, post.time, post.steady, self.desk),
            self.tasks,
            language="en",
            needs_pin=partial(needs_pin, self.desk),
        )
        self.presenter.refresh()
        self.tasks.all()

    def stage(self) -> ShiftStage | None:
        line = self.presenter.state.line
        return None if line is None else line.stage

    def close(self) -> None:
        self.presenter.close()
        self.post.close()


@pytest.fixture
def officer_with_token(tmp_path: Path) -> Iterator[TokenShift]:
    made = TokenShift(tmp_path, "omar")
    yield made
    made.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_second_person_types_the_pin_under_the_password(
    qapp: QApplication, qtbot: QtBot, officer_with_token: TokenShift, language: str
) -> None:
    shift = officer_with_token
    look, _ = look_for(qapp, DeskSettings(language=language))
    page = ShiftPage(look, shift.presenter, zone=ZoneInfo("Africa/Lubumbashi"))
    qtbot.addWidget(page)
    page.resize(1180, 600)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    page.take_focus()

    def press(text: str) -> None:
        field = page.focusWidget()
        assert field is not None
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        shift.tasks.all()

    def do(act: ShiftAct) -> None:
        shift.presenter.do(act)
        shift.tasks.all()

    do(ShiftAct.OPEN)
    assert not page.form.own_pin.isVisible()
    press(OWN)
    do(ShiftAct.CLOSE)
    press(OWN)
    do(ShiftAct.COUNTERSIGN)
    assert not page.form.pin.isVisible()
    press("omar")
    assert not page.trouble.isVisible(), "Enter in a field goes on to the next one, and signs nothing"
    assert page.form.pin.isVisible()
    assert page.form.password.hasFocus()
    press(OFFICERS)
    assert page.form.pin.hasFocus()
    press("9999")
    assert page.trouble.isVisible()
    assert not page.form.pin.text()
    assert not page.form.password.text()
    press(OFFICERS)
    press("4711")
    assert shift.stage() is ShiftStage.NONE, "closed"


def test_a_pin_that_was_not_typed_is_asked_for_and_nothing_is_tried(officer_with_token: TokenShift) -> None:
    shift = officer_with_token
    for act in (ShiftAct.OPEN, ShiftAct.CLOSE):
        shift.presenter.do(act)
        shift.tasks.all()
        shift.presenter.submit("", "", OWN)
        shift.tasks.all()
    shift.presenter.do(ShiftAct.COUNTERSIGN)
    shift.presenter.submit("omar", OFFICERS, "")  # by a script, or quicker than the look at the key files
    shift.tasks.all()
    assert shift.presenter.state.pin
    trouble = shift.presenter.state.trouble
    assert trouble is not None
    assert "PIN" in trouble.next_step.in_english()
    shift.presenter.submit("omar", OFFICERS, "", "4711")
    shift.tasks.all()
    assert shift.stage() is ShiftStage.NONE


def test_a_name_after_another_decides_anew(officer_with_token: TokenShift) -> None:
    shift = officer_with_token
    shift.presenter.do(ShiftAct.OPEN)
    for name, pin in (("omar", True), ("irina", False), ("omar", True), ("", False)):
        shift.presenter.named(name)
        shift.tasks.all()
        assert shift.presenter.state.pin is pin, name


def test_the_signed_in_person_types_the_own_pin(tmp_path: Path) -> None:
    shift = TokenShift(tmp_path, "irina")
    try:
        assert shift.presenter.state.own_pin
        shift.presenter.do(ShiftAct.OPEN)
        shift.presenter.submit("", "", OWN)
        assert shift.presenter.state.trouble is not None
        assert shift.stage() is ShiftStage.NONE
        shift.presenter.submit("", "", OWN, "", "4711")
        shift.tasks.all()
        assert shift.stage() is ShiftStage.OPEN
    finally:
        shift.close()
