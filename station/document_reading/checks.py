# SPDX-License-Identifier: Apache-2.0
"""Optical checks of one document, in TR-03135 words: each says what was found and why, never only yes or no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from station.domain.checks import Check, CheckFamily, CheckResult, CheckWeight
from station.domain.document import TravelDocument
from station.domain.provenance import Illumination, Provenance
from station.domain.words import Text, say, say_count
from station.mrtd.codes import is_known_issuer, is_known_nationality
from station.mrtd.document_codes import DocumentKind, document_kind
from station.mrtd.mrz import MrzFormat, MrzProblemKind, MrzReading, parse

_WRONG_DIGIT = frozenset({MrzProblemKind.CHECK_DIGIT_WRONG, MrzProblemKind.COMPOSITE_WRONG})

MAX_VALIDITY_YEARS = 20  # no travel document of Doc 9303 lives longer; an expiry beyond is a sign of a forgery
MAX_AGE_YEARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDocument:
    """What the checks look at. ``specimens_allowed`` is true in a training store only."""

    document: TravelDocument
    provenance: Provenance
    changed_characters: tuple[str, ...]
    today: date
    specimens_allowed: bool


def document_checks(subject: CheckedDocument) -> tuple[Check, ...]:
    """All optical checks, in the order in which they are shown."""
    return tuple(check(subject) for check in _CHECKS)


def _mrz(subject: CheckedDocument) -> MrzReading | None:
    lines = subject.document.mrz_lines
    return parse(lines, today=subject.today) if lines else None


def check_digits(subject: CheckedDocument) -> Check:
    """Every check digit and the composite (Doc 9303-3, 4.9)."""
    mrz = _mrz(subject)
    if mrz is None:
        return _optical(
            "mrz.check_digits",
            CheckResult.UNDETERMINED,
            say("No MRZ was read: its digits prove nothing here."),
        )
    if mrz.valid:
        return _optical("mrz.check_digits", CheckResult.SUCCESSFUL, say("Every check digit of the MRZ holds."))
    wrong = sum(1 for problem in mrz.problems if problem.kind in _WRONG_DIGIT)
    if not wrong:
        return _optical("mrz.check_digits", CheckResult.FAILED, say("The MRZ does not have the form of Doc 9303."))
    return _optical(
        "mrz.check_digits",
        CheckResult.FAILED,
        say_count(
            "{count} check digit of the MRZ does not hold. Compare the MRZ with the page.",
            "{count} check digits of the MRZ do not hold. Compare the MRZ with the page.",
            count=wrong,
        ),
    )


def how_it_was_read(subject: CheckedDocument) -> Check:
    """Whether a sensor or a person stands behind the values, and what the officer changed."""
    changed = len(subject.changed_characters)
    if subject.provenance.manual:
        return _optical("mrz.reading", CheckResult.UNDETERMINED, say("Keyed by hand: no device has seen the document."))
    if changed:
        return _optical(
            "mrz.reading",
            CheckResult.UNDETERMINED,
            say_count(
                "The officer changed {count} character of what was read.",
                "The officer changed {count} characters of what was read.",
                count=changed,
            ),
        )
    if subject.provenance.illumination is Illumination.INFRARED:
        return _optical("mrz.reading", CheckResult.SUCCESSFUL, say("Read by a device, from the infrared picture."))
    return _optical("mrz.reading", CheckResult.SUCCESSFUL, say("Read by a device."))


def document_type(subject: CheckedDocument) -> Check:
    """The document code is one that Doc 9303 names."""
    code = subject.document.document_code
    mrz = _mrz(subject)
    formats = tuple(MrzFormat) if mrz is None or mrz.format is None else (mrz.format,)
    if any(document_kind(code, fmt) is not DocumentKind.UNKNOWN for fmt in formats if code):
        return _optical("document.code", CheckResult.SUCCESSFUL, say("The document code {code} is known.", code=code))
    return _optical(
        "document.code",
        CheckResult.UNDETERMINED,
        say(
            "The document code {code} is not one of Doc 9303. Look at what kind of document this is.",
            code=code or "–",
        ),
    )


def expiry(subject: CheckedDocument) -> Check:
    """The document is valid today; a day that is not known is never taken for a good one."""
    until, today = subject.document.expiry_date, subject.today
    if until.year is None:
        return _optical("document.expiry", CheckResult.UNDETERMINED, say("The date of expiry is not known."))
    if until.certainly_before(today):
        days = (today - until.latest()).days
        return _optical(
            "document.expiry",
            CheckResult.FAILED,
            say_count(
                "The document expired {count} day ago, on {date}.",
                "The document expired {count} days ago, on {date}.",
                count=days,
                date=until.iso(),
            ),
        )
    if until.possibly_before(today):
        return _optical(
            "document.expiry",
            CheckResult.UNDETERMINED,
            say("The document expires in {date}: the day is not known.", date=until.iso()),
        )
    return _optical(
        "document.expiry",
        CheckResult.SUCCESSFUL,
        say("The document is valid until {date}.", date=until.iso()),
    )


def dates(subject: CheckedDocument) -> Check:
    """The dates can be true together."""
    document, today = subject.document, subject.today
    birth, until = document.birth_date, document.expiry_date
    if birth.year is None:
        return _optical("document.dates", CheckResult.UNDETERMINED, say("The date of birth is not known."))
    if birth.earliest() > today:
        return _optical("document.dates", CheckResult.FAILED, say("The date of birth lies in the future."))
    if today.year - birth.year > MAX_AGE_YEARS:
        return _optical("document.dates", CheckResult.FAILED, say("The date of birth lies more than 120 years back."))
    if until.year is not None and until.latest() < birth.earliest():
        return _optical("document.dates", CheckResult.FAILED, say("The document expired before its holder was born."))
    if until.year is not None and until.year - today.year > MAX_VALIDITY_YEARS:
        return _optical(
            "document.dates",
            CheckResult.FAILED,
            say("The document would be valid for more than 20 years from today. No travel document is."),
        )
    if not birth.is_known:
        return _optical("document.dates", CheckResult.UNDETERMINED, say("A part of the date of birth is not known."))
    return _optical("document.dates", CheckResult.SUCCESSFUL, say("The dates agree with each other."))


def issuer(subject: CheckedDocument) -> Check:
    """The issuing State or organization is one that exists."""
    return _code_check(
        subject,
        "document.issuer",
        subject.document.issuing_state,
        is_known_issuer,
        known=say("The issuing State or organization {code} is known.", code=subject.document.issuing_state),
        unknown=say("No State or organization has the code {code}.", code=subject.document.issuing_state or "–"),
    )


def nationality(subject: CheckedDocument) -> Check:
    """The nationality is one that exists, or one of the codes for people without one."""
    return _code_check(
        subject,
        "document.nationality",
        subject.document.nationality,
        is_known_nationality,
        known=say("The nationality {code} is known.", code=subject.document.nationality),
        unknown=say("No nationality has the code {code}.", code=subject.document.nationality or "–"),
    )


def _code_check(
    subject: CheckedDocument,
    name: str,
    code: str,
    is_known: Callable[[str], bool],
    *,
    known: Text,
    unknown: Text,
) -> Check:
    if code == "UTO" and not subject.specimens_allowed:
        return _optical(name, CheckResult.FAILED, say("UTO is Utopia: this is a specimen, not a travel document."))
    if is_known(code):
        return _optical(name, CheckResult.SUCCESSFUL, known)
    return _optical(name, CheckResult.UNDETERMINED, unknown)


def _optical(name: str, result: CheckResult, says: Text) -> Check:
    return Check(name=name, family=CheckFamily.OPTICAL, result=result, weight=CheckWeight.MANDATORY, says=says)


_CHECKS: tuple[Callable[[CheckedDocument], Check], ...] = (
    check_digits,
    how_it_was_read,
    document_type,
    expiry,
    dates,
    issuer,
    nationality,
)
