# SPDX-License-Identifier: Apache-2.0
"""The notice says what it must, in both writing directions, always with the same bytes, marked in training."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from devices.printing import fonts
from devices.printing.paper import RefusalNotice, refusal_notice_pdf
from station.domain.errors import DeviceFault

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None or shutil.which("pdftoppm") is None,
    reason="pdftotext and pdftoppm (package poppler-utils) are not installed",
)
ENGLISH = RefusalNotice(
    title="Refusal of entry",
    post="Border crossing point Zenith North",
    facts=(("Traveller", "ERIKSSON, ANNA MARIA"), ("Document", "P, UTO, L898902C3")),
    sections=(("Ground", "You do not hold a valid travel document."), ("How to appeal", "Write to the court.")),
    signatures=("Traveller", "Officer"),
    footer="A copy is kept.",
)
ARABIC = RefusalNotice(
    title="إشعار برفض الدخول",
    post="مركز العبور الحدودي",
    facts=(("المسافر", "ERIKSSON, ANNA MARIA"), ("الوثيقة", "P, UTO, L898902C3")),
    sections=(("سبب الرفض", "لا تحمل وثيقة سفر صالحة."),),
)


def text_of(pdf: bytes, folder: Path) -> str:
    (folder / "notice.pdf").write_bytes(pdf)
    command = ["pdftotext", "-layout", str(folder / "notice.pdf"), "-"]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def ink(pdf: bytes, folder: Path) -> npt.NDArray[np.bool_]:
    """Where the first page is not white, at 50 dots per inch."""
    (folder / "notice.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "50", "-gray", "-singlefile", str(folder / "notice.pdf"), str(folder / "page")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    page = cv2.imread(str(folder / "page.pgm"), cv2.IMREAD_GRAYSCALE)
    assert page is not None
    return np.asarray(page < 250)


@needs_poppler
def test_everything_the_traveller_is_owed_stands_on_the_page(tmp_path: Path) -> None:
    text = text_of(refusal_notice_pdf(ENGLISH), tmp_path)
    for owed in (
        ENGLISH.title, ENGLISH.post, ENGLISH.footer, *ENGLISH.signatures,
        *(part for pair in (*ENGLISH.facts, *ENGLISH.sections) for part in pair),
    ):  # fmt: skip
        assert owed in text


def test_equal_notices_are_equal_bytes() -> None:
    assert refusal_notice_pdf(ENGLISH) == refusal_notice_pdf(ENGLISH)
    assert refusal_notice_pdf(ARABIC, right_to_left=True) == refusal_notice_pdf(ARABIC, right_to_left=True)


@needs_poppler
def test_a_notice_of_training_is_marked_across_the_page(tmp_path: Path) -> None:
    plain = ink(refusal_notice_pdf(ENGLISH), tmp_path)
    marked = ink(refusal_notice_pdf(ENGLISH, watermark="TRAINING"), tmp_path)
    assert (marked & ~plain).sum() > 2_000
    assert (plain & ~marked).sum() == 0  # it lies under the text and hides none of it


@needs_poppler
def test_a_right_to_left_notice_begins_at_the_right(tmp_path: Path) -> None:
    page = ink(refusal_notice_pdf(ARABIC, right_to_left=True), tmp_path)
    top = page[: page.shape[0] // 8]  # above the first rule, which crosses the page
    left, right = np.hsplit(top[:, : top.shape[1] // 2 * 2], 2)
    assert right.sum() > 5 * left.sum()


def test_arabic_letters_are_joined_and_latin_keeps_its_direction() -> None:
    face = fonts.plain()
    runs = face.runs("وثيقة L898902C3", right_to_left=True)
    assert [run.font for run in runs][-1] == "NotoNaskhArabic-Regular"
    drawn = "".join(run.text for run in runs)
    assert drawn.startswith("L898902C3")
    assert any("\ufe70" <= letter <= "\ufeff" for letter in drawn)  # presentation forms: joined
    assert "\u0648\u062b" not in drawn


@needs_poppler
def test_a_long_notice_takes_more_pages_and_loses_no_word(tmp_path: Path) -> None:
    words = [f"word{number}" for number in range(2_000)]
    long = RefusalNotice(title="Long", post="Post", facts=(), sections=(("Ground", " ".join(words)),))
    text = text_of(refusal_notice_pdf(long), tmp_path)
    assert text.count("\f") > 2
    assert set(words) <= set(text.split())


def test_a_word_wider_than_the_page_is_cut_and_not_lost() -> None:
    lines = fonts.plain().wrapped("W" * 300, 11.0, 200.0)
    assert len(lines) > 5
    assert "".join(lines) == "W" * 300


def test_a_missing_typeface_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(DeviceFault) as missing:
        fonts.plain((tmp_path,))
    assert "NotoSans-Regular" in missing.value.cause.in_english()
    assert "fonts-noto-core" in missing.value.next_step.in_english()


def test_a_letter_that_no_typeface_has_is_not_silently_dropped() -> None:
    with pytest.raises(DeviceFault, match="all letters"):
        fonts.plain().runs("\u13a0", right_to_left=False)


def test_the_content_of_a_notice_stays_out_of_its_repr() -> None:
    assert "ERIKSSON" not in repr(ENGLISH)


def test_brackets_open_before_the_words_they_hold_in_both_directions() -> None:
    face = fonts.plain()
    right_to_left = "".join(run.text for run in face.runs("(توقيع)", right_to_left=True))
    assert (right_to_left[0], right_to_left[-1]) == ("(", ")")  # as seen from the left
    left_to_right = "".join(run.text for run in face.runs("(mark)", right_to_left=False))
    assert left_to_right == "(mark)"
