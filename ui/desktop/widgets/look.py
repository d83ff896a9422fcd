# SPDX-License-Identifier: Apache-2.0
"""How a window looks and which language it speaks; handed to every widget."""

from __future__ import annotations

from dataclasses import dataclass

from station.domain.words import Text
from ui.desktop.style.tokens import Tokens
from ui.translation import Translator


@dataclass(frozen=True, slots=True)
class Look:
    """Tokens and language of one window."""

    tokens: Tokens
    translator: Translator

    def px(self, size: int) -> int:
        """A size of the tokens in pixels."""
        return self.tokens.px(size)

    def said(self, text: Text | None) -> str:
        """The sentence in the officer's language; empty for none."""
        return self.translator.text(text) if text is not None else ""
