# SPDX-License-Identifier: Apache-2.0
"""The recognition engines by name, for whoever opens one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from station.config.settings import Settings
from station.domain.errors import EngineUnavailable
from station.domain.words import say
from station.optical.engines import ENGINES
from station.ports.recognition import MrzEngine
from station.ports.tasks import CancelToken


def engine_names() -> tuple[str, ...]:
    """The recognition engines by name, the one used by default first."""
    return tuple(ENGINES)


def open_engine(name: str | None = None) -> MrzEngine:
    """An engine by name, or the default one. Its helper process starts with the first picture.

    Raises EngineUnavailable for a name that no engine has.
    """
    wanted = name or next(iter(ENGINES))
    if wanted not in ENGINES:
        raise EngineUnavailable(
            say("There is no reading program of this name: {name}.", name=wanted),
            say("Use one of these: {names}.", names=", ".join(ENGINES)),
        )
    return ENGINES[wanted]()


def engine_problems(settings: Settings, *, every: bool) -> Sequence[tuple[str, EngineUnavailable]]:
    """Name and problem of the engine in use, or of ``every`` one, that cannot run here. Starts each: seconds."""
    found: list[tuple[str, EngineUnavailable]] = []
    for name in dict.fromkeys((*(ENGINES if every else ()), settings.reading.engine or engine_names()[0])):
        try:
            with closing(open_engine(name)) as engine:
                engine.prepare(cancel=CancelToken())
        except EngineUnavailable as problem:
            found.append((name, problem))
    return found
