# SPDX-License-Identifier: Apache-2.0
"""What the two characters of the document code say (Doc 9303-4, 4.4; -5 and -6, note k; -7; -8).

A code outside the tables is reported and never blocks: the second letters became binding only in 2026, and
documents issued before may be carried until 2038.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from station.mrtd.mrz_formats import MrzFormat


class DocumentKind(Enum):
    """What kind of document the code announces."""

    PASSPORT = "passport"  # P and a filler, or PP
    EMERGENCY_PASSPORT = "emergency_passport"  # PE: emergency travel document as a booklet
    DIPLOMATIC_PASSPORT = "diplomatic_passport"  # PD
    OFFICIAL_PASSPORT = "official_passport"  # PO: official or service passport
    REFUGEE_PASSPORT = "refugee_passport"  # PR: Convention travel document of 1951
    ALIEN_PASSPORT = "alien_passport"  # PT: alien or non-citizen
    STATELESS_PASSPORT = "stateless_passport"  # PS: Convention travel document of 1954
    LAISSEZ_PASSER = "laissez_passer"  # PL
    MILITARY_PASSPORT = "military_passport"  # PM
    EMERGENCY_SHEET = "emergency_sheet"  # PU: emergency travel document as a single sheet
    CREW_CERTIFICATE = "crew_certificate"  # AC: crew member certificate
    OFFICIAL_DOCUMENT = "official_document"  # A, C or I: card or sheet that is no passport
    VISA = "visa"  # V
    UNKNOWN = "unknown"  # no table of Doc 9303 has it


_PASSPORTS: Mapping[str, DocumentKind] = {
    "P<": DocumentKind.PASSPORT,
    "PP": DocumentKind.PASSPORT,
    "PE": DocumentKind.EMERGENCY_PASSPORT,
    "PD": DocumentKind.DIPLOMATIC_PASSPORT,
    "PO": DocumentKind.OFFICIAL_PASSPORT,
    "PR": DocumentKind.REFUGEE_PASSPORT,
    "PT": DocumentKind.ALIEN_PASSPORT,
    "PS": DocumentKind.STATELESS_PASSPORT,
    "PL": DocumentKind.LAISSEZ_PASSER,
    "PM": DocumentKind.MILITARY_PASSPORT,
    "PU": DocumentKind.EMERGENCY_SHEET,
}


def document_kind(code: str, fmt: MrzFormat) -> DocumentKind:
    """The kind of document that `code` (with or without its filler) announces in the layout `fmt`."""
    padded = code.ljust(2, "<")
    if fmt in (MrzFormat.MRV_A, MrzFormat.MRV_B):
        return DocumentKind.VISA if padded[0] == "V" else DocumentKind.UNKNOWN
    if fmt is MrzFormat.TD3:
        return _PASSPORTS.get(padded, DocumentKind.UNKNOWN)
    if fmt is MrzFormat.TD2 and padded == "PU":
        # Doc 9303-8 puts it here although Doc 9303-6, note k, knows only A, C and I; the later rule wins.
        return DocumentKind.EMERGENCY_SHEET
    if padded == "AC" and fmt is MrzFormat.TD1:
        return DocumentKind.CREW_CERTIFICATE
    if padded[0] in "ACI" and padded[1] != "V" and padded not in ("AC", "AI"):
        return DocumentKind.OFFICIAL_DOCUMENT
    return DocumentKind.UNKNOWN
