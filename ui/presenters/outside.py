# SPDX-License-Identifier: Apache-2.0
"""An export outside the plan for a supervisor: for whom, what for, which records; two people; one sealed bundle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, tzinfo
from pathlib import Path

from station.access.approvals import ApprovalService, Request
from station.domain.identifiers import EncounterId
from station.domain.words import Text, say, say_count
from station.exporting.headquarters_keys import PublicKeyOf
from station.exporting.manifest import Pictures
from station.exporting.outside import OutsideExportService, OutsideMade, OutsideOutcome
from station.exporting.outside_order import OutsideOrder
from station.ports.tasks import TaskRunner
from ui.presenters.agreeing import BACK, GO_ON, AgreeingPresenter, first_of
from ui.presenters.asking import Asked, Entry, Question
from ui.presenters.keymap import Key
from ui.presenters.showing import Trouble

ASK = Key("F2", "F2", say("Ask for an export outside the plan"))
DO = Key("F5", "F5", say("Seal what was approved"))
OUTSIDE_KEYS: tuple[Key, ...] = (DO, ASK, GO_ON, BACK)

_NO_DAY = Trouble(
    cause=say("This is not a day."), next_step=say("Type days as year-month-day, such as {day}.", day="2026-11-23")
)
_LEFT_OUT, _INCLUDED = (Pictures.LEFT_OUT.value, Pictures.INCLUDED.value)


_Seen = tuple[Sequence[OutsideMade], tuple[Request, ...]]


class OutsidePresenter(AgreeingPresenter[_Seen]):
    """One supervisor's page. ``sticks`` names what is plugged in."""

    heading = say("Exports outside the plan")
    meaning = say(
        "Something for a consulate or a partner, sealed with their key and for headquarters as well. It takes nothing "
        "from the ordinary export. Give only what the purpose needs."
    )
    keys = OUTSIDE_KEYS

    def __init__(
        self,
        outside: OutsideExportService,
        approvals: ApprovalService,
        runner: TaskRunner,
        *,
        sticks: Callable[[], Sequence[str]],
        zone: tzinfo,
        left: Callable[[], None],
    ) -> None:
        super().__init__(approvals, runner, left=left)
        self._outside = outside
        self._sticks = sticks
        self._zone = zone

    def _look(self) -> _Seen:
        return self._outside.made(), tuple(self._outside.approved())

    def _saw(self, seen: _Seen) -> None:
        made, approved = seen
        self._list(approved, [row_of_made(one, self._zone) for one in made])

    def _acts(self) -> tuple[Key, ...]:
        return (DO, ASK) if self._chosen_request() is not None else (ASK,)

    def _begin(self, key: Key) -> None:
        if key is ASK:
            self._ask(self._order_question(), self._ordered)
        elif key is DO and (request := self._chosen_request()) is not None:
            self._where(request)

    def _order_question(self) -> Question:
        return Question(
            title=say("Ask for an export outside the plan"),
            says=say("Give the first and last day, or the number of one record."),
            fields=(
                Asked(name="file", label=say("File with their key"), value=first_of(self._sticks(), "recipient.txt")),
                Asked(name="whom", label=say("For whom")),
                Asked(name="purpose", label=say("Purpose")),
                Asked(name="first", label=say("First day"), may_be_empty=True),
                Asked(name="last", label=say("Last day"), may_be_empty=True),
                Asked(name="record", label=say("Or one record"), may_be_empty=True),
                Asked(
                    name="pictures",
                    label=say("Pictures"),
                    entry=Entry.CHOICE,
                    choices=((_LEFT_OUT, say("left out")), (_INCLUDED, say("go along"))),
                    value=_LEFT_OUT,
                ),
            ),
            does=say("Ask"),
        )

    def _ordered(self, answers: Mapping[str, str]) -> None:
        typed = {name: value.strip() for name, value in answers.items()}
        try:
            days = _days(typed["first"], typed["last"])
        except ValueError:
            self._see(replace(self.state, trouble=_NO_DAY))
            return

        def ask() -> Request:
            return self._outside.ask(_order(self._outside.recipient(Path(typed["file"])), typed, days))

        self._start(
            say("The request is being made…"),
            lambda _cancel: ask(),
            lambda request: self._agree(request, lambda: self._where(request)),
        )

    def _where(self, request: Request) -> None:
        sticks = self._sticks()
        question = Question(
            title=say("Where it goes"),
            says=say("The approval is used up as soon as the sealing begins."),
            fields=(Asked(name="folder", label=say("A stick or a folder"), value=sticks[0] if sticks else ""),),
            does=say("Seal it"),
        )
        self._ask(question, lambda answers: self._seal(request, Path(answers["folder"].strip())), about=request)

    def _seal(self, request: Request, folder: Path) -> None:
        self._start(
            say("Sealing. Esc stops it."),
            lambda cancel: self._outside.export(request.request_id, folder, cancel, lambda _done, _of: None),
            lambda outcome: self._done(_left(outcome)),
        )
        if self.state.working is not None:
            self._see(replace(self.state, stoppable=True))


def row_of_made(one: OutsideMade, zone: tzinfo) -> Text:
    """A bundle that left, in two lines."""
    return say(
        "{name}\n{when}, {records}",
        name=one.name,
        when=f"\u2066{one.at.astimezone(zone):%Y-%m-%d %H:%M}\u2069",
        records=say_count("{count} record", "{count} records", count=one.encounters),
    )


def _days(first: str, last: str) -> tuple[date, date] | None:
    """The period, or None when none was typed. Raises ValueError."""
    if not first and not last:
        return None
    return date.fromisoformat(first or last), date.fromisoformat(last or first)


def _order(recipient: PublicKeyOf, typed: Mapping[str, str], days: tuple[date, date] | None) -> OutsideOrder:
    return OutsideOrder(
        recipient=recipient,
        whom=typed["whom"],
        purpose=typed["purpose"],
        days=days,
        record=EncounterId(typed["record"]) if typed["record"] else None,
        pictures=Pictures(typed["pictures"]),
    )


def _left(outcome: OutsideOutcome) -> Trouble:
    return Trouble(
        cause=say_count(
            "{count} record was sealed and stands on the target.",
            "{count} records were sealed and stand on the target.",
            count=outcome.encounters,
        ),
        next_step=say("Give {file} and its .minisig to nobody else.", file=outcome.bundle.path.name),
    )
