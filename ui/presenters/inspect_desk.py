# SPDX-License-Identifier: Apache-2.0
"""Around an inspection: which other device can step in, what waits unfinished, and what this shift has done."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo

from station.domain.decision import DecisionKind
from station.domain.encounter import EncounterStatus
from station.domain.words import Text, say, say_count
from station.inspection.service import InspectionService
from station.ports.devices import PRINTER, DeviceInfo, DeviceRegistry, HealthState, Role
from station.ports.storage import EncounterSummary
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.inspect_view import UnfinishedView
from ui.presenters.inspect_words import STATUSES

MOST_UNFINISHED = 6  # on one page of the list, so that it fits the smallest screen; each has a key of its own


def other_device(devices: DeviceRegistry, role: Role[object]) -> DeviceInfo | None:
    """The next device that could fill ``role`` instead of the one chosen; None where there is no other."""
    able = [
        state
        for state in devices.states()
        if role.name in {filled.name for filled in state.info.roles}
        and state.health.state is not HealthState.GONE
        and not (state.info.manual and role.name == PRINTER.name)  # has a key of its own: one notice by hand, no more
    ]
    chosen = [place for place, state in enumerate(able) if role.name in {r.name for r in state.chosen_for}]
    if not chosen:
        return able[0].info if able else None
    if len(able) < 2:
        return None
    return able[(chosen[0] + 1) % len(able)].info


class Unfinished:
    """What waits to be taken up, looked up in the store whenever the station is idle.

    Newest first; refusals without their notice stand before everything else.
    """

    def __init__(self, service: InspectionService, tasks: TaskRunner, changed: Callable[[], None]) -> None:
        self._service = service
        self._tasks = tasks
        self._changed = changed
        self._handle: TaskHandle | None = None
        self._asked = 0
        self._first = 0  # the row with the key 1
        self.rows: Sequence[EncounterSummary] = ()

    def look_up(self) -> None:
        """Ask the store again; an older answer is ignored."""
        self._asked += 1
        self._first = 0
        mine = self._asked

        def look(_cancel: CancelToken) -> Sequence[EncounterSummary]:
            return (*self._service.unfinished(), *self._service.notices_owed())

        def done(rows: Sequence[EncounterSummary]) -> None:
            if mine == self._asked:
                self.rows = rows[::-1]
                self.turn(0)
                self._changed()

        self._handle = self._tasks.run(look, done=done, failed=_keep_quiet)

    @property
    def owed(self) -> Sequence[EncounterSummary]:
        """Refusals whose notice is not on record."""
        return [row for row in self.rows if owes_notice(row)]

    def at(self, place: int) -> EncounterSummary | None:
        """The row with the key ``place + 1``."""
        shown = self._shown
        return shown[place] if 0 <= place < len(shown) else None

    def turn(self, by: int) -> None:
        """Show another page of the list; it ends at its ends."""
        last = max(0, len(self.rows) - 1) // MOST_UNFINISHED * MOST_UNFINISHED
        self._first = min(max(self._first + by * MOST_UNFINISHED, 0), last)

    @property
    def span(self) -> Text | None:
        """Which rows are shown, of how many; None where all are."""
        if len(self.rows) <= MOST_UNFINISHED:
            return None
        return say(
            "{first} to {last} of {count}, the newest first. PgDn and PgUp show the others.",
            first=self._first + 1,
            last=self._first + len(self._shown),
            count=len(self.rows),
        )

    @property
    def _shown(self) -> Sequence[EncounterSummary]:
        return self.rows[self._first : self._first + MOST_UNFINISHED]

    def view(self, zone: tzinfo) -> tuple[UnfinishedView, ...]:
        """The rows that have a key."""
        return tuple(
            UnfinishedView(
                str(place),
                _name(row),
                _OWES if owes_notice(row) else STATUSES[row.status],
                clock_time(row.opened_at, zone),
            )
            for place, row in enumerate(self._shown, start=1)
        )


_OWES = say("refused, the notice is owed")


def owes_notice(row: EncounterSummary) -> bool:
    """Whether a row of this list is a refusal without its notice: nothing else that is recorded stands in it."""
    return row.status is EncounterStatus.RECORDED


def _keep_quiet(_problem: BaseException) -> None:
    """The list is a convenience: whatever is wrong with the store shows where work needs it."""


def _name(row: EncounterSummary) -> str:
    name = " ".join(part for part in (row.primary_identifier, row.secondary_identifier) if part)
    return unicodedata.normalize("NFC", name)


def clock_time(moment: datetime, zone: tzinfo) -> str:
    """Hours and minutes at the post."""
    return moment.astimezone(zone).strftime("%H:%M")


class Tally:
    """What was decided since sign-in."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(DecisionKind, 0)

    def add(self, kind: DecisionKind) -> None:
        """One more decision."""
        self._counts[kind] += 1

    def view(self) -> tuple[Text, ...]:
        """The quiet numbers of the idle page; none before the first decision."""
        if not any(self._counts.values()):
            return ()
        admitted, refused = self._counts[DecisionKind.ADMIT], self._counts[DecisionKind.REFUSE]
        return (
            say("Since you signed in:"),
            say_count("{count} admitted", "{count} admitted", count=admitted),
            say_count("{count} refused", "{count} refused", count=refused),
            say_count(
                "{count} referred to second line",
                "{count} referred to second line",
                count=self._counts[DecisionKind.SECOND_LINE],
            ),
        )
