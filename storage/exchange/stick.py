# SPDX-License-Identifier: Apache-2.0
"""Looks at a stick before an export, so that the officer hears of a full or missing one first."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from station.domain.words import say
from station.ports.exchange import ExportTargets, TargetReport, TargetState

#: Less than this is worth a word: about a thousand encounters.
LITTLE_ROOM = 512 * 1024 * 1024

_MEGABYTE = 1_000_000


class FolderTargets(ExportTargets):
    """Folders and sticks of this computer. ``store`` is where the records lie."""

    def __init__(self, store: Path) -> None:
        self._store = store

    def look_at(self, target: Path) -> TargetReport:
        """See the port. Nothing is written."""
        try:
            if not target.is_dir():
                return _missing(target)
            free = shutil.disk_usage(target).free
            same_disk = self._store.is_dir() and target.stat().st_dev == self._store.stat().st_dev
            read_only = os.name == "posix" and bool(os.statvfs(target).f_flag & os.ST_RDONLY)
        except OSError:  # pulled out between two questions, or a folder nobody may look into
            return _missing(target)
        if read_only or not os.access(target, os.W_OK | os.X_OK):
            return TargetReport(
                state=TargetState.READ_ONLY,
                free_bytes=free,
                says=say("{target} cannot be written. Slide its lock, or use another stick.", target=str(target)),
            )
        if free < LITTLE_ROOM:
            return TargetReport(
                state=TargetState.NEARLY_FULL,
                free_bytes=free,
                says=say(
                    "{target} has only {free} MB free. Make room, or use another stick.",
                    target=str(target),
                    free=free // _MEGABYTE,
                ),
            )
        if same_disk:
            return TargetReport(
                state=TargetState.SAME_DISK,
                free_bytes=free,
                says=say(
                    "{target} is on the disk of this computer, not on a stick. Carry the bundle on from there.",
                    target=str(target),
                ),
            )
        return TargetReport(
            state=TargetState.READY,
            free_bytes=free,
            says=say("{target} is ready: {free} MB free.", target=str(target), free=free // _MEGABYTE),
        )


def _missing(target: Path) -> TargetReport:
    return TargetReport(
        state=TargetState.MISSING,
        free_bytes=0,
        says=say("{target} is not there. Plug the stick in, or choose another folder.", target=str(target)),
    )
