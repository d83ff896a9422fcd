# SPDX-License-Identifier: Apache-2.0
"""How a bug is told to a log, whatever the face: its kind and place, never what a document says."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType


def log_bug(log: logging.Logger, kind: type[BaseException], trace: TracebackType | None) -> None:
    """Where it happened and what kind it was; never its message, which may hold what a document says."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    log.error("a bug: %s at %s", kind.__name__, " < ".join(reversed(places)) or "an unknown place")


@contextmanager
def bugs_in_threads_logged(log: logging.Logger) -> Iterator[None]:
    """While inside, a bug on any other thread is logged the same way: Python would print its message."""
    before = threading.excepthook
    threading.excepthook = lambda told: log_bug(log, told.exc_type, told.exc_traceback)
    try:
        yield
    finally:
        threading.excepthook = before
