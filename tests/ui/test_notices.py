# SPDX-License-Identifier: Apache-2.0
"""The notice of refusal as it leaves the station: every value isolated, every language on real paper."""

from __future__ import annotations

from datetime import date

import pytest

from station.domain.words import say
from station.ports.paper import RefusalNotice
from ui.bootstrap import PdfNoticePress


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_notice_becomes_paper_in_every_language(language: str) -> None:
    notice = RefusalNotice(
        post="Utopia East",
        on=date(2026, 6, 1),
        reference="E-1",
        document=None,
        ground_code="A",
        ground=say("No valid travel document ({code}).", code="A"),
        officer_number="officer-1",
    )
    pdf = PdfNoticePress(training=True).refusal(notice, language=language)
    assert pdf.startswith(b"%PDF-")
    assert b"%%EOF" in pdf[-32:]
