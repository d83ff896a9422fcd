# SPDX-License-Identifier: Apache-2.0
"""The first start prints its sheets before a station exists, and a backup comes back from two of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from station.access.recovery import new_set
from station.access.sign_in import SignInService
from station.domain.errors import DeviceError, DeviceSilent, NoDevice
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.backup import PaperShare
from station.ports.storage import RoleName, StoreKind
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from storage.keys.recovery import Slip39Shares
from tests.open_station import LIGHT, KeptEvents, OpenStation
from tests.storage.backup.posts import Post, restorer
from tests.ui.desk import SteppedTasks
from ui.host import SystemRandomness
from ui.presenters.first_start import FirstRecovery, FirstStartPresenter, PersonForm, Stage, StationForm
from ui.presenters.restore import RestoreForm, RestorePresenter, RestoreStage, RestoreState
from ui.presenters.sheet_handout import HandoutStage, SheetOutlet

PAPER = Slip39Shares(SystemRandomness())
PASSWORD = "harvest compass linen forty"
FIRST = new_set(PAPER)


class Restoring:
    """An empty computer, and the backup of a post that stands elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.station = OpenStation(folder, recovery=new_set(PAPER, Secret(FIRST.master.reveal())))
        session = self.station.signed_in()
        (folder / "medium").mkdir()
        self.backup = Post(self.station, session, folder / "medium").backup().path
        session.end()
        self.tasks = SteppedTasks()
        self.seen: list[RestoreState] = []
        self.went_on: list[str] = []
        self.presenter = RestorePresenter(
            restorer(folder / "second", self.station),
            PAPER,
            self.tasks,
            home=lambda call: call(),
            restored=self.went_on.append,
            left=lambda: self.went_on.append(""),
        )
        self.presenter.show_on(self.seen.append)

    @property
    def state(self) -> RestoreState:
        return self.presenter.state

    def stage(self) -> RestoreStage:
        """Asked anew each time."""
        return self.state.stage

    def form(self) -> RestoreForm:
        return RestoreForm(
            backup=str(self.backup),
            signer=str(self.station.store_folder / "station.pub"),
            name="vera",
            display_name="Vera Specimen",
            password=PASSWORD,
            again=PASSWORD,
        )

    def type_sheets(self, *numbers: int) -> None:
        for number in numbers:
            self.presenter.take(" ".join(FIRST.shares[number - 1].words()))
        self.tasks.all()


@pytest.fixture
def restoring(tmp_path: Path) -> Iterator[Restoring]:
    made = Restoring(tmp_path)
    yield made
    made.presenter.close()


def test_a_backup_two_sheets_and_a_new_supervisor_bring_the_station_back(restoring: Restoring) -> None:
    restoring.presenter.go_on(restoring.form())
    assert restoring.stage() is RestoreStage.TYPING
    restoring.type_sheets(2, 3)
    assert restoring.stage() is RestoreStage.RESTORED
    assert restoring.state.manifest is not None
    assert any(state.stage is RestoreStage.RESTORING and state.of for state in restoring.seen)
    restoring.presenter.finish()
    assert restoring.went_on == ["vera"]
    place = restoring.folder / "second" / "store"
    door = FolderDoor(place, KeptEvents(), restoring.station.clock, SystemRandomness(), profile=LIGHT)
    signing_in = SignInService(door, restoring.station.clock, restoring.station.checkpoints)
    session = signing_in.sign_in("vera", Secret.of(PASSWORD), CancelToken())
    assert session.officer.role is RoleName.SUPERVISOR
    session.end()


def test_what_is_missing_is_told_beside_its_field(restoring: Restoring) -> None:
    restoring.presenter.go_on(replace(restoring.form(), backup="", name=" ", password="short", again="short"))
    assert set(restoring.state.wrong) == {"backup", "name", "password"}
    restoring.presenter.go_on(replace(restoring.form(), again="another"))
    assert set(restoring.state.wrong) == {"again"}


def test_without_the_station_s_key_this_is_said_before_it_goes_on(restoring: Restoring) -> None:
    form = replace(restoring.form(), signer="")
    restoring.presenter.go_on(form)
    assert restoring.stage() is RestoreStage.FILLING_IN
    assert restoring.state.trouble is not None
    restoring.presenter.go_on(form)
    restoring.type_sheets(1, 2)
    assert restoring.state.restored is not None
    assert not restoring.state.restored.signature_checked


def test_a_wrong_word_is_typed_again_alone(restoring: Restoring) -> None:
    restoring.presenter.go_on(restoring.form())
    words = list(FIRST.shares[0].words())
    right, words[3] = words[3], next(word for word in ("academic", "acid") if word != words[3])
    restoring.presenter.take(" ".join(words))
    restoring.type_sheets(2)
    typing = restoring.state.typing
    assert typing is not None
    assert (typing.sheet, typing.place) == (1, 4)
    restoring.presenter.take(right)
    restoring.tasks.all()
    assert restoring.stage() is RestoreStage.RESTORED


def test_a_name_that_is_taken_does_not_cost_typing_the_sheets_again(restoring: Restoring) -> None:
    restoring.presenter.go_on(replace(restoring.form(), name="irina"))
    restoring.type_sheets(1, 2)
    assert restoring.stage() is RestoreStage.FILLING_IN
    assert restoring.state.trouble is not None
    restoring.presenter.go_on(restoring.form())
    restoring.tasks.all()
    assert restoring.stage() is RestoreStage.RESTORED


def test_a_key_file_that_is_not_there_is_named(restoring: Restoring) -> None:
    restoring.presenter.go_on(replace(restoring.form(), signer=str(restoring.folder / "no such file")))
    restoring.type_sheets(1, 2)
    assert restoring.state.trouble is not None
    assert "cannot be read" in restoring.state.trouble.cause.in_english()


def test_a_stop_restores_nothing(restoring: Restoring) -> None:
    restoring.presenter.go_on(restoring.form())
    for number in (1, 2):
        restoring.presenter.take(" ".join(FIRST.shares[number - 1].words()))
    restoring.presenter.leave()
    restoring.tasks.all()
    assert restoring.stage() is RestoreStage.FILLING_IN
    assert not (restoring.folder / "second" / "store").exists()
    restoring.presenter.leave()
    assert restoring.went_on == [""]


# ── the first start ────────────────────────────────────────────────────────────────────────────────────────


class Founding:
    """A first start with sheets; what it prints lies in ``printed``."""

    def __init__(self, folder: Path) -> None:
        self.station = OpenStation(folder)  # for its sealer and clock
        self.door = FolderDoor(folder / "new", KeptEvents(), self.station.clock, SystemRandomness(), profile=LIGHT)
        self.tasks = SteppedTasks()
        self.printed: dict[int, tuple[str, ...]] = {}
        self.fails: DeviceError | None = None  # instead of the next sheet
        self.asked_for: list[tuple[str, str, StoreKind]] = []
        self.presenter = FirstStartPresenter(
            door=self.door,
            sealer=self.station.sealer,
            clock=self.station.clock,
            runner=self.tasks,
            founded=lambda _name, _password: None,
            recovery=FirstRecovery(paper=PAPER, randomness=SystemRandomness(), outlet_for=self._outlet_for),
        )

    def _outlet_for(self, post: str, station: str, lane: str, kind: StoreKind) -> SheetOutlet:
        self.asked_for.append((post, station, kind))

        def put(share: PaperShare, _cancel: CancelToken) -> Text:
            if self.fails is not None:
                raise self.fails
            self.printed[share.number] = share.words()
            return say("printed")

        return put

    def stage(self) -> Stage:
        """Asked anew each time."""
        return self.presenter.state.stage

    def said(self) -> str:
        """What the fields say happened."""
        trouble = self.presenter.state.trouble
        return "" if trouble is None else trouble.cause.in_english()

    def begin(self) -> None:
        people = tuple(
            PersonForm(name=name, display_name=name, role=role, password=password, again=password)
            for name, role, password in (
                ("irina", RoleName.SUPERVISOR, "lantern orchid ferry nine"),
                ("omar", RoleName.OFFICER, "copper meadow violin tide"),
            )
        )
        form = StationForm(
            post="Utopia Harbour",
            station="Harbour 2",
            lane="1",
            kind=StoreKind.TRAINING,
            recipient=self.station.recipient,
            people=people,
        )
        self.presenter.create(form)
        self.tasks.all()

    def print_all(self) -> None:
        for _ in range(3):
            self.presenter.print_next()
            self.tasks.all()

    def answer(self) -> None:
        handout = self.presenter.state.handout
        assert handout is not None
        assert handout.asked is not None
        self.presenter.answer(self.printed[handout.asked.sheet][handout.asked.place - 1])
        self.tasks.all()


def test_a_station_is_created_once_its_sheets_are_printed_and_typed_back(tmp_path: Path) -> None:
    founding = Founding(tmp_path)
    founding.begin()
    assert founding.stage() is Stage.SHEETS
    assert founding.asked_for == [("Utopia Harbour", "Harbour 2", StoreKind.TRAINING)]
    assert not founding.door.exists()
    founding.print_all()
    handout = founding.presenter.state.handout
    assert handout is not None
    assert handout.stage is HandoutStage.ASK
    founding.answer()
    assert not founding.door.exists()
    founding.answer()
    assert founding.stage() is Stage.CREATED
    sheets = [PAPER.read(number, founding.printed[number]) for number in (1, 3)]
    with founding.door.desk.unlock_with_recovery(PAPER.combine(sheets)) as ring:
        assert len(ring.stores) == 2


def test_leaving_before_a_sheet_came_out_speaks_of_none(tmp_path: Path) -> None:
    founding = Founding(tmp_path)
    founding.begin()
    founding.presenter.leave_sheets()
    assert founding.stage() is Stage.FILLING_IN
    assert founding.said() == ""
    founding.begin()
    founding.fails = NoDevice(say("No printer."), say("Plug one in."))
    founding.presenter.print_next()
    founding.tasks.all()
    founding.presenter.leave_sheets()
    assert founding.said() == ""
    assert not founding.door.exists()


def test_leaving_while_a_sheet_may_be_out_tells_to_destroy_it(tmp_path: Path) -> None:
    founding = Founding(tmp_path)
    founding.begin()
    founding.presenter.print_next()  # the printer has it
    founding.presenter.leave_sheets()
    assert "open nothing" in founding.said()
    founding.tasks.all()
    founding.begin()
    founding.fails = DeviceSilent(say("The printer does not answer."), say("Look at the printer."))
    founding.presenter.print_next()
    founding.tasks.all()
    founding.presenter.leave_sheets()
    assert "open nothing" in founding.said()


def test_leaving_the_sheets_creates_nothing(tmp_path: Path) -> None:
    founding = Founding(tmp_path)
    founding.begin()
    founding.presenter.print_next()
    founding.tasks.all()
    founding.presenter.leave_sheets()
    assert founding.stage() is Stage.FILLING_IN
    assert "open nothing" in founding.said()
    assert not founding.door.exists()
    founding.begin()
    founding.print_all()
    founding.answer()
    founding.answer()
    assert founding.stage() is Stage.CREATED
