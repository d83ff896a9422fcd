# SPDX-License-Identifier: Apache-2.0
"""Puts an acceptance record into the technician's language, before anybody draws it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from station.bench.judging import Finding
from station.bench.ledger import record_name
from station.bench.records import SWAP_UNNOTICED, AcceptanceRecord, Measure, Outcome, StepRecord
from station.bench.steps import asked_in
from station.domain.wire import to_json
from station.domain.words import Text, say
from station.ports.devices import ROLES
from ui.translation import Translator

OUTCOMES: dict[Outcome, Text] = {
    Outcome.PASSED: say("passed"),
    Outcome.FAILED: say("failed"),
    Outcome.SKIPPED: say("skipped"),
    Outcome.UNFINISHED: say("not finished"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedRecord:
    """A record in one language: pairs of label and value, pairs of what was asked and how it went."""

    title: str
    post: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    signatures: tuple[str, ...]
    footer: str
    right_to_left: bool


def worded_record(record: AcceptanceRecord, findings: Sequence[Finding], translator: Translator) -> WordedRecord:
    """The record in one language; ``findings`` are the steps of a test that just ended, in words of every language.

    Of an earlier test there are none: what was found then stands in English, as it was signed.
    """
    put = translator.text
    device = record.device
    role = next((each.title for each in ROLES if each.name == device.role), say("{role}", role=device.role))
    unknown = put(say("the device does not say"))
    found = {finding.step.name: finding.says for finding in findings}
    facts: list[tuple[Text, str]] = [
        (say("Result"), put(OUTCOMES[record.outcome])),
        (say("Device"), put(say("{role}: {device}", role=role, device=device.name))),
        (say("Serial number"), device.serial_number or put(SWAP_UNNOTICED)),
        (say("Version"), device.version or unknown),
        (say("Driver, program"), f"{device.driver}, {record.program_version}"),
        # Left to right also inside Arabic.
        (say("Tested"), f"\u2066{record.began_at:%Y-%m-%d %H:%M} – {record.ended_at:%Y-%m-%d %H:%M} UTC\u2069"),
        (say("Tested by"), record.tester),
        (say("Signed record"), f"{record_name(record)}.json"),
        (say("SHA-256"), hashlib.sha256(to_json(record)).hexdigest()),
    ]
    return WordedRecord(
        title=put(say("Acceptance record")),
        post=f"{record.post}, {record.station}, {record.lane}",
        facts=tuple((put(label), value) for label, value in facts),
        steps=tuple(
            (
                put(say("{number}. {asked}", number=number, asked=asked_in(step.asks))),
                " ".join((put(_went(step, found.get(step.step))), *(_measured(each) for each in step.measures))),
            )
            for number, step in enumerate(record.steps, start=1)
        ),
        signatures=(put(say("Technician's signature")), put(say("Supervisor's signature"))),
        footer=put(say("The signed file is the record; this page repeats it.")),
        right_to_left=translator.right_to_left,
    )


def _went(step: StepRecord, says: Text | None) -> Text:
    return say("{outcome}: {says}", outcome=OUTCOMES[step.outcome], says=says or say("{says}", says=step.says))


def _measured(measure: Measure) -> str:
    value = int(measure.value) if measure.value == int(measure.value) else measure.value
    return f"[{measure.name} {value} {measure.unit}".rstrip() + "]"
