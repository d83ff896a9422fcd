# SPDX-License-Identifier: Apache-2.0
"""The details of a crossing before it is decided: what a post makes mandatory, and until when a stay is permitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from station.domain.crossing import CROSSING_FIELDS, Crossing, missing_fields
from station.domain.errors import IncompleteRecord
from station.domain.words import Text, say
from station.inspection.rules import PostRules


def completed(crossing: Crossing, rules: PostRules, now: datetime) -> Crossing:
    """The crossing with its permitted stay. Raises IncompleteRecord when mandatory fields are empty."""
    missing = missing_fields(crossing, rules.mandatory_fields)
    if missing:
        raise IncompleteRecord(
            say("Still missing: {fields}.", fields=listed([CROSSING_FIELDS[name] for name in missing])),
            say("Fill in what is marked, then decide."),
        )
    return replace(crossing, permitted_until=rules.permitted_until(crossing, rules.today(now)))


def listed(parts: Sequence[Text]) -> Text:
    """Several short texts as one, in the order given."""
    whole = parts[0]
    for part in parts[1:]:
        whole = say("{first}, {second}", first=whole, second=part)
    return whole
