# SPDX-License-Identifier: Apache-2.0
"""The process whose disk fails while a store is given another key, a backup is made, or records are let go.

python -m tests.power.safekeeping_on_a_failing_disk FOLDER ACT STEP
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from station.domain.encounter import EncounterStatus
from station.domain.errors import BundleRefused
from station.ports.storage import StoreIdentity, StoreName
from station.ports.tasks import CancelToken
from storage.backup.copies import STAGING
from storage.door import FolderDoor
from storage.doors.places import PUBLIC_KEY_FILE
from storage.keys.day_keys import FILE_NAME, PREVIOUS_NAME
from storage.keys.slots import Stage
from tests.open_station import LIGHT, SUPERVISOR_PASSWORD, KeptEvents, StandingClock
from tests.power.backing_up import BEFORE, KEPT, MEDIUM, PostAt, make_planned
from tests.power.promises import PLACE, WHO, Lost
from tests.power.station_on_a_failing_disk import Acts, Trial, main
from tests.station.safekeeping.retention_post import RetentionPost
from tests.station.safekeeping.retention_post import make as make_retention_post
from tests.storage.backup.posts import silent
from ui.host import SystemRandomness

LETTING_GO = "letting-go"
_RECORDS = 3
_SETTING = "specimen.written"
_AT_ONCE = 3  # encounters that are let go


class SafekeepingActs(Acts):
    """Acts on a station with a medium for backups, and on a post that lets records go."""

    def prepare(self) -> None:
        """See the base."""
        make_planned(self.folder)
        self._number = BEFORE
        for _ in range(_RECORDS):
            self.saved(self.store())
        self._post = PostAt(self.folder)
        self._made: list[str] = []
        place = self.folder / LETTING_GO
        place.mkdir()
        make_retention_post(place)
        self._retention = RetentionPost(place)
        self._let_go: set[str] = set()
        self._dropped: set[str] = set()

    def rekeying(self, trial: Trial, fault: Callable[[], object]) -> None:
        """The border's store gets another key; if that fails it opens all the same, and the next time it succeeds."""
        self._written(trial)
        self.closed()
        door = FolderDoor(self.folder / PLACE, KeptEvents(), StandingClock(), SystemRandomness(), profile=LIGHT)
        with door.desk.keys(WHO, SUPERVISOR_PASSWORD) as ring, self.tried(trial, fault):
            ring.rekey(StoreName.BORDER)
        self._still_works(trial)
        left = [path.name for path in (self.folder / PLACE).rglob("*.rekeyed*")]
        if left or door.desk.station.slots(StoreName.BORDER).read().table.stage is not Stage.STEADY:
            raise Lost(f"a re-key was not settled: {left}")

    def backing_up(self, trial: Trial, fault: Callable[[], object]) -> None:
        """A backup is made; if that fails no half one counts, those before count, and the next one succeeds."""
        self.closed()
        session = self._post.signed_in()
        medium = self.folder / MEDIUM
        try:
            backups = self._post.backups(session)
            with self.tried(trial, fault):
                self._made.append(backups.make(medium, silent, CancelToken()).name)
            self._all_count(session.store.identity)
            self._made.append(backups.make(medium, silent, CancelToken()).name)
            self._all_count(session.store.identity)
            left = [*medium.rglob("*.partial"), *self.folder.rglob(STAGING)]
            if left:
                raise Lost(f"the backup after a failure left {left}")
        finally:
            self._post.sign_ins.sign_out(session)
        self._still_works(trial)

    def erasing(self, trial: Trial, fault: Callable[[], object]) -> None:
        """An approved list is let go; if that fails every encounter is whole or gone, and doing it again ends it."""
        post = self._retention
        names = {f"encounter-{len(self._let_go) + number}" for number in range(_AT_ONCE)}
        for number, name in enumerate(sorted(names)):
            post.keep(name, days=1200 + number, status=EncounterStatus.ABANDONED, raw=number % 2)
        asked = post.retention.ask_erasure()
        post.approve(asked.request.request_id)
        with self.tried(trial, fault):
            self._dropped |= set(post.retention.erase(asked.erasure_id, CancelToken(), silent).days)
        self._nothing_half(post)
        if trial.said:
            self._dropped |= set(post.retention.erase(asked.erasure_id, CancelToken(), silent).days)
            self._nothing_half(post)
        self._let_go |= names
        if self._let_go & post.there():
            raise Lost("erased, and there again")
        for name in (FILE_NAME, PREVIOUS_NAME):
            path = post.folder / name
            if path.exists() and [day for day in self._dropped if f'"{day}"' in path.read_text()]:
                raise Lost(f"{name} still holds a key that was dropped")
        if [*post.store.check_pages(), *post.store.strayed_tables(CancelToken())]:
            raise Lost("not what was written last")

    def _written(self, trial: Trial) -> None:
        """Something new, in the place of what was there: the store must not grow from trial to trial."""
        value = f"{trial.fault} {trial.nth}".encode()
        with self.store().unit_of_work() as unit:
            unit.settings.put(_SETTING, value)
            unit.commit()

    def _still_works(self, trial: Trial) -> None:
        with self.store().reading() as unit:
            if trial.act == "rekeying" and unit.settings.get(_SETTING) != f"{trial.fault} {trial.nth}".encode():
                raise Lost("what was written before")
        self.kept(_RECORDS)
        self._written(trial)

    def end(self) -> None:
        """See the base."""
        self._retention.store.close()
        super().end()

    def _nothing_half(self, post: RetentionPost) -> None:
        findings = [found.says.in_english() for found in post.findings()]
        if findings:
            raise Lost("; ".join(findings))
        with post.store.reading() as unit:
            for image_id, _ in unit.images.recorded_hashes():
                unit.images.data(image_id)  # raises StoreDamaged for one without its key

    def _all_count(self, identity: StoreIdentity) -> None:
        """What counts is whole, and the newest that was made is there; one that could not be noted may stand by it."""
        counted = {seen.name: seen.path for seen in self._post.vault.kept(self.folder / MEDIUM, identity)}
        if not set(self._made[-1:]) <= set(counted) or len(counted) < min(KEPT, len(self._made)):
            raise Lost(f"{self._made[-KEPT:]} were made, {sorted(counted)} count")
        signer = (self.folder / PLACE / PUBLIC_KEY_FILE).read_text()
        for name, path in counted.items():
            try:
                self._post.sealer.open(path, signer=signer, identity=None)
            except BundleRefused as problem:
                raise Lost(f"{name} counts, and {problem.cause.in_english()}") from problem


if __name__ == "__main__":
    main(SafekeepingActs(Path(sys.argv[1])))
