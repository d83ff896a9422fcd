# SPDX-License-Identifier: Apache-2.0
"""The Inspect page driven by keys, without a widget: every way through an inspection, and every way it can stick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.simulators.faults import Fault
from station.domain.checks import CheckResult
from station.domain.encounter import EncounterStatus
from station.domain.errors import StoreFull
from station.domain.words import say
from station.ports.recognition import DoubtfulCharacter
from station.ports.storage import SearchQuery
from tests.ui.desk import Desk, open_desk
from ui.presenters.inspect_view import Mode, PromptKind, Spot
from ui.presenters.keymap import Act


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.close()


def stands(desk: Desk) -> Mode:
    """Where the page stands now."""
    return desk.view.mode


def recorded(desk: Desk) -> int:
    with desk.service._session.store.reading() as unit:
        rows = unit.encounters.search(SearchQuery())
    return len([row for row in rows if row.status is EncounterStatus.RECORDED])


def inspect(desk: Desk, traveller: int = 0) -> None:
    """From the empty desk to the decision."""
    desk.place(traveller)
    desk.presenter.start()
    desk.tasks.all()


def fill_in(desk: Desk) -> None:
    for name, typed in (("transport", "bus"), ("purpose", "transit")):
        desk.presenter.type_field(name, typed)
        desk.presenter.leave_field(name)
        desk.tasks.all()


def test_a_placed_document_comes_to_the_decision_by_itself(desk: Desk) -> None:
    inspect(desk)
    view = desk.view
    assert view.mode is Mode.DECIDING
    assert view.person is not None
    assert view.person.primary == desk.stock.traveller(0).person.name.primary.upper() or view.person.primary
    assert view.page.frame is not None
    assert view.portrait.frame is not None
    assert {check.result for check in view.checks} >= {CheckResult.SUCCESSFUL}
    assert [action.act for action in view.actions][:3] == [Act.ADMIT, Act.SECOND_LINE, Act.REFUSE]


def test_the_keyboard_stands_on_what_is_missing_and_then_on_the_decision(desk: Desk) -> None:
    inspect(desk)
    assert (desk.view.focus.spot, desk.view.focus.field) == (Spot.CROSSING, "transport")
    fill_in(desk)
    desk.presenter.do(Act.NEXT)
    assert desk.view.focus.spot is Spot.DECISION


def test_admitting_records_and_frees_the_desk(desk: Desk) -> None:
    inspect(desk)
    fill_in(desk)
    desk.presenter.do(Act.ADMIT)
    assert stands(desk) is Mode.WORKING
    desk.tasks.step()
    assert stands(desk) is Mode.IDLE
    assert desk.view.log is not None
    assert desk.view.log.says.in_english() == "Admitted. The record is kept."
    assert desk.view.counts[1].in_english() == "1 admitted"
    assert recorded(desk) == 1


def test_admitting_without_mandatory_details_says_which_and_goes_there(desk: Desk) -> None:
    inspect(desk)
    desk.presenter.do(Act.ADMIT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert desk.view.banner.says.in_english() == "Still missing: Transport, Purpose."
    assert desk.view.trouble_at is Spot.CROSSING
    assert desk.view.focus.field == "transport"
    assert recorded(desk) == 0


def test_details_are_kept_while_they_are_typed(desk: Desk) -> None:
    inspect(desk)
    desk.presenter.type_field("transport", "tra")
    assert "Train" in [choice.name for choice in next(f for f in desk.view.crossing if f.name == "transport").choices]
    desk.presenter.leave_field("transport")
    desk.tasks.all()
    encounter_id = desk.service.unfinished()[0].encounter_id
    kept = desk.service.take_up(encounter_id).crossing.transport
    assert kept is not None
    assert kept.value == "RAIL"


def test_a_refusal_needs_its_ground_and_prints_the_notice(desk: Desk) -> None:
    inspect(desk)
    desk.presenter.do(Act.REFUSE)
    assert desk.view.prompt is not None
    desk.presenter.do(Act.NEXT)
    assert desk.view.prompt is not None
    assert desk.view.prompt.problem is not None
    desk.presenter.prompt_key("c")
    desk.presenter.prompt_reason("visa of another person")
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DONE
    assert desk.view.banner.says.in_english().startswith("Refused. The notice is out")
    assert [path.suffix for path in desk.papers.rglob("*") if path.is_file()] == [".pdf"]
    assert recorded(desk) == 1
    desk.presenter.do(Act.NEXT)
    assert stands(desk) is Mode.IDLE


def test_a_notice_that_cannot_be_printed_keeps_the_refusal_and_can_be_printed_again(desk: Desk) -> None:
    inspect(desk)
    desk.papers.rmdir()
    desk.presenter.do(Act.REFUSE)
    desk.presenter.prompt_key("1")
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DONE
    assert desk.views[-1].trouble_at is Spot.DECISION
    assert recorded(desk) == 1
    desk.papers.mkdir()
    desk.presenter.do(Act.PRINT_NOTICE)
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert not desk.view.trouble_at
    assert list(desk.papers.rglob("*.pdf"))


def languages_printed(desk: Desk) -> list[str]:
    """In which languages notices came out of the printer."""
    papers = sorted(desk.papers.rglob("*.pdf"), key=lambda paper: paper.stat().st_mtime_ns)
    return [paper.read_text().split()[4] for paper in papers]


def test_the_notice_is_printed_in_the_language_the_traveller_reads(desk: Desk) -> None:
    inspect(desk)
    desk.presenter.do(Act.REFUSE)
    assert desk.view.prompt is not None
    assert desk.view.prompt.languages == ("English", "français", "العربية")
    assert desk.view.prompt.language == 0  # the officer's, until another is chosen
    desk.presenter.prompt_key("c")
    desk.presenter.prompt_language(-1)
    assert desk.view.prompt.language == 2
    desk.presenter.prompt_language(-1)
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert languages_printed(desk) == ["fr"]


def test_the_notice_can_be_printed_again_in_another_language_and_the_choice_is_remembered(desk: Desk) -> None:
    inspect(desk)
    desk.presenter.do(Act.REFUSE)
    desk.presenter.prompt_key("c")
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    desk.presenter.do(Act.PRINT_NOTICE)
    assert desk.view.prompt is not None
    assert desk.view.prompt.kind is PromptKind.PRINT_NOTICE
    desk.presenter.prompt_language(2)
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert sorted(languages_printed(desk)) == ["ar", "en"]
    assert stands(desk) is Mode.DONE
    desk.presenter.do(Act.NEXT)
    inspect(desk, 1)
    desk.presenter.do(Act.REFUSE)
    assert desk.view.prompt is not None
    assert desk.view.prompt.language == 2


def test_a_recorded_refusal_is_not_parked_from_the_question_of_printing(desk: Desk) -> None:
    inspect(desk)
    desk.presenter.do(Act.REFUSE)
    desk.presenter.prompt_key("c")
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    desk.presenter.do(Act.PRINT_NOTICE)
    desk.presenter.do(Act.PARK)
    desk.tasks.all()
    assert desk.view.prompt is not None
    desk.presenter.do(Act.LEAVE)
    after = desk.view
    assert after.prompt is None
    assert after.mode is Mode.DONE
    assert after.trouble_at is None


@pytest.mark.parametrize(("spoken", "language"), [("ar", 2), ("qps-rtl", 0)])
def test_the_officers_language_is_the_notices_until_another_is_chosen(
    tmp_path: Path, spoken: str, language: int
) -> None:
    made = open_desk(tmp_path, language=spoken)
    inspect(made)
    made.presenter.do(Act.REFUSE)
    assert made.view.prompt is not None
    assert made.view.prompt.language == language
    made.close()


def doubt(line: int, column: int, read: str, *others: str) -> DoubtfulCharacter:
    return DoubtfulCharacter(
        line=line, column=column, read=read, alternatives=(read, *others), reason=say("Two characters look alike.")
    )


def test_a_doubtful_character_waits_for_the_officer(desk: Desk) -> None:
    truth = desk.stock.traveller(0).mrz_lines
    right = truth[0][5]
    desk.engine.misread = ((0, 5, "I"),)
    desk.engine.doubts = (doubt(0, 5, "I", right), doubt(0, 7, truth[0][7]))
    inspect(desk)
    view = desk.view
    assert view.mode is Mode.DOUBT
    assert view.mrz is not None
    assert view.mrz.cursor == (0, 5)
    assert view.focus.spot is Spot.MRZ
    desk.presenter.mrz_move(1)
    assert desk.view.mrz is not None
    assert desk.view.mrz.cursor == (0, 7)
    desk.presenter.mrz_move(1)
    desk.presenter.mrz_type(right.lower())
    assert desk.view.mrz.cursor == (0, 7), "one doubt is settled, the next is shown"
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert desk.view.mrz is not None
    assert desk.view.mrz.lines == truth
    assert "The officer changed 1 character" in " ".join(check.says.in_english() for check in desk.view.checks)


def test_a_change_of_the_mrz_can_be_undone(desk: Desk) -> None:
    truth = desk.stock.traveller(0).mrz_lines
    desk.engine.doubts = (doubt(0, 5, truth[0][5], "Q"),)
    inspect(desk)
    desk.presenter.mrz_type("Q")
    desk.presenter.do(Act.UNDO)
    assert desk.view.mrz is not None
    assert desk.view.mrz.lines == truth
    assert not desk.view.mrz.doubts[0].confirmed


def test_nothing_read_names_the_cause_and_the_keys(desk: Desk) -> None:
    desk.engine.blind = True
    inspect(desk)
    assert stands(desk) is Mode.TROUBLE
    assert desk.view.trouble_at is Spot.PAGE
    assert desk.view.banner.says.in_english() == "No MRZ was found on this page."
    desk.engine.blind = False
    desk.place(1)
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING


def test_keying_the_mrz_by_hand_reaches_the_decision(desk: Desk) -> None:
    desk.presenter.start()
    desk.presenter.do(Act.KEY_IN)
    desk.tasks.all()
    assert stands(desk) is Mode.KEYING
    lines = desk.stock.traveller(3).mrz_lines
    for character in "".join(lines):
        desk.presenter.mrz_type(character)
    assert desk.view.mrz is not None
    assert {digit.result for digit in desk.view.mrz.digits} == {CheckResult.SUCCESSFUL}
    desk.place(3)
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert desk.view.mrz is not None
    assert desk.view.mrz.lines == lines


def test_a_wrong_check_digit_is_taken_only_at_the_second_enter(desk: Desk) -> None:
    desk.presenter.start()
    desk.presenter.do(Act.KEY_IN)
    desk.tasks.all()
    for character in "P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<") + "L898902C35UTO7408122F1204159ZE184226B<<<<<10":
        desk.presenter.mrz_type(character)
    desk.presenter.do(Act.NEXT)
    assert stands(desk) is Mode.KEYING
    assert desk.view.mrz_hint is not None
    assert "does not hold" in desk.view.mrz_hint.in_english()
    desk.place()
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert desk.view.banner.result is CheckResult.FAILED


def test_a_person_without_a_document_is_keyed_with_what_is_known(desk: Desk) -> None:
    desk.presenter.start()
    desk.presenter.do(Act.NO_DOCUMENT)
    desk.tasks.all()
    assert next(made.name for made in desk.view.document_form) == "primary"
    desk.presenter.enter_field("expiry_date")
    assert desk.view.focus.field == "primary", "a name there must be"
    for name, typed in (("primary", "Specimen"), ("birth_date", "XX.08.1990"), ("nationality", "utop")):
        desk.presenter.type_field(name, typed)
        desk.presenter.leave_field(name)
    desk.place()
    desk.presenter.enter_field("expiry_date")
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert desk.view.person is not None
    assert desk.view.person.primary == "Specimen"
    assert desk.view.person.nationality == "Utopia (UTO)"


def test_leaving_an_empty_form_asks_nothing(desk: Desk) -> None:
    desk.presenter.start()
    desk.presenter.do(Act.NO_DOCUMENT)
    desk.tasks.all()
    desk.presenter.do(Act.LEAVE)
    desk.tasks.step()
    assert stands(desk) is Mode.IDLE
    assert not desk.service.unfinished()


def test_a_parked_inspection_is_taken_up_where_it_stood(desk: Desk) -> None:
    inspect(desk)
    fill_in(desk)
    desk.presenter.type_field("address", "Hotel Utopia")
    desk.presenter.do(Act.PARK)
    desk.tasks.step()
    desk.presenter.stop()
    desk.tasks.all()
    assert stands(desk) is Mode.IDLE
    assert len(desk.view.unfinished) == 1
    desk.presenter.resume(0)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert next(made for made in desk.view.crossing if made.name == "address").typed == "Hotel Utopia"
    assert next(made for made in desk.view.crossing if made.name == "transport").meaning == "Bus"


def test_second_line_opens_a_second_inspection_of_the_same_encounter(desk: Desk) -> None:
    inspect(desk)
    desk.presenter.do(Act.SECOND_LINE)
    desk.presenter.prompt_reason("look at the photo")
    desk.presenter.do(Act.NEXT)
    desk.tasks.step()
    desk.presenter.stop()
    desk.tasks.all()
    assert stands(desk) is Mode.IDLE
    desk.presenter.resume(0)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert desk.view.line == 2


def test_a_camera_in_trouble_can_be_done_without_with_a_reason(desk: Desk) -> None:
    desk.simulators.camera.unplug()
    inspect(desk)
    assert stands(desk) is Mode.TROUBLE
    assert desk.view.trouble_at is Spot.FACES
    desk.presenter.do(Act.WITHOUT_PORTRAIT)
    desk.presenter.prompt_key("1")
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    encounter_id = desk.service.unfinished()[0].encounter_id
    assert desk.service.take_up(encounter_id).portrait_omitted == "The camera does not work"


def test_a_camera_that_is_back_takes_the_portrait(desk: Desk) -> None:
    desk.simulators.camera.unplug()
    inspect(desk)
    desk.simulators.camera.replug()
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert desk.view.portrait.frame is not None


def test_a_scanner_that_jams_says_so_on_the_idle_page_and_can_be_tried_again(desk: Desk) -> None:
    desk.simulators.scanner.faults.switch(Fault.JAM, times=1)
    inspect(desk)
    assert stands(desk) is Mode.IDLE
    assert desk.view.trouble_at is Spot.IDLE
    assert Act.OTHER_DEVICE in [action.act for action in desk.view.actions]
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING


def test_a_scanner_that_is_plugged_in_again_waits_by_itself(desk: Desk) -> None:
    desk.simulators.scanner.unplug()
    desk.presenter.start()
    desk.tasks.all()
    assert desk.view.trouble_at is Spot.IDLE
    desk.simulators.scanner.replug()
    desk.presenter.tick()
    desk.place()
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING


def test_there_is_no_other_scanner_and_the_page_says_so(desk: Desk) -> None:
    desk.simulators.scanner.unplug()
    desk.presenter.start()
    desk.tasks.all()
    desk.presenter.do(Act.OTHER_DEVICE)
    assert desk.view.log is not None
    assert "no other device" in desk.view.log.says.in_english()


def test_a_stop_leaves_the_inspection_where_the_store_has_it(desk: Desk) -> None:
    desk.place()
    desk.presenter.start()
    desk.tasks.step()  # the list of unfinished encounters
    desk.tasks.step()  # the scan
    assert stands(desk) is Mode.WORKING
    desk.presenter.do(Act.LEAVE)
    desk.tasks.step()
    assert stands(desk) is Mode.IDLE
    assert recorded(desk) == 0


def test_a_full_disk_keeps_the_captured_page_in_hand(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    full = StoreFull(say("The disk is full."), say("Make room."))

    def refuse(*_arguments: object, **_named: object) -> None:
        raise full

    with monkeypatch.context() as broken:
        broken.setattr(desk.service._ledger, "keep", refuse)
        inspect(desk)
    assert stands(desk) is Mode.IDLE
    assert desk.view.banner.says.in_english() == "The disk is full."
    desk.presenter.do(Act.NEXT)
    desk.tasks.all()
    assert stands(desk) is Mode.DECIDING


def test_a_bug_keeps_the_work(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_arguments: object, **_named: object) -> None:
        raise KeyError("ERIKSSON")

    inspect(desk)
    fill_in(desk)
    with monkeypatch.context() as broken:
        broken.setattr(desk.service, "admit", stumble)
        desk.presenter.do(Act.ADMIT)
        desk.tasks.all()
    assert stands(desk) is Mode.DECIDING
    assert "program made a mistake" in desk.view.banner.says.in_english()
    desk.presenter.do(Act.ADMIT)
    desk.tasks.step()
    assert recorded(desk) == 1


def test_ending_without_a_decision_needs_a_reason(desk: Desk) -> None:
    inspect(desk)
    desk.presenter.do(Act.LEAVE)
    desk.presenter.do(Act.NEXT)
    assert desk.view.prompt is not None
    assert desk.view.prompt.problem is not None
    desk.presenter.prompt_reason("went back for the ticket")
    desk.presenter.do(Act.NEXT)
    desk.tasks.step()
    assert stands(desk) is Mode.IDLE
    assert not desk.service.unfinished()


def test_escape_closes_a_question_and_changes_nothing(desk: Desk) -> None:
    inspect(desk)
    desk.presenter.do(Act.REFUSE)
    desk.presenter.do(Act.LEAVE)
    assert desk.view.prompt is None
    assert stands(desk) is Mode.DECIDING


def test_a_key_that_makes_no_sense_now_does_nothing(desk: Desk) -> None:
    desk.presenter.start()
    before = desk.view
    for act in (Act.ADMIT, Act.REFUSE, Act.PARK, Act.REPEAT, Act.PRINT_NOTICE, Act.WITHOUT_PORTRAIT):
        desk.presenter.do(act)
    assert desk.view == before


def test_closing_lets_go_of_the_scanner_and_ignores_what_still_comes(desk: Desk) -> None:
    desk.place()
    desk.presenter.start()
    desk.presenter.close()
    shown = len(desk.views)
    desk.tasks.step()  # the list of unfinished encounters
    desk.tasks.step()  # the scan
    assert not desk.service.unfinished()
    assert all(view.mode is Mode.IDLE for view in desk.views[shown:])
