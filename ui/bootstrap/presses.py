# SPDX-License-Identifier: Apache-2.0
"""Papers as PDF: words from the faces, drawn by the drivers of paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from devices.printing.acceptance_paper import AcceptancePaper, acceptance_pdf
from devices.printing.paper import RefusalNotice as PrintedNotice
from devices.printing.paper import refusal_notice_pdf
from devices.printing.recovery_sheet import RecoverySheet, recovery_sheet_pdf
from devices.printing.shift_paper import ShiftPaper, ShiftTable, shift_pdf
from devices.printing.target_sheet import TargetWords, target_sheet_pdf
from station.bench.calibrating import CUT, INSTRUCTIONS, RULER, TITLE
from station.bench.judging import Finding
from station.bench.records import AcceptanceRecord
from station.domain.errors import NoDevice
from station.domain.words import Text, say
from station.inspection.notice import put_on_paper
from station.ports.backup import PaperShare
from station.ports.clock import Clock
from station.ports.devices import PRINTER, DeviceRegistry, PrintJob
from station.ports.paper import RefusalNotice
from station.ports.storage import StoreIdentity, StoreKind
from station.ports.tasks import CancelToken
from station.reporting.shift_reports import KeptReport
from ui.acceptance_words import worded_record
from ui.notices import WordedNotice, watermark, worded, worded_blank
from ui.recovery_words import worded_sheet
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


def recovery_sheet_outlet(
    devices: DeviceRegistry, identity: StoreIdentity, clock: Clock, language: str, *, zone: tzinfo
) -> Callable[[PaperShare, CancelToken], Text]:
    """Puts one recovery sheet on paper and says where it went; blocks until it is out. Raises DeviceError kinds.

    Never copied by hand: a form to be filled in would show the words on the screen, and a person would make mistakes.
    """
    translator = Translator(language)

    def put(share: PaperShare, cancel: CancelToken) -> Text:
        day = clock.now().astimezone(zone).date().isoformat()
        post = f"{identity.post}, {identity.lane}"
        words = worded_sheet(share, post=post, station=identity.station, day=day, translator=translator)
        sheet = RecoverySheet(
            title=words.title,
            post=words.post,
            facts=words.facts,
            holders=words.holders,
            holder=words.holder,
            words=words.words,
            keep=words.keep,
            lines=words.lines,
            footer=words.footer,
        )
        mark = watermark(translator) if identity.kind is StoreKind.TRAINING else None
        if any(PRINTER in state.chosen_for and state.info.manual for state in devices.states()):
            raise NoDevice(
                say("Recovery sheets need a printer: there is only writing by hand."),
                say("Plug a printer in and wait a moment. Then go on with Enter."),
            )
        page = recovery_sheet_pdf(sheet, watermark=mark, right_to_left=translator.right_to_left)
        job = PrintJob("recovery sheet", page)
        return say("{place}", place=put_on_paper(job, devices, cancel=cancel).place)

    return put
