# SPDX-License-Identifier: Apache-2.0
"""The suite is silent: warnings, Qt messages and stray log records fail a test.

Proved on a small noisy suite that runs under the same settings.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

NOISY = """
import logging
import warnings


def test_a_stray_warning_record():
    logging.getLogger("station.lane").warning("the list is old")


def test_an_announced_warning_record(expected_logs):
    expected_logs.expect("station.lane", logging.WARNING, "list is old")
    logging.getLogger("station.lane").warning("the list is old")


def test_an_announced_record_that_never_comes(expected_logs):
    expected_logs.expect("station.lane", logging.WARNING, "list is old")


def test_a_python_warning():
    warnings.warn("old call", DeprecationWarning)


def test_a_message_of_qt(qapp):
    from PySide6.QtCore import qWarning

    qWarning("a widget is lost")


def test_a_quiet_record():
    logging.getLogger("station.lane").info("the list came")
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Test name to outcomes (failed, error, passed), of a small noisy suite under this project's settings."""
    suite = tmp_path_factory.mktemp("noisy")
    (suite / "tests").mkdir()
    shutil.copy(REPOSITORY / "pyproject.toml", suite)
    shutil.copy(REPOSITORY / "tests" / "conftest.py", suite / "tests")
    (suite / "tests" / "test_noisy.py").write_text(NOISY, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider"],
        cwd=suite,
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, set[str]] = {}
    for line in run.stdout.splitlines():
        word, _, rest = line.partition(" ")
        if word in {"PASSED", "FAILED", "ERROR"} and "::" in rest:
            found.setdefault(rest.split("::")[1].split(" ")[0], set()).add(word.lower())
    assert found, run.stdout + run.stderr
    return found


@pytest.mark.parametrize(
    "name",
    [
        "test_a_stray_warning_record",
        "test_an_announced_record_that_never_comes",
        "test_a_python_warning",
        "test_a_message_of_qt",
    ],
)
def test_noise_fails_a_test(name: str, outcomes: dict[str, set[str]]) -> None:
    assert outcomes[name] & {"failed", "error"}


@pytest.mark.parametrize("name", ["test_an_announced_warning_record", "test_a_quiet_record"])
def test_announced_and_quiet_records_pass(name: str, outcomes: dict[str, set[str]]) -> None:
    assert outcomes[name] == {"passed"}
