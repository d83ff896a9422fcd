# SPDX-License-Identifier: Apache-2.0
"""What this machine says of itself for a diagnostics bundle, and the program's last mistakes: nothing free of form."""

from __future__ import annotations

import builtins
import logging
import platform
import re
import sys
import threading
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from station.bench.diagnostics import Bug, Machine, Vocabulary
from station.bench.ledger import program_version
from station.domain import errors

#: The libraries whose version explains a fault of a device.
LIBRARIES = (
    "PySide6-Essentials",
    "opencv-python-headless",
    "numpy",
    "pillow",
    "tesserocr",
    "python-sane",
    "sqlcipher3",
    "cryptography",
    "reportlab",
    "pyscard",
    "pyserial",
    "zxing-cpp",
    "pycups",
)
_OWN = ("station", "devices", "storage", "ui")
_MOST_BUGS = 50
_PLACE = re.compile(r"(?P<file>[^<>]+?):(?P<line>\d+) \S+")


def this_machine() -> Machine:
    """System, kernel, and the versions of our own list of libraries."""
    release = _os_release()
    return Machine(
        system=platform.system(),
        kernel=platform.release(),
        distribution=release.get("ID", ""),
        distribution_version=release.get("VERSION_ID", ""),
        python=platform.python_version(),
        packages=tuple((name, _version(name)) for name in LIBRARIES),
        program=program_version(),
    )


def own_words(drivers: Iterable[str]) -> Vocabulary:
    """The words that are this program's own: what a bundle may say of drivers, libraries, modules and mistakes."""
    kinds = [*vars(builtins).values(), *vars(errors).values()]
    return Vocabulary(
        drivers=frozenset(drivers),
        packages=frozenset(LIBRARIES),
        modules=frozenset(name for name in tuple(sys.modules) if name.split(".")[0] in _OWN),
        errors=frozenset(kind.__name__ for kind in kinds if isinstance(kind, type) and issubclass(kind, Exception)),
    )


class RecentBugs(logging.Handler):
    """Keeps kind and place of the last mistakes that the log was told of. Any thread."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._bugs: deque[Bug] = deque(maxlen=_MOST_BUGS)
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record as ``ui.bug_log`` and the task runner write it: a kind, then places."""
        match record.args:
            case (str(kind), str(places)):
                found = tuple(
                    (module_of(place["file"].strip()), int(place["line"])) for place in _PLACE.finditer(places)
                )
                with self._guard:
                    self._bugs.append(Bug(at=datetime.fromtimestamp(record.created, UTC), kind=kind, places=found))
            case _:  # a line of another make is not told from: it could hold anything
                return

    def __call__(self) -> tuple[Bug, ...]:
        """The last ones, oldest first."""
        with self._guard:
            return tuple(self._bugs)


def module_of(file: str) -> str:
    """The dotted name of one of our own source files; empty for any other."""
    parts = Path(file).with_suffix("").parts
    for own in _OWN:
        if own in parts:
            at = len(parts) - 1 - parts[::-1].index(own)
            return ".".join(parts[at:])
    return ""


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}
