# SPDX-License-Identifier: Apache-2.0
"""Papers as PDF: words from the faces, drawn by the drivers of paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from devices.printing.acceptance_paper import AcceptancePaper, acceptance_pdf
from devices.printing.paper import RefusalNotice as PrintedNotice
from devices.printing.paper import refusal_notice_pdf
from devices.printing.shift_paper import ShiftPaper, ShiftTable, shift_pdf
from devices.printing.target_sheet import TargetWords, target_sheet_pdf
from station.bench.calibrating import CUT, INSTRUCTIONS, RULER, TITLE
from station.bench.judging import Finding
from station.bench.records import AcceptanceRecord
from station.ports.devices import PrintJob
from station.ports.paper import RefusalNotice
from station.reporting.shift_reports import KeptReport
from ui.acceptance_words import worded_record
from ui.notices import WordedNotice, watermark, worded, worded_blank
from ui.shift_words import worded_shift
from ui.translation import Translator


@dataclass(frozen=True, slots=True)
class PdfNoticePress:
    """Notices as PDF, watermarked where nothing may be taken for real."""

    training: bool

    def refusal(self, notice: RefusalNotice, *, language: str) -> bytes:
        """See station.ports.paper."""
        translator = Translator(language)
        return self._drawn(worded(notice, translator), translator)

    def blank_refusal(self, post: str, *, language: str, copies: int) -> bytes:
        """See station.ports.paper."""
        translator = Translator(language)
        return self._drawn(worded_blank(post, translator), translator, copies=copies)

    def _drawn(self, words: WordedNotice, translator: Translator, *, copies: int = 1) -> bytes:
        printed = PrintedNotice(
            title=words.title,
            post=words.post,
            facts=words.facts,
            sections=words.sections,
            choices=words.choices,
            signatures=words.signatures,
            footer=words.footer,
        )
        return refusal_notice_pdf(
            printed,
            watermark=watermark(translator) if self.training else None,
            right_to_left=words.right_to_left,
            copies=copies,
        )


def target_sheet(translator: Translator) -> PrintJob:
    """The calibration target on paper."""
    put = translator.text
    words = TargetWords(title=put(TITLE), instructions=tuple(map(put, INSTRUCTIONS)), ruler=put(RULER), cut=put(CUT))
    return PrintJob("calibration target", target_sheet_pdf(words, right_to_left=translator.right_to_left))


def acceptance_record_pdf(
    record: AcceptanceRecord, findings: Sequence[Finding], language: str, *, training: bool
) -> bytes:
    """A record of the bench on paper."""
    translator = Translator(language)
    words = worded_record(record, findings, translator)
    paper = AcceptancePaper(
        title=words.title,
        post=words.post,
        facts=words.facts,
        steps=words.steps,
        signatures=words.signatures,
        footer=words.footer,
    )
    mark = watermark(translator) if training else None
    return acceptance_pdf(paper, watermark=mark, right_to_left=words.right_to_left)


def shift_report_pdf(kept: KeptReport, language: str, *, zone: tzinfo, training: bool) -> bytes:
    """The report of a shift on paper; ``zone`` is the post's."""
    translator = Translator(language)
    words = worded_shift(kept, translator, zone)
    paper = ShiftPaper(
        title=words.title,
        post=words.post,
        facts=words.facts,
        tables=tuple(ShiftTable(heading=one.heading, rows=one.rows, columns=one.columns) for one in words.tables),
        code=kept.checkpoint,
        code_says=words.code_says,
        lines=words.lines,
        signatures=words.signatures,
        footer=words.footer,
    )
    mark = watermark(translator) if training else None
    return shift_pdf(paper, watermark=mark, right_to_left=words.right_to_left)
