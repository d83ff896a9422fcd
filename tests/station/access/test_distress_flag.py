# SPDX-License-Identifier: Apache-2.0
"""The silent flag is raised where somebody tries to keep it from being raised, and the disk does not tell of it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from station.access import distress
from station.access.acceptance import AcceptanceService
from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService
from station.access.audit import Act
from station.access.people import PeopleService
from station.access.sign_in import Session
from station.domain.errors import DeviceFault, StoreFull
from station.domain.secrets import Secret
from station.domain.wire import from_json, to_json
from station.domain.words import say
from station.exporting.manifest import Manifest
from station.exporting.packages import ExportService
from station.ports.storage import Officer
from station.ports.tasks import CancelToken
from storage.doors.ring import FolderKeyRing
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation

FORCED = Secret.of("thistle harbour nine owls")
NEW = Secret.of("slate pencil winter moth")


@pytest.fixture
def station(tmp_path: Path) -> OpenStation:
    """A post whose supervisor has a distress password."""
    made = OpenStation(tmp_path)
    session = made.signed_in()
    people(made, session).change_own_password(SUPERVISOR_PASSWORD, NEW, distress_password=FORCED)
    made.sign_ins.sign_out(session)
    return made


def people(station: OpenStation, session: Session) -> PeopleService:
    """People at this window."""
    return PeopleService(session, station.door.desk, approvals(station, session), station.clock, station.randomness)


def approvals(station: OpenStation, session: Session) -> ApprovalService:
    """Approvals at this window."""
    return ApprovalService(session, station.door.desk, station.clock, station.randomness)


def take_anchors(station: OpenStation) -> None:
    """What whoever has the folder can do: the store is then opened to be read."""
    shutil.rmtree(station.store_folder.with_name(f"{station.store_folder.name}-anchors"))


def visit(station: OpenStation, password: Secret) -> Sequence[str]:
    """Sign in and out; what did not fit then."""
    session = station.signed_in("irina", password)
    assert session.store.read_only is not None
    kinds = [one.kind.value for one in session.store.anchor_findings]
    station.sign_ins.sign_out(session)
    return kinds


def flags(station: OpenStation) -> list[str]:
    """The acts of every flag that is kept, and nothing of it is on the trail."""
    session = station.signed_in("irina", NEW)
    with session.store.reading() as unit:
        kept = [flag.act for flag in distress.raised(unit.settings)]
    station.sign_ins.sign_out(session)
    return kept


def entries(station: OpenStation) -> int:
    """How long the trail is, where nothing may be added to it."""
    session = station.signed_in("irina", NEW)
    with session.store.reading() as unit:
        head = unit.audit.head()
    station.sign_ins.sign_out(session)
    return 0 if head is None else head.sequence


def test_taking_the_anchors_away_does_not_end_the_flag(station: OpenStation) -> None:
    take_anchors(station)
    before = visit(station, NEW)
    length = entries(station)
    assert flags(station) == []
    assert visit(station, FORCED) == before
    assert visit(station, FORCED) == before
    assert flags(station) == [Act.SIGNED_IN, Act.SIGNED_IN]
    assert entries(station) == length
    assert visit(station, NEW) == before


def test_a_calm_sign_in_writes_into_such_a_store_as_well(station: OpenStation) -> None:
    take_anchors(station)
    database = station.store_folder / "border.db"
    for password in (NEW, FORCED, NEW, NEW):
        before = database.read_bytes()
        visit(station, password)
        assert database.read_bytes() != before


def test_such_a_flag_leaves_with_the_first_export_after_two_people_went_on(
    station: OpenStation, tmp_path: Path
) -> None:
    take_anchors(station)
    visit(station, FORCED)
    session = station.signed_in("irina", NEW)
    asking = approvals(station, session)
    acceptance = AcceptanceService(session, asking, station.checkpoints, station.clock)
    for name in acceptance.waiting():
        request = acceptance.ask(name)
        asking.decide(request.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
        acceptance.accept(name, request.request_id)
    assert session.store.strayed_tables(CancelToken()) == ()
    station.keep(session, *station.encounter())
    stick = tmp_path / "stick"
    stick.mkdir()
    service = ExportService(session, station.sealer, station.clock, station.checkpoints)
    outcome = service.export(stick, None, CancelToken(), lambda done, of: None)
    station.sign_ins.sign_out(session)
    opened = station.sealer.open(outcome.bundle.path, signer=station.public_key, identity=station.identity)
    assert [flag.act for flag in from_json(Manifest, to_json(opened.manifest)).distress] == [Act.SIGNED_IN]


def omar_of(session: Session) -> Officer:
    """Omar's row."""
    with session.store.reading() as unit:
        found = unit.officers.by_name("omar")
    assert found is not None
    return found


def told_of(session: Session, officer: Officer) -> list[str]:
    """What the trail says of a person."""
    with session.store.reading() as unit:
        return [entry.act for entry in unit.audit.entries() if entry.subject == officer.officer_id]


def full(*_: object, **__: object) -> str:
    """A disk that takes no key file any more."""
    raise StoreFull(say("The disk is full."), say("Make room."))


@pytest.mark.parametrize(("password", "kept"), [(FORCED, [Act.SIGNED_IN, Act.RESET_BEGUN]), (NEW, [])])
def test_a_reset_that_was_cut_short_is_on_the_trail_and_flagged(
    station: OpenStation, monkeypatch: pytest.MonkeyPatch, password: Secret, kept: list[str]
) -> None:
    session = station.signed_in("irina", password)
    omar = omar_of(session)
    before = told_of(session, omar)
    monkeypatch.setattr(FolderKeyRing, "change_password", full)
    with pytest.raises(StoreFull):
        people(station, session).reset_password(omar.officer_id, password)
    monkeypatch.undo()
    assert omar_of(session).one_time
    assert told_of(session, omar) == [*before, Act.RESET_BEGUN]
    station.sign_ins.sign_out(session)
    assert flags(station) == kept


def test_a_token_that_stays_under_distress_refuses_a_reset_before_the_person_is_changed(
    station: OpenStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the doors say of a colleague with a token: tests/storage/doors/test_under_distress.py."""
    fault = DeviceFault(say("The token is not ready."), say("Plug it in."))

    def not_ready(ring: FolderKeyRing, name: str, factor: object) -> None:
        assert (name, factor, ring.distress) == ("omar", None, True)
        raise fault

    session = station.signed_in("irina", FORCED)
    omar = omar_of(session)
    before = told_of(session, omar)
    monkeypatch.setattr(FolderKeyRing, "refuse_other_token", not_ready)
    with pytest.raises(DeviceFault):
        people(station, session).reset_password(omar.officer_id, FORCED)
    assert omar_of(session) == omar
    assert told_of(session, omar) == before
    station.sign_ins.sign_out(session)
