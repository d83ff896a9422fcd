# SPDX-License-Identifier: Apache-2.0
"""Gives a store another key so that it can be opened at every moment: power may go between any two writes.

First the key file holds both keys, then the database changes in one renaming, then the key file holds the new one.
Whoever finds a key file with both looks which of them opens the database, and ends what was begun.
"""

from __future__ import annotations

from contextlib import suppress

from station.domain.errors import StoreError
from station.domain.secrets import Secret
from station.ports.storage import StoreName
from storage.doors.places import StationFolder, keys_not_written
from storage.keys.destroying import refuse_destroyed
from storage.keys.slots import SlotTable, StoreKeys
from storage.sqlcipher.connection import damaged
from storage.sqlcipher.exclusive import ExclusiveHold
from storage.sqlcipher.rekeying import opens_with, rekey_database, remove_copy


def rekey(station: StationFolder, name: StoreName, table: SlotTable, key: Secret) -> Secret:
    """Encrypt a closed store with a new key, and give it to everybody in ``table``; the new key.

    Raises StoreInUse, StoreFull, StoreDamaged; the store then has its old key, or the next unlocking settles it.
    Raises StoreMissing when the keys were destroyed meanwhile: then no key file is left.
    """
    hold = ExclusiveHold(station.folder(name))
    try:
        keys = StoreKeys(current=key, following=station.keeper.new_key())
        both = station.keeper.wrapped_again(table, keys)
        try:
            station.slots(name).write(both)
        except OSError as problem:
            raise keys_not_written(problem) from problem
        try:
            rekey_database(station.database(name), key.reveal(), _following(keys).reveal())
        except StoreError:
            with suppress(StoreError):  # the next unlocking does it
                _ended(station, name, both, keys)
            raise
        return _ended(station, name, both, keys)
    finally:
        hold.release()


def settled(station: StationFolder, name: StoreName, table: SlotTable, keys: StoreKeys) -> Secret:
    """The key of the closed store, after a re-key that was cut short was finished or taken back.

    Raises StoreInUse, StoreFull, StoreMissing, StoreDamaged when neither key opens the database.
    """
    refuse_destroyed(station.folder(name))
    if keys.following is None:
        return keys.current
    hold = ExclusiveHold(station.folder(name))
    try:
        return _ended(station, name, table, keys)
    finally:
        hold.release()


def _ended(station: StationFolder, name: StoreName, table: SlotTable, keys: StoreKeys) -> Secret:
    database = station.database(name)
    for key in (_following(keys), keys.current):
        if opens_with(database, key.reveal()):
            remove_copy(database)
            try:
                station.slots(name).write_both(station.keeper.wrapped_again(table, StoreKeys(current=key)))
            except OSError as problem:
                raise keys_not_written(problem) from problem
            return key
    raise damaged()


def _following(keys: StoreKeys) -> Secret:
    if keys.following is None:
        raise RuntimeError("a re-key has two keys")
    return keys.following
