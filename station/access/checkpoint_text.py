# SPDX-License-Identifier: Apache-2.0
"""A checkpoint: where an audit trail stood at one moment, in lines that a person and ``sed`` can read.

The first three lines are those of a C2SP checkpoint (origin, size, hash of the head; our hash is in hex, as
``sha256sum`` prints it). It is signed by the station in minisign's form, so that anybody can check it.
"""

from __future__ import annotations

import enum
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from station.access.audit import AuditHead
from station.ports.storage import StoreName

#: Begins every checkpoint: the name of this form and its version.
FORM = "hbm-station/1"

_LINES = re.compile(
    rf"{re.escape(FORM)} (?P<station>[^\n]{{1,200}})/(?P<store>[a-z]+)\n"
    r"(?P<size>[1-9][0-9]{0,17})\n"
    r"(?P<head>[0-9a-f]{64})\n"
    r"time (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\n"
    r"generation (?P<generation>[1-9][0-9]{0,8})\n"
    r"slots (?P<slots>0|[1-9][0-9]{0,8})\n"
    r"number (?P<number>[1-9][0-9]{0,11})\n"
    r"reason (?P<reason>[a-z-]+)\n",
    re.ASCII,
)
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class CheckpointReason(enum.StrEnum):
    """Why a checkpoint was made. The names are stable: they stand in signed texts."""

    SIGN_IN = "sign-in"  # a person opened the store
    SIGN_OUT = "sign-out"  # a person closed it
    LOCK = "lock"  # the station closed it
    PRINT = "print"  # a paper left the printer
    EXPORT = "export"  # a bundle is being sealed
    SHIFT_END = "shift-end"  # a shift was closed
    BACKUP = "backup"  # a copy of the store is being made
    NEW_GENERATION = "new-generation"  # an older or restored state was accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where the trail of one store stood.

    ``size``: number of the newest entry; ``head``: its hash; ``generation``: of the database; ``slots``: of the
    key file; ``number``: of the checkpoint itself, 1, 2, …
    """

    station: str
    store: StoreName
    size: int
    head: str
    at: datetime
    generation: int
    slots: int
    number: int
    reason: CheckpointReason

    @property
    def audit_head(self) -> AuditHead:
        """The entry that is vouched for."""
        return AuditHead(self.size, self.head)


class NotACheckpoint(ValueError):
    """A text that no station writes. Carries nothing of it."""


def written(checkpoint: Checkpoint) -> str:
    """The text that is signed. Raises ValueError for values that its lines cannot hold."""
    text = (
        f"{FORM} {checkpoint.station}/{checkpoint.store.value}\n"
        f"{checkpoint.size}\n"
        f"{checkpoint.head}\n"
        f"time {checkpoint.at.astimezone(UTC).strftime(_TIME)}\n"
        f"generation {checkpoint.generation}\n"
        f"slots {checkpoint.slots}\n"
        f"number {checkpoint.number}\n"
        f"reason {checkpoint.reason.value}\n"
    )
    if read(text) != checkpoint:
        raise ValueError("a checkpoint's values fit into its lines")
    return text


def read(text: str) -> Checkpoint:
    """The checkpoint of a text. Raises NotACheckpoint for anything that ``written`` does not write."""
    lines = _LINES.fullmatch(text)
    if lines is None:
        raise NotACheckpoint("not the lines of a checkpoint")
    try:
        return Checkpoint(
            station=lines["station"],
            store=StoreName(lines["store"]),
            size=int(lines["size"]),
            head=lines["head"],
            at=datetime.strptime(lines["time"], _TIME).replace(tzinfo=UTC),
            generation=int(lines["generation"]),
            slots=int(lines["slots"]),
            number=int(lines["number"]),
            reason=CheckpointReason(lines["reason"]),
        )
    except ValueError as problem:
        raise NotACheckpoint("not the values of a checkpoint") from problem


def comment(checkpoint: Checkpoint) -> str:
    """The trusted comment of its signature, which ``minisign -V`` shows."""
    return f"checkpoint {checkpoint.number} of {checkpoint.store.value}: {checkpoint.size} entries"


def text_hash(text: str) -> str:
    """Hex SHA-256 of a checkpoint's text."""
    return hashlib.sha256(text.encode()).hexdigest()
