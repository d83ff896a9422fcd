# SPDX-License-Identifier: Apache-2.0
"""All checks of an inspection together: those of the document and those of this station's own records."""

from __future__ import annotations

from datetime import datetime

from station.document_reading.checks import CheckedDocument, document_checks
from station.domain.document import TravelDocument
from station.domain.provenance import Provenance
from station.inspection.events import ChecksDone
from station.inspection.history import history_checks, history_of, last_seen
from station.inspection.rules import PostRules
from station.inspection.state import InspectionState
from station.ports.storage import EncounterRepository


def checks_of(
    state: InspectionState,
    document: TravelDocument,
    provenance: Provenance,
    *,
    encounters: EncounterRepository,
    rules: PostRules,
    now: datetime,
) -> ChecksDone:
    """Do every check. Blocks on the store; raises StoreError kinds."""
    today = rules.today(now)
    subject = CheckedDocument(
        document=document,
        provenance=provenance,
        changed_characters=state.changed_characters,
        today=today,
        specimens_allowed=rules.specimens_allowed,
    )
    history = history_of(document, encounters, besides=state.encounter_id)
    return ChecksDone(
        checks=(
            *document_checks(subject),
            *history_checks(history, state.crossing.direction, today, rules.zone),
        ),
        same_person=history.person_id,
        last_seen=last_seen(history, rules.zone),
    )
