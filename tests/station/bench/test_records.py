# SPDX-License-Identifier: Apache-2.0
"""An acceptance record is signed, audited, checked by anybody, and holds for the device as it was."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from station.access.audit import Act
from station.access.sign_in import Session
from station.bench.ledger import AcceptanceLedger
from station.bench.records import (
    DeviceOnBench,
    Measure,
    Outcome,
    Standing,
    StepRecord,
    acceptance_of,
    outcome_of,
    settings_hash,
)
from station.domain.errors import NotPermitted, StoreFull, TargetUnusable
from station.domain.words import say
from station.ports.bench import DeviceSetting, DeviceSettingsGroup
from station.ports.devices import DOCUMENT_SCANNER, MRZ_READER, DeviceInfo
from station.ports.keys import Opened
from station.ports.storage import RoleName, StoreKind, UnitOfWork
from storage.bench_files import FolderRecords
from tests.open_station import OpenStation

INFO = DeviceInfo(
    "sane:usb:1", "Flatbed 300", "sane", (DOCUMENT_SCANNER, MRZ_READER), serial_number="S1", version="1.2"
)
STEPS = (
    StepRecord(
        step="capture",
        asks="Lay a document on the glass.",
        outcome=Outcome.PASSED,
        says="The page can be read.",
        measures=(Measure(name="time", value=812.0, unit="ms"),),
    ),
    StepRecord(step="unplug", asks="Take the cable out.", outcome=Outcome.SKIPPED, says="It is built in."),
)


class Workshop:
    """A technician signed in at a training station."""

    def __init__(self, folder: Path) -> None:
        self.station = OpenStation(folder)
        self.folder = self.station.store_folder / "acceptance"
        self.records = FolderRecords(self.folder)

    def session(self, role: RoleName = RoleName.TECHNICIAN) -> Session:
        whole = self.station.signed_in()
        officer = replace(whole.officer, role=role, display_name="T. Technician")
        return Session(Opened(officer=officer, store=whole.store, further={}))

    def ledger(self, session: Session) -> AcceptanceLedger:
        return AcceptanceLedger(session, self.records, self.station.clock)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


@pytest.fixture
def session(workshop: Workshop) -> Iterator[Session]:
    session = workshop.session()
    yield session
    session.end()


def _keep(workshop: Workshop, session: Session, *steps: StepRecord, info: DeviceInfo = INFO, settings: str = "") -> str:
    tested = DeviceOnBench.of(info, DOCUMENT_SCANNER, settings=settings)
    _, kept = workshop.ledger(session).keep(tested, steps or STEPS, began_at=workshop.station.clock.now())
    return kept.place


def _standing(workshop: Workshop, session: Session, info: DeviceInfo = INFO, *, settings: str = "") -> Standing:
    return acceptance_of(info, DOCUMENT_SCANNER, workshop.ledger(session).tests(), settings=settings).standing


def test_a_kept_record_comes_back_whole(workshop: Workshop, session: Session) -> None:
    _keep(workshop, session)
    (record,) = workshop.ledger(session).all()
    assert record.steps == STEPS
    assert record.outcome is Outcome.PASSED
    assert record.device.serial_number == "S1"
    assert record.tester == "T. Technician"
    assert record.kind is StoreKind.TRAINING
    assert "NOT VALID" in record.watermark


def test_its_hash_stands_in_the_audit_trail(workshop: Workshop, session: Session) -> None:
    place = Path(_keep(workshop, session))
    with session.store.reading() as unit:
        head = unit.audit.head()
    assert head is not None
    assert head.act == Act.DEVICE_TESTED
    assert head.subject == place.stem
    assert head.details["sha256"] == hashlib.sha256(place.read_bytes()).hexdigest()
    assert head.details["outcome"] == "passed"


@pytest.mark.skipif(shutil.which("minisign") is None, reason="the public minisign tool is not installed here")
def test_the_public_tool_verifies_it(workshop: Workshop, session: Session, tmp_path: Path) -> None:
    place = _keep(workshop, session)
    public_key = tmp_path / "station.pub"
    public_key.write_text(workshop.station.public_key)
    done = subprocess.run(["minisign", "-V", "-p", public_key, "-m", place], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    Path(place).write_bytes(Path(place).read_bytes().replace(b"S1", b"S2"))
    done = subprocess.run(["minisign", "-V", "-p", public_key, "-m", place], check=False, capture_output=True)
    assert done.returncode != 0


def test_a_changed_record_does_not_count(workshop: Workshop, session: Session) -> None:
    place = Path(_keep(workshop, session, replace(STEPS[0], outcome=Outcome.FAILED)))
    assert len(workshop.ledger(session).all()) == 1
    place.write_bytes(place.read_bytes().replace(b'"failed"', b'"passed"'))
    assert workshop.ledger(session).all() == ()
    assert _standing(workshop, session) is Standing.LOST


def test_a_record_without_its_signature_does_not_count(workshop: Workshop, session: Session) -> None:
    place = Path(_keep(workshop, session))
    place.with_name(place.name + ".minisig").unlink()
    assert workshop.ledger(session).all() == ()


def test_an_officer_reads_the_standing_and_cannot_write_one(workshop: Workshop) -> None:
    session = workshop.session(RoleName.OFFICER)
    assert workshop.ledger(session).all() == ()
    with pytest.raises(NotPermitted):
        _keep(workshop, session)
    assert not workshop.folder.exists()
    session.end()


def test_nothing_stays_of_a_record_that_the_trail_could_not_take(
    workshop: Workshop, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(unit: UnitOfWork) -> None:
        raise StoreFull(say("The disk is full."), say("Make room."))

    with session.store.unit_of_work() as unit:
        monkeypatch.setattr(type(unit), "commit", full)
    with pytest.raises(StoreFull):
        _keep(workshop, session)
    assert list(workshop.folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_leaves_no_entry_in_the_trail(workshop: Workshop, session: Session) -> None:
    workshop.folder.write_text("in the way")
    with session.store.reading() as unit:
        before = unit.audit.head()
    with pytest.raises(TargetUnusable):
        _keep(workshop, session)
    with session.store.reading() as unit:
        assert unit.audit.head() == before


@pytest.mark.parametrize(
    ("info", "standing"),
    [
        (INFO, Standing.PASSED),
        (replace(INFO, device_id="sane:usb:7"), Standing.PASSED),  # another plug, the same serial number
        (replace(INFO, serial_number="S2"), Standing.CHANGED),
        (replace(INFO, version="1.3"), Standing.CHANGED),
        (replace(INFO, name="Flatbed 600"), Standing.CHANGED),
        (replace(INFO, driver="escl"), Standing.CHANGED),
        (replace(INFO, device_id="sane:usb:7", serial_number="S2"), Standing.NONE),
    ],
)
def test_a_test_holds_for_the_device_as_it_was(
    workshop: Workshop, session: Session, info: DeviceInfo, standing: Standing
) -> None:
    _keep(workshop, session)
    records = workshop.ledger(session).tests()
    acceptance = acceptance_of(info, DOCUMENT_SCANNER, records)
    assert acceptance.standing is standing
    assert acceptance.demanded is (standing is not Standing.PASSED)
    assert acceptance_of(info, MRZ_READER, records).standing is Standing.NONE


def test_the_newest_test_decides(workshop: Workshop, session: Session) -> None:
    _keep(workshop, session)
    _keep(workshop, session, replace(STEPS[0], outcome=Outcome.FAILED))
    assert _standing(workshop, session) is Standing.FAILED


def test_a_test_of_skipped_steps_alone_accepts_nothing() -> None:
    assert outcome_of(STEPS) is Outcome.PASSED
    assert outcome_of(STEPS[1:]) is Outcome.UNFINISHED
    assert outcome_of((*STEPS, replace(STEPS[0], outcome=Outcome.FAILED))) is Outcome.FAILED


def test_a_skipped_step_that_counts_leaves_the_test_unfinished() -> None:
    left_out = replace(STEPS[1], essential=True)
    assert outcome_of((STEPS[0], left_out)) is Outcome.UNFINISHED
    assert outcome_of((STEPS[0], replace(left_out, outcome=Outcome.PASSED))) is Outcome.PASSED


@pytest.mark.parametrize("info", [INFO, replace(INFO, serial_number="")])
def test_taking_a_failed_record_away_accepts_nothing(workshop: Workshop, session: Session, info: DeviceInfo) -> None:
    _keep(workshop, session, info=info)
    failed = Path(_keep(workshop, session, replace(STEPS[0], outcome=Outcome.FAILED), info=info))
    failed.unlink()
    acceptance = acceptance_of(info, DOCUMENT_SCANNER, workshop.ledger(session).tests())
    assert acceptance.standing is Standing.LOST
    assert acceptance.demanded
    assert "missing" in acceptance.says.in_english()


def test_a_record_whose_act_never_came_into_the_trail_does_not_count(
    workshop: Workshop, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(unit: UnitOfWork) -> None:
        raise StoreFull(say("The power went."), say("Wait."))

    with session.store.unit_of_work() as unit:
        monkeypatch.setattr(type(unit), "commit", cut)
    monkeypatch.setattr(workshop.records, "drop", lambda name: None)  # nobody is left to tidy up
    with pytest.raises(StoreFull):
        _keep(workshop, session)
    assert len(list(workshop.folder.glob("*.json"))) == 1
    assert workshop.ledger(session).tests() == ()
    assert _standing(workshop, session) is Standing.NONE


def test_the_trail_decides_what_came_last_whatever_the_clock_said(workshop: Workshop, session: Session) -> None:
    clock = workshop.station.clock
    clock.at += timedelta(days=365)
    _keep(workshop, session, replace(STEPS[0], outcome=Outcome.FAILED))
    clock.at -= timedelta(days=365)
    _keep(workshop, session)
    assert _standing(workshop, session) is Standing.PASSED


def test_two_spares_on_one_plug_keep_their_own_tests(workshop: Workshop, session: Session) -> None:
    other = replace(INFO, serial_number="S2")
    _keep(workshop, session)
    _keep(workshop, session, replace(STEPS[0], outcome=Outcome.FAILED), info=other)
    assert _standing(workshop, session) is Standing.PASSED
    assert _standing(workshop, session, other) is Standing.FAILED


def test_other_settings_of_its_driver_demand_a_test(workshop: Workshop, session: Session) -> None:
    def group(value: int) -> DeviceSettingsGroup:
        setting = DeviceSetting(key="resolution", says=say("Dots."), value=value, default=300)
        return DeviceSettingsGroup(driver="sane", settings=(setting,))

    _keep(workshop, session, settings=settings_hash(group(300)))
    assert _standing(workshop, session, settings=settings_hash(group(300))) is Standing.PASSED
    assert _standing(workshop, session, settings=settings_hash(group(150))) is Standing.SET_OTHERWISE


def test_a_record_says_that_a_swap_is_not_noticed_without_a_serial_number(workshop: Workshop, session: Session) -> None:
    _keep(workshop, session)
    _keep(workshop, session, info=replace(INFO, serial_number=""))
    told, untold = workshop.ledger(session).all()
    assert told.note == ""
    assert "another one of its kind" in untold.note
