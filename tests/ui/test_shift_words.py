# SPDX-License-Identifier: Apache-2.0
"""A shift's report in words and on paper: everything that was counted is said, and the code on the paper reads back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import which
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest

from devices.printing.shift_paper import ShiftPaper, ShiftTable, shift_pdf
from station.domain.errors import DeviceFault
from station.optical.barcode import find_barcodes
from station.ports.barcodes import Barcode
from station.ports.tasks import CancelToken
from station.reporting.shift_reports import KeptReport
from station.reporting.tally import COUNTED, FAILURES, RETRIES, STAGES
from tests.open_station import SUPERVISOR_PASSWORD
from tests.station.post.post_room import OMAR
from tests.station.reporting.test_shift_reports import a_day
from tests.station.reporting.working_shift import WorkingShift
from ui.shift_sections import ACT_WORDS, CLOCK_WORDS, EVENT_WORDS, STAGE_WORDS
from ui.shift_words import WordedShift, short_hash, worded_shift
from ui.translation import Translator

ZONE = ZoneInfo("Africa/Lubumbashi")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[KeptReport]:
    """A report of a full day, as it is printed."""
    post = WorkingShift(tmp_path)
    a_day(post)
    post.reports.sign(post.reports.draft(), SUPERVISOR_PASSWORD)
    shift = post.reports.countersign(OMAR)
    post.reports.print(shift, language="en", cancel=CancelToken())
    yield post.printed[0]
    post.close()


def paper_of(words: WordedShift, code: str) -> ShiftPaper:
    return ShiftPaper(
        title=words.title,
        post=words.post,
        facts=words.facts,
        tables=tuple(ShiftTable(heading=t.heading, rows=t.rows, columns=t.columns) for t in words.tables),
        code=code,
        code_says=words.code_says,
        lines=words.lines,
        signatures=words.signatures,
        footer=words.footer,
    )


def drawn(kept: KeptReport, language: str) -> bytes:
    words = worded_shift(kept, Translator(language), ZONE)
    try:
        return shift_pdf(paper_of(words, kept.checkpoint), watermark="TRAINING", right_to_left=words.right_to_left)
    except DeviceFault:
        pytest.skip("the typefaces of papers (fonts-noto-core) are not on this machine")


def test_everything_that_can_be_counted_has_words() -> None:
    assert set(STAGES) == set(STAGE_WORDS)
    assert {*RETRIES, *FAILURES} == set(EVENT_WORDS)
    assert {str(act) for act in COUNTED} == set(ACT_WORDS)
    assert set(CLOCK_WORDS) == {"back", "forward", "gap", "confirmed"}


def test_a_day_reads_as_it_was(kept: KeptReport) -> None:
    words = worded_shift(kept, Translator("en"), ZONE)
    tables = {table.heading: table for table in words.tables}
    assert tables["Movements"].columns == ("admitted", "refused")
    assert tables["Movements"].rows == (("Entry", "3", "2"), ("Exit", "1", "0"))
    assert tables["Refusals by ground"].rows[0][-1] == "1"
    assert ("Parked encounters", "1") in tables["Open work"].rows
    assert "Recorded before this shift, while no shift was open" not in tables
    assert [caption.replace("\u2068", "").replace("\u2069", "") for caption in words.signatures] == [
        "Signature of Irina Specimen",
        "Signature of Omar Specimen",
    ]
    assert short_hash(kept.sha256) in words.lines[0]
    assert dict(words.facts)["Begun"].startswith("\u20662026-11-22 10:")  # two hours before UTC's clock


def test_a_missing_or_doubtful_signature_is_said(kept: KeptReport) -> None:
    first = kept.signatures[0]
    waiting = worded_shift(replace(kept, signatures=(first,)), Translator("en"), ZONE)
    assert "second person" in waiting.lines[-1]
    assert waiting.signatures[1] == "Signature of a second person"
    doubtful = replace(kept, signatures=(first, replace(first, independent=False)), proven=False)
    lines = worded_shift(doubtful, Translator("en"), ZONE).lines
    assert "two people" in lines[-2]
    assert "does not hold" in lines[-1]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_code_on_the_paper_reads_back(kept: KeptReport, language: str, tmp_path: Path) -> None:
    if which("pdftoppm") is None:
        pytest.skip("poppler-utils is not on this machine")
    pdf = drawn(kept, language)
    assert pdf == drawn(kept, language)
    (tmp_path / "shift.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "200", "-gray", "-png", "shift.pdf", "page"], cwd=tmp_path, check=True)
    found: list[Barcode] = []
    for page in sorted(tmp_path.glob("page*.png")):
        picture = cv2.imread(str(page), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        found += find_barcodes(np.asarray(picture, np.uint8))
    assert [code.content for code in found] == [kept.checkpoint.encode()]


def test_a_name_of_any_script_is_in_the_code(kept: KeptReport, tmp_path: Path) -> None:
    if which("pdftoppm") is None:
        pytest.skip("poppler-utils is not on this machine")
    text = kept.checkpoint.replace("Harbour", "الميناء")
    (tmp_path / "shift.pdf").write_bytes(drawn(replace(kept, checkpoint=text), "ar"))
    subprocess.run(["pdftoppm", "-r", "200", "-gray", "-png", "shift.pdf", "page"], cwd=tmp_path, check=True)
    pages = [cv2.imread(str(page), cv2.IMREAD_GRAYSCALE) for page in sorted(tmp_path.glob("page*.png"))]
    found = [code for page in pages if page is not None for code in find_barcodes(np.asarray(page, np.uint8))]
    assert [code.content.decode() for code in found] == [text]
