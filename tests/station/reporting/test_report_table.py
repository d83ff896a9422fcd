# SPDX-License-Identifier: Apache-2.0
"""The figures of a report as a table: all of them, and none of its texts runs anything."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station.reporting.report_table import file_name, report_csv, report_files
from station.reporting.shift_report import ShiftReport
from station.reporting.shift_reports import KeptReport
from tests.open_station import SUPERVISOR_PASSWORD
from tests.station.exporting.test_csv_text import LEADS, TEXTS
from tests.station.post.post_room import OMAR
from tests.station.reporting.test_shift_reports import a_day
from tests.station.reporting.working_shift import WorkingShift


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptReport]:
    """A report of a full day."""
    post = WorkingShift(tmp_path_factory.mktemp("day"))
    a_day(post)
    post.reports.sign(post.reports.draft(), SUPERVISOR_PASSWORD)
    yield post.reports.kept(post.reports.countersign(OMAR))
    post.close()


def rows_of(report: ShiftReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(report_csv(report), newline=""), strict=True))


def test_the_table_holds_every_figure(kept: KeptReport) -> None:
    rows = {(row["section"], row["name"], row["part"]): row["value"] for row in rows_of(kept.report)}
    assert rows["movements", "entry", "refuse"] == "2"
    assert rows["totals", "overridden", ""] == "2"
    assert rows["retries", "KeyingChosen", ""] == "1"
    assert rows["times", "WHOLE", "p95_s"] == str(kept.report.times[-1].p95_s)
    assert rows["open_work", "notices_owed", ""] == "1"
    assert rows["people", "Irina Specimen", "supervisor"] == "6"


def test_the_files_are_the_signed_text_and_the_table(kept: KeptReport, tmp_path: Path) -> None:
    signed, table = report_files(kept)
    assert (signed.name, signed.data.decode()) == ("TRAINING-shift-Harbour-1-000001.json", kept.text)
    assert table.name == "TRAINING-shift-Harbour-1-000001.csv"
    (tmp_path / table.name).write_bytes(table.data)
    assert (tmp_path / table.name).read_text("utf-8-sig").startswith('"post","station"')


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(post=TEXTS, station=TEXTS, lane=TEXTS, name=TEXTS)
def test_no_text_of_a_report_begins_a_formula(kept: KeptReport, post: str, station: str, lane: str, name: str) -> None:
    person = replace(kept.report.people[0], name=name)
    report = replace(kept.report, post=post, station=station, lane=lane, people=(person,))
    for row in rows_of(report):
        for cell in row.values():
            assert not cell.startswith(LEADS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_a_file_name_is_made_of_plain_letters(kept: KeptReport, station: str) -> None:
    name = file_name(replace(kept.report, station=station, number=7))
    assert re.fullmatch(r"TRAINING-shift-[A-Za-z0-9-]+-000007", name)
