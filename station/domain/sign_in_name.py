# SPDX-License-Identifier: Apache-2.0
"""When two sign-in names are the same: one rule for the first start, the key slots and the database."""

from __future__ import annotations

import unicodedata


def comparable(name: str) -> str:
    """A sign-in name without case and without the ways Unicode can write the same letter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()
