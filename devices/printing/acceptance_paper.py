# SPDX-License-Identifier: Apache-2.0
"""The record of an acceptance test as a page for the post's folder: the same sheet as every other paper."""

from __future__ import annotations

from dataclasses import dataclass

from devices.printing.paper import RefusalNotice as Sheet
from devices.printing.paper import refusal_notice_pdf as sheet_pdf


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptancePaper:
    """What stands on the page, already in words: ``facts`` and ``steps`` are pairs, drawn in their order."""

    title: str
    post: str
    facts: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]
    signatures: tuple[str, ...]
    footer: str


def acceptance_pdf(paper: AcceptancePaper, *, watermark: str | None = None, right_to_left: bool = False) -> bytes:
    """The record as PDF, A4. Equal input gives equal bytes; some 100 ms, any thread.

    Raises DeviceFault when a typeface is missing.
    """
    sheet = Sheet(
        title=paper.title,
        post=paper.post,
        facts=paper.facts,
        sections=paper.steps,
        signatures=paper.signatures,
        footer=paper.footer,
    )
    return sheet_pdf(sheet, watermark=watermark, right_to_left=right_to_left)
