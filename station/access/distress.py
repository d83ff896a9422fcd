# SPDX-License-Identifier: Apache-2.0
"""The silent flag: somebody acted under duress, headquarters learns it, and nobody in the room can tell.

The flag waits inside the store for the next export. On the trail each approval carries a mark that is the same to
look at in both cases; only the store's own mark key tells them apart.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from station.access.store_settings import damaged
from station.domain.identifiers import OfficerId
from station.domain.wire import NotThisShape, from_json, to_json
from station.ports.clock import Randomness
from station.ports.setting_rows import SettingRepository
from station.ports.storage import UnitOfWork

_RAISED = "access.distress_raised"
_MARK_KEY = "access.mark_key"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DistressRaised:
    """One act under duress: identifiers only."""

    at: datetime
    by: OfficerId
    act: str
    subject: str


def raise_flag(unit: UnitOfWork, *, at: datetime, by: OfficerId, act: str, subject: str) -> None:
    """Keep a flag for the next export, in the transaction of the act."""
    flags = (*raised(unit.settings), DistressRaised(at=at, by=by, act=str(act), subject=subject))
    unit.settings.put(_RAISED, to_json(flags))


def raised(settings: SettingRepository) -> tuple[DistressRaised, ...]:
    """Every flag there ever was, oldest first: each export carries all of them. Raises StoreDamaged."""
    try:
        return from_json(tuple[DistressRaised, ...], settings.get(_RAISED) or b"[]")
    except NotThisShape:
        raise damaged(_RAISED) from None


def mark(unit: UnitOfWork, randomness: Randomness, subject: str, *, distress: bool) -> str:
    """Hex HMAC-SHA256 that stands on the trail beside an approval, made with a key that only this store holds."""
    key = unit.settings.get(_MARK_KEY)
    if key is None:
        key = randomness.bytes(_KEY_BYTES)
        unit.settings.put(_MARK_KEY, key)
    return _marked(key, subject, b"distress" if distress else b"calm")


def is_distress(settings: SettingRepository, subject: str, marked: str) -> bool:
    """Whether a mark of the trail says distress."""
    return hmac.compare_digest(_marked(settings.get(_MARK_KEY) or b"", subject, b"distress"), marked)


def _marked(key: bytes, subject: str, state: bytes) -> str:
    return hmac.new(key, state + b"\0" + subject.encode(), hashlib.sha256).hexdigest()
