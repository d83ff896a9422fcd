# SPDX-License-Identifier: Apache-2.0
"""Without pictures nothing of them leaves outside the plan, whatever place of a record names them.

The records are written by the inspection service: each line of an inspection names its pictures once more.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date
from pathlib import Path

import pyrage
import pytest

from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService
from station.access.sign_in import Session
from station.domain.encounter import Encounter, ImageReference
from station.domain.secrets import Secret
from station.domain.wire import from_json, to_json
from station.exporting.headquarters_keys import KeyUse, PublicKeyOf
from station.exporting.manifest import Manifest, Pictures
from station.exporting.outside import OutsideExportService
from station.exporting.outside_order import OutsideOrder
from station.ports.storage import SearchQuery
from station.ports.tasks import CancelToken
from storage.exchange.stick import FolderTargets
from storage.sealed import age
from tests.open_station import OFFICER_PASSWORD
from tests.ui.desk import Desk, open_desk
from tests.ui.presenters.test_inspect import fill_in, inspect
from ui.presenters.keymap import Act

DAY = date(2026, 11, 22)
NO_CAMERA = "The camera does not work"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.close()


def referred_and_admitted(desk: Desk) -> None:
    """A traveller whom two lines looked at; then one of whom there is no portrait."""
    inspect(desk)
    desk.presenter.do(Act.SECOND_LINE)
    desk.presenter.prompt_reason("look at the photo")
    desk.presenter.do(Act.NEXT)
    desk.tasks.step()
    desk.presenter.stop()
    desk.tasks.all()
    desk.presenter.resume(0)
    desk.tasks.all()
    admitted(desk)
    desk.presenter.stop()
    desk.tasks.all()
    desk.simulators.camera.unplug()
    inspect(desk, 1)
    desk.presenter.do(Act.WITHOUT_PORTRAIT)
    desk.presenter.prompt_key("1")
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    admitted(desk)


def admitted(desk: Desk) -> None:
    fill_in(desk)
    desk.presenter.do(Act.ADMIT)
    desk.tasks.step()


def bundle(desk: Desk, stick: Path, pictures: Pictures) -> dict[str, bytes]:
    """The files of a bundle of that day, as the stranger opens it."""
    station, session = desk.station, session_of(desk)
    approvals = ApprovalService(session, station.door.desk, station.clock, station.randomness)
    outside = OutsideExportService(
        session,
        approvals,
        station.sealer,
        targets=FolderTargets(station.store_folder),
        clock=station.clock,
        randomness=station.randomness,
        zone=UTC,
    )
    identity, recipient = age.new_identity()
    order = OutsideOrder(
        recipient=PublicKeyOf(KeyUse.SEALING, recipient),
        whom="Consulate of Utopia",
        purpose="Notify the families",
        days=(DAY, DAY),
        pictures=pictures,
    )
    request = outside.ask(order)
    approvals.decide(request.request_id, Verdict.APPROVED, "omar", Secret(OFFICER_PASSWORD.reveal()))
    stick.mkdir()
    outcome = outside.export(request.request_id, stick, CancelToken(), lambda _done, _of: None)
    key = pyrage.x25519.Identity.from_str(identity.reveal().decode())
    plain = pyrage.decrypt(outcome.bundle.path.read_bytes(), [key])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        files = {member.name: tar.extractfile(member) for member in tar.getmembers()}
    return {name: file.read() for name, file in files.items() if file is not None}


def session_of(desk: Desk) -> Session:
    return desk.service._session


def kept(desk: Desk) -> Sequence[Encounter]:
    """Every version of every record of the store."""
    with session_of(desk).store.reading() as unit:
        found = unit.encounters.search(SearchQuery())
        return [one for row in found for one in unit.encounters.versions(row.encounter_id)]


def named_anywhere(records: Sequence[Encounter]) -> set[ImageReference]:
    """The pictures of the records and of their lines."""
    of_lines = {image for record in records for line in record.inspections for image in line.images}
    return of_lines | {image for record in records for image in record.images}


def test_no_name_no_hash_and_no_capture_of_a_picture_leaves_without_them(desk: Desk, tmp_path: Path) -> None:
    referred_and_admitted(desk)
    records = kept(desk)
    pictures = named_anywhere(records)
    assert max(len(record.inspections) for record in records) == 2
    assert any(line.images for record in records for line in record.inspections)
    assert {record.portrait_omitted for record in records} == {"", NO_CAMERA}
    content = b"".join(bundle(desk, tmp_path / "stick", Pictures.LEFT_OUT).values())
    for image in pictures:
        for told in (image.image_id, image.sha256, f'"kind":"{image.kind.value}"', image.media_type):
            assert told.encode() not in content
    assert b"face-camera" not in content  # only a portrait comes from it
    assert NO_CAMERA.encode() not in content


def test_the_rest_of_the_record_leaves_as_it_is(desk: Desk, tmp_path: Path) -> None:
    referred_and_admitted(desk)
    with_them = _records(bundle(desk, tmp_path / "one", Pictures.INCLUDED))
    without = _records(bundle(desk, tmp_path / "two", Pictures.LEFT_OUT))
    assert with_them.keys() == without.keys()
    assert len(without) == 2
    for name, record in without.items():
        whole = with_them[name]
        assert named_anywhere([whole])
        assert [(line.checks, line.decision) for line in record.inspections] == [
            (line.checks, line.decision) for line in whole.inspections
        ]
        assert (record.document, record.crossing, record.person_id) == (whole.document, whole.crossing, whole.person_id)


def test_the_manifest_names_no_picture_either(desk: Desk, tmp_path: Path) -> None:
    referred_and_admitted(desk)
    manifest = from_json(Manifest, bundle(desk, tmp_path / "stick", Pictures.LEFT_OUT)["manifest.json"])
    assert (manifest.counts.images, manifest.damaged_images) == (0, ())
    pictures = named_anywhere(kept(desk))
    assert not any(image.image_id.encode() in to_json(manifest) for image in pictures)


def _records(files: dict[str, bytes]) -> dict[str, Encounter]:
    return {name: from_json(Encounter, data) for name, data in files.items() if name.startswith("encounters/")}
