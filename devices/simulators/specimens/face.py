# SPDX-License-Identifier: Apache-2.0
"""What a specimen face looks like, as numbers: drawn once from the seed, so that page and live picture agree."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from random import Random

from devices.simulators.specimens.person import weighted
from station.domain.person import Sex

Colour = tuple[float, float, float]


class Hair(enum.Enum):
    """The hair styles that can be drawn."""

    CROPPED = "cropped"  # close to the skull
    SHORT = "short"  # with a parting
    RECEDING = "receding"  # high forehead, thin on top
    CURLY = "curly"  # a round volume
    BOB = "bob"  # to the chin
    LONG = "long"  # over the shoulders
    TIED = "tied"  # tied back behind the head
    COVERED = "covered"  # a cloth over hair and neck, face free (Doc 9303-3, portrait: religious head covering)


_SKINS: tuple[Colour, ...] = (
    (244, 208, 184), (233, 190, 162), (222, 176, 142), (203, 154, 118),
    (181, 130, 95), (150, 103, 74), (120, 81, 58), (96, 64, 47),
)  # fmt: skip
_HAIRS: tuple[Colour, ...] = ((34, 28, 26), (52, 38, 31), (78, 54, 39), (112, 78, 52), (156, 118, 76), (126, 62, 38))
_EYES: tuple[Colour, ...] = ((74, 50, 34), (92, 64, 40), (104, 96, 62), (86, 112, 92), (98, 128, 152), (62, 44, 34))
_CLOTHES: tuple[Colour, ...] = ((52, 60, 78), (88, 46, 52), (62, 82, 72), (120, 116, 110), (40, 44, 48), (146, 122, 92),
                                (76, 84, 112), (182, 184, 190), (94, 72, 98))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """Proportions are factors around 1, colours are RGB; ``age`` is in years."""

    age: int
    skin: Colour
    hair_colour: Colour
    eye_colour: Colour
    cloth_colour: Colour
    page_clothes: Colour
    live_clothes: Colour
    hair: Hair
    width: float
    jaw: float
    eye_size: float
    eye_distance: float
    eye_tilt: float
    brow_height: float
    brow_weight: float
    nose_length: float
    nose_width: float
    mouth_width: float
    lips: float
    fullness: float
    parting: float
    beard: float
    moustache: float
    glasses: bool
    grain: int


def youth_at(age: int) -> float:
    """How childlike a face is: 1 for a newborn, 0 from fifteen years on."""
    return max(0.0, 1 - age / 15)


def draw_face(random: Random, *, sex: Sex, age: int) -> Face:
    """A face from a seeded source. Children get a child's proportions, grey comes with age."""
    youth = youth_at(age)
    masculine = {Sex.MALE: 1.0, Sex.FEMALE: 0.0, Sex.UNSPECIFIED: 0.5}[sex]
    tone = random.random() * (len(_SKINS) - 1)
    lower = int(tone)
    skin = _between(_SKINS[lower], _SKINS[min(lower + 1, len(_SKINS) - 1)], tone - lower)
    # Fair hair and eyes go with fair skin more often than not.
    hair_choices = _HAIRS if tone < 2.5 else _HAIRS[:3]
    eye_choices = _EYES if tone < 3 else (_EYES[0], _EYES[1], _EYES[5])
    grey = min(0.95, max(0.0, (age - 42 + random.gauss(0, 8)) / 30))
    bearded = masculine > 0.4 and age > 19 and random.random() < 0.45 * masculine
    return Face(
        age=age,
        skin=skin,
        hair_colour=_between(random.choice(hair_choices), (206, 204, 200), grey),
        eye_colour=random.choice(eye_choices),
        cloth_colour=random.choice(_CLOTHES),
        page_clothes=random.choice(_CLOTHES),
        live_clothes=random.choice(_CLOTHES),
        hair=_style(random, masculine, age),
        width=random.uniform(0.93, 1.06) + 0.05 * youth,
        jaw=random.uniform(0.86, 1.0) + 0.10 * masculine - 0.10 * youth,
        eye_size=random.uniform(0.9, 1.1) * (1 + 0.34 * youth),
        eye_distance=random.uniform(0.95, 1.06),
        eye_tilt=random.uniform(-3, 8),
        brow_height=random.uniform(0.92, 1.12),
        brow_weight=random.uniform(0.75, 1.1) * (0.8 + 0.5 * masculine) * (1 - 0.5 * youth),
        nose_length=random.uniform(0.9, 1.1) * (1 - 0.25 * youth),
        nose_width=random.uniform(0.82, 1.2) * (1 - 0.14 * youth),
        mouth_width=random.uniform(0.88, 1.12) * (1 - 0.20 * youth),
        lips=random.uniform(0.75, 1.3) * (1.1 - 0.25 * masculine) * (0.8 if age > 65 else 1.0),
        fullness=random.uniform(0, 1) * 0.6 + 0.6 * youth,
        parting=random.choice((-1, 1)) * random.uniform(0.1, 0.45),
        beard=random.choice((0.35, 0.7, 0.95)) if bearded else 0.0,
        moustache=0.9 if bearded or (masculine == 1.0 and age > 22 and random.random() < 0.1) else 0.0,
        glasses=random.random() < (0.08 if age < 45 else 0.2),
        grain=random.randrange(1 << 30),
    )


def _style(random: Random, masculine: float, age: int) -> Hair:
    if age < 2:
        return Hair.CROPPED
    if masculine == 1.0 or (masculine == 0.5 and random.random() < 0.5):
        receding = 0 if age < 28 else 12 if age < 50 else 40
        return weighted(random, ((Hair.CROPPED, 30), (Hair.SHORT, 48), (Hair.CURLY, 12), (Hair.RECEDING, receding)))
    covered = 0 if age < 12 else 12
    return weighted(
        random,
        ((Hair.LONG, 30), (Hair.BOB, 24), (Hair.TIED, 26), (Hair.CURLY, 10), (Hair.SHORT, 6), (Hair.COVERED, covered)),
    )


def _between(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue
