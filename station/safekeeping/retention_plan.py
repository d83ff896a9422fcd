# SPDX-License-Identifier: Apache-2.0
"""What is due to be let go: found by the rules, counted, and written down so that two people approve exactly that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from station.access.erasure_grounds import EarlyGround
from station.access.shown_facts import Fact
from station.domain.errors import RecordConflict, RetentionRefused
from station.domain.identifiers import EncounterId
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.ports.retention import ErasureRecord, OverdueItem, Part, RetentionRepository
from station.ports.safekeeping import LegalHold
from station.ports.storage import UnitOfWork
from station.post.clock import CONFIRM_IT, doubt
from station.safekeeping.early_erasure import rule_of
from station.safekeeping.retention_rules import BY_NAME, RULES, Rule, RuleName

#: What one look lists of each rule, oldest first.
LISTED_AT_MOST = 20_000
#: What one approval covers, oldest rules first.
ERASED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """What one rule says is over: ``due`` can be erased now, ``held_back`` says why not. Oldest first.

    ``more``: there is more than one look lists.
    """

    rule: Rule
    days: int
    due: tuple[OverdueItem, ...] = ()
    held_back: tuple[OverdueItem, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Listed:
    rule: str
    encounter_id: str
    part: str
    ended_on: str


@dataclass(frozen=True, slots=True)
class ErasureList:
    """Exactly what two people approved, oldest first within each rule. ``ground``: of one record before its time."""

    items: tuple[_Listed, ...] = field(repr=False)
    ground: EarlyGround | None = None

    def each(self) -> Iterable[tuple[RuleName, EncounterId, Part]]:
        """Rule, encounter and part of every item."""
        for item in self.items:
            yield RuleName(item.rule), EncounterId(item.encounter_id), Part[item.part]

    def shown(self, asked_at: datetime) -> Mapping[str, Fact]:
        """What both people see: the date by which it is due, how many of each kind, from when to when, and the hash
        of the whole list. A wrong year on the clock is seen by two people before anything is gone."""
        today = asked_at.astimezone(UTC).date().isoformat()
        facts: dict[str, Fact] = {"today": say("By the clock of this computer, today is {day}", day=today)}
        for rule in RULES:
            days = sorted(item.ended_on for item in self.items if item.rule == rule.name)
            if days:
                facts[rule.name.value] = say(
                    "{rule}: {number}, from {first} to {last}",
                    rule=rule.title,
                    number=len(days),
                    first=days[0],
                    last=days[-1],
                )
        whole = hashlib.sha256(self.written()).hexdigest()
        facts["list"] = say("List with the hash {hash}", hash=" ".join(whole[at : at + 8] for at in range(0, 64, 8)))
        return facts

    def written(self) -> bytes:
        """JSON, the same bytes for the same list."""
        return to_json(self)


def read_list(body: bytes) -> ErasureList | None:
    """A list that was written; None when it cannot be read."""
    try:
        read = from_json(ErasureList, body)
        list(read.each())
    except (NotThisShape, ValueError, KeyError):
        return None
    return read


def overdue(found: RetentionRepository, days: Mapping[RuleName, int], now: datetime) -> tuple[Overdue, ...]:
    """What every rule says is over now. What is due as a whole is not listed again by its parts."""
    listed = list[Overdue]()
    whole = set[EncounterId]()
    for rule in RULES:
        if rule.part is None:
            continue
        kept = days[rule.name]
        items = _found(found, rule, now - timedelta(days=kept))
        more = len(items) >= LISTED_AT_MOST
        items = [item for item in items if item.encounter_id not in whole]
        due = tuple(item for item in items if item.held_back is None)
        if rule.part is Part.RECORD:
            whole |= {item.encounter_id for item in due}
        held = tuple(item for item in items if item.held_back is not None)
        listed.append(Overdue(rule=rule, days=kept, due=due, held_back=held, more=more))
    return tuple(listed)


def _found(found: RetentionRepository, rule: Rule, before: datetime) -> list[OverdueItem]:
    if rule.part is Part.STEPS:
        return list(found.overdue_steps(before=before, limit=LISTED_AT_MOST))
    items = list[OverdueItem]()
    for category in rule.categories:
        if rule.part is Part.RECORD:
            items += found.overdue_records(category, before=before, limit=LISTED_AT_MOST)
        elif rule.part is not None:
            items += found.overdue_pictures(category, before=before, limit=LISTED_AT_MOST, part=rule.part)
    if rule.name is RuleName.ABANDONED:
        items += found.overdue_unfinished(before=before, limit=LISTED_AT_MOST)
    return sorted(items, key=lambda item: item.ended_at)[:LISTED_AT_MOST]


def to_erase(listed: Sequence[Overdue]) -> ErasureList:
    """The first of what is due, as many as one approval covers."""
    items = [
        _Listed(one.rule.name.value, item.encounter_id, item.part.name, item.ended_at.date().isoformat())
        for one in listed
        for item in one.due
    ]
    return ErasureList(tuple(items[:ERASED_AT_ONCE]))


def of_one(item: OverdueItem, ground: EarlyGround) -> ErasureList:
    """The list of one record that goes before its time."""
    day = item.ended_at.date().isoformat()
    return ErasureList((_Listed(rule_of(item).value, item.encounter_id, item.part.name, day),), ground)


def still_due(item: OverdueItem, rule: RuleName, days: Mapping[RuleName, int], now: datetime) -> bool:
    """Whether something that was approved may still be erased when its turn comes."""
    if item.held_back is not None:
        return False
    categories = BY_NAME[rule].categories
    return item.category in categories and item.ended_at < now - timedelta(days=days[rule])


def shown_hold(hold: LegalHold) -> Mapping[str, Fact]:
    """What two people see before a hold is lifted."""
    return {"record": hold.encounter_id, "reason": hold.reason, "day": hold.placed_at.date().isoformat()}


def shown_change(now: Mapping[RuleName, int], days: Mapping[RuleName, int]) -> Mapping[str, Fact]:
    """What two people see before days change."""
    return {
        name.value: say(
            "{rule}: {days} days, until now {before}", rule=BY_NAME[name].title, days=count, before=now[name]
        )
        for name, count in sorted(days.items())
        if now[name] != count
    }


def unfinished_of(erasures: Sequence[ErasureRecord]) -> ErasureRecord | None:
    """The erasure that was begun and not ended."""
    return next((one for one in erasures if one.begun_at is not None and one.ended_at is None), None)


def refuse_while(unfinished: ErasureRecord | None) -> None:
    """Raise RecordConflict while an erasure is unfinished."""
    if unfinished is not None:
        raise RecordConflict(
            say("An erasure that was agreed on is not finished."), say("Finish it first. It needs no new approval.")
        )


def refuse_doubted(unit: UnitOfWork, now: datetime) -> None:
    """A wrong year makes everything due: nothing is let go by a clock that nobody has looked at."""
    step = doubt(unit, now)
    if step is not None:
        raise RetentionRefused(step, CONFIRM_IT)
