# SPDX-License-Identifier: Apache-2.0
"""The border store as it looks to whoever signed in under distress: only what was begun since then is in it.

Nothing is missing from the store itself, and everything is written as always; only the seeing is reduced
(docs/decisions/0018). Whatever must have the whole store, such as an export, asks the session for it by name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from station.access.reduced_view_keeping import ReducedApprovals, ReducedHolds, ReducedRetention
from station.access.reduced_view_rows import (
    Begun,
    ReducedAudit,
    ReducedEncounters,
    ReducedExports,
    ReducedImages,
    ReducedJournal,
)
from station.domain.identifiers import OfficerId
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text
from station.ports.anchors import AnchorFinding, AnchorLog
from station.ports.safekeeping import InboxRepository, OutboxRepository, ShiftRepository
from station.ports.setting_rows import SettingRepository
from station.ports.storage import OfficerRepository, Store, StoreIdentity, StoreName, UnitOfWork
from station.ports.tasks import CancelToken

_SETTING = "access.begun."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What stands in the store of one person's reduced view. ``exports``: the number of the last export before it."""

    identifiers: tuple[str, ...] = ()
    exports: int = 0


@dataclass(slots=True)
class View:
    """What one person began since the first sign-in under distress after their last ordinary one.

    It goes on over locks and sign-ins under distress: what was registered before somebody's eyes stays in sight.
    Any thread.
    """

    officer_id: OfficerId
    exports: int = 0
    _identifiers: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def shows(self, identifier: str) -> bool:
        """Whether this record, picture or request may be seen."""
        with self._lock:
            return identifier in self._identifiers

    def count(self, identifiers: Iterable[str]) -> int:
        """How many of these may be seen."""
        with self._lock:
            return len(self._identifiers.intersection(identifiers))

    def all(self) -> Sequence[str]:
        """Every identifier that may be seen, oldest first: they begin with their time."""
        with self._lock:
            return sorted(self._identifiers)

    def take(self, identifiers: Iterable[str]) -> None:
        """These were begun, and the transaction that made them is committed."""
        with self._lock:
            self._identifiers.update(identifiers)

    def keep(self, unit: UnitOfWork, further: Iterable[str] = ()) -> None:
        """Write down what is seen, with ``further``, in the transaction that makes those."""
        kept = _Kept(identifiers=tuple(sorted({*self.all(), *further})), exports=self.exports)
        unit.settings.put(_setting(self.officer_id), to_json(kept))


class _ViewInside(Begun):
    """The view inside of one unit of work: what it begins is forgotten with it, unless it is committed. One thread."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._begun: set[str] = set()
        self.exports = view.exports

    def shows(self, identifier: str) -> bool:
        """See the protocol."""
        return identifier in self._begun or self._view.shows(identifier)

    def all(self) -> Sequence[str]:
        """See the protocol."""
        return sorted({*self._view.all(), *self._begun})

    def begin(self, unit: UnitOfWork, identifiers: Iterable[str]) -> None:
        """See the protocol."""
        self._begun.update(identifiers)
        self._view.keep(unit, self._begun)

    def committed(self) -> None:
        """What was begun inside is seen by everybody."""
        self._view.take(self._begun)


def view_of(store: Store, officer_id: OfficerId) -> View:
    """The view that a sign-in under distress goes on with, or a new one. Raises StoreError kinds."""
    with store.reading() as unit:
        value = unit.settings.get(_setting(officer_id))
        last = unit.exports.last()
    if value:
        try:
            kept = from_json(_Kept, value)
        except NotThisShape:  # nothing of it is needed to work: less is seen
            kept = _Kept(exports=0 if last is None else last.sequence)
    else:
        kept = _Kept(exports=0 if last is None else last.sequence)
    return View(officer_id=officer_id, exports=kept.exports, _identifiers=set(kept.identifiers))


def keep_view(unit: UnitOfWork, view: View) -> None:
    """Note that the view has begun, in the transaction of the sign-in."""
    view.keep(unit)


def end_view(unit: UnitOfWork, officer_id: OfficerId) -> None:
    """The person signed in with the ordinary password: the next view begins anew."""
    if unit.settings.get(_setting(officer_id)):
        unit.settings.put(_setting(officer_id), b"")


def _setting(officer_id: OfficerId) -> str:
    return f"{_SETTING}{officer_id}"


class ReducedUnit:
    """A unit of work of the whole store, through which only the view is seen. Implements the port."""

    def __init__(self, whole: UnitOfWork, view: View) -> None:
        self._whole = whole
        self._view = _ViewInside(view)

    @property
    def encounters(self) -> ReducedEncounters:
        """Only those of the view."""
        return ReducedEncounters(self._whole, self._view)

    @property
    def journal(self) -> ReducedJournal:
        """Steps of what is in the view."""
        return ReducedJournal(self._whole, self._view)

    @property
    def images(self) -> ReducedImages:
        """Pictures that were taken in the view."""
        return ReducedImages(self._whole, self._view)

    @property
    def audit(self) -> ReducedAudit:
        """The trail without what was done to encounters and requests outside of the view."""
        return ReducedAudit(self._whole, self._view)

    @property
    def officers(self) -> OfficerRepository:
        """All: colleagues are known to whoever stands there, and nobody could sign without them."""
        return self._whole.officers

    @property
    def exports(self) -> ReducedExports:
        """Receipts with the counts that the view would have."""
        return ReducedExports(self._whole, self._view)

    @property
    def settings(self) -> SettingRepository:
        """All: no personal data stands there."""
        return self._whole.settings

    @property
    def approvals(self) -> ReducedApprovals:
        """Requests that were made in the view."""
        return ReducedApprovals(self._whole, self._view)

    @property
    def outbox(self) -> OutboxRepository:
        """All: no page shows what is in it."""
        return self._whole.outbox

    @property
    def inbox(self) -> InboxRepository:
        """All: numbers only."""
        return self._whole.inbox

    @property
    def holds(self) -> ReducedHolds:
        """Holds on what is in the view."""
        return ReducedHolds(self._whole, self._view)

    @property
    def retention(self) -> ReducedRetention:
        """What is due of the view, and nothing else can be let go."""
        return ReducedRetention(self._whole, self._view)

    @property
    def shifts(self) -> ShiftRepository:
        """All: counts, and who answered."""
        return self._whole.shifts

    def publish(self, event: object) -> None:
        """See the port."""
        self._whole.publish(event)

    def commit(self) -> None:
        """See the port."""
        self._whole.commit()
        self._view.committed()

    def __enter__(self) -> Self:
        self._whole.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._whole.__exit__(kind, error, trace)


class ReducedStore:
    """An open store through which only the view is seen. Implements the port; what shows nobody is the store's own."""

    def __init__(self, whole: Store, view: View) -> None:
        self._whole = whole
        self._view = view

    @property
    def identity(self) -> StoreIdentity:
        """See the port."""
        return self._whole.identity

    @property
    def name(self) -> StoreName:
        """See the port."""
        return self._whole.name

    @property
    def anchors(self) -> AnchorLog | None:
        """See the port."""
        return self._whole.anchors

    @property
    def anchor_findings(self) -> tuple[AnchorFinding, ...]:
        """See the port."""
        return self._whole.anchor_findings

    @property
    def read_only(self) -> Text | None:
        """See the port."""
        return self._whole.read_only

    def unit_of_work(self) -> ReducedUnit:
        """See the port."""
        return ReducedUnit(self._whole.unit_of_work(), self._view)

    def accepting(self) -> ReducedUnit:
        """See the port."""
        return ReducedUnit(self._whole.accepting(), self._view)

    def go_on(self) -> None:
        """See the port."""
        self._whole.go_on()

    def reading(self) -> ReducedUnit:
        """See the port."""
        return ReducedUnit(self._whole.reading(), self._view)

    def check_pages(self, cancel: CancelToken | None = None) -> Sequence[str]:
        """See the port."""
        return self._whole.check_pages(cancel)

    def strayed_tables(self, cancel: CancelToken) -> Sequence[str]:
        """See the port."""
        return self._whole.strayed_tables(cancel)

    def clear_remains(self, cancel: CancelToken) -> Sequence[str]:
        """See the port: it clears what others erased."""
        return self._whole.clear_remains(cancel)

    def copy_to(self, path: Path, *, progress: Callable[[int, int], None], cancel: CancelToken) -> None:
        """See the port: a backup is sealed and has everything."""
        self._whole.copy_to(path, progress=progress, cancel=cancel)

    def close(self) -> None:
        """See the port."""
        self._whole.close()
