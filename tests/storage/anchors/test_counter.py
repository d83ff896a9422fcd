# SPDX-License-Identifier: Apache-2.0
"""All local files put back together are found when a counter stands behind the store, and a kill is not."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from station.access.acceptance import AcceptanceService, acceptable, told
from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService
from station.access.audit import Act
from station.access.checkpoint_text import Checkpoint, CheckpointReason, Count, CountState, read
from station.access.checkpoints import begin_generation
from station.access.counting import CounterMemory, counter_memory
from station.access.sign_in import Session
from station.domain.errors import StoreReadOnly
from station.ports.anchors import AnchorKind, TokenCounter
from station.ports.storage import StoreKind, StoreName
from storage.anchors.anchor_files import AnchorFiles
from tests.counters import SILENT, FileCounter
from tests.open_station import OFFICER_PASSWORD, OpenStation


class CountedPost(OpenStation):
    """A live station with a counter, whose files can all be copied and put back together."""

    def __init__(self, folder: Path, counter: TokenCounter | None, kind: StoreKind = StoreKind.LIVE) -> None:
        super().__init__(folder, kind, counter=counter)
        self.folder = folder

    def keep_files(self, name: str) -> None:
        for each in ("store", "store-anchors"):
            shutil.copytree(self.folder / each, self.folder / "kept" / name / each)

    def put_back(self, name: str) -> None:
        """Everything that a thief can reach."""
        for kept in (self.folder / "kept" / name).iterdir():
            shutil.rmtree(self.folder / kept.name, ignore_errors=True)
            shutil.copytree(kept, self.folder / kept.name)

    def a_day(self) -> None:
        session = self.signed_in()
        with session.store.unit_of_work() as unit:
            unit.audit.append(at=self.clock.now(), by="o", act=Act.ENCOUNTER_OPENED, subject="e", details={})
            unit.commit()
        self.sign_ins.sign_out(session)

    def found(self) -> list[AnchorKind]:
        session = self.signed_in()
        kinds = [finding.kind for finding in session.store.anchor_findings]
        self.sign_ins.sign_out(session)
        return kinds

    def newest(self) -> Checkpoint:
        session = self.signed_in()
        assert session.store.anchors is not None
        signed = session.store.anchors.newest()
        self.sign_ins.sign_out(session)
        assert signed is not None
        return read(signed.text)

    def memory(self, session: Session) -> CounterMemory:
        with session.store.reading() as unit:
            return counter_memory(unit.settings)


@pytest.fixture
def counter(tmp_path: Path) -> FileCounter:
    return FileCounter(tmp_path / "counter")


@pytest.fixture
def post(tmp_path: Path, counter: FileCounter) -> CountedPost:
    station = CountedPost(tmp_path, counter)
    station.a_day()
    return station


def test_all_local_files_put_back_together_are_found(post: CountedPost) -> None:
    post.keep_files("yesterday")
    post.a_day()
    assert post.found() == []
    post.put_back("yesterday")
    session = post.signed_in()
    assert [one.kind for one in session.store.anchor_findings] == [AnchorKind.COUNTER_AHEAD]
    assert session.store.read_only is not None
    with pytest.raises(StoreReadOnly):
        session.store.unit_of_work()
    post.sign_ins.sign_out(session)


def test_what_a_machine_is_told_has_a_place_for_each_kind() -> None:
    rules = json.loads((Path(__file__).parents[3] / "docs" / "cli" / "audit.schema.json").read_text())
    assert rules["properties"]["anchor_findings"]["items"]["enum"] == [kind.value for kind in AnchorKind]


def test_without_a_counter_they_are_not(tmp_path: Path) -> None:
    """The control: what is found above is found by the counter alone."""
    post = CountedPost(tmp_path, None)
    post.a_day()
    post.keep_files("yesterday")
    post.a_day()
    post.put_back("yesterday")
    assert post.found() == []


def test_a_copy_from_the_middle_of_a_session_is_found(post: CountedPost) -> None:
    session = post.signed_in()
    post.keep_files("midday")
    post.sign_ins.sign_out(session)
    post.put_back("midday")
    assert post.found() == [AnchorKind.COUNTER_AHEAD]


def test_a_copy_from_before_the_counter_was_taken_up_is_found(tmp_path: Path, counter: FileCounter) -> None:
    post = CountedPost(tmp_path, None)
    post.a_day()
    post.keep_files("before")
    post.door._counter = counter  # the technician's setting
    post.checkpoints.counter._counter = counter
    post.a_day()
    assert post.found() == []
    post.put_back("before")
    assert post.found() == [AnchorKind.COUNTER_UNKNOWN]


def test_another_store_put_back_with_its_notes_is_found_by_the_border_store(post: CountedPost) -> None:
    shutil.copytree(post.store_folder / "enforcement", post.folder / "kept" / "enforcement")
    kept = {path: path.read_bytes() for path in (post.folder / "store-anchors").glob("enforcement.*")}
    post.a_day()
    shutil.rmtree(post.store_folder / "enforcement")
    shutil.copytree(post.folder / "kept" / "enforcement", post.store_folder / "enforcement")
    for path, data in kept.items():
        path.write_bytes(data)
    session = post.signed_in()
    store = session.stores[StoreName.ENFORCEMENT]
    assert [one.kind for one in store.anchor_findings] == [AnchorKind.OLD_STORE]
    assert store.read_only is not None
    assert session.store.read_only is None
    post.sign_ins.sign_out(session)


def test_the_counter_is_raised_at_each_sign_in_and_out_and_stands_in_the_checkpoint(
    post: CountedPost, counter: FileCounter
) -> None:
    before = counter.look(seconds=1).value
    assert before is not None
    assert post.newest().count == Count(value=before + 1, state=CountState.RAISED, counter=counter.identity[:16])
    assert counter.look(seconds=1).value == before + 2


def test_papers_in_the_same_hour_spare_the_counter(post: CountedPost, counter: FileCounter) -> None:
    session = post.signed_in()
    raised = counter.raised
    made = [post.checkpoints.make(session.stores, CheckpointReason.PRINT)[StoreName.BORDER] for _ in range(3)]
    assert counter.raised == raised
    counts = [read(one.text).count for one in made]
    assert {one.state for one in counts if one is not None} == {CountState.KEPT}
    post.clock.at += timedelta(hours=2)
    post.checkpoints.make(session.stores, CheckpointReason.PRINT)
    assert counter.raised == raised + 1
    post.checkpoints.make(session.stores, CheckpointReason.EXPORT)
    assert counter.raised == raised + 2
    post.sign_ins.sign_out(session)


def test_a_store_for_training_leaves_the_counter_alone(tmp_path: Path, counter: FileCounter) -> None:
    post = CountedPost(tmp_path, counter, StoreKind.TRAINING)
    post.a_day()
    assert counter.asked == 0


def test_a_restored_store_takes_up_the_counter_as_it_stands(post: CountedPost) -> None:
    """Restoring gives the post one supervisor and nobody else: a closed store could never be accepted."""
    post.keep_files("backed up")
    post.a_day()
    post.put_back("backed up")
    session = post.signed_in()
    assert session.store.read_only is not None
    with session.store.accepting() as unit:
        begin_generation(unit.settings)  # as the restoring does, before anybody signs in
        unit.commit()
    session.end()
    assert post.found() == []
    post.keep_files("restored")
    post.a_day()
    assert post.found() == []
    post.put_back("restored")
    assert post.found() == [AnchorKind.COUNTER_AHEAD]


class Killed(BaseException):
    """The process ends here."""


class Kill:
    """Ends the next checkpoint of the border store at one of its steps."""

    STEPS = ("before the raising", "after the raising", "before the file", "after the file")

    def __init__(self, step: str, counter: FileCounter, patch: pytest.MonkeyPatch) -> None:
        increment, append = counter.increment, AnchorFiles.append

        def raising(*, seconds: float) -> int:
            if step == "before the raising":
                raise Killed
            value = increment(seconds=seconds)
            if step == "after the raising":
                raise Killed
            return value

        def appending(files: AnchorFiles, *words: object) -> None:
            if "border" in str(files._checkpoints._path) and step == "before the file":
                raise Killed
            append(files, *words)  # type: ignore[arg-type]  # passed on as they came
            if "border" in str(files._checkpoints._path) and step == "after the file":
                raise Killed

        patch.setattr(counter, "increment", raising)
        patch.setattr(AnchorFiles, "append", appending)


@pytest.mark.parametrize("taken_up", ["before", "now"])
@pytest.mark.parametrize("step", Kill.STEPS)
def test_a_kill_at_any_step_is_no_finding(tmp_path: Path, counter: FileCounter, step: str, taken_up: str) -> None:
    post = CountedPost(tmp_path, counter)
    if taken_up == "before":
        post.a_day()
    for _ in range(3):  # kills in a row, too
        with pytest.MonkeyPatch.context() as patch:
            Kill(step, counter, patch)
            with pytest.raises(Killed):
                post.signed_in()
    assert post.found() == []
    post.keep_files("now")
    post.a_day()
    post.put_back("now")
    assert post.found() == [AnchorKind.COUNTER_AHEAD]


def test_a_copy_from_between_the_announcement_and_the_raising_is_good_for_one_value_only(
    post: CountedPost, counter: FileCounter
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        Kill("before the raising", counter, patch)
        with pytest.raises(Killed):
            post.signed_in()
    post.keep_files("announced")  # knows of a value that never came
    post.a_day()
    post.put_back("announced")
    assert post.found() == [AnchorKind.COUNTER_AHEAD]


@pytest.fixture
def silenced(post: CountedPost, counter: FileCounter) -> CountedPost:
    counter.problem = SILENT
    return post


def test_a_tpm_that_does_not_answer_is_told_noted_and_signed_and_closes_nothing(silenced: CountedPost) -> None:
    session = silenced.signed_in()
    assert [one.kind for one in session.store.anchor_findings] == [AnchorKind.COUNTER_SILENT]
    assert session.store.read_only is None
    assert acceptable(session.store)
    assert "did not answer" in told(session.store)[0].in_english()
    with session.store.reading() as unit:
        acts = [entry.act for entry in unit.audit.entries()]
    assert acts[-1] == Act.COUNTER_MISSED
    silenced.sign_ins.sign_out(session)
    count = silenced.newest().count
    assert count is not None
    assert count.state is CountState.SILENT


def test_when_it_answers_again_the_work_of_the_meantime_fits(silenced: CountedPost, counter: FileCounter) -> None:
    silenced.a_day()
    silenced.a_day()
    counter.problem = None
    assert silenced.found() == []


def accept(post: CountedPost, session: Session) -> None:
    """Two people go on."""
    approvals = ApprovalService(session, post.door.desk, post.clock, post.randomness)
    acceptance = AcceptanceService(session, approvals, post.checkpoints, post.clock)
    assert acceptance.waiting() == (StoreName.BORDER,)
    asked = acceptance.ask(StoreName.BORDER)
    approvals.decide(asked.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
    acceptance.accept(StoreName.BORDER, asked.request_id)
    assert acceptance.waiting() == ()


def test_two_people_go_on_with_an_older_store_from_where_the_counter_stands(post: CountedPost) -> None:
    post.keep_files("yesterday")
    post.a_day()
    post.put_back("yesterday")
    session = post.signed_in()
    accept(post, session)
    post.sign_ins.sign_out(session)
    assert post.found() == []
    post.put_back("yesterday")
    assert AnchorKind.COUNTER_AHEAD in post.found()


def test_two_people_go_on_with_another_tpm(post: CountedPost, counter: FileCounter) -> None:
    counter.identity = "cd" * 32
    session = post.signed_in()
    assert [one.kind for one in session.store.anchor_findings] == [AnchorKind.COUNTER_OTHER]
    raised = counter.raised
    accept(post, session)
    assert counter.raised == raised + 1, "the checkpoint of the new generation"
    post.sign_ins.sign_out(session)
    assert post.found() == []
    post.keep_files("then")
    post.a_day()
    post.put_back("then")
    assert post.found() == [AnchorKind.COUNTER_AHEAD]


def test_two_people_go_on_without_a_tpm(silenced: CountedPost, counter: FileCounter) -> None:
    session = silenced.signed_in()
    accept(silenced, session)
    silenced.sign_ins.sign_out(session)
    assert silenced.found() == []
    counter.problem = None
    assert silenced.found() == []
    counter.problem = SILENT
    assert silenced.found() == [AnchorKind.COUNTER_SILENT]
