# SPDX-License-Identifier: Apache-2.0
"""Who has keys of which store, and the recovery sheets: tried without restoring anything, and printed anew.

New sheets come from two old ones: the station itself does not hold the secret that is on them. They carry the same
secret in another way, so that an old sheet never fits a new one; old ones fit each other until they are destroyed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from station.access.approval_rules import ApprovalKind
from station.access.approvals import ApprovalService, Request, RequestState
from station.access.audit import Act
from station.access.recovery import RecoverySet, new_set, recovery_mark, recovery_recipient, recovery_settings
from station.access.roles import Permission
from station.access.shown_facts import Shown
from station.access.sign_in import Session
from station.domain.errors import ShareRefused
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.backup import PaperShares
from station.ports.clock import Clock
from station.ports.keys import KeyDesk, SlotView
from station.ports.storage import StoreName, UnitOfWork

_SUBJECT = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysState:
    """Who has keys, as the key files say, and which sheets were printed last; ``mark`` is None before the first."""

    people: tuple[SlotView, ...]
    stores: tuple[StoreName, ...]  # those of this station
    mark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetsFit:
    """Two sheets fit together and belong to this station. ``newest``: to the set that was printed last."""

    mark: str
    newest: bool


class RecoveryService:
    """Recovery for one session. Calls block on the disk; typed words are forgotten when a call returns."""

    def __init__(
        self, session: Session, key_desk: KeyDesk, paper: PaperShares, approvals: ApprovalService, clock: Clock
    ) -> None:
        self._session = session
        self._key_desk = key_desk
        self._paper = paper
        self._approvals = approvals
        self._clock = clock

    def state(self) -> KeysState:
        """Who has keys of which store. Needs KEEP_BACKUPS. Raises StoreDamaged."""
        self._session.require(Permission.KEEP_BACKUPS)
        people = tuple(self._key_desk.people())
        with self._session.store.reading() as unit:
            mark = recovery_mark(unit.settings)
        there = {name for person in people for name in person.stores}
        return KeysState(people=people, stores=tuple(name for name in StoreName if name in there), mark=mark)

    def test(self, sheets: Sequence[Sequence[str]]) -> SheetsFit:
        """Try two sheets; nothing is restored or opened. Needs KEEP_BACKUPS.

        Raises ShareRefused, naming sheet and word, or when the sheets are another station's.
        """
        self._session.require(Permission.KEEP_BACKUPS)
        master, mark = self._master(sheets)
        master.forget()
        with self._session.store.reading() as unit:
            newest = mark == recovery_mark(unit.settings)
        return SheetsFit(mark=mark, newest=newest)

    def ask_new_sheets(self) -> Request:
        """Ask another person to approve new sheets. Needs KEEP_BACKUPS and ASK_APPROVAL."""
        self._session.require(Permission.KEEP_BACKUPS)
        return self._approvals.ask(ApprovalKind.NEW_SHARES, _SUBJECT, self._shown())

    def standing_request(self) -> Request | None:
        """This person's newest request for new sheets, while it waits or is approved. Needs KEEP_BACKUPS."""
        self._session.require(Permission.KEEP_BACKUPS)
        mine = self._session.officer.officer_id
        for request in self._approvals.history():
            if request.kind is ApprovalKind.NEW_SHARES and request.asker.officer_id == mine:
                return request if request.state in (RequestState.WAITING, RequestState.APPROVED) else None
        return None

    def new_sheets(self, request_id: str, sheets: Sequence[Sequence[str]]) -> RecoverySet:
        """New sheets from two old ones, to be printed, typed back and noted. Needs KEEP_BACKUPS and the approval.

        Raises NotPermitted without it, ShareRefused.
        """
        self._session.require(Permission.KEEP_BACKUPS)
        self._approvals.require_approved(request_id, ApprovalKind.NEW_SHARES, _SUBJECT, self._shown())
        master, _ = self._master(sheets)
        return new_set(self._paper, master)

    def note_sheets(self, request_id: str, made: RecoverySet) -> None:
        """The new sheets are printed and typed back: use the approval up, and note their mark. Needs KEEP_BACKUPS."""
        self._session.require(Permission.KEEP_BACKUPS)
        shown = self._shown()
        with self._session.store.unit_of_work() as unit:
            self._approvals.use(unit, request_id, ApprovalKind.NEW_SHARES, _SUBJECT, shown)
            for name, value in recovery_settings(made.recipient, made.mark).items():
                unit.settings.put(name, value)
            self._audit(unit, made.mark)
            unit.commit()

    def _master(self, sheets: Sequence[Sequence[str]]) -> tuple[Secret, str]:
        """The master secret and the mark of the set, when the sheets are this station's."""
        shares = [self._paper.read(number, words) for number, words in enumerate(sheets, start=1)]
        master = self._paper.combine(shares)
        with self._session.store.reading() as unit:
            recipient = recovery_recipient(unit.settings)
        if recipient != self._paper.recipient(master):
            master.forget()
            raise ShareRefused(
                say("These sheets fit together, but they are not this station's."),
                say("Look for the sheets that name this station."),
            )
        return master, shares[0].set_mark

    def _shown(self) -> Shown:
        with self._session.store.reading() as unit:
            mark = recovery_mark(unit.settings) or ""
        return {
            "station": self._session.store.identity.station,
            "meaning": say(
                "New recovery sheets are printed from two old ones of set {mark}. The old ones must be destroyed.",
                mark=mark,
            ),
        }

    def _audit(self, unit: UnitOfWork, mark: str) -> None:
        by = self._session.officer.officer_id
        unit.audit.append(at=self._clock.now(), by=by, act=Act.SHARES_MADE, subject=_SUBJECT, details={"set": mark})
