# SPDX-License-Identifier: Apache-2.0
"""What a travel document says of the person it was issued to."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


class Sex(enum.Enum):
    """Sex as a travel document states it (Doc 9303-3, 4.1)."""

    FEMALE = "F"  # F in the MRZ
    MALE = "M"  # M in the MRZ
    UNSPECIFIED = "X"  # X in the VIZ, < in the MRZ


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A name as identifiers (Doc 9303-3, 3.4): a mononym has no secondary identifier. Any script."""

    primary: str = field(repr=False)
    secondary: str = field(default="", repr=False)
