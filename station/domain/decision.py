# SPDX-License-Identifier: Apache-2.0
"""A decision is always a person's: what the officer decided, on which ground, and who it was."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from station.domain.identifiers import OfficerId


class DecisionKind(enum.Enum):
    """What was decided at this line."""

    ADMIT = "admit"  # may cross
    REFUSE = "refuse"  # may not cross, with a ground and the way to appeal
    SECOND_LINE = "second line"  # referred: a second inspection opens in the same encounter


class RefusalGround(enum.Enum):
    """Grounds of refusal, after the standard form of the Schengen Borders Code, Annex V part B."""

    NO_VALID_DOCUMENT = "A"  # no valid travel document
    FALSE_DOCUMENT = "B"  # false, counterfeit or forged travel document
    NO_VALID_VISA = "C"  # no valid visa or residence permit
    FALSE_VISA = "D"  # false, counterfeit or forged visa or residence permit
    PURPOSE_NOT_JUSTIFIED = "E"  # no documents that justify purpose and conditions of stay
    STAY_EXHAUSTED = "F"  # the permitted stay is used up
    NO_MEANS = "G"  # no sufficient means of subsistence
    ALERT = "H"  # an alert was issued for refusing entry
    THREAT = "I"  # threat to public policy, security, health or international relations


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision of one officer; ``decided_at`` is aware, in UTC. A refusal has a ground, others have none."""

    kind: DecisionKind
    decided_by: OfficerId
    decided_at: datetime
    ground: RefusalGround | None = None
    reason: str = field(default="", repr=False)
    overridden_checks: tuple[str, ...] = ()  # names of checks that were not successful when the officer admitted
    approval: str = ""  # the request in which a second person agreed to admit against a failed check
    approved_by: OfficerId | None = None  # that person

    def __post_init__(self) -> None:
        if (self.kind is DecisionKind.REFUSE) != (self.ground is not None):
            raise ValueError("a refusal needs a ground, and only a refusal has one")
