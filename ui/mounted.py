# SPDX-License-Identifier: Apache-2.0
"""Sticks that are plugged in now, so that nobody has to type where one is."""

from __future__ import annotations

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mounts")
_PLACES = ("/media/", "/run/media/")
_OCTAL = re.compile(r"\\([0-7]{3})")


def mounted_sticks(mounts: Path = _MOUNTS) -> tuple[str, ...]:
    """Folders where removable media are mounted, in the order of mounting; nothing where the system cannot tell."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ()
    points = (_OCTAL.sub(lambda code: chr(int(code[1], 8)), line.split()[1]) for line in lines if len(line.split()) > 1)
    return tuple(point for point in points if point.startswith(_PLACES))
