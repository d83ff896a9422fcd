# SPDX-License-Identifier: Apache-2.0
"""Draws the table of an inspection for the handbook (docs/inspection.md), so that the picture cannot be wrong."""

from __future__ import annotations

import re

from station.inspection.events import Event, Resumed
from station.inspection.table import CLOSED, NEXT, ON_ENTRY, OPEN, Stage


def mermaid() -> str:
    """The whole table as a Mermaid state diagram. What every open stage can do is drawn once, from their frame."""
    everywhere = _everywhere()
    lines = ["stateDiagram-v2", f"    [*] --> {Stage.WAITING.name}"]
    lines += [_box(stage, "    ") for stage in Stage if stage not in OPEN]
    lines.append('    state "open" as OPEN {')
    lines += [_box(stage, "        ") for stage in Stage if stage in OPEN]
    lines += [_arrow(stage, event, to, "        ") for stage, event, to in _arrows(everywhere) if {stage, to} <= OPEN]
    lines.append("    }")
    lines += [_arrow(stage, event, to, "    ") for stage, event, to in _arrows(everywhere) if not {stage, to} <= OPEN]
    for event, to in everywhere.items():
        if to is not None:
            lines.append(f"    OPEN --> {to.name}: {_words(event)}")
    lines.append(f"    {Stage.PARKED.name} --> OPEN: {_words(Resumed)}")
    lines += [f"    {stage.name} --> [*]" for stage in Stage if stage in CLOSED]
    return "\n".join(lines) + "\n"


def _everywhere() -> dict[type[Event], Stage | None]:
    """What leads from every open stage to the same place; None for what stays where it is."""
    found: dict[type[Event], Stage | None] = {}
    for event in NEXT[Stage.DECIDING]:
        places = {None if NEXT[stage].get(event) is stage else NEXT[stage].get(event, stage) for stage in OPEN}
        if len(places) == 1 and all(event in NEXT[stage] for stage in OPEN):
            found[event] = places.pop()
    return found


def _arrows(everywhere: dict[type[Event], Stage | None]) -> list[tuple[Stage, type[Event], Stage]]:
    return [
        (stage, event, to)
        for stage in Stage
        for event, to in NEXT[stage].items()
        if stage not in OPEN or event not in everywhere
    ]


def _box(stage: Stage, indent: str) -> str:
    does = ", ".join(effect.value for effect in ON_ENTRY.get(stage, ()))
    return f'{indent}state "{stage.value}{f" ({does})" if does else ""}" as {stage.name}'


def _arrow(stage: Stage, event: type[Event], to: Stage, indent: str) -> str:
    return f"{indent}{stage.name} --> {to.name}: {_words(event)}"


def _words(event: type[Event]) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", event.__name__).lower()
