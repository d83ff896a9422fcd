# SPDX-License-Identifier: Apache-2.0
"""The notice of refusal as it leaves the station: every value isolated, every language on real paper."""

from __future__ import annotations

from datetime import date

import pytest

from station.domain.words import say
from station.inspection.notice import boxes
from station.ports.paper import RefusalNotice
from ui.bootstrap.presses import PdfNoticePress
from ui.notices import worded, worded_blank
from ui.translation import Translator

NOTICE = RefusalNotice(
    post="Utopia East",
    on=date(2026, 6, 1),
    reference="E-1",
    document=None,
    ground_code="A",
    ground=say("No valid travel document ({code}).", code="A"),
    officer_number="officer-1",
)


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_notice_becomes_paper_in_every_language(language: str) -> None:
    pdf = PdfNoticePress(training=True).refusal(NOTICE, language=language)
    assert pdf.startswith(b"%PDF-")
    assert b"%%EOF" in pdf[-32:]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_blank_notice_fits_one_page_in_every_language(language: str) -> None:
    one, three = (
        PdfNoticePress(training=True).blank_refusal("Utopia East", language=language, copies=copies)
        for copies in (1, 3)
    )
    assert one.count(b"/Type /Page\n") == 1
    assert three.count(b"/Type /Page\n") == 3


def test_the_boxes_to_copy_have_the_order_and_numbers_of_the_blank_form() -> None:
    blank = worded_blank("Utopia East", Translator("en"))
    filled = boxes(NOTICE)
    labels = [label.in_english() for label, _ in filled]
    assert [label for label, _ in blank.facts] == [
        f"{number}. {label}" for number, label in enumerate(labels[:-1], start=1)
    ]
    assert dict(zip(labels, (value for _, value in filled), strict=True))["Ground: tick this letter"] == "A"
    assert [letter for letter, _ in blank.choices] == list("ABCDEFGHI")
    assert {value for _, value in blank.facts} == {""}


def test_a_printed_notice_has_no_empty_box() -> None:
    printed = worded(NOTICE, Translator("en"))
    assert [label for label, _ in printed.facts] == ["Date", "Reference", "Officer"]
    assert not printed.choices
