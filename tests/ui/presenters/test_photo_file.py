# SPDX-License-Identifier: Apache-2.0
"""When no camera works, the portrait comes from a file, and never a second time from the same one by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devices.manual.photo_file import PhotoFile
from station.ports.devices import HealthState
from tests.ui.desk import Desk, FewPictures, decode_here, open_desk
from ui.presenters.inspect import InspectPresenter
from ui.presenters.inspect_view import InspectView, Mode, PromptKind
from ui.presenters.keymap import Act
from ui.translation import Translator


@dataclass
class Photo:
    """A desk whose camera is unplugged, and a photo in a file."""

    desk: Desk
    driver: PhotoFile
    presenter: InspectPresenter
    views: list[InspectView]
    file: Path

    @property
    def view(self) -> InspectView:
        return self.views[-1]

    def name_file(self, name: str) -> None:
        self.presenter.do(Act.PHOTO_FILE)
        self.presenter.prompt_reason(name)
        self.presenter.do(Act.NEXT)
        self.desk.tasks.all()


def mode(photo: Photo) -> Mode:
    return photo.view.mode


@pytest.fixture
def photo(tmp_path: Path) -> Iterator[Photo]:
    desk = open_desk(tmp_path)
    driver = PhotoFile(clock=desk.station.clock)
    driver.start(desk.devices)
    views: list[InspectView] = []
    presenter = InspectPresenter(
        desk.service,
        desk.tasks,
        desk.devices,
        translator=Translator("en"),
        clock=desk.station.clock,
        decode=decode_here,
        photos=driver,
        render=views.append,
    )
    file = tmp_path / "portrait.jpg"
    file.write_bytes(FewPictures().portrait(0).data)
    desk.simulators.camera.unplug()
    desk.place()
    presenter.start()
    desk.tasks.all()
    yield Photo(desk, driver, presenter, views, file)
    presenter.close()
    driver.close()
    desk.close()


def test_a_dead_camera_offers_a_photo_from_a_file(photo: Photo) -> None:
    assert mode(photo) is Mode.TROUBLE
    assert Act.PHOTO_FILE in {action.act for action in photo.view.actions}
    photo.presenter.do(Act.PHOTO_FILE)
    assert photo.view.prompt is not None
    assert photo.view.prompt.kind is PromptKind.PHOTO_FILE


def test_the_photo_becomes_the_portrait_and_is_marked_as_chosen_by_hand(photo: Photo) -> None:
    photo.name_file(f"  {photo.file} ")
    state = photo.presenter._flow.state
    assert mode(photo) is Mode.DECIDING
    assert state is not None
    assert state.portrait is not None
    assert state.portrait.provenance.manual
    offered = next(device for device in photo.desk.devices.states() if device.info == photo.driver.info)
    assert offered.health.state is HealthState.GONE  # the next traveller does not get this photo


def test_a_file_that_is_no_photo_says_so_and_can_be_named_again(photo: Photo) -> None:
    other = photo.file.with_name("notes.txt")
    other.write_text("not a picture")
    photo.name_file(str(other))
    assert mode(photo) is Mode.TROUBLE
    assert "not a photo" in photo.view.banner.says.in_english()
    photo.name_file(str(photo.file.with_name("missing.jpg")))
    assert "cannot be opened" in photo.view.banner.says.in_english()
    photo.name_file(str(photo.file))
    assert mode(photo) is Mode.DECIDING


def test_no_name_is_no_answer(photo: Photo) -> None:
    photo.name_file(" ")
    assert photo.view.prompt is not None
    assert photo.view.prompt.problem is not None
    assert "name of the file" in photo.view.prompt.problem.in_english()
    photo.presenter.do(Act.LEAVE)
    assert mode(photo) is Mode.TROUBLE
