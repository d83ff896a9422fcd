# SPDX-License-Identifier: Apache-2.0
"""The keys of each page that has keys of its own: the same key means another thing there, and F1 says which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ui.presenters.approvals import APPROVAL_KEYS
from ui.presenters.audit_view import AUDIT_KEYS
from ui.presenters.backup_view import BACKUP_KEYS
from ui.presenters.export import EXPORT_KEYS
from ui.presenters.frame import Room
from ui.presenters.headquarters import HEADQUARTERS_KEYS
from ui.presenters.keymap import Key
from ui.presenters.outside import OUTSIDE_KEYS
from ui.presenters.people_view import PEOPLE_KEYS
from ui.presenters.recovery_view import RECOVERY_KEYS
from ui.presenters.retention_view import RETENTION_KEYS
from ui.presenters.shift_view import SHIFT_KEYS

_KEYS: Mapping[Room, Iterable[Key]] = {
    Room.SHIFT: SHIFT_KEYS.values(),
    Room.APPROVALS: APPROVAL_KEYS.values(),
    Room.PEOPLE: PEOPLE_KEYS.values(),
    Room.EXPORT: (*EXPORT_KEYS, *OUTSIDE_KEYS),
    Room.KEYS: (*RECOVERY_KEYS.values(), *HEADQUARTERS_KEYS),
    Room.BACKUP: BACKUP_KEYS.values(),
    Room.RETENTION: RETENTION_KEYS.values(),
    Room.AUDIT: AUDIT_KEYS.values(),
}


def keys_of_page(room: Room | None) -> tuple[Key, ...]:
    """What the page adds, without the same word twice for one key; empty for a page that lives by the common keys."""
    own: list[Key] = []
    for key in _KEYS.get(room, ()) if room is not None else ():
        if key not in own:
            own.append(key)
    return tuple(own)
