# SPDX-License-Identifier: Apache-2.0
"""Which keys of headquarters count, and changing that with four eyes.

The recipients stand where the first start put them (``store_settings.RECIPIENTS``): exports, backups and audit logs
read them from there. A transition is two changes: the new key is added, and later the old one is dropped.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from station.access import store_settings
from station.access.approval_rules import ApprovalKind
from station.access.approvals import ApprovalService, Request, RequestState
from station.access.audit import Act
from station.access.roles import Permission
from station.access.shown_facts import Fact
from station.access.sign_in import Session
from station.domain.errors import RecipientRefused
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, say
from station.exporting.headquarters_keys import KeyChecks, KeyUse, PublicKeyOf, read_key
from station.ports.clock import Clock
from station.ports.setting_rows import SettingRepository
from station.ports.storage import UnitOfWork

#: Old and new, twice: more is not a transition. Each recipient takes room in the head of every bundle.
MOST_KEYS = 4

_SINCE = "headquarters.since"
_ROW = {KeyUse.SEALING: store_settings.RECIPIENTS, KeyUse.SIGNING: store_settings.HEADQUARTERS_SIGNERS}


class Change(enum.StrEnum):
    """What is done with a key. The names stand on the trail."""

    ADD = "add"  # it counts from now on, beside those that count already
    DROP = "drop"  # it counts no more


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """One change. Its ``subject`` says all of it, so that an approved request can be done by whoever asked."""

    change: Change
    key: PublicKeyOf

    @property
    def subject(self) -> str:
        """As the approval and the trail name it."""
        return f"{self.change}:{self.key.use}:{self.key.text}"

    @classmethod
    def of(cls, request: Request) -> KeyChange:
        """The change that a request of this kind is about. Raises ValueError for another kind."""
        change, use, text = request.subject.split(":", maxsplit=2)
        return cls(change=Change(change), key=PublicKeyOf(KeyUse(use), text))


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingKey:
    """A key that counts. ``since``: when two people agreed on it, or when the station was set up."""

    key: PublicKeyOf
    since: datetime


@dataclass(frozen=True, slots=True)
class HeadquartersKeysChanged:
    """Event: other keys count now."""


@dataclass(frozen=True, slots=True)
class _Since:
    key: str
    at: datetime


class HeadquartersService:
    """The keys of headquarters for one session. Every call blocks on the disk and needs MANAGE_STATION."""

    def __init__(self, session: Session, approvals: ApprovalService, checks: KeyChecks, clock: Clock) -> None:
        self._session = session
        self._approvals = approvals
        self._checks = checks
        self._clock = clock

    def keys(self) -> tuple[CountingKey, ...]:
        """Every key that counts, those that exports are sealed to first. Raises NotPermitted, StoreDamaged."""
        self._session.require(Permission.MANAGE_STATION)
        with self._session.store.reading() as unit:
            since = {one.key: one.at for one in _since(unit.settings)}
            created = self._session.store.identity.created_at
            return tuple(
                CountingKey(key=key, since=since.get(key.text, created))
                for use in KeyUse
                for key in _counting(unit.settings, use)
            )

    def read(self, path: Path) -> PublicKeyOf:
        """The public key in a file on a stick. Raises NotPermitted, FileRefused, RecipientRefused, OSError."""
        self._session.require(Permission.MANAGE_STATION)
        try:
            return read_key(path, self._checks)
        except OSError as problem:
            raise RecipientRefused(
                say("The file {name} cannot be read: {why}.", name=path.name, why=problem.strerror or "?"),
                say("Check the name of the file and the stick, and try again."),
            ) from None

    def ask(self, change: KeyChange) -> Request:
        """Ask a second person to agree to one change. Raises NotPermitted, RecipientRefused when it makes no sense."""
        self._session.require(Permission.MANAGE_STATION)
        with self._session.store.reading() as unit:
            shown = _shown(unit.settings, change)
        return self._approvals.ask(ApprovalKind.RECIPIENT_CHANGE, change.subject, shown)

    def approved(self) -> Sequence[Request]:
        """Changes that this person asked for, that were approved and are not done yet. Raises NotPermitted.

        Those that other keys have made void meanwhile are left out; they count again when the keys are as they were.
        """
        self._session.require(Permission.MANAGE_STATION)
        asked = [
            one
            for one in self._approvals.history()
            if one.kind is ApprovalKind.RECIPIENT_CHANGE
            and one.state is RequestState.APPROVED
            and one.asker.officer_id == self._session.officer.officer_id
        ]
        with self._session.store.reading() as unit:
            return [one for one in asked if _fits(unit.settings, one)]

    def change(self, request_id: str, change: KeyChange) -> None:
        """Do what two people agreed on. Exports that were made before stay as they are.

        Raises NotPermitted without an approval of exactly this, RecipientRefused when it makes no sense any more.
        """
        self._session.require(Permission.MANAGE_STATION)
        with self._session.store.unit_of_work() as unit:
            shown = _shown(unit.settings, change)
            self._approvals.use(unit, request_id, ApprovalKind.RECIPIENT_CHANGE, change.subject, shown)
            after = tuple(key.text for key in _after(unit.settings, change))
            unit.settings.put(_ROW[change.key.use], to_json(after))
            self._note_since(unit, change)
            unit.audit.append(
                at=self._clock.now(),
                by=self._session.officer.officer_id,
                act=Act.HEADQUARTERS_KEY_ADDED if change.change is Change.ADD else Act.HEADQUARTERS_KEY_DROPPED,
                subject=change.key.use.value,
                details={"key": change.key.text, "approval": request_id, "keys": str(len(after))},
            )
            unit.publish(HeadquartersKeysChanged())
            unit.commit()

    def _note_since(self, unit: UnitOfWork, change: KeyChange) -> None:
        others = tuple(one for one in _since(unit.settings) if one.key != change.key.text)
        mine = (_Since(change.key.text, self._clock.now()),) if change.change is Change.ADD else ()
        unit.settings.put(_SINCE, to_json((*others, *mine)))


def _counting(settings: SettingRepository, use: KeyUse) -> tuple[PublicKeyOf, ...]:
    read = store_settings.recipients if use is KeyUse.SEALING else store_settings.headquarters_signers
    return tuple(PublicKeyOf(use, text) for text in read(settings))


def _after(settings: SettingRepository, change: KeyChange) -> tuple[PublicKeyOf, ...]:
    """The keys of this use after the change. Raises RecipientRefused when that makes no sense."""
    before, key = _counting(settings, change.key.use), change.key
    if change.change is Change.ADD:
        if key in before:
            raise _refused(say("This key counts already."), say("Compare its fingerprint in the list."))
        if len(before) >= MOST_KEYS:
            raise _refused(
                say("{most} keys count already.", most=MOST_KEYS), say("Drop one that headquarters use no more first.")
            )
        return (*before, key)
    if key not in before:
        raise _refused(say("This key does not count any more."), say("Look at the list again."))
    after = tuple(one for one in before if one != key)
    if not after and key.use is KeyUse.SEALING:
        raise _refused(
            say("This is the only key that exports are sealed to."),
            say("Add the new key of headquarters first, then drop this one."),
        )
    return after


def _shown(settings: SettingRepository, change: KeyChange) -> dict[str, Fact]:
    """Exactly what both people see: the change, the whole key, and every fingerprint before and after."""
    before, after = _counting(settings, change.key.use), _after(settings, change)
    shown: dict[str, Fact] = {
        "1_change": Text(_SAYS[change.change, change.key.use].source, {"fingerprint": change.key.fingerprint}),
        "2_key": say("The whole key: {key}", key=change.key.text),
    }
    for number, key in enumerate(before, start=1):
        shown[f"3_before_{number}"] = say("Counts until now: {fingerprint}", fingerprint=key.fingerprint)
    if not before:
        shown["3_before"] = say("Until now no key of this kind counts.")
    for number, key in enumerate(after, start=1):
        shown[f"4_after_{number}"] = say("Counts after it: {fingerprint}", fingerprint=key.fingerprint)
    if not after:
        shown["4_after"] = say("After it receipts are typed again, which proves nothing.")
    return shown


def _fits(settings: SettingRepository, request: Request) -> bool:
    """Whether what two people saw is still what would be done."""
    try:
        return _shown(settings, KeyChange.of(request)) == request.shown
    except RecipientRefused:
        return False


_SAYS: dict[tuple[Change, KeyUse], Text] = {
    (Change.ADD, KeyUse.SEALING): say(
        "Whoever holds the secret part of this key will open every export and backup made from now on: {fingerprint}"
    ),
    (Change.DROP, KeyUse.SEALING): say("This key will open no export and no backup made from now on: {fingerprint}"),
    (Change.ADD, KeyUse.SIGNING): say("Receipts signed with this key will be believed: {fingerprint}"),
    (Change.DROP, KeyUse.SIGNING): say("Receipts signed with this key will not be believed any more: {fingerprint}"),
}


def _since(settings: SettingRepository) -> tuple[_Since, ...]:
    try:
        return from_json(tuple[_Since, ...], settings.get(_SINCE) or b"[]")
    except NotThisShape:
        raise store_settings.damaged(_SINCE) from None


def _refused(cause: Text, next_step: Text) -> RecipientRefused:
    return RecipientRefused(cause, next_step)
