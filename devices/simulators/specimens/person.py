# SPDX-License-Identifier: Apache-2.0
"""Who a specimen person is: age, sex, nationality and name, all from a seeded random source.

The mix is that of a post, made a little richer in the cases that are easy to get wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from devices.simulators.specimens.names import draw_name
from station.domain.dates import PartialDate
from station.domain.person import PersonName, Sex

_T = TypeVar("_T")

OLDEST = 95  # completed years

_SEXES = ((Sex.FEMALE, 48), (Sex.MALE, 48), (Sex.UNSPECIFIED, 4))
# Every decade of life is met, working age most.
_DECADES = ((0, 10), (10, 11), (20, 22), (30, 20), (40, 14), (50, 10), (60, 7), (70, 4), (80, 2))
_NATIONALITIES = (("UTO", 90), ("XXB", 5), ("XXA", 3), ("XXX", 2))  # Doc 9303-3, 5.E and 5.G
_BIRTHPLACES = ("ZENITH", "AMAUROT", "ANYDER", "PORT SELENE", "MERIDIA", "NORTH QUAY", "ALDERFORD", "TEMPEST BAY")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecimenPerson:
    """An invented person. The name is as the visual zone prints it, with national letters.

    ``birth_date`` may lack its day or its day and month, as on documents of people without a birth register
    (Doc 9303-3, 3.8). ``height`` is in centimetres.
    """

    name: PersonName
    sex: Sex
    birth_date: PartialDate = field(repr=False)
    nationality: str
    birthplace: str
    height: int

    def age_on(self, day: date) -> int:
        """Completed years on ``day``, at least."""
        ages = self.birth_date.age_on(day)
        assert ages is not None  # a specimen's year of birth is always known
        return ages[0]


def draw_person(random: Random, today: date) -> SpecimenPerson:
    """A person of 0 to 95 years on ``today``; every call with an equal random source gives an equal person."""
    sex = weighted(random, _SEXES)
    born = _birth(random, today)
    age = (today - born).days // 365
    adult_height = random.gauss(176 if sex is Sex.MALE else 165 if sex is Sex.FEMALE else 170, 7)
    height = round(adult_height) if age >= 17 else round(50 + (adult_height - 50) * (age / 17) ** 0.75)
    return SpecimenPerson(
        name=draw_name(random, sex),
        sex=sex,
        birth_date=_as_registered(random, born, age),
        nationality=weighted(random, _NATIONALITIES),
        birthplace=random.choice(_BIRTHPLACES),
        height=height,
    )


def weighted(random: Random, choices: tuple[tuple[_T, int], ...]) -> _T:
    """One of the values, each as likely as its weight says."""
    return random.choices([value for value, _ in choices], [weight for _, weight in choices])[0]


def _birth(random: Random, today: date) -> date:
    years = weighted(random, _DECADES) + random.random() * 10
    if years > 80:
        years = 80 + (years - 80) * 1.55  # the last decade stretches to 95
    return today - timedelta(days=min(int(years * 365.25), OLDEST * 365))


def _as_registered(random: Random, born: date, age: int) -> PartialDate:
    """One adult in forty has a date of birth that is only partly known."""
    unknown = random.random()
    if age < 5 or unknown > 0.025:
        return PartialDate.of(born)
    return PartialDate(born.year) if unknown < 0.015 else PartialDate(born.year, born.month)
