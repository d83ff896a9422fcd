# SPDX-License-Identifier: Apache-2.0
"""One fresh start of the desktop for ``benchmarks.start``: prints its figures as JSON and ends."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

_PASSWORD = "four words stand apart"
_REST = 3.0  # seconds without anything to do before memory is looked at
_PATIENCE = 60.0


def main() -> int:
    """``FOLDER found`` makes the store; ``FOLDER start`` measures a start on it."""
    folder = Path(sys.argv[1])
    if sys.argv[2] == "found":
        _found(folder)
    else:
        print(json.dumps(_start(folder)))
    return 0


def _found(folder: Path) -> None:
    from station.access.first_start import FirstStart, set_up
    from station.domain.secrets import Secret
    from station.ports.keys import NewOfficer
    from station.ports.storage import RoleName, StoreKind
    from ui.bootstrap.house import House, new_headquarters_identity

    house = House.around(folder / "store")
    people = tuple(
        NewOfficer(name=name, display_name=name, role=role, password=Secret.of(f"{_PASSWORD} {name}"))
        for name, role in (("supervisor", RoleName.SUPERVISOR), ("officer", RoleName.OFFICER))
    )
    first = FirstStart(
        post="Utopia East",
        station="bench-1",
        lane="1",
        kind=StoreKind.TRAINING,
        recipient=new_headquarters_identity()[1],
        people=people,
    )
    set_up(first, door=house.door, sealer=house.sealer, clock=house.clock)


def _start(folder: Path) -> dict[str, float]:
    from PySide6.QtWidgets import QApplication

    from ui.bootstrap.demonstration import demo_settings
    from ui.bootstrap.house import House
    from ui.desktop.app import look_for
    from ui.desktop.desk import Desk
    from ui.desktop.pages.sign_in import SignInPage
    from ui.presenters.frame import Room

    application = QApplication(sys.argv[:1])
    settings = demo_settings(folder)
    look, _problems = look_for(application, settings.desk)
    desk = Desk(application, House.around(folder / "store"), settings, look)

    def until(condition: Callable[[], bool]) -> float:
        began = time.monotonic()
        while not condition():
            application.processEvents()
            if time.monotonic() - began > _PATIENCE:
                raise TimeoutError("the window never came so far")
        return time.monotonic()

    desk.window.resize(1280, 720)
    desk.window.show()
    desk.start()
    until(lambda: isinstance(desk.window.page, SignInPage))
    application.processEvents()
    window = _age()
    began = time.monotonic()
    assert desk.sign_in is not None
    desk.sign_in.submit("officer", f"{_PASSWORD} officer")
    unlocked = until(lambda: desk.sign_in is None)
    until(lambda: desk.frame.state.room is Room.INSPECT)
    application.processEvents()
    usable = time.monotonic()
    rest = time.monotonic() + _REST
    until(lambda: time.monotonic() > rest)
    figures = {
        "window": window,
        "unlocked": unlocked - began,
        "usable": usable - unlocked,
        "memory": _memory(os.getpid()),
    }
    desk.window.close()
    return figures


def _age() -> float:
    """Seconds since the kernel made this process: the interpreter's own start counts."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    born = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - born


def _memory(process: int) -> float:
    """Resident megabytes of a process and everything below it."""
    parents: dict[int, list[int]] = {}
    resident: dict[int, float] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue  # it ended meanwhile
        own = int(status.parent.name)
        parents.setdefault(int(facts["PPid"]), []).append(own)
        resident[own] = int(facts.get("VmRSS", "0 kB").split()[0]) / 1000
    family, waiting = 0.0, [process]
    while waiting:
        one = waiting.pop()
        family += resident.get(one, 0.0)
        waiting += parents.get(one, [])
    return family


if __name__ == "__main__":
    sys.exit(main())
