# SPDX-License-Identifier: Apache-2.0
"""What could write this process's memory to a disk: core dumps, which a process can forbid of itself, and swap and
hibernation, which only whoever set the machine up can change.
"""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PR_SET_DUMPABLE: Final = 4  # linux/prctl.h
_ENCRYPTED: Final = "CRYPT-"  # what device-mapper calls a mapping of dm-crypt
_MOST_LAYERS: Final = 8  # LUKS on LVM on RAID on partitions is four


def forbid_dumps() -> bool:
    """Let nobody have a dump of the calling process; whether the kernel agreed.

    Both are needed: a limit of 0 does not keep the kernel from handing a dump to a program that collects them
    (core(5)), and only "not dumpable" keeps other programs of the same account from attaching. It ends with an exec.
    """
    if not sys.platform.startswith("linux"):
        return False
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return bool(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryOnDisk:
    """Where this machine may write memory. ``open_swap``: swap that is not known to be encrypted, by its path."""

    open_swap: tuple[str, ...]
    hibernation: bool


def memory_on_disk(*, proc: Path = Path("/proc"), sys_folder: Path = Path("/sys")) -> MemoryOnDisk:
    """Look at swap and hibernation. Reads only; what cannot be read counts as not there."""
    swaps = [line.split()[0] for line in _lines(proc / "swaps")[1:] if line.split()]
    open_swap = [swap for swap in swaps if not _safe(swap, sys_folder)]
    states = " ".join(_lines(sys_folder / "power" / "state")).split()
    forbidden = "[disabled]" in " ".join(_lines(sys_folder / "power" / "disk")).split()
    return MemoryOnDisk(open_swap=tuple(open_swap), hibernation="disk" in states and bool(swaps) and not forbidden)


def _safe(swap: str, sys_folder: Path) -> bool:
    """Compressed memory, or a device that stands on an encrypted one. A swap file counts as the disk it lies on."""
    name = Path(swap).name
    if name.startswith("zram"):
        return _lines(sys_folder / "class" / "block" / name / "backing_dev")[:1] in ([], ["none"])
    folder = sys_folder / "class" / "block" / name
    if not folder.exists():
        try:
            device = os.stat(swap).st_dev
        except OSError:
            return False
        folder = sys_folder / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}"
    return _encrypted(folder, _MOST_LAYERS)


def _encrypted(folder: Path, layers: int) -> bool:
    if any(line.startswith(_ENCRYPTED) for line in _lines(folder / "dm" / "uuid")):
        return True
    try:
        below = sorted((folder / "slaves").iterdir())
    except OSError:
        return False
    return layers > 0 and bool(below) and all(_encrypted(layer, layers - 1) for layer in below)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
