# SPDX-License-Identifier: Apache-2.0
"""Under distress nothing is seen of what was there before; nothing is lost, and nothing new can be forgotten."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_type_hints

import pytest

from station.access import reduced_view_rows
from station.access.approval_rules import ApprovalKind, Verdict
from station.access.approvals import ApprovalService
from station.access.audit import Act
from station.access.audit_service import AuditService, Depth, EntryFilter
from station.access.people import NewPerson, PeopleService
from station.access.reduced_view import ReducedStore, ReducedUnit
from station.access.sign_in import Session
from station.domain.encounter import EncounterStatus
from station.domain.errors import ExportError, NotPermitted, RecordConflict
from station.domain.identifiers import EncounterId, ImageId, OfficerId, PersonId
from station.domain.secrets import Secret
from station.domain.wire import from_json, to_json
from station.exporting.manifest import Manifest
from station.exporting.packages import ExportService
from station.inspection.records import RecordsService
from station.ports.export_rows import ExportRecord
from station.ports.journal_rows import JournalEntry
from station.ports.retention import ErasureRecord, OverdueItem, Part, RecordCategory
from station.ports.safekeeping import ApprovalRecord, LegalHold
from station.ports.storage import RoleName, SearchQuery, Store, StoreName, UnitOfWork
from station.ports.tasks import CancelToken
from storage.sqlcipher.unit_of_work import SqlcipherUnitOfWork
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation
from tests.station.access.old_things import fill_seldom
from tests.storage.sqlcipher.specimens import BIRTH, NOON, document, encounter, picture

FORCED = Secret.of("thistle harbour nine owls")
OLD, OLD_PICTURE, OLD_PERSON = EncounterId("old-1"), ImageId("old-picture"), PersonId("old-person")
BYTES = b"\xff\xd8\xff of somebody"
BY = OfficerId("officer-1")
LATER = NOON + timedelta(days=9000)

#: Repositories that are given out whole: what each of their methods shows, and why that may be seen.
WHOLE = {
    "officers": {"add", "get", "replace", "by_name", "all"},  # colleagues: whoever stands there knows them
    "settings": {"get", "put"},  # keys and numbers of the station, which no page shows
    "outbox": {"put", "waiting", "delivered"},  # rows of people, from store to store
    "inbox": {"take"},  # numbers
    "shifts": {"add", "replace", "last", "newest"},  # counts, and who answered
}
SUMMARY = ApprovalRecord(
    approval_id="old-approval",
    kind=ApprovalKind.ERASURE.value,
    subject="old-erasure",
    shown=b"{}",
    shown_sha256="00",
    asked_by=BY,
    asked_at=NOON,
    expires_at=LATER,
)
DECIDED = replace(SUMMARY, verdict="approved", decided_by=OfficerId("officer-2"), decided_at=NOON)
HOLD = LegalHold(hold_id="old-hold", encounter_id=OLD, reason="court of Utopia", placed_by=BY, placed_at=NOON)
ERASURE = ErasureRecord(erasure_id="old-erasure", approval_id="old-approval", asked_by=BY, asked_at=NOON, body=b"[]")
EXPORT = ExportRecord(sequence=1, name="old", made_at=NOON, made_by=BY, bundle_sha256="ab", encounters=1)
ITEM = OverdueItem(encounter_id=OLD, part=Part.RECORD, category=RecordCategory.ADMITTED, ended_at=NOON, version=1)
STEP = JournalEntry(encounter_id=OLD, sequence=2, kind="Parked", body=b"{}", at=NOON, by=BY)


def fill(unit: UnitOfWork) -> None:
    """One of everything that can be kept about a traveller."""
    image = picture(OLD_PICTURE, BYTES)
    holder = document(primary="ERIKSSON")
    unit.images.add(image, BYTES, encounter_id=OLD)
    unit.encounters.add_version(encounter(OLD, holder=holder, person=OLD_PERSON, images=(image,)))
    unit.encounters.add_version(encounter("old-2", holder=holder, person=OLD_PERSON))
    unit.encounters.add_version(encounter("old-open", status=EncounterStatus.PARKED, minutes=5))
    unit.journal.append(replace(STEP, sequence=1))
    unit.approvals.add(SUMMARY)
    unit.holds.place(HOLD)
    unit.retention.add_erasure(ERASURE)
    unit.exports.add(EXPORT, [(EncounterId("old-2"), 1)])
    for act in (Act.ENCOUNTER_RECORDED, Act.NOTICE_PRINTED, Act.HOLD_PLACED):
        unit.audit.append(at=NOON, by=BY, act=act, subject=OLD, details={})
    unit.audit.append(at=NOON, by=BY, act=Act.APPROVAL_ASKED, subject="old-approval", details={})
    unit.commit()


def refused(act: Callable[[], object]) -> str:
    """Nothing, when an act on what is not seen is refused."""
    with pytest.raises(RecordConflict):
        act()
    return ""


Sees = Callable[[UnitOfWork], object]

#: What each method gives out of what was there before: nothing. A method that is missing here fails the walk.
NOTHING: dict[str, dict[str, Sees]] = {
    "encounters": {
        "add_version": lambda unit: refused(lambda: unit.encounters.add_version(encounter(OLD, version=2))),
        "get": lambda unit: unit.encounters.get(OLD) or unit.encounters.get(OLD, version=1),
        "versions": lambda unit: unit.encounters.versions(OLD),
        "unfinished": lambda unit: unit.encounters.unfinished(),
        "owing_notice": lambda unit: unit.encounters.owing_notice(since=NOON - timedelta(days=1)),
        "search": lambda unit: unit.encounters.search(SearchQuery()),
        "of_document": lambda unit: unit.encounters.of_document("UTO", "L898902C3"),
        "of_name_and_birth": lambda unit: unit.encounters.of_name_and_birth("ERIKSSON", "ANNA MARIA", BIRTH),
        "of_person": lambda unit: unit.encounters.of_person(OLD_PERSON),
        "waiting_for_export": lambda unit: unit.encounters.waiting_for_export(limit=100),
        "count": lambda unit: unit.encounters.count(EncounterStatus.RECORDED, since=NOON - timedelta(days=1)),
        "body_hash": lambda unit: unit.encounters.body_hash(OLD, 1),
        "recorded_bodies": lambda unit: list(unit.encounters.recorded_bodies()),
        "strayed_rows": lambda unit: list(unit.encounters.strayed_rows()),
    },
    "journal": {
        "append": lambda unit: refused(lambda: unit.journal.append(STEP)),
        "of": lambda unit: unit.journal.of(OLD),
        "recorded_steps": lambda unit: list(unit.journal.recorded_steps()),
    },
    "images": {
        "add": lambda unit: None,  # what is added is seen: below
        "data": lambda unit: unit.images.data(OLD_PICTURE),
        "erased": lambda unit: unit.images.erased(OLD_PICTURE),
        "recorded_hashes": lambda unit: list(unit.images.recorded_hashes()),
    },
    "audit": {
        "vouch": lambda unit: None,  # makes a hash
        "append": lambda unit: None,
        "entries": lambda unit: [one for one in unit.audit.entries() if one.subject.startswith("old-")],
        "newest": lambda unit: [one for one in unit.audit.newest() if one.subject.startswith("old-")],
        "entry": lambda unit: None,  # one entry by its number: identifiers, to compare a hash with
        "head": lambda unit: None,
    },
    "exports": {
        "last": lambda unit: None,  # what left: numbers
        "all": lambda unit: None,
        "add": lambda unit: None,
        "keep_receipt": lambda unit: None,
        "exports_of": lambda unit: unit.exports.exports_of(EncounterId("old-2")),
    },
    "approvals": {
        "add": lambda unit: None,
        "get": lambda unit: unit.approvals.get("old-approval"),
        "decide": lambda unit: unit.approvals.decide(DECIDED),
        "use": lambda unit: unit.approvals.use("old-approved", LATER),
        "erase_shown": lambda unit: unit.approvals.erase_shown("old-erasure"),
        "undecided": lambda unit: unit.approvals.undecided(),
        "newest": lambda unit: unit.approvals.newest(100),
    },
    "holds": {
        "place": lambda unit: refused(lambda: unit.holds.place(replace(HOLD, hold_id="another"))),
        "lift": lambda unit: unit.holds.lift("old-hold", by=BY, at=LATER),
        "in_force": lambda unit: unit.holds.in_force(),
        "all": lambda unit: unit.holds.all(),
    },
    "retention": {
        "overdue_records": lambda unit: [
            *(one for each in RecordCategory for one in unit.retention.overdue_records(each, before=LATER, limit=9))
        ],
        "overdue_unfinished": lambda unit: unit.retention.overdue_unfinished(before=LATER, limit=9),
        "overdue_pictures": lambda unit: [
            *unit.retention.overdue_pictures(RecordCategory.ADMITTED, before=LATER, limit=9)
        ],
        "overdue_steps": lambda unit: unit.retention.overdue_steps(before=LATER, limit=9),
        "judged": lambda unit: unit.retention.judged(OLD, Part.RECORD),
        "letting_go": lambda unit: None,
        "erase": lambda unit: refused(lambda: unit.retention.erase(ITEM)),
        "erase_delivered_messages": lambda unit: unit.retention.erase_delivered_messages(before=LATER),
        "note_receipt": lambda unit: None,  # by the number of an export
        "without_receipt": lambda unit: None,  # numbers of exports
        "add_erasure": lambda unit: None,
        "put_erasure": lambda unit: refused(lambda: unit.retention.put_erasure(ERASURE)),
        "erasures": lambda unit: unit.retention.erasures(limit=9),
    },
}


#: Methods that give out nothing about a traveller to anybody: why stands beside each above.
TELLS_NOTHING = {
    *(("images", "add"), ("approvals", "add"), ("retention", "add_erasure"), ("retention", "letting_go")),
    *(("audit", each) for each in ("vouch", "append", "entry", "head")),
    *(("exports", each) for each in ("last", "all", "add", "keep_receipt")),
    *(("retention", each) for each in ("note_receipt", "without_receipt")),
}


def answered(question: Sees, unit: UnitOfWork) -> bool:
    """Whether a question has an answer, or an act is not refused."""
    try:
        with unit.retention.letting_go():  # the permission of the database to erase
            return bool(question(unit))
    except pytest.fail.Exception:  # what it does was not refused
        return True


@pytest.fixture
def station(tmp_path: Path) -> OpenStation:
    """A post with records; Irina the supervisor has a distress password."""
    made = OpenStation(tmp_path)
    with session_of(made, SUPERVISOR_PASSWORD) as irina:
        with irina.store.unit_of_work() as unit:
            fill(unit)
        own = people(made, irina)
        own.change_own_password(SUPERVISOR_PASSWORD, NEW, distress_password=FORCED)
    return made


NEW = Secret.of("slate pencil winter moth")


class session_of(AbstractContextManager[Session]):
    """Somebody signed in, and out again."""

    def __init__(self, station: OpenStation, password: Secret, name: str = "irina") -> None:
        self._station = station
        self._session = station.signed_in(name, password)

    def __enter__(self) -> Session:
        return self._session

    def __exit__(self, *_: object) -> None:
        self._station.sign_ins.sign_out(self._session)


def approvals(station: OpenStation, session: Session) -> ApprovalService:
    """Approvals at this window."""
    return ApprovalService(session, station.door.desk, station.clock, station.randomness)


def people(station: OpenStation, session: Session) -> PeopleService:
    """People at this window."""
    desk = station.door.desk
    return PeopleService(session, desk, approvals(station, session), station.clock, station.randomness)


def methods(protocol: type) -> set[str]:
    """The methods of a port."""
    return {name for name, value in vars(protocol).items() if callable(value) and not name.startswith("_")}


def repositories() -> dict[str, type]:
    """Every repository of a unit of work, by its name there."""
    found = {}
    for name, value in vars(UnitOfWork).items():
        if isinstance(value, property) and value.fget is not None:
            found[name] = get_type_hints(value.fget)["return"]
    return found


def test_every_method_of_every_repository_was_thought_of() -> None:
    found = {name: methods(protocol) for name, protocol in repositories().items()}
    assert found == {**{name: set(each) for name, each in NOTHING.items()}, **WHOLE}
    assert len(found) == 13


def test_what_is_not_written_down_does_not_exist() -> None:
    for name, table in NOTHING.items():
        fget = getattr(ReducedUnit, name).fget
        reduced = get_type_hints(fget)["return"]
        assert reduced.__module__.startswith("station.access.reduced_view_")
        assert not hasattr(reduced, "__getattr__")
        assert {one for one in dir(reduced) if not one.startswith("_")} == set(table)
    assert {one for one in dir(ReducedStore) if not one.startswith("_")} == {
        *methods(Store),
        *(name for name, value in vars(Store).items() if isinstance(value, property)),
    }


#: The first words of acts that are shown whoever signed in: people, devices, files and counts, and no traveller.
SHOWN_ACTS = {
    *("access", "audit", "backup", "clock", "counter", "device", "export", "headquarters"),
    *("person", "recovery", "retention", "shift", "store"),  # a person of the post
}


def test_every_act_of_the_trail_is_shown_to_anybody_or_only_for_what_is_seen() -> None:
    kinds = {act.value.partition(".")[0] for act in Act}
    about = {kind for kind in kinds if f"{kind}.".startswith(reduced_view_rows.ABOUT)}
    assert kinds - about == SHOWN_ACTS


@pytest.mark.parametrize(("name", "method"), [(name, each) for name, table in NOTHING.items() for each in table])
def test_nothing_is_seen_of_what_was_there_before(station: OpenStation, name: str, method: str) -> None:
    question = NOTHING[name][method]
    with session_of(station, NEW) as calm:
        with calm.store.unit_of_work() as whole:
            assert isinstance(whole, SqlcipherUnitOfWork)
            fill_seldom(whole, SUMMARY, OLD_PICTURE)
        if (name, method) not in TELLS_NOTHING:
            with calm.store.unit_of_work() as unit:  # taken back at the end
                assert answered(question, unit)  # the same question, asked in freedom
    with session_of(station, FORCED) as forced, forced.store.unit_of_work() as unit:
        assert not question(unit)


def test_what_is_begun_under_distress_is_seen_over_locks_and_kept_for_ever(station: OpenStation) -> None:
    new, pictures = station.encounter(images=2)
    with session_of(station, FORCED) as forced:
        station.keep(forced, new, pictures)
    forced = station.signed_in("irina", FORCED)
    station.sign_ins.lock(forced)
    with session_of(station, FORCED) as forced:
        records = RecordsService(forced, station.clock)
        assert [row.encounter_id for row in records.search(SearchQuery())] == [new.encounter_id]
        assert all(records.image(reference) for reference in new.images)
        assert records.view(OLD) is None
        with forced.store.reading() as unit:
            assert unit.encounters.count(EncounterStatus.RECORDED, since=NOON - timedelta(days=9)) == 1
            assert set(unit.encounters.waiting_for_export(limit=9)) == {new.encounter_id}
    with session_of(station, NEW) as calm:
        found = RecordsService(calm, station.clock).search(SearchQuery())
        assert {row.encounter_id for row in found} == {new.encounter_id, OLD, "old-2", "old-open"}
    with session_of(station, FORCED) as forced:  # another day: those of the last time are protected now
        assert RecordsService(forced, station.clock).search(SearchQuery()) == ()


def test_a_search_looks_below_what_others_recorded_since(station: OpenStation) -> None:
    mine, _ = station.encounter()
    with session_of(station, FORCED) as forced:
        station.keep(forced, mine, {})
    with session_of(station, OFFICER_PASSWORD, "omar") as calm:
        for _ in range(7):
            station.keep(calm, *station.encounter())
    with session_of(station, FORCED) as forced, forced.store.reading() as unit:
        assert [row.encounter_id for row in unit.encounters.search(SearchQuery(limit=2))] == [mine.encounter_id]


def test_an_export_takes_everything_along_and_counts_what_is_seen(station: OpenStation, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    told: list[tuple[int, int]] = []
    with session_of(station, FORCED) as forced:
        service = ExportService(forced, station.sealer, station.clock, station.checkpoints)
        assert service.waiting() == 0
        with pytest.raises(ExportError, match="Nothing is waiting"):
            service.export(stick, None, CancelToken(), lambda done, of: None)
        station.keep(forced, *station.encounter(images=1))
        assert service.waiting() == 1
        outcome = service.export(stick, None, CancelToken(), lambda done, of: told.append((done, of)))
        assert (outcome.record.encounters, outcome.images, outcome.left_waiting) == (1, 1, 0)
        assert [(one.sequence, one.encounters) for one in service.completed()] == [(2, 1), (1, 1)]
        assert {of for _, of in told} == {1}
        trail = AuditService(forced, station.sealer, station.clock)
        (done,) = trail.entries(StoreName.BORDER, EntryFilter(act=Act.EXPORT_COMPLETED), CancelToken())
        assert done.details["encounters"] == "1"
    opened = station.sealer.open(outcome.bundle.path, signer=station.public_key, identity=station.identity)
    manifest = from_json(Manifest, to_json(opened.manifest))
    assert manifest.counts.encounters == 2  # old-2 had left before
    assert [flag.act for flag in manifest.distress] == [Act.SIGNED_IN]
    with session_of(station, NEW) as calm:
        service = ExportService(calm, station.sealer, station.clock, station.checkpoints)
        assert [one.encounters for one in service.completed()] == [2, 1]


def test_the_trail_is_judged_whole_and_shown_reduced(station: OpenStation) -> None:
    with session_of(station, FORCED) as forced:
        trail = AuditService(forced, station.sealer, station.clock)
        entries = trail.entries(StoreName.BORDER, EntryFilter(), CancelToken())
        assert not [one for one in entries if one.act.startswith(("encounter.", "approval.", "hold.", "notice."))]
        numbers = trail.verify(StoreName.BORDER, Depth.TRAIL).head
        assert trail.stores() == (StoreName.BORDER,)
    with session_of(station, NEW) as calm:
        assert AuditService(calm, station.sealer, station.clock).verify(StoreName.BORDER, Depth.TRAIL).head != numbers


@pytest.mark.parametrize("kind", [ApprovalKind.OVERRIDE, ApprovalKind.ERASURE, ApprovalKind.RECIPIENT_CHANGE])
def test_two_forced_people_let_a_traveller_pass_and_destroy_nothing(station: OpenStation, kind: ApprovalKind) -> None:
    with session_of(station, FORCED) as forced:
        service = approvals(station, forced)
        shown = {"record": "record-1", "reason": "court order 7"}
        request = service.ask(kind, "record-1", shown)
        assert [one.request_id for one in service.inbox()] == [request.request_id]
        service.decide(request.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
        if kind is ApprovalKind.OVERRIDE:
            service.require_approved(request.request_id, kind, "record-1", shown)
        else:
            with pytest.raises(NotPermitted, match="does not fit"):
                service.require_approved(request.request_id, kind, "record-1", shown)


def test_the_page_of_people_does_not_end_it(station: OpenStation) -> None:
    """The hole that a reviewer found: the coercer changes the password, and is in with everything."""
    demanded = Secret.of("what the other one demanded")
    with session_of(station, FORCED) as forced:
        people(station, forced).change_own_password(FORCED, demanded, distress_password=Secret.of("one more of them"))
    with session_of(station, demanded) as again:
        assert again.distress
        assert RecordsService(again, station.clock).search(SearchQuery()) == ()
        assert set(again.stores) == {StoreName.BORDER}
        states = {one.officer.name: one.state for one in people(station, again).people()}
        assert {state.value for state in states.values()} == {"active"}
    with session_of(station, NEW) as calm:
        assert not calm.distress
        assert len(RecordsService(calm, station.clock).search(SearchQuery())) == 3
        assert set(calm.stores) == {StoreName.BORDER, StoreName.ENFORCEMENT}
        verdict = AuditService(calm, station.sealer, station.clock).verify(StoreName.BORDER, Depth.EVERYTHING)
        assert not [one for one in verdict.findings if "person" in one.kind.value]
        with calm.store.reading() as unit:
            keys = [one.details["public_key"] for one in unit.audit.entries(act=Act.PASSWORD_CHANGED)]
        assert len(keys) == len(set(keys)) == 2  # as after any change


def test_no_account_that_somebody_demands_leads_out_of_it(station: OpenStation) -> None:
    """A new officer, a colleague's reset: the one-time password and whatever is chosen after it stay forced."""
    stranger = NewPerson(name="stranger", display_name="S", role=RoleName.OFFICER)
    chosen = Secret.of("chosen by the stranger")
    with session_of(station, FORCED) as forced:
        service = people(station, forced)
        added = service.add(stranger, FORCED)
        omar = next(one.officer for one in service.people() if one.officer.name == "omar")
        reset = service.reset_password(omar.officer_id, FORCED)
        for role in (RoleName.SUPERVISOR, RoleName.FOCAL_POINT, RoleName.AUDITOR):
            with pytest.raises(NotPermitted, match="no key"):
                service.add(replace(stranger, name=f"s-{role.value}", role=role), FORCED)
            with pytest.raises(NotPermitted, match="no key"):
                service.change_role(omar.officer_id, role, FORCED)
    for name, one_time in (("stranger", added.one_time_password), ("omar", reset.one_time_password)):
        with session_of(station, one_time, name) as first:
            assert first.distress
            people(station, first).change_own_password(one_time, chosen)
        with session_of(station, chosen, name) as again:
            assert again.distress
            assert RecordsService(again, station.clock).search(SearchQuery()) == ()
    with session_of(station, OFFICER_PASSWORD, "omar") as free:
        assert not free.distress
        assert len(RecordsService(free, station.clock).search(SearchQuery())) == 3
    with session_of(station, NEW) as calm:
        names = {one.officer.name for one in people(station, calm).people()}
        assert names == {"irina", "omar", "stranger"}
