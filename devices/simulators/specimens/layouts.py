# SPDX-License-Identifier: Apache-2.0
"""What stands where on each specimen page, in millimetres: dimensions of Doc 9303-4 to -7, zones I to V above the MRZ.

Captions are in English and French, as Doc 9303-3, 3.3, wants where the national language is another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from devices.simulators.specimens.guilloche import Palette
from devices.simulators.specimens.specimen import Specimen
from station.domain.dates import PartialDate
from station.domain.person import Sex
from station.mrtd.mrz_formats import MrzFormat

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NATIONALITIES = {"UTO": "UTOPIAN", "XXA": "STATELESS", "XXB": "REFUGEE", "XXX": "UNSPECIFIED"}


@dataclass(frozen=True, slots=True)
class Box:
    """A place on the page."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedField:
    """A caption and its value: ``top`` is the caption's baseline, ``size`` the value's letter size."""

    left: float
    top: float
    width: float
    size: float
    caption: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLayout:
    """One page. ``mrz_left`` is where the first character's cell begins, ``mrz_bottom`` the height of the last
    line's middle above the lower edge."""

    width: float
    height: float
    palette: Palette
    title: str
    heading: Box
    emblem: Box
    portrait: Box
    ghost: Box | None
    signature: Box | None
    fields: tuple[PrintedField, ...]
    mrz_left: float
    mrz_bottom: float


def layout_for(traveller: Specimen) -> PageLayout:
    """The page of this traveller's document."""
    match traveller.format:
        case MrzFormat.TD1:
            return _td1(traveller)
        case MrzFormat.TD2:
            return _td2(traveller)
        case MrzFormat.TD3:
            return _td3(traveller)
        case MrzFormat.MRV_A:
            return _visa(traveller, width=120, height=80, portrait=Box(5, 13, 29, 37), step=6.9, size=2.55)
        case MrzFormat.MRV_B:
            return _visa(traveller, width=105, height=74, portrait=Box(4, 12.5, 25, 32), step=6.1, size=2.3)


def _td3(traveller: Specimen) -> PageLayout:
    person, papers = traveller.person, traveller.papers
    rows = _Rows(left=45.5, top=14.2, step=7.35, size=2.75)
    rows.add((0, 14, "Type / Type", papers.code), (16, 22, "Code / Code", "UTO"),
             (40, 34, "Document No. / N° du document", papers.number), strong=2)  # fmt: skip
    rows.add((0, 74, "Surname / Nom", person.name.primary.upper()), strong=0)
    rows.add((0, 74, "Given names / Prénoms", person.name.secondary.upper() or "–"), strong=0)
    rows.add((0, 30, "Nationality / Nationalité", _NATIONALITIES[person.nationality]),
             (34, 22, "Height / Taille", f"{person.height} cm"))  # fmt: skip
    rows.add(
        (0, 26, "Date of birth / Date de naissance", written(person.birth_date)),
        (40, 8, "Sex / Sexe", sex_of(traveller)),
    )
    rows.add((0, 30, "Place of birth / Lieu de naissance", person.birthplace),
             (34, 24, "Personal No. / N° personnel", papers.optional_data or "–"))  # fmt: skip
    rows.add((0, 24, "Date of issue / Date de délivrance", written(papers.issue_date)),
             (34, 24, "Date of expiry / Date d'expiration", written(papers.expiry_date)))  # fmt: skip
    return PageLayout(
        width=125,
        height=88,
        palette=Palette.ROSE if person.nationality == "UTO" else Palette.BLUE,
        title=f"{papers.title} / {_FRENCH[papers.title]}",
        heading=Box(14, 8.6, 0, 4.2),
        emblem=Box(5.5, 2.2, 7.2, 7.2),
        portrait=Box(6, 14.5, 35, 45),
        ghost=Box(103, 29, 16.5, 21),
        signature=Box(9, 59.4, 28, 5.2),
        fields=rows.done(),
        mrz_left=6.0,
        mrz_bottom=9.4,
    )


def _td2(traveller: Specimen) -> PageLayout:
    person, papers = traveller.person, traveller.papers
    rows = _Rows(left=38, top=13.0, step=6.3, size=2.4)
    rows.add((0, 14, "Type / Type", papers.code), (16, 30, "Document No. / N° du document", papers.number), strong=1)
    rows.add((0, 62, "Surname / Nom", person.name.primary.upper()), strong=0)
    rows.add((0, 62, "Given names / Prénoms", person.name.secondary.upper() or "–"), strong=0)
    rows.add((0, 26, "Nationality / Nationalité", _NATIONALITIES[person.nationality]),
             (30, 16, "Sex / Sexe", sex_of(traveller)))  # fmt: skip
    rows.add((0, 28, "Date of birth / Date de naissance", written(person.birth_date)),
             (30, 20, "Place of birth / Lieu", person.birthplace))  # fmt: skip
    rows.add((0, 28, "Date of issue / Délivrance", written(papers.issue_date)),
             (30, 28, "Date of expiry / Expiration", written(papers.expiry_date)))  # fmt: skip
    return PageLayout(
        width=105,
        height=74,
        palette=Palette.AMBER,
        title=papers.title,
        heading=Box(12, 7.6, 0, 3.7),
        emblem=Box(4.6, 2.0, 6.4, 6.4),
        portrait=Box(5, 11, 28, 35),
        ghost=Box(88, 26, 12.5, 16),
        signature=Box(7, 45.8, 24, 4.6),
        fields=rows.done(),
        mrz_left=4.0,
        mrz_bottom=9.4,
    )


def _td1(traveller: Specimen) -> PageLayout:
    """The back of the card, which carries the MRZ; the portrait there is the smaller, second one (Doc 9303-5, 3)."""
    person, papers = traveller.person, traveller.papers
    rows = _Rows(left=26, top=9.6, step=5.1, size=2.0)
    rows.add((0, 30, "Document No. / N° du document", papers.number), (32, 24, "Type", papers.code), strong=0)
    rows.add((0, 56, "Surname / Nom", person.name.primary.upper()), strong=0)
    rows.add((0, 56, "Given names / Prénoms", person.name.secondary.upper() or "–"), strong=0)
    rows.add((0, 24, "Date of birth / Naissance", written(person.birth_date)), (27, 8, "Sex", sex_of(traveller)),
             (36, 22, "Expiry / Expiration", written(papers.expiry_date)))  # fmt: skip
    return PageLayout(
        width=85.6,
        height=54.0,
        palette=Palette.BLUE,
        title=papers.title,
        heading=Box(9.8, 5.4, 0, 3.0),
        emblem=Box(3.6, 1.6, 4.9, 4.9),
        portrait=Box(4, 8, 17.5, 22.5),
        ghost=None,
        signature=None,
        fields=rows.done(),
        mrz_left=4.0,
        mrz_bottom=5.6,
    )


def _visa(traveller: Specimen, *, width: float, height: float, portrait: Box, step: float, size: float) -> PageLayout:
    person, papers = traveller.person, traveller.papers
    scale = width / 120
    rows = _Rows(left=portrait.left + portrait.width + 4.5, top=13.2 * scale, step=step, size=size)
    entries = "MULT" if (papers.expiry_date - papers.issue_date) > timedelta(days=300) else "01"
    rows.add((0, 26 * scale, "Place of issue / Lieu", person.birthplace),
             (40 * scale, 34 * scale, "Visa No. / N° du visa", papers.number), strong=1)  # fmt: skip
    rows.add((0, 24 * scale, "Valid from / Du", written(papers.issue_date)),
             (28 * scale, 24 * scale, "Until / Au", written(papers.expiry_date)),
             (56 * scale, 20 * scale, "Entries / Entrées", entries))  # fmt: skip
    rows.add((0, 76 * scale, "Surname / Nom", person.name.primary.upper()), strong=0)
    rows.add((0, 76 * scale, "Given names / Prénoms", person.name.secondary.upper() or "–"), strong=0)
    rows.add((0, 26 * scale, "Nationality / Nationalité", _NATIONALITIES[person.nationality]),
             (40 * scale, 8 * scale, "Sex / Sexe", sex_of(traveller)))  # fmt: skip
    rows.add((0, 34 * scale, "Date of birth / Naissance", written(person.birth_date)),
             (40 * scale, 34 * scale, "Remarks / Observations", "SPECIMEN"))  # fmt: skip
    return PageLayout(
        width=width,
        height=height,
        palette=Palette.GREEN,
        title="VISA",
        heading=Box(13 * scale, 8.2 * scale, 0, 4.2 * scale),
        emblem=Box(5 * scale, 2.2 * scale, 6.8 * scale, 6.8 * scale),
        portrait=portrait,
        ghost=None,
        signature=None,
        fields=rows.done(),
        mrz_left=4.0,
        mrz_bottom=9.4,
    )


_FRENCH = {
    "PASSPORT": "PASSEPORT",
    "DIPLOMATIC PASSPORT": "PASSEPORT DIPLOMATIQUE",
    "OFFICIAL PASSPORT": "PASSEPORT DE SERVICE",
    "ALIEN'S PASSPORT": "PASSEPORT POUR ÉTRANGER",
    "TRAVEL DOCUMENT": "TITRE DE VOYAGE",
}


class _Rows:
    """Gathers fields row by row."""

    def __init__(self, *, left: float, top: float, step: float, size: float) -> None:
        self._left, self._top, self._step, self._size = left, top, step, size
        self._fields: list[PrintedField] = []

    def add(self, *cells: tuple[float, float, str, str], strong: int = -1) -> None:
        """One row of (offset, width, caption, value); the cell at ``strong`` is set in bold."""
        for index, (offset, width, caption, value) in enumerate(cells):
            self._fields.append(
                PrintedField(
                    left=self._left + offset,
                    top=self._top,
                    width=width,
                    size=self._size,
                    caption=caption,
                    value=value,
                    strong=index == strong,
                )
            )
        self._top += self._step

    def done(self) -> tuple[PrintedField, ...]:
        return tuple(self._fields)


def written(day: PartialDate | date) -> str:
    """A date as the visual zone prints it, X for what is not known (Doc 9303-3, 3.8)."""
    return (
        f"{'XX' if day.day is None else f'{day.day:02}'} "
        f"{'XXX' if day.month is None else _MONTHS[day.month - 1]} "
        f"{'XXXX' if day.year is None else day.year}"
    )


def sex_of(traveller: Specimen) -> str:
    """F, M or X, as the visual zone prints it."""
    sex: Sex = traveller.person.sex
    return sex.value
