# SPDX-License-Identifier: Apache-2.0
"""A session opens with a trace, may do what its role may, and ends with the store closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.access.audit import Act
from station.access.roles import Permission
from station.access.sign_in import Session, SignInService
from station.domain.errors import Cancelled, NotPermitted, SignInRefused, StoreFull
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.keys import Opened
from station.ports.tasks import CancelToken
from storage.sqlcipher.audit_entries import AuditEntries
from tests.open_station import OFFICER_PASSWORD, OpenStation


@pytest.fixture
def station(tmp_path: Path) -> OpenStation:
    return OpenStation(tmp_path)


def acts(session: Session) -> list[tuple[str, str]]:
    """What the trail says since the store was made, and of whom."""
    with session.store.reading() as unit:
        return [(entry.act, entry.by) for entry in unit.audit.entries(after=3)]


def test_each_coming_and_going_is_in_the_trail(station: OpenStation) -> None:
    first = station.signed_in()
    station.sign_ins.sign_out(first)
    second = station.signed_in("omar", OFFICER_PASSWORD)
    station.sign_ins.lock(second)
    third = station.signed_in()
    irina, omar = first.officer.officer_id, second.officer.officer_id
    assert acts(third) == [
        (Act.SIGNED_IN, irina),
        (Act.SIGNED_OUT, irina),
        (Act.SIGNED_IN, omar),
        (Act.LOCKED, omar),
        (Act.SIGNED_IN, irina),
    ]
    station.sign_ins.sign_out(third)


def test_after_the_end_the_store_is_closed_and_nothing_is_allowed(station: OpenStation) -> None:
    session = station.signed_in()
    assert Permission.EXPORT in session.permissions
    station.sign_ins.lock(session)
    assert session.ended
    assert session.permissions == frozenset()
    with pytest.raises(SignInRefused, match="Nobody is signed in"):
        session.require(Permission.INSPECT)
    with pytest.raises(Exception, match="closed"), session.store.reading():
        pass


def test_ending_twice_does_nothing_more(station: OpenStation) -> None:
    session = station.signed_in()
    station.sign_ins.sign_out(session)
    station.sign_ins.lock(session)
    again = station.signed_in()
    assert [act for act, _ in acts(again)] == [Act.SIGNED_IN, Act.SIGNED_OUT, Act.SIGNED_IN]
    station.sign_ins.sign_out(again)


def test_an_act_outside_the_role_names_the_role_to_ask(station: OpenStation) -> None:
    session = station.signed_in("omar", OFFICER_PASSWORD)
    session.require(Permission.DECIDE)
    with pytest.raises(NotPermitted) as refused:
        session.require(Permission.EXPORT)
    assert refused.value.cause.in_english() == "The role officer may not do this."
    assert refused.value.next_step.in_english() == "Ask for: supervisor."
    station.sign_ins.sign_out(session)


def test_a_wrong_password_opens_nothing(station: OpenStation) -> None:
    with pytest.raises(SignInRefused):
        station.signed_in("irina", OFFICER_PASSWORD)
    session = station.signed_in()
    station.sign_ins.sign_out(session)


def test_whoever_cannot_be_written_into_the_trail_is_not_signed_in(
    station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreFull(say("The disk is full."), say("Make room."))

    monkeypatch.setattr(AuditEntries, "append", full)
    with pytest.raises(StoreFull):
        station.signed_in()
    monkeypatch.undo()
    session = station.signed_in()  # nobody holds the store
    monkeypatch.setattr(AuditEntries, "append", full)
    with pytest.raises(StoreFull):
        station.sign_ins.sign_out(session)
    monkeypatch.undo()
    assert session.ended  # leaving closes the store all the same
    station.sign_ins.sign_out(station.signed_in())


def test_a_stop_while_the_store_opens_signs_nobody_in(station: OpenStation) -> None:
    cancel = CancelToken()

    class StoppedDoor:
        """The real door, at which the officer gives up at the last moment."""

        exists, kind, create = station.door.exists, station.door.kind, station.door.create

        def unlock(self, name: str, password: Secret, *, cancel: CancelToken, pin: Secret | None = None) -> Opened:
            answer = station.door.unlock(name, password, cancel=cancel, pin=pin)
            cancel.cancel()
            return answer

    with pytest.raises(Cancelled):
        SignInService(StoppedDoor(), station.clock, station.checkpoints).sign_in("omar", OFFICER_PASSWORD, cancel)
    session = station.signed_in()
    assert [act for act, _ in acts(session)] == [Act.SIGNED_IN]
    station.sign_ins.sign_out(session)
