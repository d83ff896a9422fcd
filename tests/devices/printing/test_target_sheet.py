# SPDX-License-Identifier: Apache-2.0
"""The calibration sheet is one page of A4 in true size, whatever is written on it; its marks are measured elsewhere."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

from devices.printing.target_sheet import TargetWords, target_sheet_pdf
from station.domain.errors import DeviceFault

ENGLISH = TargetWords(
    title="Calibration target",
    instructions=("Print this sheet in true size.", "Lay it on the glass, printed side down."),
    ruler="This line is 100 mm long.",
    cut="Cut here.",
)
ARABIC = TargetWords(
    title="هدف المعايرة", instructions=("اطبع هذه الورقة بالحجم الحقيقي.",), ruler="100 mm", cut="قص هنا."
)


def sheet(words: TargetWords = ENGLISH, *, right_to_left: bool = False) -> bytes:
    try:
        return target_sheet_pdf(words, right_to_left=right_to_left)
    except DeviceFault:
        pytest.skip("the typefaces of papers (fonts-noto-core) are not on this machine")


def told(pdf: bytes, folder: Path, tool: str) -> str:
    if which(tool) is None:
        pytest.skip(f"{tool} (package poppler-utils) is not on this machine")
    (folder / "sheet.pdf").write_bytes(pdf)
    command = [tool, str(folder / "sheet.pdf"), *(["-"] if tool == "pdftotext" else [])]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def test_equal_words_give_equal_bytes() -> None:
    assert sheet() == sheet()


def test_it_is_one_page_of_a4(tmp_path: Path) -> None:
    said = told(sheet(), tmp_path, "pdfinfo")
    assert re.search(r"Pages: +1\n", said)
    assert "(A4)" in said


def test_a_viewer_is_told_not_to_shrink_it() -> None:
    assert b"/PrintScaling /None" in sheet()


def test_the_instructions_stand_on_it_numbered(tmp_path: Path) -> None:
    said = told(sheet(), tmp_path, "pdftotext")
    for line in (ENGLISH.title, "1. " + ENGLISH.instructions[0], "2. " + ENGLISH.instructions[1], ENGLISH.ruler):
        assert line in said


def test_it_is_written_from_the_right_where_the_language_is() -> None:
    assert sheet(ARABIC, right_to_left=True) != sheet(ARABIC)
