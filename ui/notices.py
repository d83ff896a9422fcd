# SPDX-License-Identifier: Apache-2.0
"""Puts a notice into the traveller's language: what stands on it, before anybody draws it."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.domain.words import say
from station.inspection.notice import BOXES, GROUND_BOX, GROUNDS, boxes
from station.ports.paper import RefusalNotice
from ui.translation import Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedNotice:
    """A notice in one language: pairs of label and value, pairs of heading and text, letters with what they mean."""

    title: str
    post: str
    facts: tuple[tuple[str, str], ...] = field(repr=False)
    sections: tuple[tuple[str, str], ...] = field(repr=False)
    choices: tuple[tuple[str, str], ...] = ()
    signatures: tuple[str, ...]
    footer: str
    right_to_left: bool


def worded(notice: RefusalNotice, translator: Translator) -> WordedNotice:
    """The notice of refusal in the translator's language."""
    put = translator.text
    return _worded(
        translator,
        post=notice.post,
        facts=tuple((put(label), value) for label, value in boxes(notice) if value and label != GROUND_BOX),
        ground=((put(say("Ground {code}", code=notice.ground_code)), put(notice.ground)),),
    )


def worded_blank(post: str, translator: Translator) -> WordedNotice:
    """The same notice with empty boxes, numbered as the screen numbers them, and all grounds to tick."""
    put = translator.text
    return _worded(
        translator,
        post=post,
        facts=tuple(
            (put(say("{number}. {label}", number=number, label=label)), "")
            for number, label in enumerate(BOXES, start=1)
            if label != GROUND_BOX
        ),
        ground=((put(say("{number}. {label}", number=len(BOXES), label=say("Ground (tick one)"))), ""),),
        choices=tuple((ground.value, put(words)) for ground, words in GROUNDS.items()),
    )


def _worded(
    translator: Translator,
    *,
    post: str,
    facts: tuple[tuple[str, str], ...],
    ground: tuple[tuple[str, str], ...],
    choices: tuple[tuple[str, str], ...] = (),
) -> WordedNotice:
    put = translator.text
    return WordedNotice(
        title=put(say("Notice of refusal")),
        post=post,
        facts=facts,
        sections=(
            (put(say("Decision")), put(say("You may not cross the border here today."))),
            *ground,
            (
                put(say("You can appeal")),
                put(
                    say(
                        "You can appeal against this decision. Ask the officer for the address of the authority and "
                        "the time limit; an appeal does not suspend the decision. You may ask for an interpreter "
                        "and for legal advice."
                    )
                ),
            ),
            (
                put(say("If you fear for your life or freedom")),
                put(
                    say(
                        "If you fear for your life or freedom in the country you would have to return to, "
                        "tell the officer now. You do not need to give details at the counter."
                    )
                ),
            ),
        ),
        choices=choices,
        signatures=(put(say("Officer's signature")), put(say("Received by the traveller (signature or mark)"))),
        footer=put(say("One copy for the traveller, one for the post.")),
        right_to_left=translator.right_to_left,
    )


def watermark(translator: Translator) -> str:
    """What lies across every paper of a training store."""
    return translator.text(say("TRAINING – NOT VALID"))
