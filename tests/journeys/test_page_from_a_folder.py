# SPDX-License-Identifier: Apache-2.0
"""A page out of the shared folder is there, in the folder or in the store, whatever happens in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.watched_folder.driver import WatchedFolderSettings
from station.domain.errors import StoreFull
from station.domain.words import say
from station.inspection.ledger import InspectionLedger
from station.ports.devices import DOCUMENT_SCANNER
from station.ports.storage import RoleName
from station.ports.tasks import CancelToken
from tests.contract.benches import picture, until
from tests.journeys.test_inspection_service import ENTRY, Post, post
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.workplace import Services, Workplace

__all__ = ["post"]  # the fixture


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def workplace(post: Post, inbox: Path, tmp_path: Path) -> Iterator[Workplace]:
    settings = demo_settings(tmp_path)
    settings = replace(
        settings, devices={**settings.devices, "watched_folder": WatchedFolderSettings(folders=(inbox,))}
    )
    workplace = Workplace(post.house, settings, seed=11)
    device_id = f"folder:{inbox}"
    until(lambda: device_id in [state.info.device_id for state in workplace.devices.states()])
    workplace.devices.choose(DOCUMENT_SCANNER, device_id)
    yield workplace
    workplace.close()


@pytest.fixture
def services(post: Post, workplace: Workplace) -> Iterator[Services]:
    session = post.sign_in(RoleName.SUPERVISOR)
    yield workplace.services(session)
    post.house.sign_in.sign_out(session)


def test_a_page_leaves_the_folder_once_its_encounter_is_kept(services: Services, inbox: Path) -> None:
    data = picture(inbox / "page.jpg").read_bytes()
    page = services.inspection.scan(cancel=CancelToken())
    assert list(inbox.iterdir()) != []
    state = services.inspection.begin(page, ENTRY)
    until(lambda: list(inbox.iterdir()) == [])
    view = services.records.view(state.encounter_id)
    assert view is not None
    (reference,) = view.versions[-1].images
    kept = services.records.image(reference)
    assert kept is not None
    assert kept.data == data


def test_a_page_whose_encounter_could_not_be_kept_comes_again(
    services: Services, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = picture(inbox / "page.jpg").read_bytes()

    def full(*_: object) -> None:
        raise StoreFull(say("The disk is full."), say("Make room."))

    with monkeypatch.context() as broken:
        broken.setattr(InspectionLedger, "open", full)
        with pytest.raises(StoreFull):
            services.inspection.begin(services.inspection.scan(cancel=CancelToken()), ENTRY)
    again = services.inspection.scan(cancel=CancelToken())
    assert again.image.data == data
    services.inspection.begin(again, ENTRY)
    until(lambda: list(inbox.iterdir()) == [])


def test_a_page_that_the_flow_dropped_is_in_the_folder_when_the_station_closes(
    services: Services, workplace: Workplace, inbox: Path
) -> None:
    data = picture(inbox / "page.jpg").read_bytes()
    services.inspection.scan(cancel=CancelToken())
    workplace.close()
    assert [path.read_bytes() for path in inbox.iterdir()] == [data]
    assert [path.name for path in inbox.iterdir()] == ["page.jpg"]
