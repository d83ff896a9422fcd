# SPDX-License-Identifier: Apache-2.0
"""Codes of States and organizations, and document codes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from babel import Locale

from station.mrtd.codes import (
    CodeKind,
    alpha_2,
    alpha_3,
    code_kind,
    is_known_issuer,
    is_known_nationality,
    known_codes,
)
from station.mrtd.document_codes import DocumentKind, document_kind
from station.mrtd.mrz_formats import MrzFormat


def test_every_state_has_a_two_letter_code_that_the_language_data_can_name() -> None:
    territories = Locale("en").territories
    states = known_codes(CodeKind.STATE)
    assert len(states) == 249 + len({"D", "RKS"})
    two_letters = [alpha_2(code) for code in states]
    assert all(code in territories for code in two_letters)
    assert len(set(two_letters)) == 249 + len({"XK"})


@pytest.mark.parametrize(
    ("code", "kind", "issues", "is_nationality"),
    [
        ("CZE", CodeKind.STATE, True, True),
        ("D<<", CodeKind.STATE, True, True),
        ("D", CodeKind.STATE, True, True),
        ("RKS", CodeKind.STATE, True, True),
        ("SUN", CodeKind.FORMER_STATE, True, True),
        ("GBD", CodeKind.BRITISH_STATUS, True, True),
        ("GBN", CodeKind.BRITISH_STATUS, False, True),
        ("XXB", CodeKind.NO_NATIONALITY, False, True),
        ("XXX", CodeKind.NO_NATIONALITY, False, True),
        ("XOM", CodeKind.ORGANIZATION, True, False),
        ("EUE", CodeKind.ORGANIZATION, True, False),
        ("UNO", CodeKind.ORGANIZATION, True, True),
        ("UTO", CodeKind.SPECIMEN, True, True),
        ("COU", CodeKind.UNKNOWN, False, False),
        ("<<<", CodeKind.UNKNOWN, False, False),
        ("", CodeKind.UNKNOWN, False, False),
        ("cze", CodeKind.UNKNOWN, False, False),
    ],
)
def test_a_code_is_known_for_what_it_may_stand_for(
    code: str, kind: CodeKind, issues: bool, is_nationality: bool
) -> None:
    assert code_kind(code) is kind
    assert is_known_issuer(code) is issues
    assert is_known_nationality(code) is is_nationality


def test_germany_is_one_country_under_both_its_codes() -> None:
    assert alpha_2("D<<") == alpha_2("DEU") == "DE"
    assert alpha_3("D<<") == alpha_3("DEU") == "DEU"
    assert alpha_3("UTO") == "UTO"
    assert alpha_2("XXA") is None


def test_the_special_codes_of_the_shared_list_are_known_for_their_use(vectors: Path) -> None:
    with (vectors / "codes" / "icao_9303_special_codes.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            code, use = row["code"], row["use"]
            assert is_known_issuer(code) or "issuer" not in use, code
            assert is_known_nationality(code) or "nationality" not in use, code
            assert code_kind(row["mrz_as_printed"]) is not CodeKind.UNKNOWN, code


@pytest.mark.parametrize(
    ("code", "fmt", "kind"),
    [
        ("P<", MrzFormat.TD3, DocumentKind.PASSPORT),
        ("P", MrzFormat.TD3, DocumentKind.PASSPORT),
        ("PP", MrzFormat.TD3, DocumentKind.PASSPORT),
        ("PE", MrzFormat.TD3, DocumentKind.EMERGENCY_PASSPORT),
        ("PD", MrzFormat.TD3, DocumentKind.DIPLOMATIC_PASSPORT),
        ("PO", MrzFormat.TD3, DocumentKind.OFFICIAL_PASSPORT),
        ("PR", MrzFormat.TD3, DocumentKind.REFUGEE_PASSPORT),
        ("PT", MrzFormat.TD3, DocumentKind.ALIEN_PASSPORT),
        ("PS", MrzFormat.TD3, DocumentKind.STATELESS_PASSPORT),
        ("PL", MrzFormat.TD3, DocumentKind.LAISSEZ_PASSER),
        ("PM", MrzFormat.TD3, DocumentKind.MILITARY_PASSPORT),
        ("PU", MrzFormat.TD3, DocumentKind.EMERGENCY_SHEET),
        ("PU", MrzFormat.TD2, DocumentKind.EMERGENCY_SHEET),
        ("PU", MrzFormat.TD1, DocumentKind.UNKNOWN),
        ("P<", MrzFormat.TD2, DocumentKind.UNKNOWN),
        ("PX", MrzFormat.TD3, DocumentKind.UNKNOWN),
        ("I<", MrzFormat.TD3, DocumentKind.UNKNOWN),
        ("AC", MrzFormat.TD1, DocumentKind.CREW_CERTIFICATE),
        ("AC", MrzFormat.TD2, DocumentKind.UNKNOWN),
        ("AI", MrzFormat.TD1, DocumentKind.UNKNOWN),
        ("IV", MrzFormat.TD1, DocumentKind.UNKNOWN),
        ("I<", MrzFormat.TD1, DocumentKind.OFFICIAL_DOCUMENT),
        ("C1", MrzFormat.TD1, DocumentKind.OFFICIAL_DOCUMENT),
        ("A3", MrzFormat.TD2, DocumentKind.OFFICIAL_DOCUMENT),
        ("V<", MrzFormat.MRV_A, DocumentKind.VISA),
        ("VN", MrzFormat.MRV_B, DocumentKind.VISA),
        ("P<", MrzFormat.MRV_A, DocumentKind.UNKNOWN),
        ("", MrzFormat.TD1, DocumentKind.UNKNOWN),
    ],
)
def test_a_document_code_announces_a_kind_of_document(code: str, fmt: MrzFormat, kind: DocumentKind) -> None:
    assert document_kind(code, fmt) is kind
