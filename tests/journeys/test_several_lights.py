# SPDX-License-Identifier: Apache-2.0
"""A page captured under several lights is kept under all of them, and read under the one that shows its MRZ."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image

from station.access.audit import FindingKind, verify_records
from station.access.vouched import vouched_image
from station.domain.encounter import ImageKind, ImageReference
from station.domain.errors import ImageRefused, StoreFull
from station.domain.identifiers import EncounterId
from station.domain.provenance import Illumination
from station.domain.words import say
from station.inspection import events as ev
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.ports.devices import PageCapture
from station.ports.images import MOST_IMAGE_BYTES, EncodedImage
from station.ports.storage import RoleName
from station.ports.tasks import CancelToken
from storage.sqlcipher.images import Images
from tests.journeys.test_inspection_service import ENTRY, Post
from tests.journeys.test_inspection_service import post as one_light
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.workplace import Services, Workplace

__all__ = ["one_light"]  # the fixture

WHITE, INFRARED, ULTRAVIOLET = Illumination.WHITE, Illumination.INFRARED, Illumination.ULTRAVIOLET
NO_EDGES = say("No page was found in the picture. All of it is kept.")


@pytest.fixture(scope="module")
def post(one_light: Post, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """The post with a scanner of several lights."""
    settings = demo_settings(tmp_path_factory.mktemp("papers"), further_lights=True)
    workplace = Workplace(one_light.house, settings, seed=11)
    yield Post(one_light.house, workplace)
    workplace.close()


@pytest.fixture
def services(post: Post) -> Iterator[Services]:
    session = post.sign_in(RoleName.SUPERVISOR)
    yield post.workplace.services(session)
    post.house.sign_in.sign_out(session)


def without_mrz() -> EncodedImage:
    """A page of which white light shows nothing."""
    out = io.BytesIO()
    Image.new("RGB", (1476, 1039), (120, 130, 160)).save(out, "JPEG")
    return EncodedImage(out.getvalue(), "image/jpeg")


def captured(post: Post, services: Services, number: int) -> PageCapture:
    """One page under three lights."""
    post.workplace.hand.place(number)
    return replace(services.inspection.scan(cancel=CancelToken()), remark=NO_EDGES)


def lights(images: tuple[ImageReference, ...]) -> list[Illumination | None]:
    return [image.provenance.illumination for image in images if image.kind is ImageKind.PAGE]


def finished(services: Services, state: InspectionState) -> InspectionState:
    """Recorded; whatever was in doubt is taken as it was read."""
    inspection = services.inspection
    state = inspection.run(state, cancel=CancelToken())
    if state.stage is Stage.CONFIRMING:
        assert state.document is not None
        state = inspection.run(inspection.confirm_lines(state, state.document.mrz_lines), cancel=CancelToken())
    return inspection.run(inspection.admit(state, ENTRY), cancel=CancelToken())


def test_every_light_is_kept_in_one_step_and_the_device_lets_go_of_its_copy_once(
    post: Post, services: Services
) -> None:
    page = captured(post, services, 0)
    kept_when_settled: list[int] = []

    def settled() -> None:
        with services.session.store.reading() as unit:
            kept_when_settled.append(len(list(unit.images.recorded_hashes())))

    state = services.inspection.begin(replace(page, on_settled=settled), ENTRY)
    assert state.steps == 1
    assert lights(state.images) == [WHITE, INFRARED, ULTRAVIOLET]
    with services.session.store.reading() as unit:
        there = dict(unit.images.recorded_hashes())
        entry = unit.audit.head()
        vouched = {image_id: vouched_image(unit.audit.vouch, image_id, sha256) for image_id, sha256 in there.items()}
    assert kept_when_settled == [len(there)]
    assert entry is not None
    for image, given in zip(state.images, (page.image, *(lit.image for lit in page.further)), strict=True):
        kept = services.inspection.image(image)
        assert kept is not None
        assert kept.data == given.data
        assert there[image.image_id] == image.sha256
        assert entry.details[f"image.{image.image_id}"] == vouched[image.image_id]
    services.inspection.act(state, ev.Abandoned(reason="test"))


def test_the_record_says_which_picture_is_which_light_of_which_page(post: Post, services: Services) -> None:
    inspection = services.inspection
    first = inspection.begin(captured(post, services, 1), ENTRY)
    post.workplace.hand.place(1)
    plain = replace(inspection.scan(cancel=CancelToken()), further=(), remark=None)
    again = inspection.new_page(inspection.run(first, cancel=CancelToken()), plain)
    assert again.further == ()
    last = inspection.new_page(inspection.run(again, cancel=CancelToken()), captured(post, services, 1))
    done = finished(services, last)
    assert inspection.take_up(done.encounter_id) == done
    view = services.records.view(done.encounter_id)
    assert view is not None
    record = view.versions[-1]
    assert lights(record.images) == [WHITE, INFRARED, ULTRAVIOLET]
    assert record.newest_page == (done.page, *done.further)
    assert {lit.same_page_as for lit in done.further} == {record.newest_page[0].image_id}
    assert record.newest_page[0].remark == NO_EDGES
    assert record.document_provenance is not None
    assert record.document_provenance.illumination is WHITE


def test_what_white_light_does_not_show_is_read_in_infrared_and_the_record_says_so(
    post: Post, services: Services
) -> None:
    page = replace(captured(post, services, 2), image=without_mrz())
    done = finished(services, services.inspection.begin(page, ENTRY))
    view = services.records.view(done.encounter_id)
    assert view is not None
    record = view.versions[-1]
    assert record.document is not None
    assert record.document.mrz_lines == post.workplace.hand.traveller(2).mrz_lines
    assert record.document_provenance == done.further[0].provenance
    assert record.document_provenance.illumination is INFRARED
    how = next(check for check in record.inspections[-1].checks if check.name == "mrz.reading")
    assert "infrared" in how.says.in_english() or record.corrected_characters


@pytest.mark.parametrize("infrared", [without_mrz(), EncodedImage(b"no picture at all", "image/jpeg")])
def test_where_infrared_shows_nothing_either_the_officer_hears_why_the_page_was_not_read(
    post: Post, services: Services, infrared: EncodedImage
) -> None:
    page = captured(post, services, 3)
    inspection = services.inspection
    alone = inspection.run(
        inspection.begin(replace(page, image=without_mrz(), further=()), ENTRY), cancel=CancelToken()
    )
    dark = (replace(page.further[0], image=infrared), page.further[1])
    both = inspection.run(
        inspection.begin(replace(page, image=without_mrz(), further=dark), ENTRY), cancel=CancelToken()
    )
    assert both.stage is Stage.READ_TROUBLE
    assert both.trouble == alone.trouble
    for state in (alone, both):
        inspection.act(state, ev.Abandoned(reason="test"))


def test_a_page_whose_last_light_cannot_be_kept_is_not_kept_at_all_and_stays_with_the_device(
    post: Post, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[bool] = []
    page = replace(captured(post, services, 4), on_settled=lambda: settled.append(True))
    whole = Images.add

    def full(
        images: Images, reference: ImageReference, data: bytes, *, encounter_id: EncounterId | None = None
    ) -> None:
        if reference.provenance.illumination is ULTRAVIOLET:
            raise StoreFull(say("The disk is full."), say("Make room."))
        whole(images, reference, data, encounter_id=encounter_id)

    with services.session.store.reading() as unit:
        before = dict(unit.images.recorded_hashes())
    with monkeypatch.context() as broken:
        broken.setattr(Images, "add", full)
        with pytest.raises(StoreFull):
            services.inspection.begin(page, ENTRY)
    with services.session.store.reading() as unit:
        assert dict(unit.images.recorded_hashes()) == before
    assert settled == []


def test_a_light_no_export_could_carry_is_refused_with_its_page(post: Post, services: Services) -> None:
    page = captured(post, services, 5)
    huge = replace(page.further[1], image=EncodedImage(bytes(MOST_IMAGE_BYTES + 1)))
    before = len(services.inspection.unfinished())
    with pytest.raises(ImageRefused):
        services.inspection.begin(replace(page, further=(page.further[0], huge)), ENTRY)
    assert len(services.inspection.unfinished()) == before


def test_the_audit_trail_notices_when_any_light_is_not_what_was_kept(post: Post, services: Services) -> None:
    state = services.inspection.begin(captured(post, services, 6), ENTRY)
    changed, missing = (lit.image_id for lit in state.further)
    with services.session.store.reading() as unit:
        found = verify_records(
            list(unit.audit.entries()),
            unit.encounters.recorded_bodies(),
            [
                (image_id, "0" * 64 if image_id == changed else sha256)
                for image_id, sha256 in unit.images.recorded_hashes()
                if image_id != missing
            ],
            unit.journal.recorded_steps(),
            vouch=unit.audit.vouch,
        )
    assert [finding.kind for finding in found] == [FindingKind.IMAGE_CHANGED, FindingKind.IMAGE_MISSING]
    services.inspection.act(state, ev.Abandoned(reason="test"))
