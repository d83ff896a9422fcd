# SPDX-License-Identifier: Apache-2.0
"""Which document a specimen person carries: layout, code, number, validity and the text of its MRZ."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from devices.simulators.specimens.person import SpecimenPerson, weighted
from station.mrtd.mrz_formats import MrzFormat

ISSUER = "UTO"  # Utopia: no real document carries it (Doc 9303-3, 5.G)

_FORMATS = (
    (MrzFormat.TD3, 66),
    (MrzFormat.TD1, 14),
    (MrzFormat.TD2, 8),
    (MrzFormat.MRV_A, 7),
    (MrzFormat.MRV_B, 5),
)
_EXPIRED_SHARE = 0.055
_YOUNGEST_EXPIRED = 7  # completed years: younger holders have not had a document long enough
_SECOND_LETTERS = date(2026, 1, 1)  # Doc 9303-4: from here on the second letter is binding
_NUMBER_SPAN = 10_000_000
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenDocument:
    """What the document of one person says, apart from the person. ``title`` is its name in English."""

    format: MrzFormat
    code: str
    number: str = field(repr=False)
    issue_date: date
    expiry_date: date
    optional_data: str = field(default="", repr=False)
    title: str


def draw_document(random: Random, person: SpecimenPerson, index: int, *, today: date) -> SpecimenDocument:
    """The document of the ``index``-th traveller: no two indices of one stock share a number."""
    fmt = weighted(random, _FORMATS)
    code, title = _code_and_title(random, person, fmt, today)
    issued, expires = _validity(random, person, code, today)
    if code == "P" and issued >= _SECOND_LETTERS:
        code = "PP"
    return SpecimenDocument(
        format=fmt,
        code=code,
        number=_number(random, fmt, index),
        issue_date=issued,
        expiry_date=expires,
        optional_data=_optional_data(random, fmt),
        title=title,
    )


def _validity(random: Random, person: SpecimenPerson, code: str, today: date) -> tuple[date, date]:
    age = person.age_on(today)
    if code == "V":
        days = random.choice((90, 180, 365, 730))
    elif code == "PU":
        days = random.choice((30, 60, 90, 180))  # for one journey (Doc 9303-8)
    else:
        days = 3652 if age >= 18 else 1826
    born = person.birth_date.latest()
    if random.random() < _EXPIRED_SHARE and age >= _YOUNGEST_EXPIRED:
        expires = today - timedelta(days=random.randint(1, 400))
        return max(expires - timedelta(days=days), born), expires
    oldest = min(days, max((today - born).days, 0))
    issued = today - timedelta(days=random.randint(0, oldest))
    return issued, issued + timedelta(days=days)


def _code_and_title(random: Random, person: SpecimenPerson, fmt: MrzFormat, today: date) -> tuple[str, str]:
    """Document code as Doc 9303-4 to -8 have it, and the name of the document in English."""
    if fmt in (MrzFormat.MRV_A, MrzFormat.MRV_B):
        return "V", "VISA"
    if fmt is MrzFormat.TD1:
        crew = random.random() < 0.25 and 29 <= person.age_on(today) < 60  # a grown-up when it was issued
        return ("AC", "CREW MEMBER CERTIFICATE") if crew else ("I", "IDENTITY CARD")
    if fmt is MrzFormat.TD2:
        return ("PU", "EMERGENCY TRAVEL DOCUMENT") if random.random() < 0.35 else ("I", "TRAVEL CARD")
    special = {"XXA": ("PS", "TRAVEL DOCUMENT"), "XXB": ("PR", "TRAVEL DOCUMENT"), "XXX": ("PT", "ALIEN'S PASSPORT")}
    if person.nationality in special:
        return special[person.nationality]
    rare = random.random()
    if rare < 0.02:
        return "PD", "DIPLOMATIC PASSPORT"
    if rare < 0.05:
        return "PO", "OFFICIAL PASSPORT"
    return "P", "PASSPORT"


def _number(random: Random, fmt: MrzFormat, index: int) -> str:
    """Multiplying by a unit modulo the span is one-to-one, so numbers differ as long as the indices do."""
    digits = f"{(index * 7_368_787 + 1_234_567) % _NUMBER_SPAN:07}"
    if fmt in (MrzFormat.TD1, MrzFormat.TD2) and random.random() < 0.12:
        # Longer than nine characters: the rest stands in the optional data (Doc 9303-5, note j).
        return f"{random.choice(_LETTERS)}{digits}{random.choice(_LETTERS)}{random.randint(100, 999)}"
    if random.random() < 0.06:
        return digits  # shorter than nine: fillers follow
    return f"{random.choice(_LETTERS)}{digits}{random.choice(_LETTERS + '0123456789')}"


def _optional_data(random: Random, fmt: MrzFormat) -> str:
    """A personal number on about every third passport, nothing elsewhere."""
    if fmt is not MrzFormat.TD3 or random.random() > 0.3:
        return ""
    return f"ZE{random.randint(0, 999_999_999):09}"
