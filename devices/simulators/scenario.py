# SPDX-License-Identifier: Apache-2.0
"""A scenario file: which fault strikes which device when, so that a class of trainees meets the same bad day.

    seed = 7                                # equal seeds give equal surprises; without it the simulators' seed

    [[step]]
    after_traveller = 2                     # strikes with the third document; 0: from the first one on
    device = "simulated:face-camera"
    fault = "mute"                          # a fault of the device, or "unplug", "replug", "none"
    times = 1                               # for so many calls; without it until another step

    [[step]]
    after_seconds = 90.0                    # counted from the start of the station
    device = "simulated:printer"
    fault = "paper_out"

    [surprise]
    share = 0.2                             # so many of the travellers meet a fault drawn by chance, for one call
    devices = ["simulated:document-scanner", "simulated:face-camera"]

What cannot be used is named with file, line and cure, and the rest counts.
"""

from __future__ import annotations

import re
import threading
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from station.domain.errors import FileRefused, SettingsError
from station.domain.words import Text, say
from station.isolation.intake import read_regular
from station.ports.bench import FaultDesk

MOST_BYTES: Final = 256 * 1024
MOST_TIMES: Final = 1_000
LONGEST: Final = 24 * 3600.0  # seconds
UNPLUG, REPLUG, NONE = "unplug", "replug", "none"
_PLUGS: Final = (UNPLUG, REPLUG, NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that goes wrong, or right again. Exactly one of the two times is given."""

    device: str
    fault: str
    times: int | None = None
    after_traveller: int | None = None
    after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole file. ``share`` of the travellers meet a surprise on one of ``surprised``."""

    steps: tuple[Step, ...] = ()
    seed: int | None = None
    share: float = 0.0
    surprised: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """The file under examination, and what was found wrong with it."""

    path: Path
    text: str
    known: Mapping[str, tuple[str, ...]]
    problems: list[SettingsError] = field(default_factory=list)

    def problem(self, line: int, key: str, cause: Text, cure: Text) -> None:
        where = say("{file}, line {line}, {setting}: {cause}", file=str(self.path), line=line, setting=key, cause=cause)
        self.problems.append(SettingsError(where, cure))

    def line(self, header: str, number: int, key: str) -> int:
        """The line of ``key`` in the ``number``-th table of this name, else of the table itself."""
        inside, seen, found = not header, 0, 1
        for at, text in enumerate(self.text.splitlines(), start=1):
            table = re.match(r"\s*\[+\s*([\w.-]+)\s*\]+", text)
            if table:
                if table.group(1) == header:
                    seen += 1
                inside = table.group(1) == header and seen == number
                found = at if inside else found
            elif inside and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", text):
                return at
        return found


def load_scenario(path: Path, known: Mapping[str, tuple[str, ...]]) -> tuple[Scenario, tuple[SettingsError, ...]]:
    """The scenario of ``path``, and one error per thing in it that cannot be used: that one is left out.

    ``known`` has the faults of each simulated device by its name.
    """
    try:
        text = read_regular(path, most_bytes=MOST_BYTES).decode()
        tables = tomllib.loads(text)
    except FileRefused as problem:
        return Scenario(), (_unreadable(path, problem.cause),)
    except OSError as problem:
        return Scenario(), (_unreadable(path, problem.strerror or type(problem).__name__),)
    except (ValueError, RecursionError) as problem:  # no UTF-8, no TOML, brackets without end
        return Scenario(), (_unreadable(path, str(problem)),)
    reading = _Reading(path, text, known)
    for key in tables.keys() - {"seed", "step", "surprise"}:
        reading.problem(
            reading.line(key, 1, key) if isinstance(tables[key], dict | list) else reading.line("", 1, key),
            key,
            say("There is no setting of this name."),
            _one_of(("seed", "step", "surprise")),
        )
    seed = tables.get("seed")
    if seed is not None and not _whole(seed, 0, 2**31):
        reading.problem(reading.line("", 1, "seed"), "seed", _UNUSABLE, say("Write a whole number."))
        seed = None
    steps = _steps(reading, tables.get("step", []))
    share, surprised = _surprise(reading, tables.get("surprise", {}))
    return Scenario(steps=steps, seed=seed, share=share, surprised=surprised), tuple(reading.problems)


_UNUSABLE: Final = say("This value cannot be used.")


def _steps(reading: _Reading, given: object) -> tuple[Step, ...]:
    if not isinstance(given, list) or not all(isinstance(step, dict) for step in given):
        reading.problem(reading.line("", 1, "step"), "step", _UNUSABLE, say("Begin each step with [[step]]."))
        return ()
    found = (_step(reading, number, table) for number, table in enumerate(given, start=1))
    return tuple(step for step in found if step is not None)


def _step(reading: _Reading, number: int, table: Mapping[str, object]) -> Step | None:
    before = len(reading.problems)

    def wrong(key: str, cause: Text, cure: Text) -> None:
        reading.problem(reading.line("step", number, key), f"step {number}.{key}", cause, cure)

    for key in table.keys() - _STEP_RULES.keys():
        wrong(key, say("There is no setting of this name."), _one_of(tuple(_STEP_RULES)))
    for key, (possible, cure) in _STEP_RULES.items():
        if key in table and not possible(table[key]):
            wrong(key, _UNUSABLE, cure)
    device, fault = table.get("device"), table.get("fault")
    if not isinstance(device, str) or device not in reading.known:
        wrong("device", say("There is no simulated device of this name."), _one_of(tuple(reading.known)))
    elif fault not in (*reading.known[device], *_PLUGS):
        cause = say("This device has no fault of this name.")
        wrong("fault", cause, _one_of((*reading.known[device], *_PLUGS)))
    if ("after_traveller" in table) is ("after_seconds" in table):
        wrong(
            "after_traveller",
            say("The step needs one time."),
            say("Write either after_traveller or after_seconds."),
        )
    if len(reading.problems) > before:
        return None
    return Step(**dict(table))  # type: ignore[arg-type]  # every key and value was judged above


def _surprise(reading: _Reading, given: object) -> tuple[float, tuple[str, ...]]:
    def wrong(key: str, cause: Text, cure: Text) -> None:
        reading.problem(reading.line("surprise", 1, key), f"surprise.{key}", cause, cure)

    if not isinstance(given, dict):
        wrong("share", _UNUSABLE, say("Begin the surprises with [surprise]."))
        return 0.0, ()
    for key in given.keys() - {"share", "devices"}:
        wrong(key, say("There is no setting of this name."), _one_of(("share", "devices")))
    share, devices = given.get("share", 0.0), given.get("devices", list(reading.known))
    if not isinstance(share, int | float) or isinstance(share, bool) or not 0 <= share <= 1:
        wrong("share", _UNUSABLE, say("Write a number from 0.0 to 1.0."))
        share = 0.0
    if not isinstance(devices, list) or not all(isinstance(name, str) and name in reading.known for name in devices):
        wrong("devices", say("There is no simulated device of this name."), _one_of(tuple(reading.known)))
        return 0.0, ()
    return float(share), tuple(devices)


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _moment(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST


_STEP_RULES: Final[Mapping[str, tuple[Callable[[object], bool], Text]]] = {
    "after_traveller": (lambda value: _whole(value, 0, 1_000_000), say("Write a whole number from 0.")),
    "after_seconds": (_moment, say("Write a number of seconds, at most a day.")),
    "device": (lambda value: isinstance(value, str), say("Write a text in quotes.")),
    "fault": (lambda value: isinstance(value, str), say("Write a text in quotes.")),
    "times": (
        lambda value: _whole(value, 1, MOST_TIMES),
        say("Write a whole number from 1 to {most}.", most=MOST_TIMES),
    ),
}


def _one_of(names: Sequence[str]) -> Text:
    return say("Use one of these: {names}.", names=", ".join(names))


def _unreadable(path: Path, why: str | Text) -> SettingsError:
    return SettingsError(
        say("The scenario in {file} cannot be read: {why}.", file=str(path), why=why),
        say("Correct the file. Until then no fault strikes by itself."),
    )


class ScenarioPlayer:
    """Plays a scenario on a desk of faults: steps by the traveller in ``before_traveller``, steps by time on a thread.

    ``seed`` is that of the simulators, for a scenario that names none.
    """

    def __init__(self, scenario: Scenario, desk: FaultDesk, *, seed: int) -> None:
        self._desk = desk
        self._by_traveller = [step for step in scenario.steps if step.after_traveller is not None]
        self._by_time = sorted(
            (step for step in scenario.steps if step.after_seconds is not None),
            key=lambda step: step.after_seconds or 0.0,
        )
        self._share = scenario.share
        self._surprised = scenario.surprised
        self._random = Random(f"{seed if scenario.seed is None else scenario.seed}/surprise")
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """The clock of the steps by time runs from now on; what strikes before the first traveller is there."""
        for step in self._by_traveller:
            if step.after_traveller == 0:
                self._play(step)
        if self._by_time:
            self._thread = threading.Thread(target=self._run, name="simulator scenario", daemon=True)
            self._thread.start()

    def before_traveller(self, gone: int) -> None:
        """``gone`` travellers were there; the next one comes now."""
        for step in self._by_traveller:
            if step.after_traveller == gone and gone > 0:
                self._play(step)
        if self._surprised and self._random.random() < self._share:
            device = self._random.choice(self._surprised)
            names = [choice.name for choice in self._desk.choices(device)]
            self._desk.switch(device, self._random.choice(names), times=1)

    def close(self) -> None:
        """End the thread."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        begun = time.monotonic()
        for step in self._by_time:
            if self._over.wait(max(0.0, begun + (step.after_seconds or 0.0) - time.monotonic())):
                return
            self._play(step)

    def _play(self, step: Step) -> None:
        if step.fault == UNPLUG:
            self._desk.unplug(step.device)
        elif step.fault == REPLUG:
            self._desk.replug(step.device)
        else:
            self._desk.switch(step.device, None if step.fault == NONE else step.fault, times=step.times)
