# SPDX-License-Identifier: Apache-2.0
"""``hbm-station doctor``: what is attached, what is missing, and what to do. Opens no store, shows no traveller."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from station.config.settings import Settings
from station.domain.errors import DeviceError, SettingsError
from station.domain.words import Text, say
from station.ports.devices import ROLES, DeviceState, HealthState, Role
from ui.bootstrap.counters import counter_of
from ui.bootstrap.engines import engine_problems
from ui.bootstrap.machine_settings import new_registry, settings_with_problems, write_settings
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice
from ui.memory_remarks import memory_remarks

_TPM = "/dev/tpmrm0"
_TPM_UNUSED = say("This computer has a TPM 2, and no counter of it stands behind the store: see docs/technicians.md.")
_NO_TPM = say("This computer has no TPM 2, or it is switched off. No counter stands behind the store.")
LOOK_SECONDS = 6.0  # SANE's own discovery of network scanners takes 4


class StartedRegistry(Protocol):
    """Of a registry what the doctor needs."""

    def start(self) -> None: ...

    def states(self) -> Sequence[DeviceState]: ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    parser.add_argument("--simulators", action="store_true", help="count the simulated devices too")
    parser.add_argument("--all-engines", action="store_true", help="try every reading program, not only the one in use")
    parser.add_argument(
        "--write-settings",
        action="store_true",
        help="make the settings file, all of it explained, if there is none",
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Look at devices, engines and settings. 3 when something needs somebody."""
    if arguments.write_settings:
        voice.finding("settings", say("The settings file is {file}.", file=str(write_settings())), good=None)
    settings, problems = settings_with_problems()
    registry = new_registry(settings, simulators=arguments.simulators)
    try:
        with ThreadPoolExecutor(1) as beside:
            looking = beside.submit(_settled, registry)
            unavailable = engine_problems(settings, every=arguments.all_engines)
            states = looking.result()
        why = registry.why_nothing()
    finally:
        registry.close()
    for problem in problems:
        voice.finding("settings", _sentence(problem), good=False)
    for name, why_not in unavailable:
        voice.finding(name, say("{cause} {step}", cause=why_not.cause, step=why_not.next_step), good=False)
    filled = [_tell_role(role, states, settings, voice) for role in ROLES]
    counted = _tell_counter(settings, voice)
    for name, cause in (*why, *memory_remarks()):
        voice.finding(name, cause, good=None)
    good = all(filled) and counted and not problems and not unavailable
    return Exit.GOOD if good else Exit.NOT_ALL_GOOD


def _tell_counter(settings: Settings, voice: Voice) -> bool:
    """One line about the counter in the TPM. False when the settings name one and it cannot be used."""
    counter = counter_of(settings.counter)
    if counter is None:
        there = Path(_TPM).exists()
        voice.finding("counter", _TPM_UNUSED if there else _NO_TPM, good=None)
        return True
    try:
        view = counter.look(seconds=LOOK_SECONDS)
    except DeviceError as problem:
        voice.finding("counter", say("{cause} {step}", cause=problem.cause, step=problem.next_step), good=False)
        return False
    if view.value is None:
        voice.finding("counter", say("The counter in the TPM is there and was never raised."), good=True)
    else:
        voice.finding("counter", say("The counter in the TPM stands at {value}.", value=view.value), good=True)
    return True


def _tell_role(role: Role[object], states: Sequence[DeviceState], settings: Settings, voice: Voice) -> bool:
    """One line a role. False when this post needs it and nothing fills it well."""
    filling = [state for state in states if role in state.info.roles]
    fine = (HealthState.READY, HealthState.BUSY)  # an officer with a pen is the last resort, not a printer
    good = any(state.health.state in fine and not state.info.manual for state in filling)
    needed = role.name in settings.post.needed_roles
    voice.finding(role.name, _role_line(role.title, filling), good=True if good else False if needed else None)
    return good or not needed


def _settled(registry: StartedRegistry) -> Sequence[DeviceState]:
    """What is attached once discovery had its time; ends early when every role is filled."""
    news = threading.Event()
    forget = registry.subscribe(news.set)
    registry.start()
    end = time.monotonic() + LOOK_SECONDS
    try:
        while True:
            news.clear()
            now = registry.states()
            left = end - time.monotonic()
            if left <= 0 or all(any(role in state.info.roles for state in now) for role in ROLES):
                return now
            news.wait(left)
    finally:
        forget()


def _role_line(title: Text, filling: Sequence[DeviceState]) -> Text:
    if not filling:
        return say("{role}: nothing attached. Plug one in, or see docs/technicians.md.", role=title)
    line: Text | None = None
    for state in filling:
        one = say("{name}, {health}", name=state.info.name, health=state.health.says)
        line = one if line is None else say("{first}; {second}", first=line, second=one)
    assert line is not None
    return say("{role}: {devices}", role=title, devices=line)


def _sentence(problem: SettingsError) -> Text:
    return say("{cause} {step}", cause=problem.cause, step=problem.next_step)
