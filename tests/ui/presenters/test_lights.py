# SPDX-License-Identifier: Apache-2.0
"""A page under several lights, on the Inspect page and in a record, without a widget."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from station.domain.provenance import Illumination
from station.domain.words import say
from station.inspection.records import RecordsService
from station.ports.devices import PageCapture
from station.ports.images import EncodedImage
from station.ports.recognition import Recognition
from station.ports.tasks import CancelToken
from tests.ui.desk import Desk, FewPictures, KnownEngine, decode_here, open_desk
from tests.ui.presenters.test_inspect import doubt, fill_in, inspect, stands
from ui.presenters.inspect_view import InspectView, Mode
from ui.presenters.keymap import Act
from ui.presenters.records import RecordsPresenter
from ui.translation import Translator

WHITE, INFRARED, ULTRAVIOLET = "White light", "Infrared", "Ultraviolet"
LIT = {Illumination.INFRARED: (90, 90, 90), Illumination.ULTRAVIOLET: (40, 20, 120)}


def flat(colour: tuple[int, int, int]) -> EncodedImage:
    out = io.BytesIO()
    Image.new("RGB", (320, 220), colour).save(out, "JPEG")
    return EncodedImage(out.getvalue(), "image/jpeg")


class LitPictures(FewPictures):
    """The first traveller's scanner has three lights, the others' one."""

    def further(self, traveller: int) -> tuple[tuple[Illumination, EncodedImage], ...]:
        return tuple((light, flat(colour)) for light, colour in LIT.items()) if traveller == 0 else ()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path, pictures=LitPictures())
    yield made
    made.close()


@pytest.fixture
def records(desk: Desk) -> Iterator[RecordsPresenter]:
    session = desk.service._session
    made = RecordsPresenter(
        RecordsService(session, desk.station.clock),
        desk.service,
        desk.tasks,
        decode_here,
        Translator(),
        permissions=session.permissions,
        typing_pause=0,
    )
    yield made
    made.close()


def light(view: InspectView) -> str | None:
    return None if view.light is None else view.light.in_english()


def turn(desk: Desk) -> None:
    desk.presenter.do(Act.LIGHT)
    desk.tasks.all()


def test_the_key_goes_round_the_lights_of_the_page_and_the_place_stays(desk: Desk) -> None:
    inspect(desk)
    seen = [(light(desk.view), desk.view.page)]
    for _ in range(3):
        turn(desk)
        seen.append((light(desk.view), desk.view.page))
    assert [name for name, _ in seen] == [WHITE, INFRARED, ULTRAVIOLET, WHITE]
    assert {page.place for _, page in seen} == {seen[0][1].place} != {""}
    shades = [page.frame.rgb[:3] for _, page in seen if page.frame is not None]
    assert len(shades) == 4
    assert shades[0] == shades[3]
    assert len(set(shades)) == 3


def test_one_may_look_while_a_question_is_open_and_while_the_station_works(desk: Desk) -> None:
    inspect(desk)
    fill_in(desk)
    desk.presenter.do(Act.REFUSE)
    turn(desk)
    assert light(desk.view) == INFRARED
    assert desk.view.prompt is not None
    desk.presenter.do(Act.LEAVE)
    desk.presenter.do(Act.REPEAT)
    assert desk.view.mode is Mode.WORKING
    desk.presenter.do(Act.LIGHT)
    assert light(desk.view) == ULTRAVIOLET
    assert desk.view.mode is Mode.WORKING
    desk.tasks.all()


def test_the_next_page_is_shown_as_it_is_and_has_no_light_where_there_is_one(desk: Desk) -> None:
    inspect(desk)
    turn(desk)
    desk.presenter.do(Act.PARK)
    desk.tasks.step()
    assert light(desk.view) is None
    desk.place(1)
    desk.tasks.all()
    assert desk.view.mode is Mode.DECIDING
    assert light(desk.view) is None
    before = desk.view.page
    turn(desk)
    assert desk.view.page == before


def test_the_key_does_nothing_at_an_empty_desk(desk: Desk) -> None:
    desk.presenter.start()
    desk.presenter.do(Act.LIGHT)
    assert desk.view.mode is Mode.IDLE
    assert light(desk.view) is None


def test_characters_in_doubt_are_shown_in_the_picture_they_were_read_from(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = KnownEngine.recognise

    def sees_no_colour(engine: KnownEngine, image: EncodedImage, *, cancel: CancelToken) -> Recognition:
        engine.blind = image != flat(LIT[Illumination.INFRARED])
        return whole(engine, image, cancel=cancel)

    monkeypatch.setattr(KnownEngine, "recognise", sees_no_colour)
    desk.engine.doubts = (doubt(1, 1, "L", "I"),)
    inspect(desk)
    assert stands(desk) is Mode.DOUBT
    assert light(desk.view) == INFRARED
    assert "infrared picture" in desk.view.banner.says.in_english()
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert light(desk.view) == WHITE


def test_the_remark_of_the_scanner_stands_beside_its_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    remark = say("No page was made out.")
    scan = desk.service.scan

    def remarked(*, cancel: CancelToken) -> PageCapture:
        return replace(scan(cancel=cancel), remark=remark)

    monkeypatch.setattr(desk.service, "scan", remarked)
    inspect(desk)
    assert desk.view.remark == remark
    desk.presenter.do(Act.PARK)
    desk.tasks.step()
    assert desk.view.remark is None


def recorded(desk: Desk, records: RecordsPresenter, traveller: int) -> None:
    """Admit a traveller and open the record."""
    inspect(desk, traveller)
    fill_in(desk)
    desk.presenter.do(Act.ADMIT)
    desk.presenter.stop()
    desk.tasks.all()
    records.look_for("")
    desk.tasks.all()
    records.open(records.state.rows[0].encounter_id)


def page_of(records: RecordsPresenter) -> tuple[str | None, bytes | None]:
    """The light that is named and the first dot that is shown."""
    record = records.state.record
    assert record is not None
    frame = record.pictures[0].frame
    name = None if record.light is None else record.light.in_english()
    return name, None if frame is None else frame.rgb[:3]


def test_a_record_shows_its_page_in_white_light_first_and_under_the_others_on_request(
    desk: Desk, records: RecordsPresenter
) -> None:
    recorded(desk, records, 0)
    desk.tasks.all()
    seen = [page_of(records)]
    for _ in range(3):
        records.turn_light()
        assert page_of(records)[1] is None
        desk.tasks.all()
        seen.append(page_of(records))
    assert [name for name, _ in seen] == [WHITE, INFRARED, ULTRAVIOLET, WHITE]
    assert len({dot for _, dot in seen}) == 3


def test_a_picture_that_comes_late_is_not_shown_under_the_name_of_another_light(
    desk: Desk, records: RecordsPresenter
) -> None:
    recorded(desk, records, 0)
    desk.tasks.step()
    records.turn_light()
    records.turn_light()
    desk.tasks.all()
    assert page_of(records) == (ULTRAVIOLET, decode_here(flat(LIT[Illumination.ULTRAVIOLET]), 9, CancelToken()).rgb[:3])


def test_a_record_with_one_light_names_none(desk: Desk, records: RecordsPresenter) -> None:
    recorded(desk, records, 1)
    desk.tasks.all()
    before = page_of(records)
    records.turn_light()
    desk.tasks.all()
    assert page_of(records) == before
    assert before[0] is None
