# SPDX-License-Identifier: Apache-2.0
"""Puts a notice into the traveller's language: what stands on it, before anybody draws it."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.domain.words import Text, say
from station.ports.paper import RefusalNotice
from ui.translation import Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedNotice:
    """A notice in one language: pairs of label and value, pairs of heading and text."""

    title: str
    post: str
    facts: tuple[tuple[str, str], ...] = field(repr=False)
    sections: tuple[tuple[str, str], ...] = field(repr=False)
    signatures: tuple[str, ...]
    footer: str
    right_to_left: bool


def worded(notice: RefusalNotice, translator: Translator) -> WordedNotice:
    """The notice of refusal in the translator's language."""
    put = translator.text
    document = notice.document
    facts: list[tuple[Text, str]] = [(say("Date"), notice.on.isoformat()), (say("Reference"), notice.reference)]
    if document is not None:
        name = ", ".join(part for part in (document.name.primary, document.name.secondary) if part)
        number = f"{document.document_code} {document.issuing_state} {document.document_number}".strip()
        facts += [
            (say("Name"), name),
            (say("Date of birth"), document.birth_date.iso()),
            (say("Document"), number),
        ]
    facts.append((say("Officer"), notice.officer_number))
    return WordedNotice(
        title=put(say("Notice of refusal")),
        post=notice.post,
        facts=tuple((put(label), value) for label, value in facts),
        sections=(
            (put(say("Decision")), put(say("You may not cross the border here today."))),
            (put(say("Ground {code}", code=notice.ground_code)), put(notice.ground)),
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
        signatures=(put(say("Officer's signature")), put(say("Received by the traveller (signature or mark)"))),
        footer=put(say("One copy for the traveller, one for the post.")),
        right_to_left=translator.right_to_left,
    )


def watermark(translator: Translator) -> str:
    """What lies across every paper of a training store."""
    return translator.text(say("TRAINING – NOT VALID"))
