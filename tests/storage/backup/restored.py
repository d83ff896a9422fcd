# SPDX-License-Identifier: Apache-2.0
"""What a post that was brought back has to be, wherever and after whatever: everything the backup held, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from station.access.audit import Act, verify, verify_records
from station.access.checkpoints import CheckpointService, memory_of
from station.access.sign_in import Session, SignInService
from station.ports.storage import Store, StoreName
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from storage.sealed.sealer import AgeMinisignSealer
from tests.open_station import LIGHT, KeptEvents, StandingClock
from tests.power.promises import save
from tests.storage.backup.posts import NEW_SUPERVISOR_PASSWORD
from ui.host import SystemRandomness


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a backup holds. ``heads``: the newest entry of each store's trail; ``at``: a time after it was made."""

    public_key: str
    at: datetime
    heads: Mapping[StoreName, int]
    pictures: int  # in the border's store


def held_by(session: Session, public_key: str, at: datetime, pictures: int) -> Held:
    """What a backup holds that is made now."""
    heads = {name: _head(store) for name, store in session.stores.items()}
    return Held(public_key=public_key, at=at, heads=heads, pictures=pictures)


def _head(store: Store) -> int:
    with store.reading() as unit:
        head = unit.audit.head()
    return 0 if head is None else head.sequence


def whole(held: Held, second: Path) -> None:
    """The new supervisor signs in at ``second`` and finds everything, in a new generation, and can work with it.

    Raises AssertionError, and whatever the station raises that cannot be opened.
    """
    clock, randomness = StandingClock(at=held.at), SystemRandomness()
    door = FolderDoor(second / "store", KeptEvents(), clock, randomness, profile=LIGHT)
    assert door.public_key_file.read_text() == held.public_key
    sign_ins = SignInService(door, clock, CheckpointService(AgeMinisignSealer(clock, randomness), clock))
    session = sign_ins.sign_in("vera", NEW_SUPERVISOR_PASSWORD, CancelToken())
    try:
        assert set(session.stores) == set(held.heads), f"only {set(session.stores)} came back"
        for name, store in session.stores.items():
            assert store.read_only is None, [one.happened.in_english() for one in store.anchor_findings]
            assert not [*store.check_pages(), *store.strayed_tables(CancelToken())]
            _trail_says_so(store, held.heads[name])
            _pictures_open(store, held.pictures if name is StoreName.BORDER else 0)
        save(session.store, 2_000, picture_bytes=2_000)
    finally:
        sign_ins.sign_out(session)


def _trail_says_so(store: Store, head: int) -> None:
    with store.reading() as unit:
        entries = list(unit.audit.entries())
        findings = verify_records(
            entries,
            unit.encounters.recorded_bodies(),
            unit.images.recorded_hashes(),
            unit.journal.recorded_steps(),
            vouch=unit.audit.vouch,
        )
        generation = memory_of(unit.settings).generation
    assert not [*verify(entries), *findings]
    (restored,) = [entry for entry in entries if entry.act == Act.RESTORED]
    assert restored.sequence == head + 1, "the trail goes on from another entry than the backup's newest"
    assert generation == int(restored.details["generation"]) > int(restored.details["generation_before"])


def _pictures_open(store: Store, count: int) -> None:
    with store.reading() as unit:
        pictures = [image_id for image_id, _ in unit.images.recorded_hashes()]
        assert all(unit.images.data(image_id) for image_id in pictures), "a picture does not open"
    assert len(pictures) == count
