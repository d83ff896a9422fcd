# SPDX-License-Identifier: Apache-2.0
"""Headquarters finds in the next bundle what nobody can find at a station whose files were all put back."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from station.access import distress
from station.access.checkpoint_text import read
from station.access.checkpoints import begin_generation
from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from station.domain.wire import from_json, to_json
from station.exporting.manifest import Manifest
from station.exporting.packages import ExportOutcome, ExportService
from station.exporting.succession import breaks
from station.ports.anchors import SignedCheckpoint
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreName
from station.ports.tasks import CancelToken
from tests.open_station import OpenStation, people

DISTRESS = Secret.of("thistle harbour nine owls")


class Station(OpenStation):
    """A station that exports, and headquarters that reads."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._folder = folder
        self._sticks = 0

    def export(self, *, password: Secret | None = None) -> ExportOutcome:
        """A traveller crosses, and what waits is sealed onto a new stick."""
        session = self.signed_in() if password is None else self.signed_in("irina", password)
        self.keep(session, *self.encounter())
        self._sticks += 1
        stick = self._folder / f"stick-{self._sticks}"
        stick.mkdir()
        service = ExportService(session, self.sealer, self.clock, self.checkpoints)
        outcome = service.export(stick, None, CancelToken(), lambda done, of: None)
        self.sign_ins.sign_out(session)
        return outcome

    def manifest(self, outcome: ExportOutcome) -> Manifest:
        """As headquarters reads it."""
        opened = self.sealer.open(outcome.bundle.path, signer=self.public_key, identity=self.identity)
        return from_json(Manifest, to_json(opened.manifest))

    def judged(self, before: ExportOutcome, after: ExportOutcome) -> list[str]:
        """What headquarters sees when it holds one beside the other."""
        return [
            text.in_english()
            for text in breaks(self.manifest(before), before.bundle.sha256, self.manifest(after), self.signed)
        ]

    def signed(self, one: SignedCheckpoint) -> bool:
        """Whether this station's key signed it."""
        try:
            self.sealer.verify_text(one.text, one.signature, signer=self.public_key)
        except BundleRefused:
            return False
        return True

    def keep_all(self) -> None:
        """Copy every local file."""
        for name in ("store", "store-anchors"):
            shutil.copytree(self._folder / name, self._folder / "kept" / name)

    def put_all_back(self) -> None:
        """Put every local file back: at the station nothing shows it."""
        for name in ("store", "store-anchors"):
            shutil.rmtree(self._folder / name)
            shutil.copytree(self._folder / "kept" / name, self._folder / name)


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


def test_bundles_that_follow_each_other_have_no_break(station: Station) -> None:
    first, second, third = (station.export() for _ in range(3))
    assert station.judged(first, second) == []
    assert station.judged(second, third) == []
    assert station.judged(first, third) == ["Bundles between 1 and 3 are missing."]


def test_the_manifest_carries_checkpoints_that_anybody_can_verify(station: Station) -> None:
    manifest = station.manifest(station.export())
    assert [read(one.text).store for one in manifest.checkpoints] == [StoreName.BORDER, StoreName.ENFORCEMENT]
    assert all(station.signed(one) for one in manifest.checkpoints)
    border = read(manifest.checkpoints[0].text)
    assert manifest.audit_head is not None
    assert border.size <= manifest.audit_head.sequence


def test_a_station_put_back_behind_its_last_export_shows_in_the_next_one(station: Station) -> None:
    first = station.export()
    station.keep_all()
    second = station.export()
    station.put_all_back()
    session = station.signed_in()
    assert session.store.read_only is None  # nothing here can tell
    station.sign_ins.sign_out(session)
    forked = station.export()
    assert any("used a number again" in text for text in station.judged(second, forked))
    assert station.judged(first, forked) == []
    later = station.export()
    assert station.judged(second, later) == [
        "This bundle does not name the one before it: the station does not know that it sent it.",
        "The audit trail of this bundle does not continue the one before it.",
    ]


def test_a_new_generation_shows_in_the_next_bundle(station: Station) -> None:
    first = station.export()
    session = station.signed_in()
    with session.store.unit_of_work() as unit:
        begin_generation(unit.settings)
        unit.commit()
    station.sign_ins.sign_out(session)
    second = station.export()
    (told,) = station.judged(first, second)
    assert "generation 2 after 1 of the store border" in told


def test_a_forged_and_an_older_checkpoint_are_breaks(station: Station) -> None:
    first, second = station.export(), station.export()
    before, after = station.manifest(first), station.manifest(second)
    border = after.checkpoints[0]
    forged = replace(after, checkpoints=(replace(border, text=border.text.replace("slots", "slots ")),))
    assert list(breaks(before, first.bundle.sha256, forged, station.signed))
    old = replace(after, checkpoints=before.checkpoints)
    assert list(breaks(after, first.bundle.sha256, replace(old, sequence=9), station.signed))
    other = replace(after, station="Harbour 9")
    (told,) = breaks(before, first.bundle.sha256, other, station.signed)
    assert told.in_english() == "The two bundles are not of the same station."
    shorter = replace(after, audit_head=None)
    assert any("shorter" in text.in_english() for text in breaks(before, first.bundle.sha256, shorter, station.signed))


def test_duress_reaches_headquarters_and_shows_nowhere_at_the_station(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = NewOfficer(
        name="vera",
        display_name="Vera Specimen",
        role=RoleName.SUPERVISOR,
        password=Secret.of("quiet amber window key"),
        distress_password=DISTRESS,
    )
    others = people()
    monkeypatch.setattr("tests.open_station.people", lambda: (*others, supervisor))
    station = Station(tmp_path)
    calm = station.export()
    assert station.manifest(calm).distress == ()
    other_day = station.signed_in()
    with other_day.store.reading() as unit:
        usual = unit.audit.head()
    station.sign_ins.sign_out(other_day)
    session = station.sign_ins.sign_in("vera", DISTRESS, CancelToken())
    assert session.distress
    with session.store.reading() as unit:
        entry = unit.audit.head()
        assert len(distress.raised(unit.settings)) == 1
    station.sign_ins.sign_out(session)
    assert entry is not None
    assert usual is not None
    assert (entry.act, set(entry.details)) == (usual.act, set(usual.details))
    outcome = station.export()
    (flag,) = station.manifest(outcome).distress
    assert (flag.by, flag.act) == (session.officer.officer_id, "access.signed_in")
    assert outcome.bundle.path.name == calm.bundle.path.name.replace("1.tar", "2.tar")
