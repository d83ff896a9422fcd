# SPDX-License-Identifier: Apache-2.0
"""What the station asks about a place to export to, before anything is written there."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from station.domain.words import Text


class TargetState(enum.Enum):
    """What can be known of a target without writing to it."""

    READY = "ready"  # there, writable, with room
    SAME_DISK = "same disk"  # ready, but on the same disk as the store: a copy there travels nowhere
    NEARLY_FULL = "nearly full"  # writable, with little room
    READ_ONLY = "read only"  # write-protected, or not ours to write
    MISSING = "missing"  # no such folder: not plugged in, or unplugged


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReport:
    """State of a target, the free bytes (0 when unknown), and the same in words with the next step."""

    state: TargetState
    free_bytes: int
    says: Text

    @property
    def usable(self) -> bool:
        """Whether trying to export there makes sense."""
        return self.state in {TargetState.READY, TargetState.SAME_DISK, TargetState.NEARLY_FULL}


class ExportTargets(Protocol):
    """Looks at places to export to. Blocks on the device: never on the window's thread."""

    def look_at(self, target: Path) -> TargetReport:
        """What can be known now; a stick may still be pulled out a second later."""
        ...
