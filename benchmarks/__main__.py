# SPDX-License-Identifier: Apache-2.0
"""Every measurement with one command (``./run bench``), as one table that says on which machine it was made."""

from __future__ import annotations

import argparse
import os
import pkgutil
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import benchmarks

Figure = tuple[str, float, str]

#: How much a measurement does: in full, and with ``--quick``. A measurement that is not here takes no size.
SIZES: Mapping[str, tuple[int, int]] = {
    "search": (1_000_000, 100_000),
    "save": (200, 50),
    "preview": (10, 3),
    "devices_idle": (60, 20),
}

#: What was asked of a figure (the most it may be), by the beginning of its name.
ASKED: Mapping[str, float] = {
    "MRZ text: parse 100,000 lines": 5,
    "save with two 300 kB pictures, median": 50,
    "search: ": 100,
    "start: memory at rest": 400,
    "stop: ": 200,
    "idle: all drivers watching": 2,
    "attach: scanner ready": 2,
    "preview 1280 x 720: time between two painted frames, mean": 66.7,
    "preview 1280 x 720: share of one core": 25,
}

#: A figure of ours, and that of a peer doing the same on the same data: beginnings of their names.
PEERS: Sequence[tuple[str, str, str]] = (
    ("MRZ reading, located-tesseract,", "MRZ reading, passporteye,", "PassportEye with the same language data"),
    ("MRZ reading, located-tesseract,", "MRZ reading, passporteye-eng,", "PassportEye as it comes"),
    ("save with two 300 kB pictures, median", "the same in plain SQLite, median", "plain SQLite"),
    ("preview 1280 x 720: share of one core", "the decoding alone: share of one core", "decoding the film alone"),
)


@dataclass(frozen=True, slots=True)
class Suite:
    """The figures of one module."""

    name: str
    figures: Sequence[Figure]


def main() -> int:
    """Measure, print the table, and write it where asked."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure what has to be fast.")
    parser.add_argument("only", nargs="*", metavar="NAME", help=f"which of them: {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="a tenth of the records, a quarter of the saves")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this file as well")
    wanted = parser.parse_args()
    if unknown := set(wanted.only) - set(names):
        parser.error(f"there is no measurement of this name: {', '.join(sorted(unknown))}")
    suites = [
        suite for name in names if not wanted.only or name in wanted.only if (suite := _measured(name, wanted.quick))
    ]
    page = table(suites, command=" ".join(["./run bench", *sys.argv[1:]]))
    print(page)
    if wanted.write is not None:
        wanted.write.write_text(page)
    return 0


def _measured(name: str, quick: bool) -> Suite | None:  # noqa: FBT001 (the flag of the command)
    """One module's figures; None for a module that only lends a hand."""
    if name == "__main__":
        return None
    measure: Callable[..., Sequence[Figure]] | None = getattr(import_module(f"benchmarks.{name}"), "measure", None)
    if measure is None:
        return None
    print(f"measuring {name} …", file=sys.stderr, flush=True)
    sizes = SIZES.get(name)
    return Suite(name, measure() if sizes is None else measure(sizes[quick]))


def table(suites: Sequence[Suite], *, command: str) -> str:
    """The Markdown page."""
    figures = {name: figure for suite in suites for name, figure, _ in suite.figures}
    lines = [
        "# What is fast, measured",
        "",
        f"Printed by `{command}` on {datetime.now(UTC):%Y-%m-%d}: {_machine()}.",
        "Times marked CPU are processor time; all others are what somebody waits.",
        "A start is the sum of its three times: 2 s were asked for all of them.",
        "",
        "| measurement | figure | unit | asked for | beside a peer |",
        "|---|---:|---|---|---|",
    ]
    for suite in suites:
        for name, figure, unit in suite.figures:
            asked = next((f"≤ {limit:g}" for start, limit in ASKED.items() if name.startswith(start)), "")
            lines.append(f"| {name} | {_written(figure)} | {unit} | {asked} | {_beside(name, figure, unit, figures)} |")
    return "\n".join(lines) + "\n"


def _beside(name: str, figure: float, unit: str, figures: Mapping[str, float]) -> str:
    """The peers' figures, and for times the ratio of ours to theirs."""
    found = []
    for ours, theirs, title in PEERS:
        peer = figures.get(theirs + name.removeprefix(ours)) if name.startswith(ours) else None
        if peer is not None:
            ratio = f", {_written(figure / peer)} times" if peer and unit.startswith(("s", "ms", "µs")) else ""
            found.append(f"{title}: {_written(peer)}{ratio}")
    return "; ".join(found)


def _written(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:.3g}"


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {_processor()}, {platform.system()}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.machine())


if __name__ == "__main__":
    sys.exit(main())
