# SPDX-License-Identifier: Apache-2.0
"""The folder of a store, closed: the key slots and the database belong together and are made together."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from station.access.audit import Act
from station.access.store_settings import PUBLIC_KEY
from station.domain.errors import SignInRefused, StoreDamaged, StoreError, StoreFull
from station.domain.identifiers import RANDOM_BYTES, OfficerId, new_identifier
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.clock import Clock, Randomness
from station.ports.events import EventBus
from station.ports.keys import NewOfficer, Opened, StoreDoor
from station.ports.storage import Officer, Store, StoreIdentity, StoreKind
from station.ports.tasks import CancelToken
from storage.durable import replace_durably, sync_folder
from storage.keys.slot_file import SlotFile, SlotReading
from storage.keys.slots import Slot, SlotKeeper, SlotTable
from storage.keys.stretching import SERVICE, KdfProfile
from storage.keys.wrong_tries import WrongTries
from storage.sqlcipher.store import SqlcipherStore, create_database, open_database

PUBLIC_KEY_FILE = "station.pub"


class FolderDoor(StoreDoor):
    """A store in a folder of its own: ``slots.json``, the database, and ``station.pub`` for everybody.

    ``profile`` is what a password costs; lower it in tests only. Any thread may call it; every call blocks.
    """

    def __init__(
        self,
        place: Path,
        events: EventBus,
        clock: Clock,
        randomness: Randomness,
        *,
        profile: KdfProfile = SERVICE,
    ) -> None:
        self._place = place.absolute()
        self._events = events
        self._clock = clock
        self._randomness = randomness
        self._keeper = SlotKeeper(randomness, profile=profile)
        self._slots = SlotFile(self._place, self._keeper)
        self._wrong_tries = WrongTries(self._place, clock)

    @property
    def public_key_file(self) -> Path:
        """Where the station's public minisign key lies, readable without a password."""
        return self._place / PUBLIC_KEY_FILE

    def exists(self) -> bool:
        """Whether a store is there."""
        return self._slots.exists()

    def kind(self) -> StoreKind:
        """Live or training, readable without a password. Raises StoreMissing, StoreDamaged, StoreTooNew."""
        return self._slots.read().table.kind

    def create(self, identity: StoreIdentity, people: Sequence[NewOfficer], settings: Mapping[str, bytes]) -> None:
        """Make the store beside its place and move it there at the end: whole or not at all.

        Raises StoreError when the folder holds something already, StoreFull when it cannot be written.
        """
        making = self._place.with_name(f".{self._place.name}.being-made")
        try:
            self._refuse_occupied()
            self._place.parent.mkdir(parents=True, exist_ok=True)
            if making.exists():  # of a first start that was killed; nobody has its key
                shutil.rmtree(making)
            making.mkdir(mode=0o700)
            self._fill(making, identity, people, settings)
            if self._place.exists():
                self._place.rmdir()  # empty, as was checked
            os.rename(making, self._place)
            self._hold_in_place(making)
        except OSError as problem:
            raise _not_written(problem) from problem
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def unlock(self, name: str, password: Secret, *, cancel: CancelToken) -> Opened:
        """See the port. A wrong password and an unknown name get the same answer, which takes as long."""
        reading = self._slots.read()
        cancel.raise_if_cancelled()
        self._wrong_tries.refuse_while_waiting()
        try:
            slot, key = self._keeper.unwrap(reading.table, name, password)
        except SignInRefused:
            self._wrong_tries.add()
            raise
        try:
            cancel.raise_if_cancelled()
            store = open_database(self._place, key.reveal(), self._events)
        finally:
            key.forget()
        try:
            officer = _officer_of(store, slot, reading.table)
            self._note_what_happened(store, reading)
        except BaseException:
            store.close()
            raise
        return Opened(officer=officer, store=store, further={})

    def _fill(
        self,
        folder: Path,
        identity: StoreIdentity,
        people: Sequence[NewOfficer],
        settings: Mapping[str, bytes],
    ) -> None:
        now = self._clock.now()
        officers = [
            Officer(
                officer_id=OfficerId(new_identifier(now, self._randomness.bytes(RANDOM_BYTES))),
                name=person.name,
                display_name=person.display_name,
                role=person.role,
            )
            for person in people
        ]
        key = self._keeper.new_key()
        try:
            create_database(folder, key.reveal(), identity, settings, officers, now)
            self._record_people(folder, key, officers)
            table = self._keeper.new_table(identity.kind, key, people)
        finally:
            key.forget()
        self._keeper.check(table)  # a table that would not open is never put in place
        SlotFile(folder, self._keeper).write(table)
        public_key = settings.get(PUBLIC_KEY)
        if public_key is not None:
            replace_durably(folder / PUBLIC_KEY_FILE, public_key, mode=0o644)

    def _hold_in_place(self, making: Path) -> None:
        """Make the new store's name durable, or take the store away again: "nothing was created" must be true."""
        try:
            sync_folder(self._place.parent)
        except OSError:
            with suppress(OSError):
                os.rename(self._place, making)  # in one step: whoever is killed here leaves a whole store or none
            shutil.rmtree(self._place, ignore_errors=True)
            raise

    def _record_people(self, folder: Path, key: Secret, officers: Sequence[Officer]) -> None:
        store = open_database(folder, key.reveal(), self._events)
        try:
            with store.unit_of_work() as unit:
                now = self._clock.now()
                for officer in officers:
                    unit.audit.append(
                        at=now,
                        by="station",
                        act=Act.OFFICER_ADDED,
                        subject=officer.officer_id,
                        details={"role": officer.role.value},
                    )
                unit.commit()
        finally:
            store.close()

    def _refuse_occupied(self) -> None:
        if self._place.is_dir() and not any(self._place.iterdir()):
            return
        if self.exists():
            raise StoreError(
                say("There is a store in this folder already."),
                say("Choose another folder, or sign in to the store that is there."),
            )
        if self._place.exists():
            raise StoreError(
                say("The folder for the store is not empty."),
                say("Choose an empty or a new folder. Nothing in it was touched."),
            )

    def _note_what_happened(self, store: Store, reading: SlotReading) -> None:
        """Put on the trail what could not be noted while the store was closed."""
        tries = self._wrong_tries.take()
        if not tries and not reading.from_previous:
            return
        with store.unit_of_work() as unit:
            now = self._clock.now()
            if tries:
                details = {"tries": str(tries)}
                unit.audit.append(at=now, by="station", act=Act.SIGN_IN_REFUSED, subject="store", details=details)
            if reading.from_previous:
                unit.audit.append(at=now, by="station", act=Act.PREVIOUS_KEYS_USED, subject="slots.json", details={})
            unit.commit()


def _officer_of(store: SqlcipherStore, slot: Slot, table: SlotTable) -> Officer:
    """The person of a slot as the database knows them; key file and database must agree."""
    if store.identity.kind is not table.kind:
        raise StoreDamaged(
            say("The key file and the database are not of the same store."),
            say("Put both back from the same backup, or call a technician."),
        )
    with store.reading() as unit:
        officer = unit.officers.by_name(slot.name)
    if officer is None or officer.role is not slot.role:
        raise SignInRefused(
            say("The key file and the database do not agree about this person."),
            say("Ask the supervisor to set this person up again."),
        )
    if officer.suspended:
        raise SignInRefused(say("This person is suspended."), say("Ask the supervisor."))
    return officer


def _not_written(problem: OSError) -> StoreFull:
    return StoreFull(
        say(
            "The store could not be written: {reason}.",
            reason=os.strerror(problem.errno) if problem.errno else "?",
        ),
        say("Nothing was created. Make room, or choose a folder you may write to."),
    )
