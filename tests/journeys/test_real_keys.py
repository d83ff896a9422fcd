# SPDX-License-Identifier: Apache-2.0
"""A real window on a real screen: keys go through the X server and a window manager, as an officer's do.

The offscreen tests press keys inside Qt. This one proves that nothing between the keyboard and the page is lost.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from PIL import ImageColor, ImageGrab

from station.access.first_start import FirstStart, set_up
from station.domain.checks import CheckResult
from station.domain.decision import DecisionKind
from station.domain.encounter import EncounterStatus
from station.ports.storage import SearchQuery, StoreKind
from station.ports.tasks import CancelToken
from tests.open_station import OFFICER_PASSWORD, people
from ui.bootstrap.house import House, new_headquarters_identity
from ui.desktop.style.tokens import COLOURS, Theme

PATIENCE = 60.0  # seconds for one step
_PROGRAMS = ("Xvfb", "openbox", "xdotool")
_SETTINGS = """[devices]
scanners = false
cameras = false
"""
_MISSING = [program for program in _PROGRAMS if shutil.which(program) is None]

pytestmark = [
    pytest.mark.skipif(bool(_MISSING), reason=f"not on this machine: {', '.join(_MISSING)}"),
    pytest.mark.timeout(300),
]


def _until(condition: Callable[[], bool], what: str, log: Path) -> None:
    """Look at the screen again and again, as somebody who waits does."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE, f"never came: {what}\n{log.read_text()}"
        time.sleep(0.1)


@contextmanager
def _running(words: Sequence[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(words, env=environment, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)


class RealScreen:
    """An X server with a window manager, and somebody at its keyboard."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        read, write = os.pipe()
        with (folder / "x.log").open("wb") as log:
            self._server = subprocess.Popen(
                ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
                pass_fds=(write,),
                stdout=log,
                stderr=log,
            )
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        stack.callback(self._end)
        assert number, (folder / "x.log").read_text()
        self.environment = {
            **os.environ,
            "DISPLAY": f":{number}",
            "QT_QPA_PLATFORM": "xcb",
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HBM_STATION_SETTINGS": str(folder / "settings.toml"),
        }
        self.environment.pop("WAYLAND_DISPLAY", None)
        (folder / "settings.toml").write_text(_SETTINGS)
        stack.enter_context(_running(["openbox"], self.environment, folder / "openbox.log"))

    def _end(self) -> None:
        self._server.terminate()
        self._server.wait(timeout=30)

    def ask(self, *words: str) -> str:
        """One xdotool command; its answer, empty when it found nothing."""
        done = subprocess.run(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False, timeout=30
        )
        return done.stdout.strip()

    def windows(self) -> list[str]:
        """The station's windows."""
        return self.ask("search", "--onlyvisible", "--name", "Border-post station").splitlines()

    def shows(self, colour: str, *, above: int = 2000, until: float = 1.0) -> bool:
        """Whether more than ``above`` pixels of a colour stand on the screen, in its upper share ``until``."""
        picture = ImageGrab.grab(xdisplay=self.environment["DISPLAY"]).convert("RGB")
        part = picture.crop((0, 0, picture.width, int(picture.height * until)))
        counts = part.getcolors(maxcolors=part.width * part.height) or []
        return sum(count for count, seen in counts if seen == ImageColor.getrgb(colour)) > above

    def press(self, *keys: str) -> None:
        """Keys, one after another."""
        self.ask("key", "--clearmodifiers", "--delay", "60", *keys)

    def type(self, text: str) -> None:
        """Letters."""
        self.ask("type", "--delay", "30", text)


def _found(place: Path) -> None:
    """A training store with the password stretching of service: the program refuses a lighter one."""
    house = House.around(place)
    first = FirstStart(
        post="Utopia Harbour",
        station="Harbour 1",
        lane="1",
        kind=StoreKind.TRAINING,
        recipient=new_headquarters_identity()[1],
        people=people(),
    )
    set_up(first, door=house.door, sealer=house.sealer, clock=house.clock)


def test_an_inspection_is_done_with_real_keys_on_a_real_screen(tmp_path: Path) -> None:
    _found(tmp_path / "store")
    with ExitStack() as stack:
        screen = RealScreen(tmp_path, stack)
        program = [sys.executable, "-m", "ui", "desktop", "--training", "--store", str(tmp_path / "store")]
        log = tmp_path / "station.log"
        station = stack.enter_context(_running(program, screen.environment, log))
        colours = COLOURS[Theme.LIGHT]
        verdicts = (colours.tints[CheckResult.SUCCESSFUL], colours.tints[CheckResult.UNDETERMINED])

        _until(lambda: bool(screen.windows()), "the window", log)
        _until(lambda: screen.shows(colours.accent), "the page of signing in", log)
        screen.ask("windowfocus", "--sync", screen.windows()[0])
        screen.type("omar")
        screen.press("Return")
        screen.type(OFFICER_PASSWORD.reveal().decode())
        screen.press("Return")
        _until(lambda: not screen.shows(colours.accent, until=0.75), "the page of the inspection", log)
        screen.press("ctrl+t")
        # The verdict stands on its tint, and F5 becomes the obvious next thing when the officer is needed.
        _until(
            lambda: any(screen.shows(tint) for tint in verdicts) and screen.shows(colours.accent), "the verdict", log
        )
        screen.type("bus")
        screen.press("Tab", "Tab", "Tab", "Tab")
        screen.type("holiday")
        screen.press("Tab", "F5")
        _until(lambda: not any(screen.shows(tint) for tint in verdicts), "the next traveller", log)
        screen.press("ctrl+l")
        _until(lambda: screen.shows(colours.accent), "signed out", log)
        assert station.poll() is None, log.read_text()
        assert "a bug" not in log.read_text()
        assert "Traceback" not in log.read_text()

    house = House.around(tmp_path / "store")
    session = house.sign_in.sign_in("omar", OFFICER_PASSWORD, CancelToken())
    with session.store.reading() as unit:
        found = unit.encounters.search(SearchQuery())
    house.sign_in.sign_out(session)
    assert [row.status for row in found] == [EncounterStatus.RECORDED]
    assert found[0].decision is DecisionKind.ADMIT
