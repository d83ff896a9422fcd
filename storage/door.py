# SPDX-License-Identifier: Apache-2.0
"""The folder of a station, closed: how its stores are made together, and opened with a person's password."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from station.access.roles import STORES_OF
from station.access.store_settings import PUBLIC_KEY
from station.domain.errors import StoreError, StoreFull
from station.domain.identifiers import RANDOM_BYTES, OfficerId, new_identifier
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.anchors import TokenCounter
from station.ports.clock import Clock, Randomness
from station.ports.events import EventBus
from station.ports.keys import NewOfficer, Opened, SecondFactors, StoreDoor
from station.ports.storage import Officer, StoreIdentity, StoreKind, StoreName
from station.ports.tasks import CancelToken
from storage.doors.desk import FolderKeyDesk
from storage.doors.founding import Plan, appearing, fill, public_key_of
from storage.doors.opening import Opening
from storage.doors.places import PUBLIC_KEY_FILE, StationFolder
from storage.doors.wiping import end_wipe
from storage.durable import replace_durably
from storage.keys.calibration import calibrate
from storage.keys.derivation import recovery_key
from storage.keys.destroying import refuse_destroyed
from storage.keys.keeper import Member, SlotKeeper
from storage.keys.stretching import SERVICE, KdfProfile
from storage.keys.wrong_tries import WrongTries


class FolderDoor(StoreDoor):
    """A station in a folder of its own: key file and database of each store, and ``station.pub`` for everybody.

    ``profile`` is what a password costs at least; lower it in tests only. The first start of a station in service
    asks ``calibrated`` what this machine can afford above it. ``factors`` finds a person's token; ``counter`` is the
    one behind the border store. Any thread may call it; every call blocks.
    """

    def __init__(
        self,
        place: Path,
        events: EventBus,
        clock: Clock,
        randomness: Randomness,
        *,
        profile: KdfProfile = SERVICE,
        calibrated: Callable[[], KdfProfile] = calibrate,
        factors: SecondFactors | None = None,
        counter: TokenCounter | None = None,
    ) -> None:
        self._place = place.absolute()
        self._events = events
        self._clock = clock
        self._randomness = randomness
        self._profile = profile
        self._counter = counter
        self._calibrated = calibrated
        self._keeper = SlotKeeper(randomness, profile=profile, factors=factors)
        self._station = StationFolder(self._place, self._keeper)
        self._wrong_tries = WrongTries(self._place, clock)
        #: Where people prove who they are for one act, and where their slots are changed.
        self.desk = FolderKeyDesk(self._station, events, clock, self._wrong_tries)

    @property
    def public_key_file(self) -> Path:
        """Where the station's public minisign key lies, readable without a password."""
        return self._place / PUBLIC_KEY_FILE

    def exists(self) -> bool:
        """Whether a store is there, or one whose keys were destroyed."""
        return self._station.slots(StoreName.BORDER).exists()

    def kind(self) -> StoreKind:
        """Live or training, readable without a password. Raises StoreMissing, StoreDamaged, StoreTooNew, StoreFull."""
        end_wipe(self._station)
        return self._station.slots(StoreName.BORDER).read().table.kind

    def create(
        self,
        identity: StoreIdentity,
        people: Sequence[NewOfficer],
        settings: Mapping[str, bytes],
        *,
        recovery: Secret | None = None,
    ) -> None:
        """Make the stores beside their place and move them there at the end: whole or not at all.

        Raises StoreError when the folder holds something already, StoreFull when it cannot be written.
        """
        try:
            self._refuse_occupied()
            with appearing(self._place) as making:
                self._fill(making, identity, people, settings, recovery)
        except OSError as problem:
            raise _not_written(problem) from problem

    def unlock(self, name: str, password: Secret, *, cancel: CancelToken, pin: Secret | None = None) -> Opened:
        """See the port. A wrong password and an unknown name get the same answer, which takes as long."""
        cancel.raise_if_cancelled()
        home = self.desk.prove(name, password, pin)
        try:
            cancel.raise_if_cancelled()
            opening = Opening(self._station, self._events, self._clock, self._counter)
            return opening.all_of(home, wrong_tries=self._wrong_tries)
        finally:
            home.keys.forget()

    def _fill(
        self,
        folder: Path,
        identity: StoreIdentity,
        people: Sequence[NewOfficer],
        settings: Mapping[str, bytes],
        recovery: Secret | None,
    ) -> None:
        cost = self._calibrated() if self._profile is SERVICE else self._profile
        members = [Member(person.role, self._keeper.new_lock(person, cost)) for person in people]
        officers = [self._officer(person, member) for person, member in zip(people, members, strict=True)]
        needed = {name for person in people for name in STORES_OF[person.role]} | {StoreName.BORDER}
        founded = tuple(name for name in StoreName if name in needed)
        for name in founded:
            there = [at for at, person in enumerate(people) if name in STORES_OF[person.role]]
            home = name is StoreName.BORDER
            plan = Plan(
                identity=replace(identity, name=name),
                settings=settings if home else {},
                people=[officers[at] for at in there],
                members=[members[at] for at in there],
                founded=founded if home else (),
                recovery=None if recovery is None else recovery_key(recovery).public_key().public_bytes_raw(),
            )
            place = StationFolder(folder, self._keeper).folder(name)
            place.mkdir(mode=0o700, exist_ok=True)
            fill(place, plan, self._keeper, self._clock, self._events).forget()
        public_key = settings.get(PUBLIC_KEY)
        if public_key is not None:
            replace_durably(folder / PUBLIC_KEY_FILE, public_key, mode=0o644)

    def _officer(self, person: NewOfficer, member: Member) -> Officer:
        return Officer(
            officer_id=OfficerId(new_identifier(self._clock.now(), self._randomness.bytes(RANDOM_BYTES))),
            name=person.name,
            display_name=person.display_name,
            role=person.role,
            public_key=public_key_of(member.lock),
        )

    def _refuse_occupied(self) -> None:
        if self._place.is_dir() and not any(self._place.iterdir()):
            return
        refuse_destroyed(self._place)
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


def _not_written(problem: OSError) -> StoreFull:
    return StoreFull(
        say(
            "The store could not be written: {reason}.",
            reason=os.strerror(problem.errno) if problem.errno else "?",
        ),
        say("Nothing was created. Make room, or choose a folder you may write to."),
    )
