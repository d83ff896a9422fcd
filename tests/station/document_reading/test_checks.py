# SPDX-License-Identifier: Apache-2.0
"""Each optical check says what it found, and never more than it knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from station.document_reading.checks import CheckedDocument, document_checks
from station.document_reading.steps import NothingRead, changed_characters, document_of, read_lines
from station.document_reading.verdict import verdict
from station.domain.checks import CheckResult, CheckWeight
from station.domain.dates import PartialDate
from station.domain.document import TravelDocument
from station.mrtd.mrz import parse
from station.ports.recognition import ReadStatus
from tests.station.inspection.samples import MRZ, PROVENANCE, TODAY


def checked(document: TravelDocument, *, today: date = TODAY, specimens: bool = True) -> dict[str, CheckResult]:
    subject = CheckedDocument(
        document=document,
        provenance=PROVENANCE,
        changed_characters=(),
        today=today,
        specimens_allowed=specimens,
    )
    return {check.name: check.result for check in document_checks(subject)}


def specimen() -> TravelDocument:
    return document_of(parse(MRZ, today=TODAY))


def test_a_sound_specimen_passes_every_check_in_training() -> None:
    assert set(checked(specimen()).values()) == {CheckResult.SUCCESSFUL}


def test_a_specimen_is_no_travel_document_at_a_live_post() -> None:
    results = checked(specimen(), specimens=False)
    assert results["document.issuer"] is CheckResult.FAILED
    assert results["document.nationality"] is CheckResult.FAILED


def test_one_wrong_digit_fails_the_check_digits_and_says_how_many() -> None:
    broken = document_of(parse((MRZ[0], MRZ[1][:9] + "7" + MRZ[1][10:]), today=TODAY))
    subject = CheckedDocument(
        document=broken, provenance=PROVENANCE, changed_characters=(), today=TODAY, specimens_allowed=True
    )
    check = document_checks(subject)[0]
    assert check.result is CheckResult.FAILED
    assert "2 check digits" in check.says.in_english()


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (PartialDate(2026, 11, 21), CheckResult.FAILED),
        (PartialDate(2026, 11, 22), CheckResult.SUCCESSFUL),
        (PartialDate(2026, 11, None), CheckResult.UNDETERMINED),
        (PartialDate(2026, 10, None), CheckResult.FAILED),
        (PartialDate(2027, None, None), CheckResult.SUCCESSFUL),
        (PartialDate(), CheckResult.UNDETERMINED),
    ],
)
def test_expiry_never_takes_an_unknown_day_for_a_good_one(until: PartialDate, expected: CheckResult) -> None:
    assert checked(replace(specimen(), expiry_date=until))["document.expiry"] is expected


@pytest.mark.parametrize(
    ("birth", "until", "expected"),
    [
        (PartialDate(2027, 1, 1), PartialDate(2031, 1, 1), CheckResult.FAILED),
        (PartialDate(1900, 1, 1), PartialDate(2031, 1, 1), CheckResult.FAILED),
        (PartialDate(2020, 1, 1), PartialDate(2019, 1, 1), CheckResult.FAILED),
        (PartialDate(1990, 1, 1), PartialDate(2060, 1, 1), CheckResult.FAILED),
        (PartialDate(1990, None, None), PartialDate(2031, 1, 1), CheckResult.UNDETERMINED),
        (PartialDate(), PartialDate(2031, 1, 1), CheckResult.UNDETERMINED),
        (PartialDate(1990, 1, 1), PartialDate(2031, 1, 1), CheckResult.SUCCESSFUL),
    ],
)
def test_dates_have_to_be_possible_together(birth: PartialDate, until: PartialDate, expected: CheckResult) -> None:
    document = replace(specimen(), birth_date=birth, expiry_date=until)
    assert checked(document)["document.dates"] is expected


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (replace(document_of(parse(MRZ, today=TODAY)), mrz_lines=(), document_code="ZZ"), "document.code"),
        (replace(document_of(parse(MRZ, today=TODAY)), issuing_state="QQQ"), "document.issuer"),
        (replace(document_of(parse(MRZ, today=TODAY)), nationality="QQQ"), "document.nationality"),
    ],
)
def test_an_unknown_code_is_shown_and_does_not_fail(document: TravelDocument, name: str) -> None:
    assert checked(document)[name] is CheckResult.UNDETERMINED


def test_a_keyed_document_is_never_called_read_by_a_device() -> None:
    subject = CheckedDocument(
        document=replace(specimen(), mrz_lines=()),
        provenance=replace(PROVENANCE, manual=True),
        changed_characters=(),
        today=TODAY,
        specimens_allowed=True,
    )
    results = {check.name: check.result for check in document_checks(subject)}
    assert results["mrz.reading"] is CheckResult.UNDETERMINED
    assert results["mrz.check_digits"] is CheckResult.UNDETERMINED


def test_the_worst_check_speaks_in_the_verdict() -> None:
    subject = CheckedDocument(
        document=replace(specimen(), expiry_date=PartialDate(2020, 1, 1), issuing_state="QQQ"),
        provenance=PROVENANCE,
        changed_characters=("0,1,K,<",),
        today=TODAY,
        specimens_allowed=True,
    )
    spoken = verdict(document_checks(subject))
    assert spoken.result is CheckResult.FAILED
    assert "expired" in spoken.says.in_english()


def test_a_mandatory_check_that_is_not_supported_makes_no_good_verdict() -> None:
    checks = document_checks(
        CheckedDocument(
            document=specimen(), provenance=PROVENANCE, changed_characters=(), today=TODAY, specimens_allowed=True
        )
    )
    missing = replace(checks[0], result=CheckResult.NOT_SUPPORTED)
    assert verdict([missing, *checks[1:]]).result is CheckResult.UNDETERMINED
    optional = replace(missing, weight=CheckWeight.OPTIONAL)
    assert verdict([optional, *checks[1:]]).result is CheckResult.SUCCESSFUL


def test_no_checks_make_no_verdict() -> None:
    assert verdict([]).result is CheckResult.NOT_SUPPORTED


def test_keyed_lines_are_read_or_said_to_be_no_mrz() -> None:
    reading = read_lines(MRZ, today=TODAY)
    assert not isinstance(reading, NothingRead)
    assert reading.status is ReadStatus.READ
    assert isinstance(read_lines(("HELLO",), today=TODAY), NothingRead)
    doubtful = read_lines((MRZ[0], MRZ[1][:9] + "7" + MRZ[1][10:]), today=TODAY)
    assert not isinstance(doubtful, NothingRead)
    assert doubtful.status is ReadStatus.DOUBT


def test_each_changed_character_is_named() -> None:
    assert changed_characters(("AB", "C"), ("AX", "CD")) == ("0,1,B,X", "1,1,,D")
