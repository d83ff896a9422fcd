# SPDX-License-Identifier: Apache-2.0
"""Events of an inspection as journal entries and back: what a killed process leaves behind, and resumes from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from station.domain.encounter import Encounter
from station.domain.identifiers import OfficerId
from station.domain.wire import from_json, to_json
from station.inspection.events import EVENTS, Event
from station.inspection.state import InspectionState, advance
from station.ports.journal_rows import JournalEntry


def entry_of(state: InspectionState, event: Event, *, at: datetime, by: OfficerId) -> JournalEntry:
    """The journal entry for ``event``, which led to ``state``."""
    return JournalEntry(
        encounter_id=state.encounter_id,
        sequence=state.steps,
        kind=type(event).__name__,
        body=to_json(event),
        at=at,
        by=by,
    )


def event_of(entry: JournalEntry) -> Event:
    """The event of an entry. Raises NotThisShape for a body that is not one, KeyError for an unknown kind."""
    return from_json(EVENTS[entry.kind], entry.body)


def replayed(first: Encounter, entries: Iterable[JournalEntry], *, version: int) -> InspectionState:
    """The state an encounter stands in: version 1 says how it was opened, the journal everything after.

    ``version`` is the newest version of the record in the store.
    """
    state = InspectionState(
        encounter_id=first.encounter_id,
        opened_at=first.opened_at,
        opened_by=first.opened_by,
        crossing=first.crossing,
        version=version,
    )
    for entry in entries:
        state = advance(state, event_of(entry))
    return state
