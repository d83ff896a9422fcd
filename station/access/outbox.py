# SPDX-License-Identifier: Apache-2.0
"""What an act in one store owes another, brought over so that it counts exactly once.

Two databases do not commit together. The message is committed with the act; the other store takes it and its
number in one transaction of its own; only then is it noted as delivered. Whoever is killed in between delivers
again, and the number says that it counts already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from station.domain.identifiers import RANDOM_BYTES, new_identifier
from station.domain.wire import to_json
from station.ports.clock import Clock, Randomness
from station.ports.safekeeping import OutboxMessage
from station.ports.storage import Store, StoreName, UnitOfWork

#: Does in the other store what a message asks, inside the given transaction; it neither commits nor keeps the unit.
Handler = Callable[[UnitOfWork, OutboxMessage], None]


@dataclass(frozen=True, slots=True)
class Delivered:
    """``taken``: messages that came to count now; ``waiting``: what stays because nobody here understands it."""

    taken: int
    waiting: int


def owe(unit: UnitOfWork, target: StoreName, kind: str, body: object, *, clock: Clock, randomness: Randomness) -> None:
    """Owe another store a message, in the transaction of the act that makes it. ``body`` becomes JSON."""
    now = clock.now()
    unit.outbox.put(
        OutboxMessage(
            message_id=new_identifier(now, randomness.bytes(RANDOM_BYTES)),
            target=target.value,
            kind=kind,
            body=to_json(body),
            made_at=now,
        )
    )


def deliver(source: Store, target: Store, handlers: Mapping[str, Handler], clock: Clock) -> Delivered:
    """Bring over what ``source`` owes ``target``, oldest first. Called outside of units of work; blocks on disks.

    Stops before a message whose kind has no handler, since later ones may build on it. Raises StoreError kinds
    and what a handler raises; what was brought until then stays, and the next call goes on.
    """
    with source.reading() as unit:
        waiting = list(unit.outbox.waiting(target.name.value))
    taken = 0
    for number, message in enumerate(waiting):
        handler = handlers.get(message.kind)
        if handler is None:
            return Delivered(taken, len(waiting) - number)
        taken += _take(target, message, handler, clock)
        with source.unit_of_work() as unit:
            unit.outbox.delivered(message.message_id, clock.now())
            unit.commit()
    return Delivered(taken, 0)


def _take(target: Store, message: OutboxMessage, handler: Handler, clock: Clock) -> int:
    """One message in the other store; 1 when it came to count now, 0 when it did before."""
    with target.unit_of_work() as unit:
        if not unit.inbox.take(message.message_id, clock.now()):
            return 0
        handler(unit, message)
        unit.commit()
    return 1
