# SPDX-License-Identifier: Apache-2.0
"""Two people sign under the report, never on a sheet that holds nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from devices.printing.shift_paper import ShiftPaper, ShiftTable, shift_pdf

pytestmark = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (package poppler-utils) is not installed"
)


def _paper(rows: int, *, lines: int = 2) -> ShiftPaper:
    return ShiftPaper(
        title="Shift 7",
        post="Utopia Harbour",
        facts=(("Opened", "2026-11-23 08:00"),),
        tables=(ShiftTable(heading="Travellers", rows=tuple((f"Row {row}", "1") for row in range(rows))),),
        code="checkpoint",
        code_says="Where the trail stands",
        lines=tuple(f"Line {number}" for number in range(lines)),
        signatures=("First hand", "Second hand"),
        footer="A copy is kept.",
    )


@pytest.mark.parametrize("lines", [2, 14])
def test_the_lines_to_sign_on_stand_under_the_code_however_long_the_report_is(tmp_path: Path, lines: int) -> None:
    places = set()
    for rows in range(15, 50):
        (tmp_path / "report.pdf").write_bytes(shift_pdf(_paper(rows, lines=lines)))
        command = ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"]
        text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        pages = text.rstrip("\f").split("\f")
        (signed,) = (number for number, page in enumerate(pages) if "Second hand" in page)
        assert "Where the trail stands" in pages[signed], f"{rows} rows: the signatures stand alone"
        places.add((len(pages), signed))
    assert places == {(1, 0), (2, 1)}, "both lengths were tried"
