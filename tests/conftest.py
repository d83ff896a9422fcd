# SPDX-License-Identifier: Apache-2.0
"""What every test stands on: no screen, no personal folders, no stray log record, repeatable examples."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis
import pytest

REPOSITORY = Path(__file__).parents[1]
VECTORS = REPOSITORY.parent / "shared" / "vectors"

# Before Qt is imported: pytest-qt asks for it while it configures itself.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Tests on two busy cores may be slow; a timed example says nothing about the code.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session", autouse=True)
def folders_of_nobody() -> Iterator[None]:
    """Keeps tests away from the stores and settings of whoever runs them."""
    with tempfile.TemporaryDirectory(prefix="hbm-test-") as base, pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            folder = Path(base) / name.lower()
            folder.mkdir(mode=0o700)
            patch.setenv(name, str(folder))
        yield


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The shared test vectors beside the repository; a test that needs them is skipped without them."""
    if not VECTORS.is_dir():
        pytest.skip("the shared test vectors (../shared/vectors) are not on this machine")
    return VECTORS


@dataclass(slots=True)
class ExpectedLogs:
    """Log records of level WARNING or above that a test expects; each must come, and no other may."""

    expected: list[tuple[str, int, re.Pattern[str]]] = field(default_factory=list)
    seen: list[logging.LogRecord] = field(default_factory=list)

    def expect(self, logger: str, level: int, pattern: str) -> None:
        """Expect at least one record of ``logger`` at ``level`` whose message matches ``pattern``."""
        self.expected.append((logger, level, re.compile(pattern)))

    def complaint(self) -> str | None:
        """What is wrong with the records that were seen, or None."""
        came: set[int] = set()
        stray: list[str] = []
        for record in self.seen:
            message = record.getMessage()
            matches = {
                index
                for index, (logger, level, pattern) in enumerate(self.expected)
                if logger == record.name and level == record.levelno and pattern.search(message)
            }
            came |= matches
            if not matches:
                stray.append(f"{record.levelname} {record.name}: {message}")
        missing = [f"{logger}: {pattern.pattern}" for logger, _, pattern in self.expected]
        missing = [text for index, text in enumerate(missing) if index not in came]
        if stray:
            return "log records that nobody expected (see expected_logs):\n" + "\n".join(stray)
        if missing:
            return "log records that never came:\n" + "\n".join(missing)
        return None


class _Collector(logging.Handler):
    """Keeps records of level WARNING and above."""

    def __init__(self, seen: list[logging.LogRecord]) -> None:
        super().__init__(logging.WARNING)
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        self._seen.append(record)


@pytest.fixture(autouse=True)
def expected_logs() -> Iterator[ExpectedLogs]:
    """Fails a test that logs a warning or an error it did not announce with ``expected_logs.expect(...)``."""
    logs = ExpectedLogs()
    collector = _Collector(logs.seen)
    root = logging.getLogger()
    root.addHandler(collector)
    try:
        yield logs
    finally:
        root.removeHandler(collector)
    complaint = logs.complaint()
    if complaint is not None:
        pytest.fail(complaint, pytrace=False)
