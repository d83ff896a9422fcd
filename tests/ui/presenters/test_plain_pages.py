# SPDX-License-Identifier: Apache-2.0
"""Sign-in, first start, records, export and frame, without a window: real store, real seal, work that runs in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from devices.registry import Registry
from station.access.approvals import ApprovalService
from station.access.roles import allowed
from station.access.sign_in import Session
from station.domain.checks import CheckResult
from station.domain.errors import StoreMissing
from station.domain.words import Text, say
from station.exporting.packages import ExportService
from station.exporting.receipts import ReceiptService
from station.inspection.effects import Outside
from station.inspection.records import RecordsService
from station.inspection.rules import PostRules
from station.inspection.service import InspectionService
from station.inspection.state import Place
from station.optical.pictures import SafePictures
from station.ports.devices import DOCUMENT_SCANNER, PRINTER, DeviceInfo, DeviceState, Health, HealthState
from station.ports.exchange import TargetState
from station.ports.storage import RoleName, StoreKind
from storage.exchange.stick import FolderTargets
from tests.open_station import OFFICER_PASSWORD, OpenStation
from tests.ui.desk import KnownEngine, PlainPress, SteppedTasks, decode_here
from ui.bootstrap.house import House
from ui.host import SystemClock
from ui.practice import spoken_password
from ui.presenters.correction import REASON
from ui.presenters.export import ExportPresenter, ExportStage
from ui.presenters.first_start import FirstStartPresenter, PersonForm, Stage, StationForm, wrong_fields
from ui.presenters.frame import Room, device_lines, rooms_for
from ui.presenters.idle import IdleWatch
from ui.presenters.records import RecordsPresenter
from ui.presenters.showing import Trouble
from ui.presenters.sign_in import Phase, SignInPresenter, Why
from ui.translation import Translator


@dataclass(slots=True)
class Opened:
    """Keeps the sessions that were opened."""

    sessions: list[Session] = field(default_factory=list)


@pytest.fixture
def station(tmp_path: Path) -> OpenStation:
    return OpenStation(tmp_path)


# ── signing in ─────────────────────────────────────────────────────────────────────────────────────────────────


def _signing_in(station: OpenStation, tasks: SteppedTasks, opened: Opened) -> SignInPresenter:
    return SignInPresenter(station.sign_ins, tasks, opened.sessions.append, why=Why.START)


def test_the_right_password_opens_one_session(station: OpenStation) -> None:
    tasks, opened = SteppedTasks(), Opened()
    presenter = _signing_in(station, tasks, opened)
    presenter.submit(" Omar ", OFFICER_PASSWORD.reveal().decode())
    presenter.submit("omar", "a second try meanwhile")
    assert presenter.state.phase is Phase.UNLOCKING
    tasks.all()
    assert [session.officer.name for session in opened.sessions] == ["omar"]
    opened.sessions[0].end()


def test_a_wrong_password_names_cause_and_next_step(station: OpenStation) -> None:
    tasks, opened = SteppedTasks(), Opened()
    presenter = _signing_in(station, tasks, opened)
    presenter.submit("omar", "not this one at all")
    tasks.all()
    assert opened.sessions == []
    assert presenter.state.tries == 1
    assert presenter.state.trouble is not None
    assert presenter.state.trouble.cause.in_english() == "The name or the password is not right."


def test_a_store_that_another_program_holds_is_told_as_such(station: OpenStation) -> None:
    tasks, opened = SteppedTasks(), Opened()
    other = station.signed_in()
    presenter = _signing_in(station, tasks, opened)
    presenter.submit("omar", OFFICER_PASSWORD.reveal().decode())
    tasks.all()
    other.end()
    assert presenter.state.trouble is not None
    assert (
        "in use" in presenter.state.trouble.cause.in_english() or "open" in presenter.state.trouble.cause.in_english()
    )


def test_what_is_typed_while_the_session_before_closes_waits_for_its_end(station: OpenStation) -> None:
    tasks, opened = SteppedTasks(), Opened()
    before = station.signed_in()
    presenter = _signing_in(station, tasks, opened)
    presenter.closing()
    presenter.submit("omar", OFFICER_PASSWORD.reveal().decode())
    assert presenter.state.phase is Phase.UNLOCKING
    tasks.all()
    assert opened.sessions == []
    station.sign_ins.lock(before)
    presenter.closed()
    tasks.all()
    assert [session.officer.name for session in opened.sessions] == ["omar"]
    opened.sessions[0].end()


def test_a_try_that_was_stopped_leaves_no_store_open(station: OpenStation) -> None:
    tasks, opened = SteppedTasks(), Opened()
    presenter = _signing_in(station, tasks, opened)
    presenter.submit("omar", OFFICER_PASSWORD.reveal().decode())
    presenter.cancel()
    tasks.all()
    assert opened.sessions == []
    assert presenter.ready
    assert presenter.state.trouble is None
    station.signed_in().end()  # nobody else holds it


# ── the first start ────────────────────────────────────────────────────────────────────────────────────────────


def _form(recipient: str) -> StationForm:
    first, second = "lantern orchid ferry nine", "copper meadow violin tide"
    return StationForm(
        post="Utopia East",
        station="East 1",
        lane="1",
        kind=StoreKind.LIVE,
        recipient=recipient,
        people=(
            PersonForm(name="irina", display_name="Irina", role=RoleName.SUPERVISOR, password=first, again=first),
            PersonForm(name="omar", display_name="Omar", role=RoleName.OFFICER, password=second, again=second),
        ),
    )


def test_a_third_person_may_stay_empty_and_counts_as_soon_as_something_is_typed(station: OpenStation) -> None:
    sealer = station.sealer
    form = _form(station.recipient)
    third = "granite lullaby onion west"
    technician = PersonForm(
        name="tess", display_name="T. Technician", role=RoleName.TECHNICIAN, password=third, again=third
    )
    empty = PersonForm(role=RoleName.TECHNICIAN)
    assert wrong_fields(replace(form, people=(*form.people, empty)), sealer) == {}
    assert replace(form, people=(*form.people, empty)).filled_in == form.people
    assert wrong_fields(replace(form, people=(*form.people, technician)), sealer) == {}
    half = replace(form, people=(*form.people, replace(technician, again="")))
    assert set(wrong_fields(half, sealer)) == {"person3.again"}
    twin = replace(form, people=(*form.people, replace(technician, name="OMAR")))
    assert set(wrong_fields(twin, sealer)) == {"person3.name"}


_SPOILT: dict[str, Callable[[StationForm], StationForm]] = {
    "post": lambda form: replace(form, post="  "),
    "station": lambda form: replace(form, station="x" * 101),
    "lane": lambda form: replace(form, lane="1\n2"),
    "kind": lambda form: replace(form, kind=None),
    "recipient": lambda form: replace(form, recipient="age1nothing"),
    "person1.name": lambda form: replace(form, people=(replace(form.people[0], name=""), form.people[1])),
    "person2.name": lambda form: replace(form, people=(form.people[0], replace(form.people[1], name="IRINA"))),
    "person1.password": lambda form: replace(
        form, people=(replace(form.people[0], password="short", again="short"), form.people[1])
    ),
    "person2.again": lambda form: replace(form, people=(form.people[0], replace(form.people[1], again="another"))),
    "person1.role": lambda form: replace(form, people=(replace(form.people[0], role=RoleName.OFFICER), form.people[1])),
}


@pytest.mark.parametrize("name", _SPOILT)
def test_what_is_wrong_is_told_at_its_own_field_and_nowhere_else(station: OpenStation, name: str) -> None:
    form = _form(station.recipient)
    assert wrong_fields(form, station.sealer) == {}
    assert set(wrong_fields(_SPOILT[name](form), station.sealer)) == {name}


def test_a_good_form_founds_a_station_that_opens(station: OpenStation, tmp_path: Path) -> None:
    house = House.around(tmp_path / "new")
    tasks = SteppedTasks()
    founded: list[tuple[str, str]] = []
    presenter = FirstStartPresenter(
        door=house.door,
        sealer=house.sealer,
        clock=house.clock,
        runner=tasks,
        founded=lambda name, password: founded.append((name, password)),
    )
    presenter.make_practice_post()
    assert not house.door.exists()  # it was not offered
    presenter.create(_form(station.recipient))
    tasks.all()
    assert presenter.state.stage is Stage.CREATED
    presenter.go_on()
    assert founded == [("", "")]
    assert house.door.kind() is StoreKind.LIVE


def test_a_folder_that_is_not_empty_is_told_and_the_form_stays(station: OpenStation, tmp_path: Path) -> None:
    occupied = tmp_path / "occupied"
    occupied.mkdir()
    (occupied / "letter.txt").write_text("mine")
    house = House.around(occupied)
    tasks = SteppedTasks()
    presenter = FirstStartPresenter(
        door=house.door, sealer=house.sealer, clock=house.clock, runner=tasks, founded=lambda _name, _password: None
    )
    presenter.create(_form(station.recipient))
    tasks.all()
    assert presenter.state.stage is Stage.FILLING_IN
    assert presenter.state.trouble is not None
    assert "not empty" in presenter.state.trouble.cause.in_english()


def test_generated_passwords_are_long_different_and_speakable() -> None:
    made = {spoken_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(password) == 24 and password.replace("-", "").isalpha() for password in made)


# ── records ────────────────────────────────────────────────────────────────────────────────────────────────────


def _inspection(station: OpenStation, session: Session) -> InspectionService:
    """Corrections go through the inspection's service; no device takes part."""
    identity = session.store.identity
    return InspectionService(
        session,
        Outside(
            devices=Registry((), allow_simulated=True),
            engine=KnownEngine(lambda: ()),
            press=PlainPress(),
            clock=station.clock,
            randomness=station.randomness,
            checkpoints=station.checkpoints,
        ),
        Place(post=identity.post, station=identity.station, lane=identity.lane),
        PostRules(),
        ApprovalService(session, station.door.desk, station.clock, station.randomness),
    )


def _records(station: OpenStation, session: Session, tasks: SteppedTasks) -> RecordsPresenter:
    return RecordsPresenter(
        RecordsService(session, SystemClock()),
        _inspection(station, session),
        tasks,
        decode_here,
        Translator(),
        permissions=session.permissions,
        typing_pause=0,
    )


def test_only_the_last_of_quickly_typed_searches_reaches_the_list(station: OpenStation) -> None:
    session = station.signed_in()
    encounter, pictures = station.encounter()
    station.keep(session, encounter, pictures)
    tasks = SteppedTasks()
    presenter = _records(station, session, tasks)
    presenter.look_for("nobody")
    presenter.look_for("")
    tasks.all()
    assert [row.encounter_id for row in presenter.state.rows] == [encounter.encounter_id]
    assert not presenter.state.searching
    session.end()


def test_a_picture_that_is_none_is_told_in_its_place_and_the_record_stays(station: OpenStation) -> None:
    session = station.signed_in()
    encounter, pictures = station.encounter(images=1)
    station.keep(session, encounter, pictures)
    safe = SafePictures()
    tasks = SteppedTasks()
    presenter = RecordsPresenter(
        RecordsService(session, SystemClock()),
        _inspection(station, session),
        tasks,
        lambda image, longest, cancel: safe.for_display(image, longest_side=longest, cancel=cancel),
        Translator(),
        permissions=session.permissions,
        typing_pause=0,
    )
    presenter.open(encounter.encounter_id)
    tasks.all()
    safe.close()
    record = presenter.state.record
    assert record is not None
    assert record.facts[-1].value == str(record.encounter_id)  # a legal hold asks for it
    assert record.pictures[0].frame is None
    assert record.pictures[0].says is not None
    session.end()


def test_a_correction_needs_a_change_and_a_reason_and_stands_beside_the_original(station: OpenStation) -> None:
    session = station.signed_in()
    encounter, pictures = station.encounter()
    station.keep(session, encounter, pictures)
    tasks = SteppedTasks()
    presenter = _records(station, session, tasks)
    presenter.open(encounter.encounter_id)
    tasks.all()
    presenter.begin_correction()
    presenter.save_correction()
    assert presenter.state.form_focus == REASON
    presenter.type(REASON, "the bus went on to Kenya")
    presenter.save_correction()
    assert presenter.state.form_trouble is not None
    assert presenter.state.form_trouble.cause.in_english() == "Nothing was changed."
    presenter.type("destination", "Kenya")
    presenter.save_correction()
    tasks.all()
    assert presenter.state.form is None
    record = presenter.state.record
    assert record is not None
    changes = [(change.before, change.after) for change in record.corrections[0].changes]
    assert changes == [("–", "Kenya (KEN)")]
    assert record.corrections[0].reason == "the bus went on to Kenya"
    session.end()


def test_an_officer_is_not_offered_to_correct(station: OpenStation) -> None:
    session = station.signed_in("omar", OFFICER_PASSWORD)
    encounter, pictures = station.encounter()
    station.keep(session, encounter, pictures)
    tasks = SteppedTasks()
    presenter = _records(station, session, tasks)
    presenter.open(encounter.encounter_id)
    tasks.all()
    presenter.begin_correction()
    assert presenter.state.record is not None
    assert not presenter.state.record.may_correct
    assert presenter.state.form is None
    session.end()


def test_closing_the_page_forgets_every_traveller(station: OpenStation) -> None:
    session = station.signed_in()
    encounter, pictures = station.encounter()
    station.keep(session, encounter, pictures)
    tasks = SteppedTasks()
    presenter = _records(station, session, tasks)
    presenter.open(encounter.encounter_id)
    presenter.look_for("specimen")
    tasks.all()
    presenter.close()
    assert presenter.state.query == ""
    assert presenter.state.rows == ()
    assert presenter.state.record is None
    session.end()


# ── export ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _exporting(station: OpenStation, session: Session, tasks: SteppedTasks, *sticks: str) -> ExportPresenter:
    return ExportPresenter(
        ExportService(session, station.sealer, station.clock, station.checkpoints),
        FolderTargets(station.store_folder),
        tasks,
        home=lambda call: call(),
        sticks=lambda: sticks,
        receipts=ReceiptService(session, station.sealer, station.clock),
        look_after=0,
    )


def test_a_stick_that_is_plugged_in_is_the_target_without_typing(station: OpenStation, tmp_path: Path) -> None:
    session = station.signed_in()
    encounter, pictures = station.encounter(images=1)
    station.keep(session, encounter, pictures)
    stick = tmp_path / "stick"
    stick.mkdir()
    tasks = SteppedTasks()
    presenter = _exporting(station, session, tasks, str(stick))
    presenter.refresh()
    tasks.all()
    assert presenter.state.waiting == 1
    assert presenter.state.target == str(stick)
    presenter.export()
    assert presenter.state.stage is ExportStage.RUNNING
    tasks.all()
    assert presenter.state.outcome is not None
    assert (presenter.state.done, presenter.state.of) == (1, 1)
    assert presenter.state.waiting == 0
    assert [receipt.encounters for receipt in presenter.state.receipts] == [1]
    session.end()


def test_a_target_that_is_not_there_is_told_before_and_after_the_key(station: OpenStation, tmp_path: Path) -> None:
    session = station.signed_in()
    encounter, pictures = station.encounter()
    station.keep(session, encounter, pictures)
    tasks = SteppedTasks()
    presenter = _exporting(station, session, tasks)
    presenter.export()
    assert presenter.state.trouble is not None
    assert presenter.state.trouble.cause.in_english() == "No folder is named for the export."
    presenter.aim(str(tmp_path / "pulled out"))
    tasks.all()
    assert presenter.state.report is not None
    assert presenter.state.report.state is TargetState.MISSING
    presenter.refresh()
    tasks.all()
    presenter.export()
    tasks.all()
    assert presenter.state.outcome is None
    assert presenter.state.trouble is not None
    assert presenter.state.waiting == 1
    session.end()


def test_a_stopped_export_says_that_nothing_is_half_written(station: OpenStation, tmp_path: Path) -> None:
    session = station.signed_in()
    encounter, pictures = station.encounter()
    station.keep(session, encounter, pictures)
    tasks = SteppedTasks()
    presenter = _exporting(station, session, tasks)
    presenter.aim(str(tmp_path))
    presenter.export()
    presenter.cancel()
    stages = [presenter.state.stage]
    tasks.all()
    stages.append(presenter.state.stage)
    assert stages == [ExportStage.STOPPING, ExportStage.READY]
    assert presenter.state.trouble is not None
    assert "stopped" in presenter.state.trouble.cause.in_english()
    assert list(tmp_path.glob("*.age*")) == []
    session.end()


def test_an_export_that_was_finished_when_the_stop_came_is_told_as_exported(
    station: OpenStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = station.signed_in()
    encounter, pictures = station.encounter()
    station.keep(session, encounter, pictures)
    tasks = SteppedTasks()
    presenter = _exporting(station, session, tasks)
    presenter.aim(str(tmp_path))
    record = ExportService._record_success

    def stopped_while_recording(service: ExportService, *given: Any) -> None:
        presenter.cancel()
        record(service, *given)

    monkeypatch.setattr(ExportService, "_record_success", stopped_while_recording)
    presenter.export()
    tasks.all()
    assert presenter.state.trouble is None
    assert presenter.state.outcome is not None
    assert presenter.state.waiting == 0
    session.end()


# ── the frame ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("role", "rooms"),
    [
        (RoleName.OFFICER, [Room.INSPECT, Room.RECORDS, Room.SHIFT, Room.APPROVALS]),
        (RoleName.SUPERVISOR, [room for room in Room if room is not Room.BENCH]),
        (RoleName.TECHNICIAN, [Room.BENCH, Room.SHIFT]),
        (RoleName.AUDITOR, [Room.SHIFT, Room.AUDIT]),
        (RoleName.FOCAL_POINT, [Room.SHIFT, Room.APPROVALS, Room.PEOPLE]),
    ],
)
def test_the_rail_lists_only_what_a_role_may_do(role: RoleName, rooms: list[Room]) -> None:
    assert [entry.room for entry in rooms_for(allowed(role))] == rooms


def _scanner(device_id: str, health: HealthState, says: Text, *, chosen: bool) -> DeviceState:
    info = DeviceInfo(device_id, device_id, "sane", (DOCUMENT_SCANNER,))
    return DeviceState(info, Health(health, says), (DOCUMENT_SCANNER,) if chosen else ())


def test_the_device_bar_says_words_first_and_f8_where_another_could_step_in() -> None:
    silent = _scanner("a", HealthState.TROUBLE, say("No answer since 12 s."), chosen=True)
    spare = _scanner("b", HealthState.READY, say("Ready."), chosen=False)
    alone, together = device_lines([silent]), device_lines([silent, spare])
    assert alone[0].says.in_english() == "Page scanner: No answer since 12 s."
    assert together[0].says.in_english() == "Page scanner: No answer since 12 s. F8 to choose another."
    assert together[0].mark is CheckResult.UNDETERMINED
    assert alone[2].says.in_english() == f"{PRINTER.title.in_english()}: none attached. Plug one in."


def test_idle_time_runs_from_the_last_touch() -> None:
    now = [100.0]
    watch = IdleWatch(60, now=lambda: now[0])
    now[0] = 159.0
    assert watch.left == 1
    watch.touched()
    assert watch.left == 60
    now[0] = 500.0  # the machine slept
    assert watch.left == 0


def test_a_bug_is_told_without_its_words() -> None:
    told = Trouble.of(ValueError("ERIKSSON"))
    assert "ERIKSSON" not in told.cause.in_english() + told.next_step.in_english()
    missing = StoreMissing(say("There is no store."), say("Name another folder."))
    assert Trouble.of(missing) == Trouble(cause=missing.cause, next_step=missing.next_step)
