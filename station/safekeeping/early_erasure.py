# SPDX-License-Identifier: Apache-2.0
"""Why one record may go before its time is over, and what holds it back nevertheless: one table.

A person may ask for it, a court may order it. Whoever could make a record vanish that nobody else holds could hide a
crossing: so a record waits for headquarters unless the ground itself says that it must not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from station.access.erasure_grounds import GROUND_TITLES, EarlyGround, ground_details
from station.access.shown_facts import Fact
from station.domain.errors import RetentionRefused
from station.domain.words import Text, say
from station.ports.retention import HeldBack, OverdueItem, RecordCategory
from station.safekeeping.retention_rules import BY_NAME, HELD_BACK, RuleName


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One row: ``goes_without`` is what this ground does not wait for. A hold and an open inspection always count."""

    says: Text
    goes_without: frozenset[HeldBack] = frozenset()


_WITHOUT_HEADQUARTERS = frozenset({HeldBack.NOT_EXPORTED, HeldBack.NO_RECEIPT})

GROUNDS: Mapping[EarlyGround, Ground] = {
    EarlyGround.ASKED: Ground(
        says=say("It waits until headquarters hold the record: they judge whether the law lets it go there as well."),
    ),
    EarlyGround.COURT: Ground(
        says=say("An order does not wait for headquarters. A legal hold still counts: lift it first."),
        goes_without=_WITHOUT_HEADQUARTERS,
    ),
    EarlyGround.MISTAKE: Ground(
        says=say("It waits until headquarters hold the record: nobody can call a crossing a mistake and hide it."),
    ),
    EarlyGround.PROTECTION: Ground(
        says=say("It does not wait for headquarters: what endangers somebody is not sent on first."),
        goes_without=_WITHOUT_HEADQUARTERS,
    ),
}

_RULES: Mapping[RecordCategory, RuleName] = {
    RecordCategory.ADMITTED: RuleName.ADMITTED,
    RecordCategory.REFUSED: RuleName.REFUSED,
    RecordCategory.REFERRED: RuleName.REFERRED,
    RecordCategory.ABANDONED: RuleName.ABANDONED,
}

_ELSEWHERE: Mapping[HeldBack, Text] = {
    HeldBack.NOT_EXPORTED: say("▲ Its newest version was never exported: after this nobody holds it."),
    HeldBack.NO_RECEIPT: say("▲ It was exported, but headquarters did not say that they hold it."),
}


def rule_of(item: OverdueItem) -> RuleName:
    """The rule by which a finished record would go in its time. Raises RetentionRefused while it is unfinished."""
    if item.category is None:
        raise RetentionRefused(*HELD_BACK[HeldBack.UNFINISHED])
    return _RULES[item.category]


def hindrance(item: OverdueItem, ground: EarlyGround) -> HeldBack | None:
    """What holds this record back under this ground; None when nothing does."""
    return None if item.held_back in GROUNDS[ground].goes_without else item.held_back


def refuse_held(item: OverdueItem, ground: EarlyGround) -> None:
    """Raise RetentionRefused, with the cause and what to do, when something holds the record back."""
    held = hindrance(item, ground)
    if held is not None:
        raise RetentionRefused(*HELD_BACK[held])


def shown(item: OverdueItem, ground: EarlyGround, zone: tzinfo) -> Mapping[str, Fact]:
    """What both people see: no name, since who approves may be somebody who may not read records.

    Of this version, so that a correction in between asks both of them again; its day is that of the post, ``zone``.
    """
    return {
        "record": item.encounter_id,
        "version": item.version,
        "day": item.ended_at.astimezone(zone).date().isoformat(),
        "kind": say("Kind: {kind}", kind=BY_NAME[rule_of(item)].title),
        "ground": say("Ground: {ground}", ground=GROUND_TITLES[ground]),
        "elsewhere": _elsewhere(item),
    }


def trail_details(item: OverdueItem, ground: EarlyGround) -> dict[str, str]:
    """What the entry of the erased record says beside the rest: the ground, and what it did not wait for."""
    return ground_details(ground, "" if item.held_back is None else item.held_back.name.lower())


def _elsewhere(item: OverdueItem) -> Text:
    if item.held_back is not None:
        return _ELSEWHERE[item.held_back]  # what else holds back was refused before anybody is asked
    if item.category is RecordCategory.ABANDONED:
        return say("An inspection without a decision is never exported: after this nobody holds it.")
    return say("Headquarters hold it. Tell them its identifier, so that they can erase it as well.")
