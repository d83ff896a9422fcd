# SPDX-License-Identifier: Apache-2.0
"""A person with a token at a real store: in with its PIN, out without it, and never the only way in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from station.access.approvals import ApprovalService
from station.access.own_token import OwnToken
from station.access.people import PeopleService
from station.access.sign_in import Session, SignInService, needs_pin
from station.domain.errors import DeviceError, NotPermitted, SignInRefused
from station.domain.secrets import Secret
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from storage.keys.hardware import Pkcs11Tokens
from storage.keys.stretching import SERVICE, KdfProfile
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation
from tests.ui.command_line.commands import command
from tests.ui.window import DrivenWindow
from tests.virtual_hardware.test_tokens import PIN, SOFTHSM, Bench, softhsm, software_tpm
from ui.desktop.pages.own_password import OwnPasswordPage
from ui.desktop.pages.sign_in import SignInPage
from ui.presenters.sign_in import Why

pytestmark = pytest.mark.virtual

NEW = Secret.of("meadow copper tide violin")
NEWER = Secret.of("violin lantern ferry orchid")
OTHERS = Secret.of("nine ferry orchid lantern")


@dataclass
class TokenPost:
    """A post whose station reads the tokens of one library. ``take_away`` unplugs them."""

    station: OpenStation
    tokens: Pkcs11Tokens
    take_away: Callable[[], None]
    profile: KdfProfile = LIGHT

    def __post_init__(self) -> None:
        one = self.station
        self.door = FolderDoor(
            one.store_folder, one.events, one.clock, one.randomness, profile=self.profile, factors=self.tokens.factor
        )
        self.sign_ins = SignInService(self.door, one.clock, one.checkpoints, key_desk=self.door.desk)

    @contextmanager
    def session(self, name: str, password: Secret, pin: Secret | None = None) -> Iterator[Session]:
        session = self.sign_ins.sign_in(name, password, CancelToken(), pin=pin)
        try:
            yield session
        finally:
            session.end()

    def people(self, session: Session) -> PeopleService:
        one = self.station
        approvals = ApprovalService(session, self.door.desk, one.clock, one.randomness)
        return PeopleService(session, self.door.desk, approvals, one.clock, one.randomness)

    def put_token(self, name: str, old: Secret, new: Secret) -> None:
        """Somebody puts the token that is plugged in beside the own slot."""
        own = OwnToken(self.door.desk, self.tokens, name)
        seen = own.look(CancelToken())
        assert seen.problem is None
        assert "irina" in seen.present
        with self.session(name, old) as session:
            self.people(session).change_own_password(old, new, token=own.chosen("irina", PIN))


@pytest.fixture(params=["softhsm", "software tpm"])
def post(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TokenPost]:
    station = OpenStation(tmp_path)
    hardware = tmp_path / "hardware"
    hardware.mkdir()
    made: Iterator[Bench] = iter(())
    if request.param == "softhsm":
        bench = softhsm(hardware, monkeypatch)
        folder = hardware / "tokens"

        def take_away() -> None:
            folder.rename(hardware / "drawer")
            folder.mkdir()
            bench.tokens.close()  # who opens the drawer later must not find a library that remembers
    else:
        made = software_tpm(hardware, monkeypatch)
        bench = next(made)

        def take_away() -> None:
            bench.tokens.close()
            for _ in made:  # its end is the service's
                raise AssertionError("one bench each")

    yield TokenPost(station, bench.tokens, take_away)
    bench.tokens.close()
    for _ in made:
        raise AssertionError("one bench each")


def test_a_person_with_a_token_signs_in_with_its_pin_and_not_without_the_token(post: TokenPost) -> None:
    desk = post.door.desk
    assert not needs_pin(desk, "omar")
    post.put_token("omar", OFFICER_PASSWORD, NEW)
    assert needs_pin(desk, " Omar ")
    with post.session("omar", NEW, PIN) as session:
        assert session.officer.name == "omar"
    with pytest.raises(SignInRefused, match="PIN"), post.session("omar", NEW, Secret(b"999999")):
        pass
    with pytest.raises(SignInRefused), post.session("omar", OFFICER_PASSWORD, PIN):
        pass
    post.station.clock.at = post.station.clock.at.replace(hour=20)  # wrong tries make everybody wait
    post.take_away()
    with pytest.raises(DeviceError), post.session("omar", NEW, PIN):
        pass
    with post.session("irina", SUPERVISOR_PASSWORD) as session:
        assert session.officer.name == "irina", "nobody else needs it"


def test_whoever_has_a_token_takes_it_off_with_it_and_the_supervisor_without(post: TokenPost) -> None:
    post.put_token("omar", OFFICER_PASSWORD, NEW)
    with post.session("omar", NEW, PIN) as session:
        post.people(session).change_own_password(NEW, NEWER, pin=PIN)
    with post.session("omar", NEWER):
        pass
    post.put_token("omar", NEWER, OTHERS)
    post.take_away()
    with post.session("irina", SUPERVISOR_PASSWORD) as session:
        people = post.people(session)
        omar = next(one.officer.officer_id for one in people.people() if one.officer.name == "omar")
        one_time = people.reset_password(omar, SUPERVISOR_PASSWORD).one_time_password
    assert not needs_pin(post.door.desk, "omar")
    with post.session("omar", one_time) as session:
        assert session.officer.one_time


def test_the_last_supervisor_without_a_token_keeps_it_so(post: TokenPost) -> None:
    with pytest.raises(NotPermitted, match="Every supervisor"):
        post.put_token("irina", SUPERVISOR_PASSWORD, NEW)
    with post.session("irina", SUPERVISOR_PASSWORD):
        pass


def test_a_command_takes_the_pin_from_a_file_and_never_as_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A command accepts nothing cheaper than a station in service.
    station = OpenStation(tmp_path, profile=SERVICE)
    post = TokenPost(station, softhsm(tmp_path, monkeypatch).tokens, lambda: None, profile=SERVICE)
    post.put_token("omar", OFFICER_PASSWORD, NEW)
    post.tokens.close()
    settings, password, pin = (tmp_path / name for name in ("settings.toml", "password", "pin"))
    settings.write_text(f'[keys]\ntoken_module = "{SOFTHSM}"\n')
    password.write_bytes(NEW.reveal() + b"\n")
    pin.write_bytes(PIN.reveal() + b"\n")
    monkeypatch.setenv("HBM_STATION_SETTINGS", str(settings))
    asked = ("export", "--store", post.station.store_folder, "--user", "omar", "--password-file", password)
    words = (*asked, "--to", tmp_path / "stick", "--json")
    (tmp_path / "stick").mkdir()
    assert "--pin-file" in command(*words).error["next_step"]
    pin.write_bytes(b"999999\n")
    assert "PIN" in command(*words, "--pin-file", pin).error["cause"]
    pin.write_bytes(PIN.reveal() + b"\n")
    assert command(*words, "--pin-file", pin).error["kind"] == "NotPermitted"  # omar is in, and may not export


def test_a_token_is_put_beside_a_slot_and_asked_for_at_the_window_by_keys(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OpenStation(tmp_path)
    hardware = tmp_path / "hardware"
    hardware.mkdir()
    softhsm(hardware, monkeypatch).tokens.close()
    window = DrivenWindow(qtbot, tmp_path, token_module=str(SOFTHSM))
    try:
        window.sign_in("omar", OFFICER_PASSWORD)
        before = window.window.page
        window.control(Qt.Key.Key_F2)
        page = window.page_of(OwnPasswordPage)
        window.until(lambda: page.presenter.state.working is None, "the tokens that are there")
        window.press(Qt.Key.Key_Escape)
        assert window.window.page is before
        window.control(Qt.Key.Key_F2)
        page = window.page_of(OwnPasswordPage)
        window.until(lambda: "token" in page.form.fields, "the tokens that are there")
        for text in (OFFICER_PASSWORD, NEW, NEW):
            window.write(text.reveal().decode())
            window.press(Qt.Key.Key_Return)
        window.press(Qt.Key.Key_Return)
        window.press(Qt.Key.Key_Return)
        choices = page.form._question.fields[-2].choices if page.form._question else ()
        for _ in range([label for label, _ in choices].index("irina")):
            window.press(Qt.Key.Key_Down)
        window.press(Qt.Key.Key_Return)
        window.write(PIN.reveal().decode())
        window.press(Qt.Key.Key_Return)
        signing_in = window.page_of(SignInPage)
        assert window.desk.sign_in is not None
        assert window.desk.sign_in.state.why is Why.SIGNED_OUT
        window.until(lambda: window.desk.sign_in is not None and window.desk.sign_in.ready, "the closed store")
        window.write("omar")
        window.press(Qt.Key.Key_Return)
        window.until(signing_in.pin.isVisible, "the field for the PIN")
        _type(window, NEW, b"999999")
        window.until(signing_in.trouble.isVisible, "the refusal")
        assert "PIN" in window.said()
        assert signing_in.pin.text() == ""
        _type(window, NEW, PIN.reveal())
        window.until(lambda: not isinstance(window.window.page, SignInPage), "the first page")
    finally:
        window.close()
        window.house.tokens.close()


def _type(window: DrivenWindow, password: Secret, pin: bytes) -> None:
    window.write(password.reveal().decode())
    window.press(Qt.Key.Key_Return)
    window.write(pin.decode())
    window.press(Qt.Key.Key_Return)
