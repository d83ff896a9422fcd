# SPDX-License-Identifier: Apache-2.0
"""A store full of planted people, and a real station on a real screen whose officer looks at all of them."""

from __future__ import annotations

import base64
import os
import random
import string
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from station.access.first_start import FirstStart, set_up
from station.domain.checks import CheckResult
from station.domain.crossing import Crossing, Direction
from station.domain.dates import PartialDate
from station.domain.document import TravelDocument
from station.domain.encounter import Encounter, EncounterStatus
from station.domain.identifiers import EncounterId, OfficerId, new_identifier
from station.domain.person import PersonName, Sex
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from station.ports.tasks import CancelToken
from tests.journeys.test_real_keys import RealScreen, _running, _until
from tests.secrets.memory import MARK, Needles, memory_of
from ui.bootstrap.house import House, new_headquarters_identity
from ui.desktop.style.tokens import COLOURS, Theme
from ui.host import SystemRandomness

PEOPLE = 100
PASSWORD = Secret.of(f"{MARK}lantern orchid ferry nine")
OFFICER = "omar"
DISPLAY_NAME = f"{MARK.title()}omar Specimen"
ADDRESS = f"{MARK.upper()}ADDRESS TENT NINE"
_KEY_BYTES = 32
_COLOURS = COLOURS[Theme.LIGHT]
_A_CHOSEN_ROW = 20_000  # pixels
_LOOKS = 3


@dataclass(frozen=True, slots=True)
class PlantedStore:
    """A training store on a disk, and all that must not be found elsewhere."""

    folder: Path
    needles: Needles

    @property
    def place(self) -> Path:
        return self.folder / "store"


def plant(folder: Path, patch: pytest.MonkeyPatch) -> PlantedStore:
    """Found a store, keeping every key that is drawn meanwhile, and put a hundred people of Utopia into it."""
    drawn: list[bytes] = []
    real = SystemRandomness.bytes

    def kept(self: SystemRandomness, count: int) -> bytes:
        drawn.append(real(self, count))
        return drawn[-1]

    patch.setattr(SystemRandomness, "bytes", kept)
    house = House.around(folder / "store")
    person = NewOfficer(name=OFFICER, display_name=DISPLAY_NAME, role=RoleName.SUPERVISOR, password=PASSWORD)
    other = replace(
        person, name="irina", display_name="Irina Specimen", password=Secret.of("copper meadow violin tide")
    )
    first = FirstStart(
        post="Utopia Harbour",
        station="Harbour 1",
        lane="1",
        kind=StoreKind.TRAINING,
        recipient=new_headquarters_identity()[1],
        people=(person, other),
    )
    set_up(first, door=house.door, sealer=house.sealer, clock=house.clock)
    patch.undo()
    keys = tuple(value for value in drawn if len(value) == _KEY_BYTES)
    assert keys, "no key came from the source of randomness that is watched here"
    letters = random.Random(4)
    session = house.sign_in.sign_in(OFFICER, Secret.of(PASSWORD.reveal().decode()), CancelToken())
    words = [PASSWORD.reveal().decode(), DISPLAY_NAME, ADDRESS]
    with session.store.unit_of_work() as unit:
        for _ in range(PEOPLE):
            met = _encounter(letters, house)
            assert met.document is not None
            words += [met.document.name.primary, met.document.name.secondary, met.document.document_number]
            unit.encounters.add_version(met)
        unit.commit()
    house.sign_in.sign_out(session)
    public = "".join(path.read_text() for path in (folder / "store").rglob("slots.json"))  # salts are no secret
    secret_keys = tuple(key for key in keys if not any(shape in public for shape in _written(key)))
    return PlantedStore(folder, Needles(tuple(words), secret_keys))


def _written(key: bytes) -> tuple[str, ...]:
    return key.hex(), base64.b64encode(key).decode(), base64.urlsafe_b64encode(key).decode().rstrip("=")


def _encounter(letters: random.Random, house: House) -> Encounter:
    def word(length: int) -> str:
        return MARK.upper() + "".join(letters.choices(string.ascii_uppercase, k=length))

    now = house.clock.now()
    return Encounter(
        encounter_id=EncounterId(new_identifier(now, house.randomness.bytes(10))),
        version=1,
        post="Utopia Harbour",
        station="Harbour 1",
        lane="1",
        opened_at=now,
        opened_by=OfficerId("officer-1"),
        status=EncounterStatus.RECORDED,
        recorded_at=now,
        crossing=Crossing(direction=Direction.ENTRY),
        document=TravelDocument(
            document_code="P",
            issuing_state="UTO",
            document_number=word(5),
            name=PersonName(primary=word(8), secondary=word(6)),
            nationality="UTO",
            birth_date=PartialDate(1974, 8, 12),
            sex=Sex.FEMALE,
            expiry_date=PartialDate(2032, 4, 15),
        ),
    )


class LivedStation:
    """The program as it is delivered, under a window manager, with somebody at its keyboard."""

    def __init__(self, planted: PlantedStore, stack: ExitStack, further: Mapping[str, str] | None = None) -> None:
        folder = planted.folder
        self.planted = planted
        self.screen = RealScreen(folder, stack)
        self.log = folder / "station.log"
        for name in ("tmp", "data", "state", "cache", "run"):
            (folder / name).mkdir(mode=0o700)
        environment = self.screen.environment | {
            "TMPDIR": str(folder / "tmp"),
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            **(further or {}),
        }
        words = [sys.executable, "-m", "ui", "desktop", "--training", "--store", str(planted.place)]
        self.process: subprocess.Popen[bytes] = stack.enter_context(_running(words, environment, self.log))
        self.until_signing_in()

    def until_signing_in(self) -> None:
        """The page of signing in stands, with the keyboard."""
        # Looked at more than once: for a moment the screen still has the window of a process that has just ended.
        self.until(lambda: all(self._asks_for_a_name() for _ in range(_LOOKS)), "the page of signing in")
        self.screen.ask("windowfocus", "--sync", self.screen.windows()[0])

    def _asks_for_a_name(self) -> bool:
        return bool(self.screen.windows()) and self.screen.shows(_COLOURS.accent)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for what the screen or the system shows."""
        _until(condition, what, self.log)

    def sign_in(self, name: str = OFFICER) -> None:
        """Name and password, by keys; no name where it stands there already."""
        if name:
            self.screen.type(name)
            self.screen.press("Return")
        self.screen.type(PASSWORD.reveal().decode())
        self.screen.press("Return")
        self.until(lambda: not self.screen.shows(_COLOURS.accent, until=0.75), "the first page of the person")

    def look_at_everything(self) -> None:
        """The records of all planted people, then an inspection whose last field is typed into and not left."""
        self.screen.press("alt+2")
        self.until(lambda: self.screen.shows(_COLOURS.accent, above=_A_CHOSEN_ROW, until=0.75), "the records")
        self.screen.type(MARK)
        self.until(lambda: self.screen.shows(_COLOURS.accent, above=_A_CHOSEN_ROW, until=0.75), "what was searched")
        self.screen.press("alt+1")
        self.until(lambda: not self.screen.shows(_COLOURS.accent, until=0.75), "the page of the inspection")
        self.screen.press("ctrl+t")
        tints = (_COLOURS.tints[CheckResult.SUCCESSFUL], _COLOURS.tints[CheckResult.UNDETERMINED])
        self.until(
            lambda: any(self.screen.shows(tint) for tint in tints) and self.screen.shows(_COLOURS.accent), "the verdict"
        )
        self.screen.type("bus")
        self.screen.press(*["Tab"] * 7)
        self.screen.type(ADDRESS)

    def found_in_memory(self) -> set[str]:
        """What of the planted things lies in the station's memory now."""
        return self.planted.needles.found_in(memory_of(self.process.pid))

    def starts_again(self) -> bool:
        """Whether this process is the one after a lock: its first environment says so."""
        return b"HBM_STATION_AFTER=" in Path(f"/proc/{self.process.pid}/environ").read_bytes()

    def descriptors(self) -> int:
        """How many files the process has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
