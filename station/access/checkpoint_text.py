# SPDX-License-Identifier: Apache-2.0
"""A checkpoint: where an audit trail stood at one moment, in lines that a person and ``sed`` can read.

The first three lines are those of a C2SP checkpoint (origin, size, hash of the head; our hash is in hex, as
``sha256sum`` prints it). It is signed by the station in minisign's form, so that anybody can check it. A ninth line is
there where a token's counter stands behind the store.
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
    r"reason (?P<reason>[a-z-]+)\n"
    r"(?:counter (?P<count>[1-9][0-9]{0,19}) (?P<state>[a-z]+) (?P<counter>[0-9a-f]{16})\n)?",
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


class CountState(enum.StrEnum):
    """What was done with the token's counter for a checkpoint. The names are stable: they stand in signed texts."""

    RAISED = "raised"  # for this checkpoint: the value was never there before
    KEPT = "kept"  # not asked: it was raised a short while ago, to this value
    SILENT = "silent"  # it did not answer, or another one did: the value is the last that is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A token's counter in a checkpoint. ``counter``: the first 16 hex digits of its identity."""

    value: int
    state: CountState
    counter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where the trail of one store stood.

    ``size``: number of the newest entry; ``head``: its hash; ``generation``: of the database; ``slots``: of the
    key file; ``number``: of the checkpoint itself, 1, 2, …; ``count``: of the border store, where there is a counter.
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
    count: Count | None = None

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
    if checkpoint.count is not None:
        text += f"counter {checkpoint.count.value} {checkpoint.count.state.value} {checkpoint.count.counter}\n"
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
            count=None if lines["count"] is None else _count(lines),
        )
    except ValueError as problem:
        raise NotACheckpoint("not the values of a checkpoint") from problem


def _count(lines: re.Match[str]) -> Count:
    return Count(value=int(lines["count"]), state=CountState(lines["state"]), counter=lines["counter"])


def comment(checkpoint: Checkpoint) -> str:
    """The trusted comment of its signature, which ``minisign -V`` shows."""
    return f"checkpoint {checkpoint.number} of {checkpoint.store.value}: {checkpoint.size} entries"


def text_hash(text: str) -> str:
    """Hex SHA-256 of a checkpoint's text."""
    return hashlib.sha256(text.encode()).hexdigest()
