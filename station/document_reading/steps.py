# SPDX-License-Identifier: Apache-2.0
"""From a page, or from keyed lines, to one document reading that says how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from station.domain.document import TravelDocument
from station.domain.person import PersonName, Sex
from station.domain.words import Text, say
from station.mrtd.mrz import MrzReading, parse
from station.ports.images import EncodedImage
from station.ports.recognition import (
    CorrectedCharacter,
    DoubtfulCharacter,
    MrzEngine,
    ReadStatus,
    RecognisedZone,
    Recognition,
)
from station.ports.tasks import CancelToken


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentReading:
    """One reading of one document: the values, the MRZ they stand in, and what is not sure about them."""

    document: TravelDocument
    status: ReadStatus
    reason: Text
    mrz: MrzReading = field(repr=False)
    raw_lines: tuple[str, ...] = field(default=(), repr=False)
    doubts: tuple[DoubtfulCharacter, ...] = field(default=(), repr=False)
    corrected: tuple[CorrectedCharacter, ...] = field(default=(), repr=False)
    other_zones: int = 0  # further MRZs in the same picture, not taken
    engine: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingRead:
    """No reading, and why."""

    reason: Text


def document_of(mrz: MrzReading) -> TravelDocument:
    """The values of an MRZ as a travel document. Works for an MRZ with wrong check digits as well."""
    fields = mrz.fields
    optional = " ".join(part for part in (fields.optional_data.value, fields.optional_data_2.value) if part)
    return TravelDocument(
        document_code=fields.document_code.value,
        issuing_state=fields.issuing_state.value,
        document_number=fields.document_number.value,
        name=PersonName(primary=fields.primary_identifier.value, secondary=fields.secondary_identifier.value),
        nationality=fields.nationality.value,
        birth_date=fields.birth_date.date,
        sex=_SEX.get(fields.sex.value, Sex.UNSPECIFIED),
        expiry_date=fields.expiry_date.date,
        optional_data=optional,
        mrz_lines=mrz.lines,
    )


_SEX = {"F": Sex.FEMALE, "M": Sex.MALE}


def read_page(
    engine: MrzEngine, image: EncodedImage, *, today: date, cancel: CancelToken
) -> DocumentReading | NothingRead:
    """Recognise the MRZ of a page and take its best zone. Raises ImageRefused, EngineUnavailable, Cancelled."""
    recognition = engine.recognise(image, cancel=cancel)
    if not recognition.zones:
        return NothingRead(reason=recognition.reason)
    zone = min(recognition.zones, key=_least_doubt)
    return _reading(recognition, zone, today)


def read_lines(lines: Sequence[str], *, today: date) -> DocumentReading | NothingRead:
    """What keyed or swiped lines say. Lines of no known format are not a reading, and the reason says so."""
    mrz = parse(lines, today=today)
    if mrz.format is None:
        return NothingRead(
            reason=say("These lines are not an MRZ: 3 lines of 30, or 2 lines of 36 or 44 characters are.")
        )
    if mrz.valid:
        status, reason = ReadStatus.READ, say("Every check digit of the keyed lines holds.")
    else:
        status, reason = (
            ReadStatus.DOUBT,
            say("A check digit of the keyed lines does not hold. Compare them."),
        )
    return DocumentReading(document=document_of(mrz), status=status, reason=reason, mrz=mrz, raw_lines=mrz.lines)


def unread_characters(lines: Sequence[str]) -> tuple[DoubtfulCharacter, ...]:
    """Each character that a reader of lines marked as one it could not read (``?``)."""
    return tuple(
        DoubtfulCharacter(line=row, column=column, read="?", alternatives=(), reason=_UNREAD)
        for row, line in enumerate(lines)
        for column, character in enumerate(line)
        if character == "?"
    )


_UNREAD = say("The reader could not read this character.")


def changed_characters(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Each character that differs, as ``line,column,before,after`` counted from 0; a missing one is empty."""
    changes: list[str] = []
    for line in range(max(len(before), len(after))):
        old = before[line] if line < len(before) else ""
        new = after[line] if line < len(after) else ""
        for column in range(max(len(old), len(new))):
            was, is_now = old[column : column + 1], new[column : column + 1]
            if was != is_now:
                changes.append(f"{line},{column},{was},{is_now}")
    return tuple(changes)


def _least_doubt(zone: RecognisedZone) -> tuple[int, int]:
    return (len(zone.corrected), len(zone.doubts))


def _reading(recognition: Recognition, zone: RecognisedZone, today: date) -> DocumentReading:
    mrz = parse(zone.lines, today=today)
    firm = recognition.status is ReadStatus.READ and mrz.valid and not zone.doubts and not zone.corrected
    return DocumentReading(
        document=document_of(mrz),
        status=ReadStatus.READ if firm else ReadStatus.DOUBT,
        reason=recognition.reason,
        mrz=mrz,
        raw_lines=zone.raw_lines,
        doubts=zone.doubts,
        corrected=zone.corrected,
        other_zones=len(recognition.zones) - 1,
        engine=recognition.engine,
    )
