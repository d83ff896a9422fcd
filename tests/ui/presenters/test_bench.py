# SPDX-License-Identifier: Apache-2.0
"""The bench's presenter on real simulators: one device in use at a time, nothing kept, every act on a key."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.printing.target_sheet import TargetWords, target_sheet_pdf
from devices.simulators.faults import Fault
from station.bench.records import Outcome
from station.domain.checks import CheckResult
from station.domain.errors import DeviceFault
from station.domain.words import Text
from station.ports.devices import (
    CHIP_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    MRZ_READER,
    PRINTER,
    PrintJob,
    Role,
)
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.storage import RoleName
from tests.station.bench.bench_room import BenchRoom, open_bench
from tests.ui.desk import FewPictures, SteppedTasks
from ui.presenters.bench import BenchPresenter
from ui.presenters.bench_carrying import PROFILE_FILE
from ui.presenters.bench_view import BenchMode, BenchState
from ui.presenters.keymap import Act

SHEET = PrintJob("test sheet", b"%PDF-1.4\n%%EOF\n")


class Bench:
    """The presenter with its line of work; every state it showed is kept."""

    def __init__(self, room: BenchRoom, stick: Path) -> None:
        self.room = room
        self.stick = stick
        self.tasks = SteppedTasks()
        self.states: list[BenchState] = []
        self.frames: list[PreviewFrame] = []
        self.presenter = BenchPresenter(
            room.kit, self.tasks, home=lambda call: call(), sticks=lambda: (str(stick),), language="en"
        )
        self.presenter.live_to(self.frames.append)
        self.presenter.show_on(self.states.append)
        self.presenter.refresh()
        self.tasks.all()

    @property
    def state(self) -> BenchState:
        return self.presenter.state

    def mode(self) -> BenchMode:
        return self.state.mode

    def last(self) -> object:
        """The newest change of a setting."""
        return self.room.settings.changed[-1]

    def choose(self, role: Role[object]) -> None:
        self.presenter.choose(next(n for n, row in enumerate(self.state.rows) if row.role.name == role.name))

    def do(self, *acts: Act) -> None:
        for act in acts:
            self.presenter.do(act)
            self.tasks.all()

    def offered(self) -> set[Act]:
        return {action.act for action in self.state.actions}

    def said(self) -> str:
        """What stands in the panel."""
        assert self.state.panel is not None
        return "\n".join(option.label.in_english() for option in self.state.panel.options)

    def said_whole(self) -> list[str]:
        """What is to be read before something is used."""
        assert self.state.panel is not None
        return [line.in_english() if isinstance(line, Text) else line for line in self.state.panel.content]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    stick = tmp_path / "stick"
    stick.mkdir()
    room = open_bench(tmp_path, sheet=SHEET)
    bench = Bench(room, stick)
    yield bench
    bench.presenter.close()
    bench.tasks.all()
    room.close()


def _english(text: Text | None) -> str:
    assert text is not None
    return text.in_english()


def test_a_row_for_each_device_in_each_role_with_what_to_do_next(bench: Bench) -> None:
    roles = [row.role.name for row in bench.state.rows]
    assert roles[0] == DOCUMENT_SCANNER.name
    assert {FACE_CAMERA.name, MRZ_READER.name, CHIP_READER.name, PRINTER.name} <= set(roles)
    assert all(row.due for row in bench.state.rows)
    about = bench.state.about
    assert about is not None
    assert "acceptance test is due" in about.says.in_english()


def test_enter_uses_the_device_and_what_it_gave_stays_until_the_page_goes(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.room.place()
    bench.do(Act.NEXT)
    view = bench.state.view
    assert view is not None
    assert view.pictures[0].picture.frame is not None
    bench.presenter.close()
    assert bench.state == BenchState()


def test_another_device_takes_away_what_was_seen_of_the_one_before(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.room.place()
    bench.do(Act.NEXT)
    bench.presenter.move(1)
    assert bench.state.view is None


def test_esc_stops_what_waits(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.presenter.do(Act.NEXT)
    assert bench.mode() is BenchMode.WORKING
    assert bench.offered() == {Act.LEAVE}
    bench.presenter.choose(2)  # not while one is in use
    assert bench.presenter.row is not None
    assert bench.presenter.row.role.name == DOCUMENT_SCANNER.name
    bench.do(Act.LEAVE)
    assert bench.mode() is BenchMode.LOOKING
    assert _english(bench.state.told) == "Stopped."


def test_live_pictures_go_to_the_window_and_enter_captures_one(bench: Bench) -> None:
    bench.choose(FACE_CAMERA)
    bench.room.place()
    offered = bench.frames.append

    def enough(frame: PreviewFrame) -> None:
        offered(frame)
        if len(bench.frames) == 9:
            bench.presenter.do(Act.NEXT)

    bench.presenter.live_to(enough)
    bench.do(Act.NEXT)
    assert len(bench.frames) >= 9
    assert bench.mode() is BenchMode.LOOKING
    view = bench.state.view
    assert view is not None
    assert len(view.pictures) == 1
    assert any("pictures a second" in _english(state.view.says) for state in bench.states if state.view)


def test_a_device_that_the_work_uses_is_told_as_busy(bench: Bench) -> None:
    bench.choose(FACE_CAMERA)
    with bench.room.devices.open(FACE_CAMERA):
        bench.do(Act.NEXT)
    assert bench.state.trouble is not None
    assert bench.mode() is BenchMode.LOOKING
    assert bench.state.view is None


def test_a_fault_is_told_as_cause_and_next_step(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.do(Act.BENCH_FAULTS)
    jam = next(n for n, line in enumerate(bench.said().splitlines()) if "jam" in line)
    bench.presenter.press("123456789abcdef"[jam])
    assert "(on)" in bench.said().splitlines()[jam]
    bench.do(Act.LEAVE)
    row = bench.presenter.row
    assert row is not None
    assert row.fault is not None
    bench.room.place()
    bench.do(Act.NEXT)
    assert bench.state.trouble is not None
    assert bench.room.simulators.desk.current(row.device_id) == Fault.JAM.value or row.fault is not None


def test_the_plug_is_pulled_and_put_back_from_the_list_of_faults(bench: Bench) -> None:
    bench.choose(MRZ_READER)
    bench.do(Act.BENCH_FAULTS)
    plug = bench.said().splitlines().index("Pull its plug")
    bench.presenter.press("123456789abcdef"[plug])
    assert "Plug it in again" in bench.said()
    row = bench.presenter.row
    assert row is not None
    assert row.mark is CheckResult.FAILED
    bench.presenter.press("123456789abcdef"[plug])
    row = bench.presenter.row
    assert row is not None
    assert row.mark is CheckResult.SUCCESSFUL


def test_settings_are_turned_typed_and_refused_with_their_cure(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.do(Act.BENCH_SETTINGS)
    assert "Whose pages. Now: a, b (changed)" in bench.said()
    assert bench.state.panel is not None
    assert [option.note for option in bench.state.panel.options] == ["pages", "enabled", "light", "names", ""]
    bench.presenter.press("2")
    bench.presenter.press("3")
    bench.tasks.all()
    assert ("simulator", "enabled", False) in bench.room.settings.changed
    bench.presenter.press("3")
    bench.tasks.all()
    assert ("simulator", "light", "infrared") in bench.room.settings.changed
    bench.presenter.press("1")
    for typed, trouble in (("many", True), ("12", True), ("7", False)):
        bench.presenter.type(typed)
        bench.do(Act.NEXT)
        assert bench.state.panel is not None
        assert (bench.state.panel.trouble is not None) is trouble, typed
        if typed == "many":
            assert bench.state.panel.trouble is not None
            assert bench.state.panel.trouble.next_step.in_english() == "Write a whole number."
    assert bench.last() == ("simulator", "pages", 7)
    bench.presenter.press("4")
    bench.presenter.type("Anna, Omar ,")
    bench.do(Act.NEXT)
    assert bench.last() == ("simulator", "names", ("Anna", "Omar"))
    bench.presenter.press("1")
    bench.do(Act.LEAVE)  # the line
    assert bench.state.panel is not None
    assert bench.state.panel.input is None
    bench.do(Act.LEAVE)  # the panel
    assert bench.state.panel is None


def test_a_driver_without_a_device_is_reached_from_the_settings_of_another(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.do(Act.BENCH_SETTINGS)
    settings = bench.said().splitlines()
    assert settings[-1] == "Settings of another driver"
    bench.presenter.press(str(len(settings)))
    assert bench.said() == "simulator"  # every driver of the desk, with or without a device
    bench.do(Act.LEAVE)
    assert bench.said().splitlines() == settings
    bench.presenter.press(str(len(settings)))
    bench.do(Act.NEXT)
    assert bench.said().splitlines() == settings


def test_a_driver_that_was_switched_off_can_be_switched_on_again_where_it_happened(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.do(Act.BENCH_SETTINGS)
    bench.presenter.press("2")
    bench.tasks.all()
    panel = bench.state.panel
    assert panel is not None
    assert panel.says is not None
    assert "switched on again" in panel.says.in_english()
    bench.presenter.press("2")
    bench.tasks.all()
    assert bench.last() == ("simulator", "enabled", True)


def test_a_device_is_made_the_one_for_its_role(bench: Bench) -> None:
    at = next(n for n, row in enumerate(bench.state.rows) if row.role.name == PRINTER.name)
    bench.presenter.choose(at)
    row = bench.presenter.row
    assert row is not None
    assert row.default  # it was found first: who wants it tomorrow too makes that sure here
    bench.do(Act.BENCH_DEFAULT)
    bench.tasks.all()
    assert bench.room.settings.defaults == [(PRINTER.name, row.device_id)]


def test_an_acceptance_test_of_a_printer_from_the_first_step_to_the_printed_record(bench: Bench) -> None:
    bench.choose(PRINTER)
    bench.do(Act.BENCH_TEST)
    assert bench.mode() is BenchMode.TESTING
    asked = []
    while bench.state.steps is not None:
        assert bench.state.steps.asks is not None
        asked.append(bench.state.steps.asks.in_english())
        bench.do(Act.NEXT)
        if bench.state.panel is not None and bench.state.steps is not None:  # only the eye can judge
            bench.presenter.press("1")
            bench.tasks.all()
    assert len(asked) == 6
    assert bench.state.panel is not None
    assert "passed" in bench.state.panel.heading.in_english()
    (record,) = bench.room.kit.ledger.all()
    assert record.outcome is Outcome.PASSED
    assert [step.asks for step in record.steps] == asked
    bench.presenter.press("1")
    bench.tasks.all()
    assert bench.state.view is not None
    assert "The sheet was out" in bench.state.view.says.in_english()
    row = bench.presenter.row
    assert row is not None
    assert not row.due


def test_a_skipped_step_has_its_reason_in_the_record(bench: Bench) -> None:
    bench.choose(PRINTER)
    bench.do(Act.BENCH_TEST)
    while bench.state.steps is not None:
        bench.do(Act.BENCH_SKIP)
        bench.presenter.press("3")
        bench.tasks.all()
    (record,) = bench.room.kit.ledger.all()
    assert record.outcome is Outcome.UNFINISHED
    assert {step.says for step in record.steps} == {"The device cannot do this."}
    row = bench.presenter.row
    assert row is not None
    assert row.due


def test_a_test_that_is_given_up_leaves_nothing(bench: Bench) -> None:
    bench.choose(PRINTER)
    bench.do(Act.BENCH_TEST, Act.NEXT, Act.LEAVE)
    assert bench.state.steps is None
    assert bench.mode() is BenchMode.LOOKING
    assert bench.room.kit.ledger.all() == ()


def test_a_stopped_step_is_asked_again_and_judges_nothing(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.do(Act.BENCH_TEST)
    bench.presenter.do(Act.NEXT)
    bench.do(Act.LEAVE)
    assert bench.mode() is BenchMode.TESTING
    assert bench.state.steps is not None
    assert bench.state.steps.number == 1
    assert bench.state.steps.done == ()


def test_diagnostics_are_saved_as_they_were_read(bench: Bench) -> None:
    bench.do(Act.BENCH_DIAGNOSTICS)
    panel = bench.state.panel
    assert panel is not None
    assert panel.input is not None
    assert panel.input.typed == str(bench.stick)
    bench.do(Act.NEXT)
    (file,) = bench.stick.iterdir()
    with tarfile.open(fileobj=io.BytesIO(file.read_bytes())) as archive:
        saved = []
        for member in archive.getmembers():
            content = archive.extractfile(member)
            assert content is not None
            saved += [f"── {member.name}", *content.read().decode().splitlines()]
    assert tuple(saved) == panel.content
    assert bench.state.panel is not None
    assert _english(bench.state.panel.says).startswith("Saved")


def test_diagnostics_need_a_folder_that_is_there(bench: Bench) -> None:
    bench.do(Act.BENCH_DIAGNOSTICS)
    for typed in ("", str(bench.stick / "none")):
        bench.presenter.type(typed)
        bench.do(Act.NEXT)
        assert bench.state.panel is not None
        assert bench.state.panel.trouble is not None


def test_a_profile_goes_out_and_comes_in(bench: Bench) -> None:
    bench.do(Act.BENCH_PROFILE)
    assert bench.state.panel is not None
    assert "pages = 4" in bench.state.panel.content
    bench.do(Act.NEXT)
    file = bench.stick / PROFILE_FILE
    assert file.read_text() == bench.room.kit.settings.profile()
    bench.presenter.move(1)
    for way in (Act.LEAVE, Act.NEXT):
        bench.do(Act.NEXT)
        assert bench.state.panel.heading.in_english() == "What this profile changes here"
        assert bench.said_whole() == ["How many pages.", "    simulator.pages: 3 → 4"]
        assert bench.room.settings.taken == []  # it is read before it is used
        file.write_text("something else")  # what is used is what was shown
        bench.do(way)
        file.write_text(bench.room.kit.settings.profile())
    assert bench.room.settings.taken == [file.read_text()]
    assert bench.state.panel.trouble is None
    assert _english(bench.state.panel.says).startswith("The profile is in use")
    for wrong in ("wrong = 1", "\xff\xfe"):
        file.write_bytes(wrong.encode("latin-1"))
        bench.do(Act.NEXT)
        assert bench.state.panel is not None
        assert bench.state.panel.trouble is not None


def test_a_supervisor_at_the_bench_is_refused_in_words(tmp_path: Path) -> None:
    room = open_bench(tmp_path, role=RoleName.SUPERVISOR)
    bench = Bench(room, tmp_path)
    bench.choose(FACE_CAMERA)
    bench.do(Act.NEXT)
    assert bench.state.trouble is not None
    bench.do(Act.BENCH_TEST)
    assert bench.state.steps is None
    bench.presenter.close()
    room.close()


def test_a_live_post_offers_no_faults(bench: Bench) -> None:
    kit = replace(bench.room.kit, faults=None)
    presenter = BenchPresenter(kit, bench.tasks, home=lambda call: call(), sticks=tuple, language="en")
    presenter.refresh()
    bench.tasks.all()
    assert Act.BENCH_FAULTS not in {action.act for action in presenter.state.actions}
    presenter.do(Act.BENCH_FAULTS)
    assert presenter.state.panel is None
    presenter.close()


class TargetOnGlass(FewPictures):
    """Whoever lays something on the glass lays the printed target there."""

    def __init__(self, sheet: bytes) -> None:
        self._sheet = sheet

    def page(self, traveller: int) -> EncodedImage:
        return EncodedImage(self._sheet, "image/png")


@pytest.fixture
def printed_target(tmp_path: Path) -> bytes:
    """The sheet as a good scanner at 300 dpi gives it."""
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm (package poppler-utils) is not on this machine")
    pdf = tmp_path / "target.pdf"
    words = TargetWords(title="Target", instructions=("Lay it down.",), ruler="100 mm", cut="Cut")
    try:
        pdf.write_bytes(target_sheet_pdf(words))
    except DeviceFault:
        pytest.skip("the typefaces of papers (fonts-noto-core) are not on this machine")
    command = ["pdftoppm", "-r", "300", "-gray", "-png", "-singlefile", str(pdf), str(tmp_path / "target")]
    subprocess.run(command, check=True, timeout=60)
    return (tmp_path / "target.png").read_bytes()


def test_the_printed_target_is_measured_with_a_mark_for_each_value(tmp_path: Path, printed_target: bytes) -> None:
    bench = Bench(open_bench(tmp_path, drawn=TargetOnGlass(printed_target)), tmp_path)
    bench.choose(DOCUMENT_SCANNER)
    bench.room.place()
    bench.do(Act.BENCH_TARGET)
    view = bench.state.view
    assert view is not None
    by_title = {fact.label.in_english(): fact for fact in view.facts}
    assert by_title["Resolution"].mark is CheckResult.SUCCESSFUL
    assert by_title["Sharpness"].mark is CheckResult.SUCCESSFUL
    assert all(fact.mark is not None for fact in view.facts)
    assert view.pictures
    bench.presenter.close()
    bench.room.close()


def test_a_page_without_the_target_says_what_to_do(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.room.place()
    bench.do(Act.BENCH_TARGET)
    view = bench.state.view
    assert view is not None
    assert "Print the target" in view.says.in_english()


def test_the_device_under_test_stays_chosen_while_its_driver_starts_again(bench: Bench) -> None:
    bench.choose(MRZ_READER)
    bench.do(Act.BENCH_TEST)
    registry, device = bench.room.devices, bench.room.simulators.mrz_reader
    name = device.info.name
    registry.forgotten(device.info.device_id)
    bench.presenter.devices_changed()
    row = bench.presenter.row
    assert row is not None
    assert (row.name, row.role.name) == (name, MRZ_READER.name)
    assert row.mark is CheckResult.FAILED
    registry.attached(device.shell)
    row = bench.presenter.row
    assert row is not None
    assert (row.name, row.mark) == (name, CheckResult.SUCCESSFUL)
    assert len([each for each in bench.state.rows if each.role.name == MRZ_READER.name]) == 1


def test_a_scanner_that_sends_no_picture_is_not_called_ready(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    row = bench.presenter.row
    assert row is not None
    bench.room.simulators.desk.switch(row.device_id, "document_scanner.garbage", times=1)
    bench.room.place()
    bench.do(Act.NEXT)
    trouble = bench.state.trouble
    assert trouble is not None
    assert "no picture" in trouble.cause.in_english()
    assert "JPEG" not in trouble.next_step.in_english()
    row = bench.presenter.row
    assert row is not None
    assert row.mark is CheckResult.UNDETERMINED
    assert "last try failed" in _english(row.failed)
    assert bench.state.about is not None
    assert "last try failed" in bench.state.about.says.in_english()
    bench.room.place()
    bench.do(Act.NEXT)
    row = bench.presenter.row
    assert row is not None
    assert row.failed is None


def test_an_empty_post_says_of_each_driver_why_and_opens_its_settings(tmp_path: Path) -> None:
    room = open_bench(tmp_path)
    for device in room.simulators.devices:
        room.devices.forgotten(device.info.device_id)
    bench = Bench(room, tmp_path)
    assert bench.state.rows == ()
    assert [row.driver for row in bench.state.idle] == ["simulator"]
    assert bench.state.chosen == 0
    about = bench.state.about
    assert about is not None
    assert "No device is attached" in about.says.in_english()
    assert [fact.label.in_english() for fact in about.facts] == ["simulator"]
    assert {Act.BENCH_SETTINGS, Act.BENCH_DIAGNOSTICS, Act.BENCH_PROFILE} == bench.offered()
    bench.do(Act.BENCH_SETTINGS)
    assert "Look for it." in bench.said()
    bench.presenter.press("2")
    bench.tasks.all()
    bench.do(Act.LEAVE)
    assert [row.why and row.why.in_english() for row in bench.state.idle] == ["It is switched off in its settings."]
    room.devices.attached(room.simulators.mrz_reader.shell)  # the first device is what was waited for
    assert bench.presenter.row is not None
    bench.presenter.close()
    room.close()


def test_leaving_takes_what_was_captured_off_the_page_too(bench: Bench) -> None:
    bench.choose(DOCUMENT_SCANNER)
    bench.room.place()
    bench.do(Act.NEXT)
    assert bench.states[-1].view is not None
    bench.presenter.close()
    assert bench.states[-1] == BenchState()
