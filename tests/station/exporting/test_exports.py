# SPDX-License-Identifier: Apache-2.0
"""What leaves is sealed, counted once, and repeated truthfully after anything that went wrong."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from station.domain.encounter import Correction, Encounter, EncounterStatus
from station.domain.errors import (
    Cancelled,
    ExportError,
    NotPermitted,
    PictureErased,
    RecordConflict,
    StationError,
    StoreFull,
    TargetUnusable,
)
from station.domain.identifiers import EncounterId, ImageId
from station.domain.provenance import Illumination
from station.domain.wire import from_json
from station.domain.words import say
from station.exporting import packing
from station.exporting.packages import ExportCompleted, ExportOutcome, ExportService, bundle_name
from station.inspection.records import RecordsService
from station.ports.retention import Part
from station.ports.sealing import MOST_MEMBER_BYTES
from station.ports.storage import AuditEntry, StoreIdentity, StoreKind
from station.ports.tasks import CancelToken
from storage.sqlcipher.audit_entries import AuditEntries
from storage.sqlcipher.images import Images
from storage.sqlcipher.repositories import Exports
from tests.open_station import OFFICER_PASSWORD, OpenStation


class ExportingStation(OpenStation):
    """A station with a supervisor signed in and a stick plugged in."""

    def __init__(self, folder: Path, kind: StoreKind = StoreKind.TRAINING) -> None:
        super().__init__(folder, kind)
        self.stick = folder / "stick"
        self.stick.mkdir()
        self.begin()

    def begin(self) -> None:
        """Sign in."""
        self.session = self.signed_in()
        self.exports = ExportService(self.session, self.sealer, self.clock, self.checkpoints)

    def record(self, *, images: int = 1, status: EncounterStatus = EncounterStatus.RECORDED) -> EncounterId:
        """A new encounter in the store."""
        return self.keep(self.session, *self.encounter(images=images, status=status))

    def export(self, selection: Sequence[EncounterId] | None = None) -> ExportOutcome:
        """Everything waiting, or a selection, onto the stick."""
        return self.exports.export(self.stick, selection, CancelToken(), lambda done, total: None)

    def content(self, outcome: ExportOutcome) -> dict[str, bytes]:
        """The files of a bundle, opened as headquarters does with its own tools."""
        key = pyrage.x25519.Identity.from_str(self.identity.reveal().decode())
        plain = pyrage.decrypt(outcome.bundle.path.read_bytes(), [key])
        with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
            files = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        return {name: file.read() for name, file in files.items() if file is not None}

    def manifest(self, outcome: ExportOutcome) -> dict[str, Any]:
        """The manifest of a bundle that passes every check of the reader."""
        opened = self.sealer.open(outcome.bundle.path, signer=self.public_key, identity=self.identity)
        assert opened.manifest is not None
        return dict(opened.manifest)

    def acts(self) -> list[str]:
        """Names of the acts on the trail, newest last."""
        with self.session.store.reading() as unit:
            return [entry.act for entry in unit.audit.entries()]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[ExportingStation]:
    station = ExportingStation(tmp_path)
    yield station
    station.sign_ins.sign_out(station.session)


def test_everything_waiting_leaves_with_its_pictures_and_the_trail(station: ExportingStation) -> None:
    recorded = [station.record(images=2), station.record(images=0)]
    assert station.exports.waiting() == 2
    outcome = station.export()
    assert (outcome.record.encounters, outcome.images, outcome.left_waiting) == (2, 2, 0)
    assert station.exports.waiting() == 0
    files = station.content(outcome)
    for encounter_id in recorded:
        assert from_json(Encounter, files[f"encounters/{encounter_id}.v1.json"]).encounter_id == encounter_id
    assert sum(name.startswith("images/") and name.endswith(".jpg") for name in files) == 2
    entries = [from_json(AuditEntry, line) for line in files["audit.jsonl"].splitlines()]
    assert [entry.sequence for entry in entries] == list(range(1, outcome.audit_entries + 1))
    assert station.manifest(outcome)["audit_head"] == {"sequence": entries[-1].sequence, "hash": entries[-1].hash}


def test_one_bundle_follows_the_other(station: ExportingStation) -> None:
    station.record()
    first = station.export()
    station.record()
    second = station.export()
    assert [outcome.record.name for outcome in (first, second)] == [
        "TRAINING-Harbour-1-000001",
        "TRAINING-Harbour-1-000002",
    ]
    manifest = station.manifest(second)
    assert manifest["sequence"] == 2
    assert manifest["previous_bundle_sha256"] == first.bundle.sha256
    assert manifest["unfinished_sequences"] == []
    assert station.manifest(first)["previous_bundle_sha256"] == ""
    assert list(station.exports.completed()) == [second.record, first.record]
    entries = [from_json(AuditEntry, line) for line in station.content(second)["audit.jsonl"].splitlines()]
    assert entries[0].sequence == first.audit_entries + 1  # no entry twice, none left out


def test_completing_is_one_act_with_its_audit_entry_and_its_event(station: ExportingStation) -> None:
    station.record()
    outcome = station.export()
    assert station.acts()[-2:] == ["export.begun", "export.completed"]
    assert station.events.published == [ExportCompleted(outcome.record)]
    with station.session.store.reading() as unit:
        assert unit.exports.last() == outcome.record
        head = unit.audit.head()
    assert head is not None
    assert (head.subject, head.details["sha256"]) == (outcome.record.name, outcome.bundle.sha256)


def test_a_selection_leaves_alone_and_may_leave_again(station: ExportingStation) -> None:
    chosen, other = station.record(), station.record()
    outcome = station.export([chosen, chosen])
    assert outcome.record.encounters == 1
    assert station.exports.waiting() == 1
    again = station.export([chosen, other])
    assert again.record.encounters == 2
    with station.session.store.reading() as unit:
        assert [record.sequence for record in unit.exports.exports_of(chosen)] == [2, 1]


def test_a_correction_leaves_with_what_it_corrects(station: ExportingStation) -> None:
    encounter, pictures = station.encounter(images=1)
    station.keep(station.session, encounter, pictures)
    station.export()
    correction = Correction(
        reason="spelling", corrected_by=station.session.officer.officer_id, corrected_at=station.clock.now()
    )
    station.keep(station.session, replace(encounter, version=2, correction=correction), {})
    assert station.exports.waiting() == 1
    outcome = station.export()
    assert outcome.record.encounters == 1
    files = station.content(outcome)
    assert {name for name in files if name.startswith("encounters/")} == {
        f"encounters/{encounter.encounter_id}.v1.json",
        f"encounters/{encounter.encounter_id}.v2.json",
    }
    assert outcome.images == 1  # once, though both versions show it
    assert station.exports.waiting() == 0


def test_what_is_not_finished_does_not_leave(station: ExportingStation) -> None:
    open_one = station.record(status=EncounterStatus.OPEN)
    assert station.exports.waiting() == 0
    for selection in ([open_one], [EncounterId("01a20244-0000-7000-8000-000000000000")]):
        with pytest.raises(RecordConflict):
            station.export(selection)
    assert "export.begun" not in station.acts()  # no number was used for it


@pytest.mark.parametrize("selection", [None, []])
def test_nothing_to_export_is_said_and_uses_no_number(
    station: ExportingStation, selection: list[EncounterId] | None
) -> None:
    with pytest.raises(ExportError, match="Nothing"):
        station.export(selection)
    station.record()
    assert station.export().record.sequence == 1


def test_an_officer_may_not_export(station: ExportingStation) -> None:
    station.sign_ins.sign_out(station.session)
    session = station.signed_in("omar", OFFICER_PASSWORD)
    exports = ExportService(session, station.sealer, station.clock, station.checkpoints)
    with pytest.raises(NotPermitted):
        exports.waiting()
    with pytest.raises(NotPermitted):
        exports.completed()
    with pytest.raises(NotPermitted):
        exports.export(station.stick, None, CancelToken(), lambda done, total: None)
    station.sign_ins.sign_out(session)


def test_progress_is_told_for_each_encounter(station: ExportingStation) -> None:
    for _ in range(3):
        station.record()
    told: list[tuple[int, int]] = []
    station.exports.export(station.stick, None, CancelToken(), lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_training_is_watermarked_and_live_is_not(tmp_path: Path) -> None:
    for kind, mark, start in (
        (StoreKind.TRAINING, "TRAINING – NOT REAL", "TRAINING-"),
        (StoreKind.LIVE, "", "Harbour"),
    ):
        folder = tmp_path / kind.value
        folder.mkdir()
        station = ExportingStation(folder, kind)
        station.record()
        outcome = station.export()
        assert (station.manifest(outcome)["watermark"], station.manifest(outcome)["kind"]) == (mark, kind.value)
        assert outcome.record.name.startswith(start)
        opened = station.sealer.open(outcome.bundle.path, signer=station.public_key, identity=None)
        assert opened.trusted_comment.startswith(mark)
        station.sign_ins.sign_out(station.session)


# When something goes wrong.


def test_a_stop_marks_nothing_leaves_nothing_and_is_on_the_trail(station: ExportingStation) -> None:
    station.record()
    station.record()
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        station.exports.export(station.stick, None, cancel, lambda done, total: cancel.cancel())
    assert list(station.stick.iterdir()) == []
    assert station.exports.waiting() == 2
    assert station.acts()[-2:] == ["export.begun", "export.failed"]


def test_a_number_is_used_once_and_the_next_bundle_says_which_are_missing(station: ExportingStation) -> None:
    station.record()
    for _ in range(2):
        with pytest.raises(TargetUnusable):
            station.exports.export(station.stick / "gone", None, CancelToken(), lambda done, total: None)
    outcome = station.export()
    assert outcome.record.sequence == 3
    assert station.manifest(outcome)["unfinished_sequences"] == [1, 2]
    assert outcome.left_behind == ()
    station.record()
    assert station.manifest(station.export())["unfinished_sequences"] == []


def test_a_bundle_that_was_written_but_not_recorded_is_repeated_and_named(
    station: ExportingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = station.record()

    class PowerCut(BaseException):
        """The station is gone between the durable bundle and its record."""

    def cut(*_: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(Exports, "add", cut)
        with pytest.raises(PowerCut):
            station.export()
    orphan = station.stick / "TRAINING-Harbour-1-000001.tar.age"
    assert orphan.exists()
    assert station.exports.waiting() == 1
    station.sign_ins.sign_out(station.session)
    station.begin()
    outcome = station.export()
    assert outcome.record.sequence == 2
    assert outcome.left_behind == (orphan,)
    assert orphan.exists()  # it is headquarters' to judge, not ours to delete
    manifest = station.manifest(outcome)
    assert (manifest["unfinished_sequences"], manifest["previous_bundle_sha256"]) == ([1], "")
    assert f"encounters/{recorded}.v1.json" in station.content(outcome)
    opened = station.sealer.open(orphan, signer=station.public_key, identity=station.identity)
    assert f"encounters/{recorded}.v1.json" in opened.members


def test_nothing_is_marked_when_the_audit_entry_cannot_be_written(
    station: ExportingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.record()
    real_append = AuditEntries.append

    def refusing(self: AuditEntries, *, act: str, **rest: Any) -> AuditEntry:
        if act == "export.completed":
            raise StoreFull(say("The disk is full."), say("Make room."))
        return real_append(self, act=act, **rest)

    with monkeypatch.context() as patch:
        patch.setattr(AuditEntries, "append", refusing)
        with pytest.raises(StoreFull):
            station.export()
    assert station.exports.waiting() == 1
    assert station.events.published == []


def test_the_first_problem_is_told_even_when_the_store_cannot_note_it(
    station: ExportingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.record()
    real_append = AuditEntries.append

    def refusing(self: AuditEntries, *, act: str, **rest: Any) -> AuditEntry:
        if act == "export.failed":
            raise StoreFull(say("The disk is full."), say("Make room."))
        return real_append(self, act=act, **rest)

    monkeypatch.setattr(AuditEntries, "append", refusing)
    with pytest.raises(TargetUnusable):
        station.exports.export(station.stick / "gone", None, CancelToken(), lambda done, total: None)


def test_a_correction_made_meanwhile_stays_waiting(station: ExportingStation) -> None:
    encounter, pictures = station.encounter(images=0)
    station.keep(station.session, encounter, pictures)
    real_seal = station.sealer.seal

    def correcting(*arguments: Any, **options: Any) -> Any:
        bundle = real_seal(*arguments, **options)
        _in_another_thread(lambda: station.keep(station.session, replace(encounter, version=2), {}))
        return bundle

    station.sealer.seal = correcting  # type: ignore[method-assign]  # the real one, with company
    station.export()
    assert station.exports.waiting() == 1


def test_a_damaged_picture_is_named_and_does_not_hold_up_the_rest(
    station: ExportingStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    encounter, pictures = station.encounter(images=3)
    station.keep(station.session, encounter, pictures)
    changed, gone, _ = pictures
    real_data = Images.data

    def damaged(self: Images, image_id: Any) -> bytes | None:
        if image_id == gone:
            return None
        return b"torn" if image_id == changed else real_data(self, image_id)

    monkeypatch.setattr(Images, "data", damaged)
    outcome = station.export()
    assert set(outcome.damaged_images) == {changed, gone}
    assert set(station.manifest(outcome)["damaged_images"]) == {changed, gone}
    assert outcome.images == 2


def test_a_picture_larger_than_a_bundle_holds_is_named_and_does_not_hold_up_the_rest(station: ExportingStation) -> None:
    encounter, pictures = station.encounter(images=2)
    large, small = encounter.images
    data = b"II*\x00" + bytes(MOST_MEMBER_BYTES)
    large = replace(large, sha256=hashlib.sha256(data).hexdigest())
    station.keep(
        station.session,
        replace(encounter, images=(large, small)),
        {large.image_id: data, small.image_id: pictures[small.image_id]},
    )
    outcome = station.export()
    assert station.manifest(outcome)["damaged_images"] == [large.image_id]
    assert (outcome.damaged_images, outcome.images) == ((large.image_id,), 1)
    assert station.exports.waiting() == 0


@pytest.mark.parametrize("limit", ["MAX_FILES", "MAX_BYTES"])
def test_what_does_not_fit_waits_for_the_next_bundle(
    station: ExportingStation, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    for _ in range(3):
        station.record()
    monkeypatch.setattr(packing, limit, 2)
    outcome = station.export()
    assert (outcome.record.encounters, outcome.left_waiting) == (1, 2)
    assert station.exports.waiting() == 2
    assert station.export().record.encounters == 1


@pytest.mark.parametrize(("limit", "most"), [("ENTRIES_PER_FILE", 2), ("AUDIT_FILE_BYTES", 500)])
def test_a_long_trail_is_cut_into_files(
    station: ExportingStation, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    station.record()
    monkeypatch.setattr(packing, limit, most)
    outcome = station.export()
    trail = {name: data for name, data in station.content(outcome).items() if name.startswith("audit")}
    assert list(trail)[:2] == ["audit.jsonl", "audit.0002.jsonl"]
    numbers = [json.loads(line)["sequence"] for data in trail.values() for line in data.splitlines()]
    assert numbers == list(range(1, outcome.audit_entries + 1))
    station.manifest(outcome)


def test_a_torn_number_in_the_store_is_damage(station: ExportingStation) -> None:
    station.record()
    with station.session.store.unit_of_work() as unit:
        unit.settings.put("export.number_reserved", b"seven")
        unit.commit()
    with pytest.raises(StationError, match="damaged"):
        station.export()


@pytest.mark.parametrize(
    ("station_name", "expected"),
    [
        ("Harbour 1", "Harbour-1-000007"),
        ("Café/../Süd", "Cafe-Sud-000007"),
        ("بوابة", "station-000007"),
        ("x" * 60, "x" * 40 + "-000007"),
        ("a\u202eb", "a-b-000007"),
    ],
)
def test_a_bundle_name_has_letters_digits_and_dashes_only(station_name: str, expected: str) -> None:
    identity = StoreIdentity(
        kind=StoreKind.LIVE,
        post="P",
        station=station_name,
        lane="1",
        created_at=datetime.fromisoformat("2026-01-01T00:00Z"),
    )
    assert bundle_name(identity, 7) == expected


def _in_another_thread(work: Any) -> None:
    import threading

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_every_light_of_a_page_leaves_and_the_record_says_which_file_is_which(station: ExportingStation) -> None:
    encounter, pictures = station.encounter(images=3)
    page = encounter.images[0]
    lit = tuple(
        replace(
            image,
            provenance=replace(image.provenance, illumination=light),
            same_page_as=None if image is page else page.image_id,
        )
        for image, light in zip(encounter.images, Illumination, strict=True)
    )
    station.keep(station.session, replace(encounter, images=lit), pictures)
    outcome = station.export()
    files = station.content(outcome)
    assert station.manifest(outcome)["counts"]["images"] == 3
    (record,) = (json.loads(data) for name, data in files.items() if name.startswith("encounters/"))
    for image, light in zip(record["images"], ("white", "infrared", "ultraviolet"), strict=True):
        assert image["provenance"]["illumination"] == light
        assert image["same_page_as"] == (None if light == "white" else page.image_id)
        assert files[f"images/{image['image_id']}.jpg"] == pictures[ImageId(image["image_id"])]


def test_a_picture_whose_time_was_over_is_not_called_damaged(station: ExportingStation) -> None:
    encounter, pictures = station.encounter(images=1)
    encounter_id = station.keep(station.session, encounter, pictures)
    with station.session.store.unit_of_work() as unit:
        (reference,) = encounter.images
        unit.images.add(
            replace(reference, image_id=ImageId("linked")), pictures[reference.image_id], encounter_id=encounter_id
        )
        item = unit.retention.judged(encounter_id, Part.PICTURES)
        assert item is not None
        with unit.retention.letting_go():
            unit.retention.erase(item)
        unit.commit()
    outcome = station.export()
    assert (outcome.images, outcome.damaged_images, outcome.record.encounters) == (0, (), 1)
    with pytest.raises(PictureErased):
        RecordsService(station.session, station.clock).image(reference)
