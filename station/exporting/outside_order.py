# SPDX-License-Identifier: Apache-2.0
"""What is to leave for somebody outside the plan: exactly what two people see, and nothing that hides in letters."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from station.access.approvals import Request
from station.access.shown_facts import Fact
from station.domain.errors import ExportError, RecordConflict
from station.domain.identifiers import EncounterId
from station.domain.words import Text, say
from station.exporting.headquarters_keys import KeyUse, PublicKeyOf
from station.exporting.manifest import Pictures
from station.exporting.packing import is_recorded
from station.ports.storage import SearchQuery, UnitOfWork

#: More is no answer to a question, but a copy of the post: the ordinary export is for that.
MOST_RECORDS: Final = 2_000
MOST_LETTERS: Final = 160
_MOST_LOOKED_AT = 10 * MOST_RECORDS  # also those that were begun and left

_PICTURES: dict[Pictures, Text] = {
    Pictures.LEFT_OUT: say("Pictures are left out."),
    Pictures.INCLUDED: say("Pictures go along."),
}
_IDENTIFIER = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_CONTROLS = ("C", "Zl", "Zp")  # letters that are not seen, or turn the direction of others


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideOrder:
    """For whom, for what, and which records: those of a period of days at the post, both included, or one."""

    recipient: PublicKeyOf
    whom: str = field(repr=False)
    purpose: str = field(repr=False)
    days: tuple[date, date] | None = None
    record: EncounterId | None = None
    pictures: Pictures = Pictures.LEFT_OUT


Chosen = Sequence[tuple[EncounterId, int]]


def refuse_order(order: OutsideOrder) -> None:
    """Raise ExportError when an order is not one."""
    if order.recipient.use is not KeyUse.SEALING:
        raise _refused(say("This key signs; nothing can be sealed to it."), say("Ask for their age key: age1…"))
    for text in (order.whom, order.purpose):
        if not text.strip() or len(text) > MOST_LETTERS:
            raise _refused(
                say("For whom and for what purpose is not said in a line."),
                say("Type one short line for each: at most {most} letters.", most=MOST_LETTERS),
            )
        if any(unicodedata.category(letter).startswith(_CONTROLS) for letter in text):
            raise _refused(say("The text holds letters that nobody can see."), say("Type it anew."))
    if (order.days is None) == (order.record is None):
        raise _refused(say("It is not said which records leave."), say("Give the first and last day, or one record."))
    if order.days is not None and order.days[0] > order.days[1]:
        raise _refused(say("The last day lies before the first one."), say("Type the days again."))
    if order.record is not None and not _IDENTIFIER.fullmatch(order.record):
        raise _refused(say("This is not the number of a record."), say("Copy it from the page Records."))


def chosen_records(unit: UnitOfWork, order: OutsideOrder, zone: tzinfo) -> Chosen:
    """The records and their newest versions, oldest first. Raises ExportError for none or too many."""
    if order.days is not None:
        first, last = order.days
        found = unit.encounters.search(
            SearchQuery(
                opened_from=datetime.combine(first, time(), zone),
                opened_before=datetime.combine(last + timedelta(days=1), time(), zone),
                limit=_MOST_LOOKED_AT,
            )
        )
        if len(found) == _MOST_LOOKED_AT:
            raise _too_many()
        encounters = [unit.encounters.get(one.encounter_id) for one in reversed(found)]
    else:
        encounters = [] if order.record is None else [unit.encounters.get(order.record)]
    chosen = [(one.encounter_id, one.version) for one in encounters if one is not None and is_recorded(one)]
    if not chosen:
        raise _refused(say("There is no complete record of that choice."), say("Choose other days or another record."))
    if len(chosen) > MOST_RECORDS:
        raise _too_many()
    return chosen


def hash_of_list(chosen: Chosen) -> str:
    """Hex SHA-256 over exactly these versions of these records."""
    return hashlib.sha256("".join(f"{one} {version}\n" for one, version in chosen).encode()).hexdigest()


def shown_order(order: OutsideOrder, chosen: Chosen) -> dict[str, Fact]:
    """Exactly what both people see."""
    shown: dict[str, Fact] = {
        "recipient": order.recipient.text,
        "fingerprint": say(
            "Compare the key with a paper, or over the telephone: {fingerprint}",
            fingerprint=order.recipient.fingerprint,
        ),
        "whom": order.whom,
        "purpose": order.purpose,
        "records": len(chosen),
        "listed": hash_of_list(chosen),
        "pictures": _PICTURES[order.pictures],
        "too": say("Headquarters can open it, too."),
    }
    if order.days is not None:
        shown |= {"from_day": order.days[0].isoformat(), "to_day": order.days[1].isoformat()}
    if order.record is not None:
        shown["record"] = order.record
    return shown


def order_of(request: Request) -> OutsideOrder:
    """The order that a request shows. Raises RecordConflict when what was shown was let go, or is another act."""
    shown = request.shown
    try:
        days = None
        if "from_day" in shown:
            days = (date.fromisoformat(str(shown["from_day"])), date.fromisoformat(str(shown["to_day"])))
        return OutsideOrder(
            recipient=PublicKeyOf(KeyUse.SEALING, str(shown["recipient"])),
            whom=str(shown["whom"]),
            purpose=str(shown["purpose"]),
            days=days,
            record=EncounterId(str(shown["record"])) if "record" in shown else None,
            pictures=next(one for one, says in _PICTURES.items() if says == shown["pictures"]),
        )
    except (KeyError, ValueError, StopIteration):
        raise RecordConflict(say("This request does not say what is to leave."), say("Ask again.")) from None


def _refused(cause: Text, next_step: Text) -> ExportError:
    return ExportError(cause, next_step)


def _too_many() -> ExportError:
    return _refused(
        say("These are more than {most} records.", most=MOST_RECORDS),
        say("Choose fewer days: only what the purpose needs may leave."),
    )
