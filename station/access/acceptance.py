# SPDX-License-Identifier: Apache-2.0
"""Going on with a store that does not fit its anchors: two people accept it, and a new generation begins.

Nothing is made good by that. What was lost stays lost; the trail, the next checkpoint and the next export say so.
"""

from __future__ import annotations

from station.access import checkpoint_text
from station.access.anchoring import ACCEPT_COUNTER, DO_NEXT, MEANS
from station.access.approval_rules import ApprovalKind
from station.access.approvals import ApprovalService, Request
from station.access.audit import Act
from station.access.checkpoint_text import CheckpointReason, NotACheckpoint
from station.access.checkpoints import CheckpointService, begin_generation
from station.access.counting import accepted, counter_memory, counts, remember_counter
from station.access.roles import Permission
from station.access.shown_facts import Fact
from station.access.sign_in import Session
from station.access.trail_check import KEPT
from station.domain.errors import StoreError
from station.domain.words import Text, say
from station.ports.anchors import AnchorKind
from station.ports.clock import Clock
from station.ports.storage import Store, StoreName, UnitOfWork


class AcceptanceService:
    """What did not fit at the opening, and its acceptance. Blocks on the disk: never on the window's thread."""

    def __init__(
        self, session: Session, approvals: ApprovalService, checkpoints: CheckpointService, clock: Clock
    ) -> None:
        self._session = session
        self._approvals = approvals
        self._checkpoints = checkpoints
        self._clock = clock

    def waiting(self) -> tuple[StoreName, ...]:
        """The stores of this session in which something waits to be accepted. Needs ASK_APPROVAL."""
        self._session.require(Permission.ASK_APPROVAL)
        return tuple(name for name, store in self._session.stores.items() if acceptable(store))

    def ask(self, name: StoreName) -> Request:
        """Ask for the second person; both see what happened. Needs ASK_APPROVAL. Raises StoreError when all fits."""
        self._session.require(Permission.ASK_APPROVAL)
        return self._approvals.ask(ApprovalKind.ACCEPT_STORE, name.value, shown(self._closed(name)))

    def accept(self, name: StoreName, request_id: str) -> None:
        """Use the approval, begin a new generation and make its first checkpoint: the store can be written again.

        Needs ASK_APPROVAL. Raises NotPermitted without a valid approval, StoreError kinds; then the store stays as it
        was.
        """
        self._session.require(Permission.ASK_APPROVAL)
        store = self._closed(name)
        facts = shown(store)
        seen = self._checkpoints.counter.seen()  # before anybody waits for the unit of work
        border = self._session.stores[StoreName.BORDER]
        with border.accepting() as unit:
            self._approvals.use(unit, request_id, ApprovalKind.ACCEPT_STORE, name.value, facts)
            if name is StoreName.BORDER:
                known = counter_memory(unit.settings)
                self._begin(unit, store, request_id)
                if counts(store.identity):  # from where the counter stands now, or without its answer
                    remember_counter(unit.settings, accepted(known, seen))
            unit.commit()
        if name is not StoreName.BORDER:  # an approval used in vain is asked for again
            with store.accepting() as unit:
                self._begin(unit, store, request_id)
                unit.commit()
        store.go_on()
        self._checkpoints.make(self._session.stores, CheckpointReason.NEW_GENERATION)

    def _begin(self, unit: UnitOfWork, store: Store, request_id: str) -> None:
        slots = 0 if store.anchors is None else store.anchors.slots()
        memory = begin_generation(unit.settings, slots=slots)
        kinds = sorted({finding.kind.value.replace(" ", "_") for finding in store.anchor_findings})
        unit.audit.append(
            at=self._clock.now(),
            by=self._session.officer.officer_id,
            act=Act.GENERATION_BEGUN,
            subject=store.name.value,
            details={
                "generation": str(memory.generation),
                "noted": str(max((finding.sequence for finding in store.anchor_findings), default=0)),
                "findings": ",".join(kinds),
                "approval": request_id,
                "slots": str(slots),
                KEPT: str(_last_agreed(unit, store)),
            },
        )

    def _closed(self, name: StoreName) -> Store:
        store = self._session.stores.get(name)
        if store is None or not acceptable(store):
            raise StoreError(say("This store fits its notes. There is nothing to accept."), say("Go on with the work."))
        return store


def acceptable(store: Store) -> bool:
    """Whether something did not fit that two people can accept: it closed the store, or it is about the counter."""
    counter = (AnchorKind.COUNTER_SILENT, AnchorKind.COUNTER_OTHER)
    return store.read_only is not None or any(finding.kind in counter for finding in store.anchor_findings)


def _last_agreed(unit: UnitOfWork, store: Store) -> int:
    """The newest entry that a checkpoint of the generation before knows as it is; 0 when none does."""
    agreed = 0
    for signed in () if store.anchors is None else store.anchors.checkpoints():
        try:
            known = None if signed is None else checkpoint_text.read(signed.text)
        except NotACheckpoint:
            continue
        entry = None if known is None else unit.audit.entry(known.size)
        if known is not None and entry is not None and entry.hash == known.head:
            agreed = max(agreed, known.size)
    return agreed


def shown(store: Store) -> dict[str, Fact]:
    """What both people see before they go on."""
    facts: dict[str, Fact] = {"store": store.name.value, "station": store.identity.station}
    for number, finding in enumerate(store.anchor_findings):
        facts |= {f"happened_{number}": finding.happened, f"means_{number}": MEANS[finding.kind]}
    return facts


def told(store: Store) -> tuple[Text, ...]:
    """What happened, what it means and what to do, for whoever signs in; nothing for a store that fits."""
    lines = [finding.happened for finding in store.anchor_findings]
    lines += [MEANS[kind] for kind in dict.fromkeys(finding.kind for finding in store.anchor_findings)]
    if store.read_only is not None:
        return (*lines, DO_NEXT)
    return (*lines, ACCEPT_COUNTER) if acceptable(store) else tuple(lines)
