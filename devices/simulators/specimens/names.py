# SPDX-License-Identifier: Apache-2.0
"""Invented names of Utopia, as varied as names are: one word, very long, with national letters, hyphen, apostrophe.

They are built from syllables, so that no list of real people stands behind them.
"""

from __future__ import annotations

from random import Random

from station.domain.person import PersonName, Sex

# fmt: off
_ONSETS = (
    "Vel", "Tor", "Mar", "Quin", "Ast", "Bel", "Cor", "Dan", "El", "Far", "Gal", "Hes", "Il", "Jor", "Kal", "Lun",
    "Mel", "Nor", "Os", "Per", "Rav", "Sel", "Tal", "Ul", "Vand", "Wes", "Xan", "Yar", "Zel", "Bran", "Thal", "Dro",
)
_MIDDLES = (
    "", "", "", "a", "i", "o", "an", "er", "is", "om", "ur", "ev", "ath", "ind", "oss", "ell", "ari", "ebo", "imo",
    "uka",
)
_SURNAME_ENDS = (
    "dane", "mark", "wyn", "sson", "ovar", "ides", "quez", "mann", "ette", "ashi", "enko", "ouri", "aho", "stad",
    "bury", "azar", "idze", "okwe", "alla", "imba", "uddin", "escu", "yan", "tamu", "oro", "nen",
)
_GIVEN_ENDS = {
    Sex.FEMALE: ("a", "ia", "ine", "elle", "ira", "una", "ette", "isa", "ora", "anne", "eya", "ith"),
    Sex.MALE: ("o", "an", "us", "ek", "ir", "and", "ion", "ert", "as", "im", "olf", "eo"),
    Sex.UNSPECIFIED: ("i", "en", "ley", "is", "ary", "el", "y", "om"),
}
_NATIONAL = {
    "a": "áàâäãåăą", "e": "éèêëęě", "i": "íîï", "o": "óôöøő", "u": "úüůű", "n": "ñńň", "s": "šśş", "z": "žźż",
    "c": "çćč", "l": "ł", "d": "ðđ", "g": "ğ", "r": "ř", "t": "ţ",
}
# fmt: on
_PARTICLES = ("van der", "de la", "al", "ben", "du", "te")
_APOSTROPHES = ("O'", "D'", "N'", "L'", "Ma'")


def draw_name(random: Random, sex: Sex) -> PersonName:
    """A name as a document's visual zone prints it. About one in forty is a mononym, one in thirty is very long."""
    kind = random.random()
    if kind < 0.025:
        return PersonName(primary=_accented(random, _surname(random), chance=0.2))
    if kind < 0.06:
        surnames = f"{_surname(random)} {random.choice(_PARTICLES)} {_surname(random)}-{_surname(random)}"
        return PersonName(primary=surnames, secondary=" ".join(_given(random, sex) for _ in range(3)))
    return PersonName(primary=_family_name(random), secondary=_given_names(random, sex))


def _family_name(random: Random) -> str:
    kind = random.random()
    name = _accented(random, _surname(random), chance=0.22)
    if kind < 0.10:
        return f"{name}-{_surname(random)}"
    if kind < 0.18:
        return f"{name} {_surname(random)}"
    if kind < 0.24:
        return random.choice(_APOSTROPHES) + name
    if kind < 0.29:
        return f"{random.choice(_PARTICLES)} {name}"
    return name


def _given_names(random: Random, sex: Sex) -> str:
    first = _accented(random, _given(random, sex), chance=0.15)
    kind = random.random()
    if kind < 0.35:
        return f"{first} {_given(random, sex)}"
    if kind < 0.43:
        return f"{first}-{_given(random, sex)}"
    return first


def _surname(random: Random) -> str:
    return random.choice(_ONSETS) + random.choice(_MIDDLES) + random.choice(_SURNAME_ENDS)


def _given(random: Random, sex: Sex) -> str:
    return random.choice(_ONSETS) + random.choice(_MIDDLES) + random.choice(_GIVEN_ENDS[sex])


def _accented(random: Random, name: str, *, chance: float) -> str:
    """With the given chance, one letter after the first becomes a national one."""
    if random.random() >= chance:
        return name
    places = [place for place, letter in enumerate(name) if place and letter in _NATIONAL]
    if not places:
        return name
    place = random.choice(places)
    return name[:place] + random.choice(_NATIONAL[name[place]]) + name[place + 1 :]
