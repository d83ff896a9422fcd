# SPDX-License-Identifier: Apache-2.0
"""Puts the report of a shift into the post's language, before anybody draws it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from station.domain.words import Text, say
from station.ports.storage import StoreKind
from station.post.shift import SignedBy
from station.reporting.shift_report import Leader, ShiftReport
from station.reporting.shift_reports import KeptReport
from ui.shift_sections import Section, moment, sections
from ui.translation import Translator

_GROUP = 8  # hex digits together: what an eye compares at once


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedTable:
    """A heading, captions of the cells after the first, and rows whose first cell is words."""

    heading: str
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedShift:
    """A report in one language."""

    title: str
    post: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[WordedTable, ...]
    code_says: str
    lines: tuple[str, ...]
    signatures: tuple[str, ...]
    footer: str
    right_to_left: bool


def worded_shift(kept: KeptReport, translator: Translator, zone: tzinfo) -> WordedShift:
    """A signed report in one language; times are those of the post."""
    put, report = translator.text, kept.report
    captions = [say("Signature of {name}", name=each.name) for each in kept.signatures]
    return WordedShift(
        title=put(say("Report of shift {number}", number=report.number)),
        post=f"{report.post}, {report.station}, {report.lane}",
        facts=_facts(report, translator, zone),
        tables=tuple(worded_table(section, translator) for section in sections(report, zone)),
        code_says=put(say("Where the record of acts stands, for headquarters")),
        lines=tuple(_lines(kept, translator)),
        signatures=tuple(put(caption) for caption in (*captions, say("Signature of a second person"))[:2]),
        footer=put(
            say(
                "Shift {number}, entries {first} to {last}. One copy for the post, one for headquarters.",
                number=report.number,
                first=report.first,
                last=report.last,
            )
        ),
        right_to_left=translator.right_to_left,
    )


def worded_table(section: Section, translator: Translator) -> WordedTable:
    """One section in one language."""
    put = translator.text
    return WordedTable(
        heading=put(section.heading),
        columns=tuple(map(put, section.columns)),
        rows=tuple((put(row.says), *row.cells) for row in section.rows),
    )


def short_hash(sha256: str) -> str:
    """The first half of a hash in groups, left to right in every language: enough to compare by eye."""
    groups = (sha256[start : start + _GROUP] for start in range(0, len(sha256) // 2, _GROUP))
    return f"\u2066{' '.join(groups)}\u2069"


def _facts(report: ShiftReport, translator: Translator, zone: tzinfo) -> tuple[tuple[str, str], ...]:
    put = translator.text
    facts = [
        (put(say("Begun")), moment(report.opened_at, zone)),
        (put(say("Report made")), moment(report.made_at, zone)),
        *((put(say("Answered for it")), put(_led(each, zone))) for each in report.leaders),
    ]
    if report.kind is StoreKind.TRAINING:
        facts.append((put(say("Store")), put(say("training"))))
    return tuple(facts)


def _led(leader: Leader, zone: tzinfo) -> Text:
    since = moment(leader.since, zone)
    if leader.taken_over:
        return say("{name}, from {time}, taken over before a witness", name=leader.name, time=since)
    return say("{name}, from {time}", name=leader.name, time=since)


def _lines(kept: KeptReport, translator: Translator) -> list[str]:
    put = translator.text
    lines = [put(say("The report's fingerprint (SHA-256): {hash}", hash=short_hash(kept.sha256)))]
    lines += [put(_signed(each, number)) for number, each in enumerate(kept.signatures, start=1)]
    if len(kept.signatures) < 2:
        lines.append(put(say("Nobody has signed this as the second person yet.")))
    if not all(each.independent for each in kept.signatures):
        lines.append(put(say("It is not known that these two accounts are two people.")))
    if not kept.proven:
        lines.append(put(say("A signature does not hold. Tell headquarters.")))
    return lines


def _signed(person: SignedBy, number: int) -> Text:
    return say(
        "Signed {number}: {name}, key {key}",
        number=number,
        name=person.name,
        key=f"\u2066{person.public_key[:12]}\u2069",
    )
