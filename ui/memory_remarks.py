# SPDX-License-Identifier: Apache-2.0
"""What whoever looks after this machine should know of memory that may reach a disk, and of locking before a sleep."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from station.domain.words import Text, say
from station.isolation.own_memory import MemoryOnDisk, memory_on_disk

_BUS: Final = Path("/run/dbus/system_bus_socket")
_SEATS: Final = Path("/run/systemd/seats")  # logind and elogind keep one file a seat here while they run


def memory_remarks() -> tuple[tuple[str, Text], ...]:
    """What to say of this machine, each with what it is about. Words for a person to weigh; none of it is a fault."""
    if not sys.platform.startswith("linux"):
        return ()
    remarks = remarks_on(memory_on_disk())
    return remarks if login_manager_runs() else (*remarks, ("sleep", _NO_LOGIN_MANAGER))


def remarks_on(found: MemoryOnDisk) -> tuple[tuple[str, Text], ...]:
    """The sentences for what was found of swap and hibernation."""
    remarks: list[tuple[str, Text]] = []
    if found.open_swap:
        swap = say(
            "Swap may be unencrypted: {names}. It can hold names and keys. Encrypt it or switch it off.",
            names=", ".join(found.open_swap),
        )
        remarks.append(("swap", swap))
    if found.hibernation:
        remarks.append(("hibernation", _HIBERNATES))
    return tuple(remarks)


def login_manager_runs(*, bus: Path = _BUS, seats: Path = _SEATS) -> bool:
    """Whether somebody can tell the station that the machine is about to sleep."""
    try:
        return ("DBUS_SYSTEM_BUS_ADDRESS" in os.environ or bus.exists()) and any(seats.iterdir())
    except OSError:
        return False


_HIBERNATES: Final = say(
    "This machine can hibernate: it then writes all memory to the disk. Forbid hibernation, or encrypt the swap."
)
_NO_LOGIN_MANAGER: Final = say(
    "No login manager was found. The station cannot lock before the machine sleeps. It locks after its idle time only."
)
