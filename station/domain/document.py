# SPDX-License-Identifier: Apache-2.0
"""A travel document as it was read or keyed: plain values, no judgement."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.domain.dates import PartialDate
from station.domain.person import PersonName, Sex


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelDocument:
    """The values of one travel document; codes as printed (``D``, ``UTO``), names in MRZ letters or as keyed.

    ``mrz_lines`` is empty when nobody read or keyed an MRZ.
    """

    document_code: str
    issuing_state: str
    document_number: str = field(repr=False)
    name: PersonName
    nationality: str
    birth_date: PartialDate = field(repr=False)
    sex: Sex
    expiry_date: PartialDate
    optional_data: str = field(default="", repr=False)
    mrz_lines: tuple[str, ...] = field(default=(), repr=False)
