# SPDX-License-Identifier: Apache-2.0
"""Opening the station for one person and closing it again, each time with a trace in the audit trail.

A session holds the open store. It ends by signing out or by locking; both close the store, so that its key is no
longer in use. Coming back after a lock is signing in again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress

from station.access import distress
from station.access.audit import Act
from station.access.checkpoint_text import CheckpointReason
from station.access.checkpoints import CheckpointService
from station.access.outbox import deliver
from station.access.people_state import PERSON_MESSAGE, taken_over
from station.access.reduced_view import ReducedStore, end_view, keep_view, view_of
from station.access.rekeying import note_rekeyed, rekey, rekey_due
from station.access.roles import ROLE_TITLES, Permission, allowed, role_needed
from station.domain.errors import NotPermitted, SignInRefused, StationError, StoreError
from station.domain.secrets import Secret
from station.domain.sign_in_name import comparable
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.keys import KeyDesk, Opened, StoreDoor
from station.ports.storage import Officer, Store, StoreName, UnitOfWork
from station.ports.tasks import CancelToken

#: The setting that says when somebody signed in last whose sign-in could not come on the trail.
_BESIDE_TRAIL = "access.signed_in_beside_trail"


class Session:
    """One person's time at the open station. Any thread may ask it; only SignInService ends it."""

    __slots__ = ("_ended", "_further", "_officer", "_permissions", "_store", "_whole", "distress", "view")

    def __init__(self, opened: Opened) -> None:
        self._officer = opened.officer
        self._whole = opened.store
        #: What may be seen under distress (station.access.reduced_view); None for everything.
        self.view = view_of(opened.store, opened.officer.officer_id) if opened.distress else None
        self._store: Store = opened.store if self.view is None else ReducedStore(opened.store, self.view)
        self._further = dict(opened.further)
        # Somebody else knows a one-time password: it is good for nothing but choosing one's own.
        self._permissions = frozenset() if opened.officer.one_time else allowed(opened.officer.role)
        self._ended = False
        #: The distress password was typed. Only what the person sees and what the next export says depends on it.
        self.distress = opened.distress

    @property
    def officer(self) -> Officer:
        """Who signed in."""
        return self._officer

    @property
    def store(self) -> Store:
        """The open border store as this person may see it; closed once the session has ended."""
        return self._store

    @property
    def stores(self) -> Mapping[StoreName, Store]:
        """Every store this person can open, as they may see it."""
        return {StoreName.BORDER: self._store, **self._further}

    @property
    def whole(self) -> Mapping[StoreName, Store]:
        """The same stores with everything in them, for what shows nobody: exports, and the judging of a trail."""
        return {StoreName.BORDER: self._whole, **self._further}

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this person may do; nothing after the end."""
        return frozenset() if self._ended else self._permissions

    @property
    def ended(self) -> bool:
        """Whether the person signed out or the station locked."""
        return self._ended

    def require(self, permission: Permission) -> None:
        """Raise NotPermitted when this person may not do it, SignInRefused when the session has ended."""
        if self._ended:
            raise SignInRefused(say("Nobody is signed in."), say("Sign in first."))
        if self._officer.one_time:
            raise NotPermitted(
                say("You signed in with a one-time password."),
                say("Choose your own password first. Then sign in again."),
            )
        if permission not in self._permissions:
            raise NotPermitted(
                say("The role {role} may not do this.", role=ROLE_TITLES[self._officer.role]),
                say("Ask for: {role}.", role=role_needed(permission)),
            )

    def end(self) -> None:
        """Close every store. Calling it again does nothing."""
        self._ended = True
        with ExitStack() as last:
            for store in self.whole.values():
                last.callback(store.close)


def needs_pin(key_desk: KeyDesk, name: str) -> bool:
    """Whether who signs in with this name needs a token and its PIN: the key files say it in the open.

    Blocks on the disk. Raises StoreError kinds.
    """
    wanted = comparable(name.strip())
    return any(slot.second_factor for slot in key_desk.people() if comparable(slot.name) == wanted)


def new_keys_due(session: Session) -> frozenset[StoreName]:
    """Stores that still need a new key, of those that this person opens. Needs MANAGE_PEOPLE. Blocks on the disk."""
    session.require(Permission.MANAGE_PEOPLE)
    with session.store.reading() as unit:
        return rekey_due(unit.settings) & set(session.stores)


class SignInService:
    """Signs people in and out. Each call may take a second and blocks on the disk: never on the window's thread.

    A store that does not fit its anchors is opened to be read: nothing comes on its trail, not even who came. Only the
    time is kept in it, and the silent flag of a sign-in under distress.
    """

    def __init__(
        self, door: StoreDoor, clock: Clock, checkpoints: CheckpointService, *, key_desk: KeyDesk | None = None
    ) -> None:
        """``key_desk``: gives stores the new keys that are due; without it they stay due."""
        self._door = door
        self._clock = clock
        self._checkpoints = checkpoints
        self._key_desk = key_desk

    def sign_in(
        self,
        name: str,
        password: Secret,
        cancel: CancelToken,
        *,
        pin: Secret | None = None,
        told: Callable[[Text], None] = lambda _step: None,
    ) -> Session:
        """Open the store for a person. ``pin``: of the token of somebody of whom `needs_pin` is true.

        ``told`` hears, on the calling thread, what takes long.

        Raises SignInRefused, StoreMissing, StoreInUse, StoreDamaged, StoreTooNew, StoreFull, Cancelled, and
        DeviceError kinds of the token. When the act cannot be written into the audit trail, nobody is signed in.
        Takes as long as the stores are large when they need new keys (station.access.rekeying) and this person
        manages people.
        """
        session = Session(self._door.unlock(name, password, cancel=cancel, pin=pin))
        try:
            cancel.raise_if_cancelled()
            session, rekeyed = self._with_new_keys(session, name, password, pin, told)
            self._record(session, Act.SIGNED_IN, rekeyed)
            self._bring_over(session)
            self._checkpoints.make(session.stores, CheckpointReason.SIGN_IN)
        except BaseException:
            session.end()
            raise
        return session

    def sign_out(self, session: Session) -> None:
        """The person leaves. The store is closed even when the audit entry could not be written."""
        self._end(session, Act.SIGNED_OUT, CheckpointReason.SIGN_OUT)

    def lock(self, session: Session) -> None:
        """Nobody touched the station for a while, or the screen went off. The store is closed as in sign-out."""
        self._end(session, Act.LOCKED, CheckpointReason.LOCK)

    def _end(self, session: Session, act: Act, reason: CheckpointReason) -> None:
        if session.ended:
            return
        try:
            self._record(session, act)
            self._checkpoints.make(session.stores, reason)
        finally:
            session.end()

    def _with_new_keys(
        self, session: Session, name: str, password: Secret, pin: Secret | None, told: Callable[[Text], None]
    ) -> tuple[Session, frozenset[StoreName]]:
        """The same person's session after the stores that are due got new keys; which they were."""
        usable = Permission.MANAGE_PEOPLE in session.permissions and not session.distress
        if self._key_desk is None or not usable or any(store.read_only for store in session.stores.values()):
            return session, frozenset()
        due = new_keys_due(session)
        if not due:
            return session, due
        session.end()  # a store gets a new key only while it is closed
        done: frozenset[StoreName] = frozenset()
        with suppress(
            StoreError
        ):  # a full disk keeps nobody out: the keys stay due, and whoever manages people is told
            done = rekey(self._key_desk, name, password, due, pin=pin, told=told)
        # Whoever stopped meanwhile stops after this: what was done is written down first.
        return Session(self._door.unlock(name, password, cancel=CancelToken(), pin=pin)), done

    def _bring_over(self, session: Session) -> None:
        """What the border store owes the stores that only this person opens. What fails waits for the next time."""
        handlers = {PERSON_MESSAGE: taken_over(self._clock)}
        for name, store in session.stores.items():
            if name is not StoreName.BORDER and session.store.read_only is None and store.read_only is None:
                with suppress(StationError):
                    deliver(session.store, store, handlers, self._clock)

    def _record(self, session: Session, act: Act, rekeyed: frozenset[StoreName] = frozenset()) -> None:
        if session.store.read_only is not None:
            if act is Act.SIGNED_IN:
                self._record_beside_trail(session)
            return
        officer = session.officer
        with session.store.unit_of_work() as unit:
            unit.audit.append(
                at=self._clock.now(),
                by=officer.officer_id,
                act=act,
                subject=officer.officer_id,
                # Seconds since the computer's start: what a clock that was turned cannot change.
                details={"role": officer.role.value, "monotonic": f"{self._clock.monotonic():.3f}"},
            )
            if rekeyed:
                note_rekeyed(unit, rekeyed, at=self._clock.now(), by=officer.officer_id)
            if act is Act.SIGNED_IN:
                self._record_view(session, unit)
            unit.commit()

    def _record_beside_trail(self, session: Session) -> None:
        """The silent flag in a store that does not fit its anchors: whoever can take those away must not end it.

        The trail stays as it was found, so the anchors judge it as before. A calm sign-in writes as well: when it was.
        """
        with session.store.accepting() as unit:
            unit.settings.put(_BESIDE_TRAIL, self._clock.now().isoformat().encode())
            self._record_view(session, unit)
            unit.commit()

    def _record_view(self, session: Session, unit: UnitOfWork) -> None:
        """Under distress the silent flag, and where the view begins; otherwise the last view is over."""
        by = session.officer.officer_id
        if session.view is None:
            end_view(unit, by)
        else:
            distress.raise_flag(unit, at=self._clock.now(), by=by, act=Act.SIGNED_IN, subject=by)
            keep_view(unit, session.view)
