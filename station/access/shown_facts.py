# SPDX-License-Identifier: Apache-2.0
"""What both people see before they approve, as bytes that can be hashed and shown again.

A fact is a plain value under a name that has a label here, or a whole sentence. The salt keeps the hash, which
stands on the audit trail, from telling anybody what was shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from station.domain.errors import StoreDamaged
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, TextValue, say

SALT_BYTES = 16

#: A plain value, or a sentence.
Fact = str | int | Text
Shown = Mapping[str, Fact]

_FORMAT = "hbm-station shown 1"

#: The words before a plain value. A fact that is a sentence needs none.
FACT_LABELS: dict[str, Text] = {
    "person": say("Person"),
    "sign_in_name": say("Sign-in name"),
    "role": say("Role"),
    "record": say("Record"),
    "version": say("Version"),
    "records": say("Records"),
    "document": say("Document"),
    "direction": say("Direction"),
    "crossing": say("Crossing"),
    "check": say("Check"),
    "decision": say("Decision"),
    "reason": say("Reason"),
    "recipient": say("Recipient"),
    "old_recipient": say("Recipient until now"),
    "file": say("File"),
    "day": say("Day"),
    "until": say("Until"),
    "store": say("Store"),
    "station": say("Station"),
    "size": say("Audit entries"),
    "head": say("Audit head"),
    "generation": say("Generation"),
    "number": say("Number"),
    "mode": say("Mode"),
    "whom": say("For whom"),
    "purpose": say("Purpose"),
    "from_day": say("From day"),
    "to_day": say("To day"),
    "listed": say("Hash of the list"),
}


@dataclass(frozen=True, slots=True)
class _Said:
    say: str
    plural: str | None
    values: dict[str, str | int | float | _Said] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Wire:
    format: str
    salt: str
    facts: dict[str, str | int | _Said] = field(repr=False)


def written(shown: Shown, salt: bytes) -> bytes:
    """Canonical JSON of the facts. Raises ValueError for nothing at all, or a plain value without a label."""
    if not shown:
        raise ValueError("an approval shows what it is about")
    for name, fact in shown.items():
        if not isinstance(fact, Text) and name not in FACT_LABELS:
            raise ValueError(f"the fact {name!r} has no label in FACT_LABELS")
    facts = {name: _said(fact) if isinstance(fact, Text) else fact for name, fact in shown.items()}
    return to_json(_Wire(format=_FORMAT, salt=salt.hex(), facts=facts))


def read_back(data: bytes) -> dict[str, Fact]:
    """The facts as they were shown; empty when they were erased. Raises StoreDamaged."""
    if not data:
        return {}
    return {name: _text(fact) if isinstance(fact, _Said) else fact for name, fact in _wire(data).facts.items()}


def salt_of(data: bytes) -> bytes:
    """The salt inside written facts. Raises StoreDamaged."""
    return bytes.fromhex(_wire(data).salt)


def digest(data: bytes) -> str:
    """Hex SHA-256 of written facts: what is signed and stands on the trail."""
    return hashlib.sha256(data).hexdigest()


def _wire(data: bytes) -> _Wire:
    try:
        wire = from_json(_Wire, data)
        bytes.fromhex(wire.salt)
    except (NotThisShape, ValueError):
        raise StoreDamaged(
            say("What was shown in a request for approval cannot be read."), say("Ask again. Call a technician.")
        ) from None
    return wire


def _said(text: Text) -> _Said:
    values = {name: _said(value) if isinstance(value, Text) else value for name, value in text.values.items()}
    return _Said(say=text.source, plural=text.plural, values=values)


def _text(said: _Said) -> Text:
    values: dict[str, TextValue] = {
        name: _text(value) if isinstance(value, _Said) else value for name, value in said.values.items()
    }
    return Text(said.say, values, said.plural)
