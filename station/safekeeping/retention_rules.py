# SPDX-License-Identifier: Apache-2.0
"""How long each kind of record is kept, in one table with its reasons, and why some are kept longer.

The times are a proposal: the law of the country decides, and two supervisors change them on the page Retention.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from station.access import store_settings
from station.domain.errors import RetentionRefused
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, say
from station.ports.retention import HeldBack, Part, RecordCategory
from station.ports.setting_rows import SettingRepository

_DAYS_SETTING = "retention.days"


class RuleName(enum.StrEnum):
    """One row of the table. The names are stable: they stand in stores and on the trail for years."""

    ADMITTED = "record.admitted"
    REFUSED = "record.refused"
    REFERRED = "record.referred"
    ABANDONED = "record.abandoned"
    PICTURES_ADMITTED = "pictures.admitted"
    PICTURES_OTHERS = "pictures.others"
    RAW_CAPTURES = "raw_captures"
    STEPS = "steps"
    MESSAGES = "messages"
    EXPORT_MEMBERS = "export.members"
    AUDIT_ENTRIES = "audit.entries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long one kind is kept. ``days`` is None where no time of its own is counted; ``reason`` says why."""

    name: RuleName
    title: Text
    reason: Text
    days: int | None = None
    least: int = 1
    most: int = 3653
    part: Part | None = None
    categories: tuple[RecordCategory, ...] = ()


_RECORDED = (RecordCategory.ADMITTED, RecordCategory.REFUSED, RecordCategory.REFERRED)
_THREE_YEARS = 1096

RULES: tuple[Rule, ...] = (
    Rule(
        name=RuleName.ADMITTED,
        title=say("Records of admitted travellers"),
        reason=say(
            "Three years, as the European Union keeps entries and exits: Regulation (EU) 2017/2226, Article 34."
        ),
        days=_THREE_YEARS,
        least=30,
        part=Part.RECORD,
        categories=(RecordCategory.ADMITTED,),
    ),
    Rule(
        name=RuleName.REFUSED,
        title=say("Records of refused travellers"),
        reason=say("Three years, as the European Union keeps refusals. A traveller may appeal or complain meanwhile."),
        days=_THREE_YEARS,
        least=180,
        part=Part.RECORD,
        categories=(RecordCategory.REFUSED,),
    ),
    Rule(
        name=RuleName.REFERRED,
        title=say("Records with a second line of inspection"),
        reason=say("As long as other admissions: that somebody was looked at longer is no reason to keep more."),
        days=_THREE_YEARS,
        least=30,
        part=Part.RECORD,
        categories=(RecordCategory.REFERRED,),
    ),
    Rule(
        name=RuleName.ABANDONED,
        title=say("Inspections that were abandoned"),
        reason=say("Nothing was decided: three months are enough to look into a mistake or a complaint."),
        days=90,
        part=Part.RECORD,
        categories=(RecordCategory.ABANDONED,),
    ),
    Rule(
        name=RuleName.PICTURES_ADMITTED,
        title=say("Pictures of admitted travellers"),
        reason=say("A month, to look into a mix-up. Headquarters hold the pictures that were exported."),
        days=30,
        part=Part.PICTURES,
        categories=(RecordCategory.ADMITTED,),
    ),
    Rule(
        name=RuleName.PICTURES_OTHERS,
        title=say("Pictures of refused or referred travellers"),
        reason=say("A year: they may be evidence, also for the traveller, in an appeal or a complaint."),
        days=365,
        least=90,
        part=Part.PICTURES,
        categories=(RecordCategory.REFUSED, RecordCategory.REFERRED),
    ),
    Rule(
        name=RuleName.RAW_CAPTURES,
        title=say("Captures that no record shows"),
        reason=say("A week: earlier attempts help to find a fault of a device, and nothing else."),
        days=7,
        part=Part.RAW_CAPTURES,
        categories=(*_RECORDED, RecordCategory.ABANDONED),
    ),
    Rule(
        name=RuleName.STEPS,
        title=say("Steps of inspections"),
        reason=say(
            "A year: how a decision came about matters while it can be questioned. The record keeps the result."
        ),
        days=365,
        least=90,
        part=Part.STEPS,
        categories=(*_RECORDED, RecordCategory.ABANDONED),
    ),
    Rule(
        name=RuleName.MESSAGES,
        title=say("Messages that another store has taken"),
        reason=say("A month: the other store holds what they said. Messages not taken yet are never erased."),
        days=30,
    ),
    Rule(
        name=RuleName.EXPORT_MEMBERS,
        title=say("Which records an export held"),
        reason=say("As long as the record: they are erased together. That the export was made stays."),
    ),
    Rule(
        name=RuleName.AUDIT_ENTRIES,
        title=say("Audit entries"),
        reason=say("As long as the store: they hold identifiers only, and only they tell erased from missing."),
    ),
)

BY_NAME: Mapping[RuleName, Rule] = {rule.name: rule for rule in RULES}

#: Why something is kept although its time is over, and what a supervisor can do.
HELD_BACK: Mapping[HeldBack, tuple[Text, Text]] = {
    HeldBack.LEGAL_HOLD: (
        say("Somebody asked to keep this record: there is a legal hold."),
        say("Ask whoever placed it. When the reason is gone, lift the hold with a second person."),
    ),
    HeldBack.UNFINISHED: (
        say("The inspection is not finished."),
        say("Open it from the list of the page Inspection. Finish it, or abandon it with a reason."),
    ),
    HeldBack.NOT_EXPORTED: (
        say("Its newest version was not exported."),
        say("Export it on the page Export. Nothing is erased that headquarters were not sent."),
    ),
    HeldBack.NO_RECEIPT: (
        say("It was exported, but headquarters did not say that they hold it."),
        say("Ask headquarters for the hash of the bundle, and note the receipt on this page. Else export it again."),
    ),
}

#: What erasing cannot reach. Said on the page and in docs/security.md.
WHAT_REMAINS: tuple[Text, ...] = (
    say(
        "The disk may still hold old copies of the key files. Who has such a copy and a password of that time could"
        " read pictures that were erased since."
    ),
    say(
        "A picture of a day of which other pictures are kept: old blocks of the disk may hold it, and its key is still"
        " in use. Whoever has the disk and a password could read it."
    ),
    say("Backups made before still hold what was erased, until they expire. After a restore, erase again what is due."),
    say("Headquarters hold what was exported, and erase it by their own rules."),
)


@dataclass(frozen=True, slots=True)
class _Kept:
    days: dict[str, int] = field(default_factory=dict)


def days_of(settings: SettingRepository) -> dict[RuleName, int]:
    """The days that hold now, of every rule that counts days. Raises StoreDamaged."""
    value = settings.get(_DAYS_SETTING)
    try:
        changed = _Kept() if value is None else from_json(_Kept, value)
    except NotThisShape:
        raise store_settings.damaged(_DAYS_SETTING) from None
    return {rule.name: changed.days.get(rule.name, rule.days) for rule in RULES if rule.days is not None}


def keep_days(settings: SettingRepository, days: Mapping[RuleName, int]) -> None:
    """Keep other days for some rules; the rest stays."""
    kept = {**days_of(settings), **days}
    settings.put(_DAYS_SETTING, to_json(_Kept({name.value: count for name, count in kept.items()})))


def refuse_days(days: Mapping[RuleName, int]) -> None:
    """Raise RetentionRefused for a rule that counts no days, or days outside its bounds."""
    for name, count in days.items():
        rule = BY_NAME[name]
        if rule.days is None or not rule.least <= count <= rule.most:
            raise RetentionRefused(
                say("{rule}: {days} is no number of days that is allowed.", rule=rule.title, days=count),
                say("Choose between {least} and {most} days.", least=rule.least, most=rule.most)
                if rule.days is not None
                else rule.reason,
            )
