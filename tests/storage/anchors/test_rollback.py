# SPDX-License-Identifier: Apache-2.0
"""A store, a log, a key file or anchors put back to an older state are found when the store is opened."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from station.access.acceptance import AcceptanceService, told
from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService
from station.access.audit import Act
from station.access.checkpoint_text import CheckpointReason
from station.access.checkpoints import CheckpointService, memory_of
from station.access.people import PeopleService
from station.access.sign_in import Session
from station.access.trail_check import check_trail, read_anchors
from station.domain.errors import BundleRefused, NotPermitted, StoreError, StoreReadOnly
from station.domain.secrets import Secret
from station.ports.anchors import AnchorKind, SignedCheckpoint
from station.ports.sealing import TextSigner
from station.ports.storage import StoreName
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation

BORDER = StoreName.BORDER


class Post(OpenStation):
    """A station whose files can be copied and put back."""

    def __init__(self, folder: Path, *, station: str = "Harbour 1") -> None:
        super().__init__(folder, station=station)
        self.anchors_folder = folder / "store-anchors"
        self._kept = folder / "kept"

    def keep_files(self, name: str) -> None:
        """A copy of everything, as a thief would take it or a kill would leave it."""
        shutil.copytree(self.store_folder, self._kept / name / "store")
        if self.anchors_folder.exists():
            shutil.copytree(self.anchors_folder, self._kept / name / "anchors")

    def put_back(self, name: str, *files: str, anchors: tuple[str, ...] = ()) -> None:
        """Put single files of a copy in their place; a missing one is removed."""
        for kind, folder, wanted in (
            ("store", self.store_folder, files),
            ("anchors", self.anchors_folder, anchors),
        ):
            for each in wanted:
                kept = self._kept / name / kind / each
                (folder / each).unlink(missing_ok=True)
                if kept.exists():
                    shutil.copy2(kept, folder / each)

    def put_back_all(self, name: str) -> None:
        """The state of a copy, as after a kill at that moment."""
        shutil.rmtree(self.store_folder)
        shutil.copytree(self._kept / name / "store", self.store_folder)
        shutil.rmtree(self.anchors_folder, ignore_errors=True)
        if (self._kept / name / "anchors").exists():
            shutil.copytree(self._kept / name / "anchors", self.anchors_folder)

    def a_day(self) -> None:
        """Somebody signs in, two travellers cross, somebody signs out."""
        session = self.signed_in()
        self.crossing(session)
        self.crossing(session)
        self.sign_ins.sign_out(session)

    def crossing(self, session: Session) -> None:
        """One act with its entry."""
        with session.store.unit_of_work() as unit:
            unit.audit.append(
                at=self.clock.now(), by="officer-1", act=Act.ENCOUNTER_OPENED, subject="encounter-1", details={}
            )
            unit.commit()

    def found(self) -> list[AnchorKind]:
        """What the next opening finds in the border store."""
        session = self.signed_in()
        kinds = [finding.kind for finding in session.store.anchor_findings]
        assert (session.store.read_only is not None) == any(one.closes for one in session.store.anchor_findings)
        self.sign_ins.sign_out(session)
        return kinds


@pytest.fixture
def post(tmp_path: Path) -> Post:
    station = Post(tmp_path)
    station.a_day()
    return station


KEY_FILES = tuple(
    f"{folder}{name}" for folder in ("", "enforcement/") for name in ("slots.json", "slots.json.previous")
)
DATABASE = ("border.db", "border.db-wal", "border.db-shm")


def test_a_store_that_was_left_alone_fits(post: Post) -> None:
    post.a_day()
    assert post.found() == []


def test_an_old_database_put_back_whole_is_found(post: Post) -> None:
    post.keep_files("yesterday")
    post.a_day()
    post.put_back("yesterday", *DATABASE)
    assert post.found() == [AnchorKind.OLD_STORE]


def test_a_removed_log_is_found(post: Post) -> None:
    session = post.signed_in()
    post.crossing(session)
    post.keep_files("killed")
    post.sign_ins.sign_out(session)
    post.put_back_all("killed")
    assert post.found() == []  # a kill alone is nothing
    post.put_back_all("killed")
    assert (post.store_folder / "border.db-wal").stat().st_size > 0
    (post.store_folder / "border.db-wal").unlink()
    (post.store_folder / "border.db-shm").unlink(missing_ok=True)
    assert post.found() == [AnchorKind.OLD_STORE]


def test_a_database_back_by_one_single_entry_is_found(post: Post) -> None:
    session = post.signed_in()
    post.keep_files("before")
    post.crossing(session)
    post.keep_files("after")
    post.sign_ins.sign_out(session)
    post.put_back_all("after")
    post.put_back("before", *DATABASE)
    assert post.found() == [AnchorKind.OLD_STORE]


def test_another_copy_with_as_many_entries_is_found(post: Post) -> None:
    post.keep_files("fork")
    post.a_day()
    post.keep_files("true")
    post.put_back_all("fork")
    post.clock.now()  # other moments, other hashes
    post.a_day()
    post.keep_files("other")
    post.put_back_all("true")
    post.put_back("other", *DATABASE)
    assert AnchorKind.OTHER_STORE in post.found()


@pytest.mark.parametrize("missing", [("border.checkpoints", "border.marks"), ("border.checkpoints",)])
def test_missing_anchors_are_found(post: Post, missing: tuple[str, ...]) -> None:
    for name in missing:
        (post.anchors_folder / name).unlink()
    assert post.found() == [AnchorKind.ANCHORS_MISSING]


def test_missing_marks_are_found(post: Post) -> None:
    (post.anchors_folder / "border.marks").unlink()
    assert post.found() == [AnchorKind.ANCHORS_MISSING]


def test_old_anchors_put_back_are_found(post: Post) -> None:
    post.keep_files("yesterday")
    post.a_day()
    post.put_back("yesterday", anchors=("border.checkpoints", "border.marks"))
    assert post.found() == [AnchorKind.ANCHORS_OLD]
    post.put_back("yesterday", *DATABASE)
    post.found()


def test_old_anchors_beside_an_old_database_are_found_by_the_newest_marks(post: Post) -> None:
    post.keep_files("yesterday")
    post.a_day()
    post.put_back("yesterday", *DATABASE, anchors=("border.checkpoints",))
    assert post.found() == [AnchorKind.ANCHORS_OLD]


class MeetingSigner:
    """Signs when two are about to sign at once, or when it is clear that the other one has to wait."""

    def __init__(self, signer: TextSigner) -> None:
        self._signer = signer
        self._meeting = threading.Barrier(2, timeout=1.0)

    def sign_text(self, text: str, *, signing_key: Secret, trusted_comment: str) -> str:
        """See station.ports.sealing.TextSigner."""
        with suppress(threading.BrokenBarrierError):
            self._meeting.wait()
        return self._signer.sign_text(text, signing_key=signing_key, trusted_comment=trusted_comment)

    def key_id(self, public_key: str) -> str:
        """See station.ports.sealing.TextSigner."""
        return self._signer.key_id(public_key)

    def verify_text(self, text: str, signature: str, *, signer: str) -> str:
        """See station.ports.sealing.TextSigner."""
        return self._signer.verify_text(text, signature, signer=signer)


def test_two_checkpoints_at_once_and_a_kill_are_no_alarm(post: Post) -> None:
    session = post.signed_in()
    checkpoints = CheckpointService(MeetingSigner(post.sealer), post.clock)
    with ThreadPoolExecutor(2) as pool:
        reasons = (CheckpointReason.PRINT, CheckpointReason.EXPORT)
        list(pool.map(lambda reason: checkpoints.make({BORDER: session.store}, reason), reasons))
    anchors = session.store.anchors
    assert anchors is not None
    known = read_anchors(anchors.checkpoints(), anchors.marks(), lambda one: True)
    numbers = [one.number for one in known.checkpoints]
    assert numbers == list(range(1, len(numbers) + 1))
    post.keep_files("killed")
    post.sign_ins.sign_out(session)
    post.put_back_all("killed")
    assert post.found() == []


def test_all_local_files_put_back_together_are_not_found_here(post: Post) -> None:
    """What the documentation must not promise: only headquarters and paper know better."""
    post.keep_files("yesterday")
    post.a_day()
    post.put_back_all("yesterday")
    assert post.found() == []


def test_an_old_key_file_is_found(post: Post) -> None:
    post.keep_files("yesterday")
    with post.door.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.change_password("irina", SUPERVISOR_PASSWORD, distress_password=None)
    post.a_day()
    post.put_back("yesterday", *KEY_FILES)
    assert AnchorKind.OLD_KEYS in post.found()


def test_a_foreign_and_a_changed_checkpoint_are_found(post: Post, tmp_path: Path) -> None:
    file = post.anchors_folder / "border.checkpoints"
    whole = file.read_bytes()
    last = whole.rindex(b"slots ")
    file.write_bytes(whole[:last] + b"slots 7" + whole[last + 7 :])
    assert post.found() == [AnchorKind.ANCHORS_CHANGED]
    other = Post(tmp_path / "other", station="Harbour 2")
    other.a_day()
    shutil.copy2(other.anchors_folder / "border.checkpoints", file)
    assert post.found() == [AnchorKind.ANCHORS_CHANGED]


def test_a_torn_last_line_and_marks_that_lag_are_what_a_power_cut_leaves(post: Post) -> None:
    session = post.signed_in()
    for _ in range(3):
        post.crossing(session)
    post.keep_files("killed")
    post.sign_ins.sign_out(session)
    marks = post.anchors_folder / "border.marks"
    checkpoints = post.anchors_folder / "border.checkpoints"
    post.put_back_all("killed")
    whole, signed = marks.read_bytes(), checkpoints.read_bytes()
    assert whole.count(b"\n") == 4  # the header, and a line for each commit after the checkpoint
    header = whole.index(b"\n") + 1
    for length in range(header, len(whole), 13):
        post.put_back_all("killed")
        marks.write_bytes(whole[:length])
        assert post.found() == []
    post.put_back_all("killed")
    marks.write_bytes(whole + bytes(300))  # an extent that was never written
    assert post.found() == []
    post.put_back_all("killed")
    checkpoints.write_bytes(signed + signed[:200])
    assert post.found() == []
    assert checkpoints.read_bytes().startswith(signed)
    assert post.found() == []


def test_a_mark_damaged_in_between_is_told_and_closes_nothing(post: Post) -> None:
    session = post.signed_in()
    for _ in range(3):
        post.crossing(session)
    post.keep_files("killed")
    post.sign_ins.sign_out(session)
    post.put_back_all("killed")
    marks = post.anchors_folder / "border.marks"
    lines = marks.read_bytes().split(b"\n")
    lines[2] = b"0" + lines[2][1:]
    marks.write_bytes(b"\n".join(lines))
    assert post.found() == [AnchorKind.ANCHORS_DAMAGED]


def test_marks_of_nobody_are_no_marks(post: Post) -> None:
    """Whoever has no password cannot write a mark, so cannot make a store look old, or a fork look right."""
    session = post.signed_in()
    post.keep_files("killed")
    post.sign_ins.sign_out(session)
    post.put_back_all("killed")
    with (post.anchors_folder / "border.marks").open("ab") as file:
        file.write(b"999 " + b"a" * 64 + b" " + b"b" * 32 + b"\n")
    assert post.found() == []


def closed(post: Post) -> Session:
    """A session at a store that was put back by a day."""
    post.keep_files("yesterday")
    post.a_day()
    post.put_back("yesterday", *DATABASE)
    return post.signed_in()


def test_a_store_that_does_not_fit_is_read_and_not_written(post: Post) -> None:
    session = closed(post)
    before = {path.name: path.read_bytes() for path in post.anchors_folder.glob("border.*")}
    with session.store.reading() as unit:
        size = len(list(unit.audit.entries()))
    with pytest.raises(StoreReadOnly) as refused:
        session.store.unit_of_work()
    assert "older than it was" in refused.value.cause.in_english()
    said = [text.in_english() for text in told(session.store)]
    assert len(said) == 3
    assert "Somebody put an old copy back" in said[1]
    assert "Two people can then accept" in said[2]
    post.sign_ins.sign_out(session)
    again = post.signed_in()
    with again.store.reading() as unit:
        assert len(list(unit.audit.entries())) == size
    assert {path.name: path.read_bytes() for path in post.anchors_folder.glob("border.*")} == before
    post.sign_ins.sign_out(again)


@pytest.fixture
def at_the_closed_store(post: Post) -> Iterator[tuple[Post, Session, ApprovalService, AcceptanceService]]:
    session = closed(post)
    approvals = ApprovalService(session, post.door.desk, post.clock, post.randomness)
    yield post, session, approvals, AcceptanceService(session, approvals, post.checkpoints, post.clock)
    post.sign_ins.sign_out(session)


AtTheClosedStore = tuple[Post, Session, ApprovalService, AcceptanceService]


def is_closed(session: Session) -> bool:
    return session.store.read_only is not None


def test_two_people_accept_it_and_a_new_generation_begins(at_the_closed_store: AtTheClosedStore) -> None:
    post, session, approvals, acceptance = at_the_closed_store
    assert acceptance.waiting() == (BORDER,)
    request = acceptance.ask(BORDER)
    with pytest.raises(NotPermitted):
        acceptance.accept(BORDER, request.request_id)
    assert is_closed(session)
    approvals.decide(request.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
    acceptance.accept(BORDER, request.request_id)
    assert not is_closed(session)
    post.crossing(session)
    with session.store.reading() as unit:
        memory = memory_of(unit.settings)
        entries = list(unit.audit.entries())
    assert (memory.generation, memory.begun) == (2, True)
    begun = next(entry for entry in entries if entry.act == Act.GENERATION_BEGUN)
    assert begun.details["findings"] == "old_store"
    with pytest.raises(StoreError):
        acceptance.ask(BORDER)
    anchors = session.store.anchors
    assert anchors is not None
    known = read_anchors(anchors.checkpoints(), anchors.marks(), lambda one: True)
    verdict = check_trail(entries, known.heads)
    assert (verdict.findings, known.findings) == ((), ())
    (gap,) = verdict.gaps
    assert "were given up; two people accepted that" in gap.in_english()


def test_after_the_acceptance_the_store_fits_and_the_old_one_does_not(at_the_closed_store: AtTheClosedStore) -> None:
    post, _, approvals, acceptance = at_the_closed_store
    request = acceptance.ask(BORDER)
    approvals.decide(request.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
    acceptance.accept(BORDER, request.request_id)
    post.sign_ins.sign_out(at_the_closed_store[1])
    assert post.found() == []
    post.put_back("yesterday", *DATABASE)
    assert post.found() == [AnchorKind.OLD_STORE]


def test_whoever_gave_the_second_person_a_password_meanwhile_cannot_accept_an_older_store_alone(post: Post) -> None:
    post.keep_files("yesterday")
    session = post.signed_in()
    approvals = ApprovalService(session, post.door.desk, post.clock, post.randomness)
    with session.store.reading() as unit:
        omar = unit.officers.by_name("omar")
    assert omar is not None
    people = PeopleService(session, post.door.desk, approvals, post.clock, post.randomness)
    known_to_irina = people.reset_password(omar.officer_id, SUPERVISOR_PASSWORD).one_time_password
    post.sign_ins.sign_out(session)
    post.put_back("yesterday", *DATABASE)  # it does not know that the password is not omar's own any more
    session = post.signed_in()
    approvals = ApprovalService(session, post.door.desk, post.clock, post.randomness)
    request = AcceptanceService(session, approvals, post.checkpoints, post.clock).ask(BORDER)
    with pytest.raises(NotPermitted, match="another password") as refused:
        approvals.decide(request.request_id, Verdict.APPROVED, "omar", known_to_irina)
    # What it says can be done here: nothing can be reset in a store that is read only.
    assert "restore the last backup" in refused.value.next_step.in_english()
    assert is_closed(session)
    post.sign_ins.sign_out(session)


def test_asking_alone_does_not_hide_what_was_found(at_the_closed_store: AtTheClosedStore) -> None:
    post, session, _, acceptance = at_the_closed_store
    for _ in range(12):
        acceptance.ask(BORDER)  # each adds an entry, until there are more than were noted
    post.sign_ins.sign_out(session)
    assert post.found() == [AnchorKind.OTHER_STORE]


def test_anchors_that_were_lost_are_begun_anew_after_the_acceptance(post: Post) -> None:
    shutil.rmtree(post.anchors_folder)
    session = post.signed_in()
    approvals = ApprovalService(session, post.door.desk, post.clock, post.randomness)
    acceptance = AcceptanceService(session, approvals, post.checkpoints, post.clock)
    request = acceptance.ask(BORDER)
    approvals.decide(request.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
    acceptance.accept(BORDER, request.request_id)
    post.sign_ins.sign_out(session)
    post.a_day()
    assert post.found() == []


@pytest.mark.parametrize("moment", ["after the checkpoint's file", "after the marks' file", "after the memory"])
def test_a_kill_between_files_and_memory_is_no_finding(
    post: Post, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    session = post.signed_in()
    anchors = session.store.anchors
    assert anchors is not None

    class Killed(Exception):
        """Stands for the end of the process."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        if moment == "after the checkpoint's file":
            patch.setattr("storage.anchors.mark_file.MarkFile.begin", killed)
        elif moment == "after the marks' file":
            patch.setattr("station.access.checkpoints.remember", killed)
        try:
            post.checkpoints.make(session.stores, CheckpointReason.PRINT)
        except Killed:
            pass
        else:
            assert moment == "after the memory"
        post.keep_files("killed")
    post.sign_ins.sign_out(session)
    post.put_back_all("killed")
    assert post.found() == []


def test_every_byte_of_the_anchors_counts_or_does_no_harm(post: Post) -> None:
    """A changed byte is found at the opening, or by the check of the whole trail, or stands in a torn end."""
    session = post.signed_in()
    post.crossing(session)
    post.keep_files("killed")
    post.sign_ins.sign_out(session)
    unseen: list[tuple[str, bytes]] = []
    post.put_back_all("killed")
    marks = (post.anchors_folder / "border.marks").read_bytes()
    for name, step in (("border.marks", 11), ("border.checkpoints", 211)):
        post.put_back_all("killed")
        whole = (post.anchors_folder / name).read_bytes()
        for place in range(0, len(whole), step):
            post.put_back_all("killed")
            (post.anchors_folder / name).write_bytes(whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :])
            line = whole[whole.rfind(b"\n", 0, place) + 1 :].split(b"\n")[0]
            if not seen(post):
                unseen.append((name, line))
    # The last mark may be torn; an untrusted comment says nothing that anybody relies on.
    assert all(line.startswith(b"untrusted comment: ") for name, line in unseen if name == "border.checkpoints")
    assert {line for name, line in unseen if name == "border.marks"} <= {marks.split(b"\n")[-2]}


def seen(post: Post) -> bool:
    """Whether the opening or the full check of the anchors finds something."""
    session = post.signed_in()
    try:
        anchors = session.store.anchors
        assert anchors is not None

        def signed(one: SignedCheckpoint) -> bool:
            try:
                post.sealer.verify_text(one.text, one.signature, signer=post.public_key)
            except BundleRefused:
                return False
            return True

        findings = read_anchors(anchors.checkpoints(), anchors.marks(), signed).findings
        return bool(session.store.anchor_findings or findings)
    finally:
        post.sign_ins.sign_out(session)
