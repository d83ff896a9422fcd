# SPDX-License-Identifier: Apache-2.0
"""What a shift's report says: counts, times and open work, and nobody's name but those who worked.

It covers a stretch of the audit trail by its numbers. Its canonical JSON is what two people sign.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from station.domain.errors import StoreDamaged
from station.domain.identifiers import OfficerId
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.ports.storage import RoleName, StoreKind
from station.reporting.timings import StageTime

FORMAT = "hbm-station shift report 1"
WATERMARK = "TRAINING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Encounters that were recorded with one direction and one decision (values of the domain's enumerations)."""

    direction: str
    decision: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often something happened; ``name`` is a stable name."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """What the next shift finds."""

    unfinished: int  # interrupted in the middle
    parked: int  # put aside
    notices_owed: int  # refusals of this shift whose notice is not on paper
    waiting_for_export: int
    approvals_undecided: int
    undelivered: int  # messages to the station's other stores


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAtWork:
    """Somebody of the post who did something during the shift. ``encounters``: those this person recorded."""

    officer_id: OfficerId
    name: str
    role: RoleName
    encounters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEvent:
    """The clock stepped (``kind`` back, forward or gap) or was confirmed; ``seconds`` is negative for back."""

    kind: str
    at: datetime
    seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """Who answered for the post, since when."""

    name: str
    since: datetime
    taken_over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftReport:
    """One shift. Times are aware, in UTC; ``first`` and ``last`` are numbers of the audit trail, both included.

    ``head_hash`` is the hash of entry ``last``. ``before``: movements recorded after the shift before and before
    this one, while nobody answered for the post.
    """

    format: str = FORMAT
    kind: StoreKind
    watermark: str
    post: str
    station: str
    lane: str
    number: int
    opened_at: datetime
    made_at: datetime
    leaders: tuple[Leader, ...]
    first: int
    last: int
    head_hash: str
    movements: tuple[Movement, ...]
    before: tuple[Movement, ...]
    referrals: int
    abandoned: int
    refusals: tuple[Count, ...]  # by ground
    overridden: int  # travellers admitted although a check was not successful
    overrides: tuple[Count, ...]  # by check
    retries: tuple[Count, ...]
    failures: tuple[Count, ...]
    acts: tuple[Count, ...]
    times: tuple[StageTime, ...]
    times_left_out: int
    open_work: OpenWork
    people: tuple[PersonAtWork, ...]
    clock: tuple[ClockEvent, ...] = field(default=())
    seconded: tuple[Count, ...] = ()  # admitted against a failed check, by the second person who agreed


def canonical(report: ShiftReport) -> str:
    """The one text of a report: JSON with sorted keys."""
    return to_json(report).decode()


def read_report(text: str) -> ShiftReport:
    """A kept report. Raises StoreDamaged for what is none."""
    try:
        return from_json(ShiftReport, text.encode())
    except NotThisShape:
        raise StoreDamaged(
            say("A shift report in the store cannot be read."), say("Call a technician. The records are not touched.")
        ) from None
