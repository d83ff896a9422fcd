# SPDX-License-Identifier: Apache-2.0
"""Rules, legal holds, receipts and history in words: rows of a list, and what stands beside the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from station.access.approval_rules import ApprovalKind
from station.access.approvals import Request
from station.access.erasure_grounds import GROUND_TITLES
from station.access.shown_facts import FACT_LABELS
from station.domain.words import Text, say, say_count
from station.ports.export_rows import ExportRecord
from station.ports.retention import ErasureRecord, HeldBack, OverdueItem
from station.ports.safekeeping import LegalHold
from station.safekeeping.early_erasure import GROUNDS
from station.safekeeping.retention import RetentionOverview
from station.safekeeping.retention_plan import Overdue, read_list
from station.safekeeping.retention_rules import HELD_BACK, RULES, WHAT_REMAINS, Rule
from ui.presenters.agreeing import row_of
from ui.presenters.approvals import title_of
from ui.presenters.retention_view import Beside, Part, Row

_LISTED = 100  # identifiers beside a rule: the oldest
_NONE = "–"

HEADINGS: dict[Part, tuple[Text, ...]] = {
    Part.RULES: (say("Kind"), say("Days"), say("Due"), say("Held back")),
    Part.HOLDS: (say("Record"), say("Since"), say("In force")),
    Part.RECEIPTS: (say("Export"), say("Made"), say("Records")),
    Part.EARLY: (say("Ground"), say("Waits for headquarters")),
    Part.HISTORY: (say("Asked"), say("Erased"), say("Kept after all"), say("Ended")),
    Part.APPROVED: (say("What was approved"), say("Expires")),
}

EMPTY: dict[Part, Text] = {
    Part.RULES: say("Reading…"),
    Part.HOLDS: say("There is no legal hold. A record that a court asks for is kept from here."),
    Part.RECEIPTS: say("Headquarters confirmed every export."),
    Part.HISTORY: say("Nothing was erased yet."),
    Part.EARLY: say("Reading…"),
    Part.APPROVED: say("Reading…"),
}

AGREED = say("This is what both agree to")

_EARLY_LINES: tuple[Text, ...] = (
    say("A legal hold and an inspection that is not finished keep a record, whatever the ground."),
    say("Only this one record goes, with its pictures and steps. Other records of the same person stay."),
    say("The trail keeps the ground and the identifier for ever. Keep the written request or order on paper."),
)


class RetentionWords:
    """Words for one post's time zone."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def rows(self, part: Part, overview: RetentionOverview, approved: Sequence[Request]) -> tuple[Row, ...]:
        """The list of a part."""
        if part is Part.APPROVED:
            return tuple(Row((row_of(title_of(one), one), self._moment(one.expires_at))) for one in approved)
        if part is Part.RULES:
            overdue = {one.rule.name: one for one in overview.overdue}
            return tuple(_rule_row(rule, overview, overdue.get(rule.name)) for rule in RULES)
        if part is Part.HOLDS:
            return tuple(
                Row((_data(hold.encounter_id), self._day(hold.placed_at), _yes(hold))) for hold in overview.holds
            )
        if part is Part.EARLY:
            return tuple(
                Row((GROUND_TITLES[ground], say("no") if row.goes_without else say("yes")))
                for ground, row in GROUNDS.items()
            )
        if part is Part.RECEIPTS:
            return tuple(
                Row((_data(one.name), self._day(one.made_at), _number(one.encounters)))
                for one in overview.without_receipt
            )
        return tuple(
            Row((self._day(one.asked_at), _number(one.erased), _number(one.held), self._ended(one)))
            for one in overview.erasures
        )

    def beside(self, part: Part, overview: RetentionOverview, approved: Sequence[Request], chosen: int) -> Beside:
        """What stands beside the chosen row."""
        if part is Part.APPROVED and approved:
            return Beside(heading=AGREED, shown=request_lines(approved[chosen]))
        if part is Part.RULES:
            return self._beside_rule(RULES[chosen], overview)
        if part is Part.EARLY:
            ground = tuple(GROUNDS)[chosen]
            shown = (GROUNDS[ground].says, *_EARLY_LINES, *_remains())
            return Beside(heading=GROUND_TITLES[ground], shown=shown)
        if part is Part.HOLDS and overview.holds:
            return Beside(heading=say("Legal hold"), shown=self._hold_lines(overview.holds[chosen]))
        if part is Part.RECEIPTS and overview.without_receipt:
            shown = _receipt_lines(overview.without_receipt[chosen])
            return Beside(heading=say("Export without receipt"), shown=shown)
        if part is Part.HISTORY and overview.erasures:
            return Beside(heading=say("Erasure"), shown=self._erasure_lines(overview.erasures[chosen]))
        return Beside(shown=(EMPTY[part],))

    def _beside_rule(self, rule: Rule, overview: RetentionOverview) -> Beside:
        overdue = next((one for one in overview.overdue if one.rule is rule), None)
        lines = [rule.reason]
        listed = list[Text]()
        if overdue is not None:
            lines.append(_due(overdue))
            if overdue.due:
                listed += [say("Due, the oldest first:"), *map(self._item, overdue.due[:_LISTED])]
            for why in HeldBack:
                held = [item for item in overdue.held_back if item.held_back is why]
                if held:
                    cause, step = HELD_BACK[why]
                    lines += [say("▲ {count} held back. {cause}", count=len(held), cause=cause), step]
                    listed += [say("Held back: {cause}", cause=cause), *map(self._item, held[:_LISTED])]
        return Beside(heading=rule.title, shown=(*lines, *_remains()), listed=tuple(listed))

    def _item(self, item: OverdueItem) -> Text:
        return say("{day}  {record}", day=self._written(item.ended_at), record=item.encounter_id)

    def _hold_lines(self, hold: LegalHold) -> tuple[Text, ...]:
        lines = [
            say("Record: {record}", record=hold.encounter_id),
            say("Placed on {day}.", day=self._written(hold.placed_at)),
            say("Reason: {reason}", reason=hold.reason)
            if hold.reason
            else say("The reason was erased with the record."),
        ]
        if hold.lifted_at is not None:
            lines.append(say("Lifted on {day}.", day=self._written(hold.lifted_at)))
        return tuple(lines)

    def _erasure_lines(self, record: ErasureRecord) -> tuple[Text, ...]:
        lines = [
            say("Asked for on {day}.", day=self._written(record.asked_at)),
            say("Erased: {erased}. Kept after all: {held}.", erased=record.erased, held=record.held),
        ]
        listed = read_list(record.body)
        if listed is not None and listed.ground is not None:
            lines.append(say("One record, before its time. Ground: {ground}.", ground=GROUND_TITLES[listed.ground]))
        if record.begun_at is None:
            lines.append(say("It was never begun: nobody agreed, or nobody went on."))
        elif record.ended_at is None:
            lines.append(say("▲ It was interrupted. Finish it with the key below: it needs no new approval."))
        else:
            lines.append(say("● Ended on {day}. Search words, free pages and the log were cleared.",
                             day=self._written(record.ended_at)))  # fmt: skip
        return (*lines, *_remains())

    def _ended(self, record: ErasureRecord) -> Text | str:
        if record.begun_at is None:
            return say("not begun")
        return say("▲ interrupted") if record.ended_at is None else self._day(record.ended_at)

    def _moment(self, at: datetime) -> str:
        return _data(f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}")

    def _day(self, at: datetime) -> str:
        return _data(self._written(at))

    def _written(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d}"


def request_lines(request: Request) -> tuple[Text, ...]:
    """Exactly what both people approve, in the order of the rules, and what an erasure does not reach."""
    order = [rule.name.value for rule in RULES]
    facts = sorted(request.shown.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order))
    lines = [
        fact if isinstance(fact, Text) else say("{label}: {value}", label=FACT_LABELS[name], value=fact)
        for name, fact in facts
    ]
    erases = request.kind in (ApprovalKind.ERASURE, ApprovalKind.EARLY_ERASURE)
    remains = _remains() if erases else ()
    return (*lines, say("Asked by {name}.", name=request.asker.display_name), *remains)


def _due(overdue: Overdue) -> Text:
    if not overdue.due:
        return say("● Nothing is due.")
    if overdue.more:
        return say("At least {count} are due.", count=len(overdue.due))
    return say_count("{count} is due.", "{count} are due.", count=len(overdue.due))


def _remains() -> tuple[Text, ...]:
    return (say("What erasing does not reach:"), *WHAT_REMAINS)


def _rule_row(rule: Rule, overview: RetentionOverview, overdue: Overdue | None) -> Row:
    days = _number(overview.days[rule.name]) if rule.name in overview.days else _NONE
    if overdue is None:
        return Row((rule.title, days, _NONE, _NONE))
    due = _data(f"{len(overdue.due)}{'+' if overdue.more else ''}")
    held = _data(f"{'▲ ' if overdue.held_back else ''}{len(overdue.held_back)}")
    return Row((rule.title, days, due, held))


def _receipt_lines(record: ExportRecord) -> tuple[Text, ...]:
    cause, step = HELD_BACK[HeldBack.NO_RECEIPT]
    return (
        say("Export {number}: {name}", number=record.sequence, name=record.name),
        say_count("{count} record", "{count} records", count=record.encounters),
        cause,
        step,
    )


def _yes(hold: LegalHold) -> Text:
    return say("▲ yes") if hold.lifted_at is None else say("no")


def _number(count: int) -> str:
    return _data(str(count))


def _data(value: str) -> str:
    return f"\u2066{value}\u2069"  # left to right also inside Arabic
