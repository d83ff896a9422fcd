# SPDX-License-Identifier: Apache-2.0
"""``hbm-station doctor``: what is attached, what is missing, and what to do. Opens no store, shows no traveller."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

from station.domain.words import Text, say
from station.ports.devices import ROLES, DeviceState, HealthState
from ui.bootstrap import engine_problems, new_registry, settings_with_problems
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice

LOOK_SECONDS = 6.0  # SANE's own discovery of network scanners takes 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    parser.add_argument("--simulators", action="store_true", help="count the simulated devices too")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Look at devices, engines and settings. 3 when something needs somebody."""
    settings, problems = settings_with_problems()
    registry = new_registry(settings, simulators=arguments.simulators)
    try:
        registry.start()
        unavailable = engine_problems(settings)  # takes seconds, in which the drivers find their devices
        states = _settled(registry.states)
        why = registry.why_nothing()
    finally:
        registry.close()
    sound = not problems
    for problem in problems:
        voice.finding("settings", say("{cause} {step}", cause=problem.cause, step=problem.next_step), good=False)
    for name, why_not in unavailable:
        sound = False
        voice.finding(name, say("{cause} {step}", cause=why_not.cause, step=why_not.next_step), good=False)
    for role in ROLES:
        filling = [state for state in states if role in state.info.roles]
        good = any(state.health.state in (HealthState.READY, HealthState.BUSY) for state in filling)
        sound = sound and good
        voice.finding(role.name, _role_line(role.title, filling), good=good)
    for name, cause in why:
        voice.finding(name, cause, good=None)
    return Exit.GOOD if sound else Exit.NOT_ALL_GOOD


def _settled(states: Callable[[], Sequence[DeviceState]]) -> Sequence[DeviceState]:
    """What is attached once discovery had its time; ends early when every role is filled."""
    end = time.monotonic() + LOOK_SECONDS
    while True:
        now = states()
        if all(any(role in state.info.roles for state in now) for role in ROLES) or time.monotonic() > end:
            return now
        time.sleep(0.1)


def _role_line(title: Text, filling: Sequence[DeviceState]) -> Text:
    if not filling:
        return say("{role}: nothing attached. Plug one in, or see docs/technicians.md.", role=title)
    line: Text | None = None
    for state in filling:
        one = say("{name}, {health}", name=state.info.name, health=state.health.says)
        line = one if line is None else say("{first}; {second}", first=line, second=one)
    assert line is not None
    return say("{role}: {devices}", role=title, devices=line)
