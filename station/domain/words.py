# SPDX-License-Identifier: Apache-2.0
"""Sentences for people, carried untranslated so that only a face chooses the language.

A room of the station never formats a sentence itself: it says the English source text and the values,
and the face translates the source and isolates each value for its writing direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

TextValue = Union[str, int, float, "Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence: English source with ``{named}`` places, and the values for them.

    ``values`` may hold personal data, so they never reach a repr. ``plural`` and the value ``count``
    belong together: the face picks the form its language asks for.
    """

    source: str
    values: Mapping[str, TextValue] = field(default_factory=dict, repr=False)
    plural: str | None = None

    def in_english(self) -> str:
        """The sentence in its source language: for command-line JSON, records and tests."""
        source = self.source
        if self.plural is not None and self.values.get("count") != 1:
            source = self.plural
        plain = {name: value.in_english() if isinstance(value, Text) else value for name, value in self.values.items()}
        return source.format_map(plain)


def say(source: str, /, **values: TextValue) -> Text:
    """A sentence for a person. ``source`` must be a literal: the extraction of texts looks for it."""
    return Text(source, values)


def say_count(singular: str, plural: str, /, *, count: int, **values: TextValue) -> Text:
    """A sentence whose form depends on ``count``; both sources must be literals."""
    return Text(singular, {"count": count, **values}, plural)
