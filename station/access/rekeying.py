# SPDX-License-Identifier: Apache-2.0
"""New keys for stores whose old ones somebody may have copied.

A store gets its new key only while it is closed, and somebody has to type a password for it: so what is due stands in
the border store, and the next sign-in of somebody who manages people does it (station.access.sign_in).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from station.access.audit import Act
from station.access.store_settings import damaged
from station.domain.errors import StoreError
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, say
from station.ports.keys import KeyDesk
from station.ports.setting_rows import SettingRepository
from station.ports.storage import StoreName, UnitOfWork

_DUE = "access.rekey_due"


def rekey_due(settings: SettingRepository) -> frozenset[StoreName]:
    """Stores that need a new key. Raises StoreDamaged."""
    try:
        return frozenset(from_json(tuple[StoreName, ...], settings.get(_DUE) or b"[]"))
    except NotThisShape:
        raise damaged(_DUE) from None


def make_due(unit: UnitOfWork, stores: frozenset[StoreName]) -> frozenset[StoreName]:
    """These stores need a new key as well, in the transaction of the act; all that do now."""
    due = rekey_due(unit.settings) | stores
    _put(unit.settings, due)
    return due


def rekey(
    key_desk: KeyDesk,
    name: str,
    password: Secret,
    due: frozenset[StoreName],
    *,
    pin: Secret | None = None,
    told: Callable[[Text], None] = lambda _step: None,
) -> frozenset[StoreName]:
    """Give each store that is due, and whose key this person has, a new one; those that have one now.

    Called while no session is open; ``told`` hears which store it is about, on the calling thread. Reads and writes
    each store whole; survives a power cut at any moment. A store that cannot get one, as on a full disk, stays due
    and stops none of the others. Raises SignInRefused, and StoreError kinds when the key files cannot be read.
    """
    done: set[StoreName] = set()
    with key_desk.keys(name, password, pin=pin) as ring:
        mine = due & ring.stores
        for number, store in enumerate(sorted(mine, key=lambda one: one.value), start=1):
            told(
                say(
                    "A store gets a new key: {number} of {count}. It survives a power cut.",
                    number=number,
                    count=len(mine),
                )
            )
            with suppress(StoreError):
                ring.rekey(store)
                done.add(store)
    return frozenset(done)


def note_rekeyed(unit: UnitOfWork, done: frozenset[StoreName], *, at: datetime, by: OfficerId) -> None:
    """These stores have a new key now."""
    _put(unit.settings, rekey_due(unit.settings) - done)
    for name in sorted(store.value for store in done):
        unit.audit.append(at=at, by=by, act=Act.STORE_REKEYED, subject=name, details={})


def _put(settings: SettingRepository, due: frozenset[StoreName]) -> None:
    settings.put(_DUE, to_json(sorted(store.value for store in due)))
