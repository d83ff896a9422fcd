# SPDX-License-Identifier: Apache-2.0
"""Sentences in the officer's language: values isolated, plurals picked, nothing forgotten."""

from __future__ import annotations

import string
from io import BytesIO

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from station.domain.words import say, say_count
from ui.extract_texts import TRANSLATIONS, messages, template
from ui.translation import PSEUDO, PSEUDO_RIGHT_TO_LEFT, TRANSLATED, Translator, pseudo


def places(source: str) -> set[str]:
    return {name for _literal, name, _format, _conversion in string.Formatter().parse(source) if name}


def test_english_is_the_source_with_its_values_isolated() -> None:
    english = Translator("en")
    assert english.text(say("Ready. Stands in for {device}.", device="Camera 2")) == (
        "Ready. Stands in for \u2068Camera 2\u2069."
    )


@pytest.mark.parametrize("number", ["12", "-3", "1.5", "14:32:07", "2031-04-15"[:4]])
def test_a_number_is_not_isolated(number: str) -> None:
    assert Translator("ar").text(say("{n}", n=number)) == number


def test_a_text_within_a_text_is_translated_too() -> None:
    inner = say("entry")
    assert Translator(PSEUDO).text(say("{what} on {date}", what=inner, date="x")).count("⟦") == 2


@pytest.mark.parametrize(("count", "form"), [(0, "{count} days"), (1, "{count} day"), (2, "{count} days")])
def test_english_has_two_forms(count: int, form: str) -> None:
    text = say_count("{count} day", "{count} days", count=count)
    assert Translator("en").text(text) == form.format(count=count)


def test_a_sentence_nobody_translated_is_shown_in_english() -> None:
    assert Translator("fr").text(say("A sentence only this test says.")) == "A sentence only this test says."


def test_arabic_and_the_mirrored_pseudo_language_run_from_right_to_left() -> None:
    assert Translator("ar").right_to_left
    assert Translator(PSEUDO_RIGHT_TO_LEFT).right_to_left
    assert not Translator("fr").right_to_left
    assert not Translator(PSEUDO).right_to_left


def test_countries_have_names_in_the_officers_language() -> None:
    assert Translator("fr").country("DEU") == "Allemagne"
    assert Translator("fr").country("D") == "Allemagne"
    assert Translator("en").country("UTO") == "Utopia"
    assert Translator("en").country("XOM") == "XOM"


@given(st.text(st.characters(blacklist_characters="{}")), st.booleans())
def test_the_pseudo_language_is_longer_and_keeps_its_places(words: str, right_to_left: bool) -> None:
    source = "a" + words + " {name} {count}"
    longer = pseudo(source, right_to_left=right_to_left)
    assert len(longer) >= 1.4 * len(source)
    assert places(longer) == {"name", "count"}


def test_the_template_for_translators_has_every_sentence() -> None:
    written = read_po(BytesIO((TRANSLATIONS / "messages.pot").read_bytes()))
    now = read_po(BytesIO(template()))
    assert {message.id for message in written} == {message.id for message in now}, "run: python -m ui.extract_texts"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_places_of_its_source(language: str) -> None:
    catalogue = read_po(BytesIO((TRANSLATIONS / f"{language}.po").read_bytes()), locale=language)
    for message in catalogue:
        if not message.id:
            continue
        sources = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
        strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        wanted = set.union(*(places(source) for source in sources))
        for translated in filter(None, strings):
            # A form for exactly one or two may say its number in words.
            assert wanted - {"count"} <= places(translated) <= wanted, sources[0]


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_says_that_it_is_a_draft_and_knows_only_sentences_of_the_product(language: str) -> None:
    written = (TRANSLATIONS / f"{language}.po").read_bytes()
    assert b"# DRAFT." in written
    said = {message.id for message in messages() if message.id}
    assert {message.id for message in read_po(BytesIO(written), locale=language) if message.id} == said
