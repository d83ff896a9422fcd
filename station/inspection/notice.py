# SPDX-License-Identifier: Apache-2.0
"""The notice of refusal: its ground in words, from the standard form."""

from __future__ import annotations

from station.domain.decision import DecisionKind, RefusalGround
from station.domain.words import Text, say
from station.inspection.rules import PostRules
from station.inspection.state import InspectionState, Place
from station.ports.paper import RefusalNotice

GROUNDS: dict[RefusalGround, Text] = {
    RefusalGround.NO_VALID_DOCUMENT: say("You have no valid travel document."),
    RefusalGround.FALSE_DOCUMENT: say("Your travel document is false, counterfeit or forged."),
    RefusalGround.NO_VALID_VISA: say("You have no valid visa or residence permit."),
    RefusalGround.FALSE_VISA: say("Your visa or residence permit is false, counterfeit or forged."),
    RefusalGround.PURPOSE_NOT_JUSTIFIED: say(
        "You have no documents that justify the purpose and conditions of your stay."
    ),
    RefusalGround.STAY_EXHAUSTED: say("You have used up the stay that you were permitted."),
    RefusalGround.NO_MEANS: say("You do not have sufficient means for your stay and your return."),
    RefusalGround.ALERT: say("You are a person for whom an alert has been issued to refuse entry."),
    RefusalGround.THREAT: say(
        "You are considered a threat to public policy, security, public health or international relations."
    ),
}


def refusal_notice(state: InspectionState, place: Place, rules: PostRules) -> RefusalNotice:
    """The notice for a refused inspection. Raises ValueError when the last decision is not a refusal."""
    decision = state.inspections[-1].decision if state.inspections else None
    if decision is None or decision.kind is not DecisionKind.REFUSE or decision.ground is None:
        raise ValueError("there is no refusal to give notice of")
    return RefusalNotice(
        post=place.post,
        on=rules.today(decision.decided_at),
        reference=state.encounter_id,
        ground_code=decision.ground.value,
        ground=GROUNDS[decision.ground],
        document=state.document,
        officer_number=decision.decided_by,
    )
