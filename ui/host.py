# SPDX-License-Identifier: Apache-2.0
"""What the machine under the station gives: time, randomness, a place for data, and word of what happened."""

from __future__ import annotations

import os
import random
import secrets
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

E = TypeVar("E")


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds, never stepping back."""
        return time.monotonic()


class ScriptedClock:
    """A clock of a demo: it starts where it is told and moves a second with every look, so that runs repeat."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """A second later than the last look."""
        with self._lock:
            self._now += timedelta(seconds=1)
            return self._now

    def skip(self, step: timedelta) -> None:
        """Move on."""
        with self._lock:
            self._now += step

    def monotonic(self) -> float:
        """Real seconds: durations are measured, not scripted."""
        return time.monotonic()


class SystemRandomness:
    """Random bytes of the operating system: the only source for keys."""

    def bytes(self, count: int) -> bytes:
        """``count`` bytes."""
        return secrets.token_bytes(count)


class SeededRandomness:
    """Repeatable bytes for identifiers of a demo. Never for keys."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (a demo repeats itself; keys come from SystemRandomness)
        self._lock = threading.Lock()

    def bytes(self, count: int) -> bytes:
        """``count`` bytes, the same for the same seed and order of calls."""
        with self._lock:
            return self._random.randbytes(count)


class LocalEvents:
    """An event bus inside this process (station.ports.events.EventBus)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[type, list[Callable[[Any], None]]] = defaultdict(list)

    def publish(self, event: object) -> None:
        """Tell every listener of exactly this type, on this thread."""
        with self._lock:
            listeners = tuple(self._listeners[type(event)])
        for listener in listeners:
            listener(event)

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Listen until the returned function is called."""
        with self._lock:
            self._listeners[kind].append(listener)

        def forget() -> None:
            with self._lock:
                if listener in self._listeners[kind]:
                    self._listeners[kind].remove(listener)

        return forget


def data_folder() -> Path:
    """Where this person's stations keep their stores."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "hbm-station"
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "hbm-station"


def settings_file() -> Path:
    """The settings file; ``HBM_STATION_SETTINGS`` names another."""
    named = os.environ.get("HBM_STATION_SETTINGS")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "hbm-station" / "settings.toml"
