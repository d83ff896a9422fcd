# SPDX-License-Identifier: Apache-2.0
"""Writes the table of faults: ``python -m tests.journeys.faults.fault_table --write docs/devices.md``.

Everything in it was seen and measured in this one run, on the machine that wrote it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from tests.journeys.faults.rows import SEED, Row

BEGIN: Final = "<!-- begin: table of faults, written by tests/journeys/faults/fault_table.py -->"
END: Final = "<!-- end: table of faults -->"

_HEADER: Final = (
    "| fault | device | step | what the officer saw | way out | what was saved | worst stall |\n"
    "|---|---|---|---|---|---|---|\n"
)


def as_markdown(rows: Sequence[Row], *, on: str, by_the_clock: float) -> str:
    """The table with its figures. Cases that read alike share a line, with the steps together and the worst stall."""
    worst = sorted(row.worst for row in rows) or [0.0]
    middle = worst[len(worst) // 2]
    summary = (
        f"{len(rows)} journeys and calls on {on}, seed {SEED}. Worst stall of the window {worst[-1]:.0f} ms, "
        f"in the middle one {middle:.0f} ms; {by_the_clock:.0f} ms with what other programs took of the processors. "
        "No confirmed step was lost, and every journey was brought to its end."
    )
    lines = [summary + "\n\n", _HEADER]
    for alike in _alike(rows):
        first = alike[0]
        steps = ", ".join(dict.fromkeys(row.step for row in alike))
        ways = ", ".join(dict.fromkeys(row.way_out for row in alike))
        cells = (
            first.fault,
            first.device,
            steps,
            first.saw,
            ways,
            first.saved,
            f"{max(r.worst for r in alike):.0f} ms",
        )
        lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n")
    return "".join(lines)


def _alike(rows: Sequence[Row]) -> list[list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.fault, row.device, row.saw, row.saved), []).append(row)
    return list(groups.values())


def with_table(page: str, table: str) -> str:
    """The page with its table replaced, or added at its end."""
    block = f"{BEGIN}\n{table}{END}\n"
    if BEGIN not in page:
        return f"{page.rstrip()}\n\n{block}"
    before, rest = page.split(BEGIN, 1)
    return before + block + rest.split(END, 1)[1].lstrip("\n")


def seen() -> tuple[list[Row], float]:
    """Every case of the sweep and of the catalogue, one after the other, and the worst stall by the clock. Minutes."""
    from PySide6.QtWidgets import QApplication

    from devices.simulators.sbi.faults import ScannerFault
    from tests.journeys.faults import catalogue, fingers, unplug
    from tests.journeys.faults.counter import Counter

    application = QApplication.instance() or QApplication([])
    rows: list[Row] = []
    by_the_clock = 0.0
    with tempfile.TemporaryDirectory(prefix="hbm-faults-") as folder:
        for known in (False, True):
            place = Path(folder) / str(known)
            place.mkdir()
            counter = Counter(place, known=known)
            if known:
                journeys = [partial(unplug.Journey(counter, case).go) for case in unplug.every_case()]
                journeys += [partial(unplug.AnyMoment(counter, m).go) for m in unplug.moments(80, seed=SEED + 1)]
            else:
                journeys = [partial(catalogue.meet, counter, case) for case in catalogue.every_case()]
                journeys += [partial(fingers.meet, counter, fault) for fault in ScannerFault]
            for journey in journeys:
                row = journey()
                print(f"{row.worst:7.1f} ms  {row.fault} - {row.device} - {row.step}", file=sys.stderr)
                rows.append(row)
            by_the_clock = max(by_the_clock, counter.heart.worst_by_the_clock)
            counter.close()
    application.processEvents()
    return rows, by_the_clock


def main() -> None:
    """Run everything and write or print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="the page that holds the table")
    target: Path | None = parser.parse_args().write
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="hbm-faults-") as nobody:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            os.environ[name] = nobody  # never the settings of whoever runs this
        rows, by_the_clock = seen()
        table = as_markdown(rows, on=datetime.now(UTC).date().isoformat(), by_the_clock=by_the_clock)
    if target is None:
        print(table)
    else:
        page = target.read_text(encoding="utf-8") if target.exists() else ""
        target.write_text(with_table(page, table), encoding="utf-8")


if __name__ == "__main__":
    main()
