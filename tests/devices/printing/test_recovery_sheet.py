# SPDX-License-Identifier: Apache-2.0
"""A recovery sheet is one page, holds one share, and can be read back from the paper."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from devices.printing.recovery_sheet import RecoverySheet, recovery_sheet_pdf

WORDS = tuple(f"word{number}" for number in range(1, 34))


def sheet(**changed: object) -> RecoverySheet:
    asked: dict[str, object] = {
        "title": "Recovery sheet 1 of 3",
        "post": "Utopia Harbour",
        "facts": (("Station", "Harbour 1"), ("Set of sheets", "1A2B")),
        "holders": ("Post commander", "Headquarters", "Sealed envelope"),
        "holder": 0,
        "words": WORDS,
        "keep": ("Two sheets are needed.",),
        "lines": ("Name", "Date"),
        "footer": "foot",
    } | changed
    return RecoverySheet(**asked)  # type: ignore[arg-type]  # each value is of its parameter's own type


def text_of(pdf: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return told.stdout.decode()


@pytest.mark.parametrize("right_to_left", [False, True])
def test_every_word_stands_beside_its_number_in_both_directions(right_to_left: bool) -> None:
    text = text_of(recovery_sheet_pdf(sheet(), right_to_left=right_to_left))
    pairs = {int(number): word for number, word in re.findall(r"(\d+)\s+(word\d+)", text)}
    assert pairs == {number: f"word{number}" for number in range(1, 34)}


def test_it_is_one_page() -> None:
    pdf = recovery_sheet_pdf(sheet(), watermark="TRAINING")
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 1


def test_a_text_that_needs_a_second_page_is_refused_before_a_word_is_cut_off() -> None:
    with pytest.raises(ValueError, match="one page"):
        recovery_sheet_pdf(sheet(keep=("many words " * 400,)))


def test_equal_sheets_are_equal_bytes_and_carry_the_words_nowhere_else() -> None:
    pdf = recovery_sheet_pdf(sheet())
    assert pdf == recovery_sheet_pdf(sheet())
    assert b"word17" not in pdf  # the page is compressed; title and author hold none
    assert "word17" not in repr(sheet())
