# SPDX-License-Identifier: Apache-2.0
"""The table of ``./run bench``: each figure beside what was asked of it, and beside its peer."""

from __future__ import annotations

from benchmarks.__main__ import Suite, table


def test_a_figure_stands_beside_its_limit_and_its_peer() -> None:
    figures = [
        ("save with two 300 kB pictures, median", 4.0, "ms"),
        ("the same in plain SQLite, median", 2.0, "ms"),
        ("MRZ reading, located-tesseract, photographs: exact", 90.0, "%"),
        ("MRZ reading, passporteye-eng, photographs: exact", 60.0, "%"),
    ]
    rows = [line for line in table([Suite("save", figures)], command="./run bench").splitlines() if "|" in line][2:]
    assert rows == [
        "| save with two 300 kB pictures, median | 4 | ms | ≤ 50 | plain SQLite: 2, 2 times |",
        "| the same in plain SQLite, median | 2 | ms |  |  |",
        "| MRZ reading, located-tesseract, photographs: exact | 90 | % |  | PassportEye as it comes: 60 |",
        "| MRZ reading, passporteye-eng, photographs: exact | 60 | % |  |  |",
    ]
