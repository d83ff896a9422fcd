# SPDX-License-Identifier: Apache-2.0
"""A shift's report as files for statistics: the signed JSON itself, and the same figures as a table.

Names in the table are the stable ones of the report, in no language, so that tables of many posts can be put together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from station.exporting.csv_text import ENCODING, Cell, csv_text
from station.ports.storage import StoreKind
from station.reporting.shift_report import WATERMARK, ShiftReport
from station.reporting.shift_reports import KeptReport

_HEADER = ("post", "station", "lane", "shift", "opened_at", "section", "name", "part", "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A file with its own name: identifiers of the station only."""

    name: str
    data: bytes = field(repr=False)


def report_files(kept: KeptReport) -> tuple[ReportFile, ...]:
    """The report as it was signed, and its figures as a table."""
    name = file_name(kept.report)
    return (
        ReportFile(name=f"{name}.json", data=kept.text.encode()),
        ReportFile(name=f"{name}.csv", data=report_csv(kept.report).encode(ENCODING)),
    )


def file_name(report: ShiftReport) -> str:
    """``shift-<station>-<number>`` in letters, digits and dashes; a training store's says TRAINING first."""
    plain = unicodedata.normalize("NFKD", report.station)
    words = re.sub(r"[^A-Za-z0-9]+", " ", "".join(letter for letter in plain if not unicodedata.combining(letter)))
    station = "-".join(words.split())[:40].strip("-") or "station"
    mark = f"{WATERMARK}-" if report.kind is StoreKind.TRAINING else ""
    return f"{mark}shift-{station}-{report.number:06d}"


def report_csv(report: ShiftReport) -> str:
    """One row a figure, in the order of the report."""
    place = (report.post, report.station, report.lane, report.number, report.opened_at.isoformat())
    return csv_text(_HEADER, ((*place, *row) for row in _rows(report)))


def _rows(report: ShiftReport) -> Iterator[tuple[Cell, Cell, Cell, Cell]]:
    for section, movements in (("movements", report.movements), ("before", report.before)):
        yield from ((section, each.direction, each.decision, each.count) for each in movements)
    for name in ("referrals", "abandoned", "overridden", "times_left_out"):
        yield ("totals", name, "", int(getattr(report, name)))
    for section, counts in (
        ("refusals", report.refusals),
        ("overrides", report.overrides),
        ("seconded", report.seconded),
        ("retries", report.retries),
        ("failures", report.failures),
        ("acts", report.acts),
    ):
        yield from ((section, each.name, "", each.count) for each in counts)
    for row in report.times:
        yield ("times", row.stage, "count", row.count)
        yield ("times", row.stage, "p50_s", row.p50_s)
        yield ("times", row.stage, "p95_s", row.p95_s)
    for member in fields(report.open_work):
        yield ("open_work", member.name, "", int(getattr(report.open_work, member.name)))
    yield from (("people", each.name, each.role.value, each.encounters) for each in report.people)
    yield from (("clock", each.kind, each.at.isoformat(), each.seconds) for each in report.clock)
