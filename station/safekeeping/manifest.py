# SPDX-License-Identifier: Apache-2.0
"""What a backup is called, and what marks it."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Final

from station.ports.storage import StoreIdentity, StoreKind

FORMAT: Final = "hbm-station backup 1"
WATERMARK: Final = "TRAINING – NOT REAL"


def backup_stem(identity: StoreIdentity) -> str:
    """What the names of all backups of a station begin with: letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", identity.station)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    station = "-".join(re.sub(r"[^A-Za-z0-9]+", " ", bare).split())[:30].strip("-") or "station"
    mark = "TRAINING-" if identity.kind is StoreKind.TRAINING else ""
    return f"{mark}backup-{station}"


def backup_name(identity: StoreIdentity, number: int, at: datetime) -> str:
    """``backup-<station>-<number>-<day>-<time>Z``. The number orders backups; the time is for people."""
    return f"{backup_stem(identity)}-{number:06d}-{at.astimezone(UTC):%Y%m%d-%H%M}Z"
