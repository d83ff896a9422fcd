# SPDX-License-Identifier: Apache-2.0
"""Whole inspections through the real services: simulated devices, the real engine, the real encrypted store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from devices.simulators.faults import Fault
from station.access.audit import Act, verify, verify_records
from station.access.first_start import FirstStart, set_up
from station.access.sign_in import Session
from station.domain.checks import CheckResult
from station.domain.crossing import Crossing, Direction, Purpose, Transport
from station.domain.decision import DecisionKind, RefusalGround
from station.domain.encounter import EncounterStatus
from station.domain.errors import DeviceError, ImageRefused, IncompleteRecord, NotPermitted, RecordConflict
from station.domain.secrets import Secret
from station.inspection import events as ev
from station.inspection.records import understood
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.ports.images import MOST_IMAGE_BYTES, EncodedImage
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, SearchQuery, StoreKind
from station.ports.tasks import CancelToken
from storage.keys.stretching import KdfProfile
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.house import House, new_headquarters_identity
from ui.bootstrap.workplace import Services, Workplace

PROFILE = KdfProfile(memory_kib=8 * 1024, passes=1, lanes=1)
PASSWORDS = {role: f"specimen password of the {role.value}" for role in RoleName}
ENTRY = Crossing(direction=Direction.ENTRY, transport=Transport.BUS, purpose=Purpose.FLEEING, permitted_stay_days=30)


@dataclass(frozen=True)
class Post:
    """A training post with one person of every role."""

    house: House
    workplace: Workplace

    def sign_in(self, role: RoleName) -> Session:
        return self.house.sign_in.sign_in(role.value, Secret.of(PASSWORDS[role]), CancelToken())


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    folder = tmp_path_factory.mktemp("post")
    (folder / "papers").mkdir()
    house = House.around(folder / "store", profile=PROFILE)
    people = tuple(
        NewOfficer(name=role.value, display_name=role.value, role=role, password=Secret.of(PASSWORDS[role]))
        for role in RoleName
    )
    _, recipient = new_headquarters_identity()
    set_up(
        FirstStart(
            post="Utopia East",
            station="test-1",
            lane="1",
            kind=StoreKind.TRAINING,
            recipient=recipient,
            people=people,
        ),
        door=house.door,
        sealer=house.sealer,
        clock=house.clock,
    )
    workplace = Workplace(house, demo_settings(folder / "papers"), seed=11)
    yield Post(house, workplace)
    workplace.close()


@pytest.fixture
def services(post: Post) -> Iterator[Services]:
    session = post.sign_in(RoleName.SUPERVISOR)
    yield post.workplace.services(session)
    simulators = post.workplace.drivers.simulators
    assert simulators is not None
    simulators.scanner.faults.switch(None)
    simulators.camera.faults.switch(None)
    post.house.sign_in.sign_out(session)


def presented(post: Post, services: Services, number: int, crossing: Crossing = ENTRY) -> InspectionState:
    """A document was placed, scanned and opened an encounter."""
    post.workplace.hand.place(number)
    return services.inspection.begin(services.inspection.scan(cancel=CancelToken()), crossing)


def inspected(post: Post, services: Services, number: int, crossing: Crossing = ENTRY) -> InspectionState:
    """Everything ran; the officer has to decide."""
    state = services.inspection.run(presented(post, services, number, crossing), cancel=CancelToken())
    if state.stage is Stage.CONFIRMING:
        lines = post.workplace.hand.traveller(number).mrz_lines
        state = services.inspection.run(services.inspection.confirm_lines(state, lines), cancel=CancelToken())
    assert state.stage is Stage.DECIDING
    return state


def test_a_traveller_is_admitted_found_again_and_leaves(post: Post, services: Services) -> None:
    inspection = services.inspection
    state = inspected(post, services, 0)
    assert state.document is not None
    assert state.document.mrz_lines == post.workplace.hand.traveller(0).mrz_lines
    recorded = inspection.run(inspection.admit(state, ENTRY), cancel=CancelToken())
    assert recorded.stage is Stage.RECORDED

    found = services.records.search(understood(state.document.document_number, zone=services.inspection.rules.zone))
    assert [row.encounter_id for row in found] == [state.encounter_id]
    assert found[0].permitted_until is not None

    leaving = replace(ENTRY, direction=Direction.EXIT, permitted_stay_days=None)
    again = inspected(post, services, 0, leaving)
    results = {check.name: check.result for check in again.checks}
    assert results["history.presence"] is CheckResult.SUCCESSFUL
    assert results["history.stay"] is CheckResult.SUCCESSFUL
    left = inspection.run(inspection.admit(again, leaving), cancel=CancelToken())
    assert left.person_id == recorded.person_id

    view = services.records.view(left.encounter_id)
    assert view is not None
    assert [row.direction for row in view.person] == [Direction.EXIT, Direction.ENTRY]

    entering_twice = inspected(post, services, 0, leaving)
    presence = next(check for check in entering_twice.checks if check.name == "history.presence")
    assert presence.result is CheckResult.UNDETERMINED
    assert "already outside" in presence.says.in_english()
    inspection.act(entering_twice, ev.Abandoned(reason="test"))


def test_an_admission_without_its_mandatory_fields_names_them_and_decides_nothing(
    post: Post, services: Services
) -> None:
    state = inspected(post, services, 1)
    with pytest.raises(IncompleteRecord) as missing:
        services.inspection.admit(state, Crossing(direction=Direction.ENTRY))
    assert missing.value.cause.in_english() == "Still missing: Transport, Purpose."
    assert services.inspection.take_up(state.encounter_id).stage is Stage.DECIDING
    services.inspection.act(state, ev.Abandoned(reason="test"))


def test_a_refusal_prints_its_notice_with_ground_and_appeal(post: Post, services: Services) -> None:
    inspection = services.inspection
    state = inspected(post, services, 2)
    refused = inspection.run(
        inspection.refuse(state, ENTRY, RefusalGround.NO_VALID_VISA, reason="no visa"), cancel=CancelToken()
    )
    receipt = inspection.print_notice(refused, language="en", cancel=CancelToken())
    assert Path(receipt.place).read_bytes().startswith(b"%PDF")
    view = services.records.view(refused.encounter_id)
    assert view is not None
    decision = view.versions[-1].final_decision
    assert decision is not None
    assert decision.kind is DecisionKind.REFUSE
    assert decision.ground is RefusalGround.NO_VALID_VISA


def test_second_line_is_another_inspection_of_the_same_encounter(post: Post, services: Services) -> None:
    inspection = services.inspection
    state = inspection.refer(inspected(post, services, 3), ENTRY, reason="questions")
    assert state.encounter_id in [row.encounter_id for row in inspection.unfinished()]
    taken_up = inspection.take_up(state.encounter_id)
    assert taken_up == state
    second = inspection.run(inspection.act(taken_up, ev.SecondLineOpened()), cancel=CancelToken())
    done = inspection.run(inspection.admit(second, ENTRY), cancel=CancelToken())
    view = services.records.view(done.encounter_id)
    assert view is not None
    lines = view.versions[-1].inspections
    assert [line.decision.kind for line in lines if line.decision] == [DecisionKind.SECOND_LINE, DecisionKind.ADMIT]


def test_a_parked_inspection_goes_on_with_fresh_checks(post: Post, services: Services) -> None:
    inspection = services.inspection
    parked = inspection.act(inspected(post, services, 4), ev.Parked())
    row = next(row for row in inspection.unfinished() if row.encounter_id == parked.encounter_id)
    assert row.status is EncounterStatus.PARKED
    meanwhile = inspected(post, services, 4)
    recorded = inspection.run(inspection.admit(meanwhile, ENTRY), cancel=CancelToken())

    resumed = inspection.run(inspection.resume(parked.encounter_id), cancel=CancelToken())
    assert resumed.stage is Stage.DECIDING
    assert resumed.portrait == parked.portrait
    presence = next(check for check in resumed.checks if check.name == "history.presence")
    assert "already inside" in presence.says.in_english()
    done = inspection.run(inspection.admit(resumed, ENTRY), cancel=CancelToken())
    assert done.person_id == recorded.person_id


def test_an_interrupted_inspection_is_checked_anew(post: Post, services: Services) -> None:
    state = inspected(post, services, 13)
    resumed = services.inspection.resume(state.encounter_id)
    assert resumed.stage is Stage.CHECKING
    services.inspection.act(resumed, ev.Abandoned(reason="test"))


def test_turning_the_direction_repeats_the_checks_before_anybody_decides(post: Post, services: Services) -> None:
    inspection = services.inspection
    entered = inspected(post, services, 14)
    inspection.run(inspection.admit(entered, ENTRY), cancel=CancelToken())
    leaving = replace(ENTRY, direction=Direction.EXIT, permitted_stay_days=None)
    begun_as_entry = inspected(post, services, 14)
    with pytest.raises(IncompleteRecord):
        inspection.admit(begun_as_entry, leaving)
    turned = inspection.run(inspection.turn(begun_as_entry, leaving), cancel=CancelToken())
    assert "history.stay" in [check.name for check in turned.checks]
    done = inspection.run(inspection.admit(turned, leaving), cancel=CancelToken())
    assert done.stage is Stage.RECORDED


def test_a_page_no_export_could_carry_is_refused_before_it_is_kept(post: Post, services: Services) -> None:
    post.workplace.hand.place(15)
    page = services.inspection.scan(cancel=CancelToken())
    before = len(services.inspection.unfinished())
    with pytest.raises(ImageRefused):
        services.inspection.begin(replace(page, image=EncodedImage(bytes(MOST_IMAGE_BYTES + 1))), ENTRY)
    assert len(services.inspection.unfinished()) == before


def test_a_camera_that_gives_garbage_takes_no_portrait(post: Post, services: Services) -> None:
    simulators = post.workplace.drivers.simulators
    assert simulators is not None
    simulators.camera.faults.switch(Fault.GARBAGE, times=1)
    state = services.inspection.run(presented(post, services, 16), cancel=CancelToken())
    assert state.stage is Stage.PORTRAIT_TROUBLE
    services.inspection.act(state, ev.Abandoned(reason="test"))


def test_a_page_that_cannot_be_read_is_keyed_and_says_so(post: Post, services: Services) -> None:
    simulators = post.workplace.drivers.simulators
    assert simulators is not None
    simulators.tray.remove()
    post.workplace.hand.place(5)
    simulators.scanner.faults.switch(Fault.GARBAGE, times=1)
    page = services.inspection.scan(cancel=CancelToken())
    state = services.inspection.run(services.inspection.begin(page, ENTRY), cancel=CancelToken())
    assert state.stage is Stage.READ_TROUBLE
    assert state.trouble is not None
    keying = services.inspection.act(state, ev.KeyingChosen())
    with pytest.raises(IncompleteRecord):
        services.inspection.confirm_lines(keying, ("NOT AN MRZ",))
    keyed = services.inspection.confirm_lines(keying, post.workplace.hand.traveller(5).mrz_lines)
    deciding = services.inspection.run(keyed, cancel=CancelToken())
    reading = next(check for check in deciding.checks if check.name == "mrz.reading")
    assert reading.result is CheckResult.UNDETERMINED
    services.inspection.act(deciding, ev.Abandoned(reason="test"))


def test_a_scanner_unplugged_while_scanning_is_said_to_be_removed_and_nothing_is_stored(
    post: Post, services: Services
) -> None:
    simulators = post.workplace.drivers.simulators
    assert simulators is not None
    before = len(services.inspection.unfinished())
    post.workplace.hand.place(6)
    simulators.scanner.faults.switch(Fault.DISCONNECT, times=1)
    with pytest.raises(DeviceError) as removed:
        services.inspection.scan(cancel=CancelToken())
    assert "scanner" in removed.value.cause.in_english().lower()
    assert len(services.inspection.unfinished()) == before
    simulators.scanner.replug()


def test_a_camera_that_fails_does_not_hold_the_traveller(post: Post, services: Services) -> None:
    simulators = post.workplace.drivers.simulators
    assert simulators is not None
    state = presented(post, services, 7)
    simulators.camera.faults.switch(Fault.DISCONNECT, times=1)
    state = services.inspection.run(state, cancel=CancelToken())
    assert state.stage is Stage.PORTRAIT_TROUBLE
    simulators.camera.replug()
    going_on = services.inspection.act(state, ev.PortraitOmitted(reason="camera unplugged"))
    done = services.inspection.run(services.inspection.admit(going_on, ENTRY), cancel=CancelToken())
    assert done.stage is Stage.RECORDED
    assert done.portrait_omitted == "camera unplugged"


def test_a_reading_that_is_stopped_can_be_taken_up_again(post: Post, services: Services) -> None:
    state = presented(post, services, 8)
    stop = CancelToken()
    stop.cancel()
    stopped = services.inspection.run(state, cancel=stop)
    assert stopped.stage is Stage.READ_TROUBLE
    again = services.inspection.act(stopped, ev.ReadAgain())
    assert services.inspection.run(again, cancel=CancelToken()).stage in (Stage.DECIDING, Stage.CONFIRMING)


def test_a_correction_is_a_new_version_beside_the_original(post: Post, services: Services) -> None:
    inspection = services.inspection
    done = inspection.run(inspection.admit(inspected(post, services, 9), ENTRY), cancel=CancelToken())
    with pytest.raises(IncompleteRecord):
        inspection.correct(done.encounter_id, reason="  ", crossing=ENTRY)
    inspection.correct(done.encounter_id, reason="came on foot", crossing=replace(ENTRY, transport=Transport.FOOT))
    view = services.records.view(done.encounter_id)
    assert view is not None
    before, after = view.versions[-2:]
    assert before.crossing.transport is Transport.BUS
    assert after.crossing.transport is Transport.FOOT
    assert after.correction is not None
    open_one = inspected(post, services, 10)
    with pytest.raises(RecordConflict):
        inspection.correct(open_one.encounter_id, reason="too early", crossing=ENTRY)
    inspection.act(open_one, ev.Abandoned(reason="test"))


def test_somebody_else_moving_the_inspection_is_noticed(post: Post, services: Services) -> None:
    state = inspected(post, services, 12)
    services.inspection.act(state, ev.Parked())
    with pytest.raises(RecordConflict):
        services.inspection.act(state, ev.DetailsEntered(crossing=ENTRY))


@pytest.mark.parametrize("role", [RoleName.TECHNICIAN, RoleName.AUDITOR])
def test_roles_without_travellers_never_get_to_see_one(post: Post, role: RoleName) -> None:
    session = post.sign_in(role)
    try:
        services = post.workplace.services(session)
        with pytest.raises(NotPermitted):
            services.inspection.scan(cancel=CancelToken())
        with pytest.raises(NotPermitted):
            services.inspection.unfinished()
        with pytest.raises(NotPermitted):
            services.records.search(SearchQuery(name_words=("A",)))
    finally:
        post.house.sign_in.sign_out(session)


def test_after_all_this_the_audit_trail_vouches_for_every_record_and_picture(post: Post, services: Services) -> None:
    with services.session.store.reading() as unit:
        entries = list(unit.audit.entries())
        assert verify(entries) == ()
        found = verify_records(
            entries,
            unit.encounters.recorded_bodies(),
            unit.images.recorded_hashes(),
            unit.journal.recorded_steps(),
            vouch=unit.audit.vouch,
        )
        assert found == ()
        plain = {body.sha256 for body in unit.encounters.recorded_bodies()}
        plain |= {step.sha256 for step in unit.journal.recorded_steps()}
        plain |= {sha256 for _, sha256 in unit.images.recorded_hashes()}
        assert len(plain) > 50
        said = {value for entry in entries for value in entry.details.values()}
        assert not plain & said  # keyed hashes only: a plain one could be guessed
    assert len(entries) > 50


def test_whoever_opens_a_record_is_audited(post: Post, services: Services) -> None:
    found = services.records.search(SearchQuery(limit=1))
    services.records.view(found[0].encounter_id)
    with services.session.store.reading() as unit:
        last = unit.audit.head()
    assert last is not None
    assert (last.act, last.subject, last.by) == (
        Act.ENCOUNTER_VIEWED,
        found[0].encounter_id,
        services.session.officer.officer_id,
    )
