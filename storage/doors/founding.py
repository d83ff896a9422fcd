# SPDX-License-Identifier: Apache-2.0
"""Makes stores: key, database, first people and key file belong together, and appear together or not at all."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from station.access.audit import Act
from station.domain.secrets import Secret
from station.ports.clock import Clock
from station.ports.events import EventBus
from station.ports.storage import Officer, StoreIdentity, StoreName
from storage.durable import make_folders, sync_folder
from storage.keys.keeper import Member, SlotKeeper
from storage.keys.slot_file import SlotFile
from storage.keys.slots import Lock
from storage.sqlcipher.store import create_database, open_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One store to be made. ``people`` and ``members`` are the same people in the same order."""

    identity: StoreIdentity
    settings: Mapping[str, bytes]
    people: Sequence[Officer]
    members: Sequence[Member]
    founded: tuple[StoreName, ...] = ()
    recovery: bytes | None = None


def fill(folder: Path, plan: Plan, keeper: SlotKeeper, clock: Clock, events: EventBus) -> Secret:
    """Make a store in the existing, empty ``folder``; its key. Raises StoreError kinds, OSError, RecordConflict."""
    name, now = plan.identity.name, clock.now()
    key = keeper.new_key()
    try:
        create_database(folder, key.reveal(), plan.identity, plan.settings, plan.people, now)
        _record_people(folder, key, plan, clock, events)
        table = keeper.new_table(
            name, plan.identity.kind, key, plan.members, founded=plan.founded, recovery=plan.recovery
        )
        keeper.check(table)  # a table that would not open is never put in place
        SlotFile(folder, keeper).write(table)
    except BaseException:
        key.forget()
        raise
    return key


@contextmanager
def appearing(place: Path) -> Iterator[Path]:
    """A folder to fill, which stands at ``place`` when the block ends well, and nowhere when it does not.

    ``place`` may be an empty folder. Raises OSError.
    """
    making = place.with_name(f".{place.name}.being-made")
    try:
        make_folders(place.parent)
        for left in (making, place.with_name(f".{place.name}.being-restored")):  # of whatever was killed
            if left.exists():
                shutil.rmtree(left)
        making.mkdir(mode=0o700)
        yield making
        sync_folder(making)  # the names in it as well: a power cut may otherwise leave a place without what was made
        if place.exists():
            place.rmdir()  # empty, as the caller checked
        os.rename(making, place)
        _hold_in_place(place, making)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def public_key_of(lock: Lock) -> str:
    """What a person signs with, as it stands in rows and on the trail."""
    return base64.b64encode(lock.signing).decode()


def _hold_in_place(place: Path, making: Path) -> None:
    """Make the new store's name durable, or take the store away again: "nothing was created" must be true."""
    try:
        sync_folder(place.parent)
    except OSError:
        with suppress(OSError):
            os.rename(place, making)  # in one step: whoever is killed here leaves a whole store or none
        shutil.rmtree(place, ignore_errors=True)
        raise


def _record_people(folder: Path, key: Secret, plan: Plan, clock: Clock, events: EventBus) -> None:
    store = open_database(folder, key.reveal(), events, name=plan.identity.name)
    try:
        with store.unit_of_work() as unit:
            now = clock.now()
            for officer in plan.people:
                unit.audit.append(
                    at=now,
                    by="station",
                    act=Act.OFFICER_ADDED,
                    subject=officer.officer_id,
                    details={"role": officer.role.value, "public_key": officer.public_key},
                )
            unit.commit()
    finally:
        store.close()
