# SPDX-License-Identifier: Apache-2.0
"""Signed receipts from the command line, and a bundle outside the plan as whoever gets it checks it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date
from pathlib import Path

import pytest

from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService, Request
from station.access.sign_in import Session
from station.domain.secrets import Secret
from station.exporting.headquarters import Change, HeadquartersService, KeyChange
from station.exporting.outside import OutsideExportService
from station.exporting.outside_order import OutsideOrder
from station.exporting.receipt_text import ReceiptText, written_receipt
from station.ports.tasks import CancelToken
from tests.ui.command_line.commands import Demo, command, copied
from ui.bootstrap.house import House, new_headquarters_identity


class Post:
    """A store of one's own that has exported, a stick, and a signing key of headquarters."""

    def __init__(self, demo: Demo, house: House, session: Session, stick: Path) -> None:
        self._demo = demo
        self.house = house
        self.session = session
        self.stick = stick
        self.key = house.signer.new_signing_key()
        self.approvals = ApprovalService(session, house.keys, house.steady, house.randomness)

    def decided(self, request: Request) -> str:
        """Approved by an officer."""
        password = Secret.of(self._demo.password("officer.a"))
        return self.approvals.decide(request.request_id, Verdict.APPROVED, "officer.a", password).request_id

    def believe(self) -> None:
        """The key counts."""
        headquarters = HeadquartersService(self.session, self.approvals, self.house.signer, self.house.clock)
        (self.stick / "hq.pub").write_text(self.house.signer.public_key(self.key))
        wanted = KeyChange(change=Change.ADD, key=headquarters.read(self.stick / "hq.pub"))
        headquarters.change(self.decided(headquarters.ask(wanted)), wanted)

    def receipt(self, name: str, sha256: str) -> None:
        """On the stick, signed."""
        station = self.session.store.identity.station
        text = written_receipt(ReceiptText(station=station, export=1, sha256=sha256, day=date(2026, 11, 23)))
        (self.stick / name).write_text(text)
        signature = self.house.signer.sign_text(text, signing_key=self.key, trusted_comment="receipt")
        (self.stick / f"{name}.minisig").write_text(signature)


@pytest.fixture
def store(demo: Demo, tmp_path: Path) -> Path:
    return copied(demo.store, tmp_path / "store")


@pytest.fixture
def post(demo: Demo, store: Path, tmp_path: Path) -> Iterator[Post]:
    (stick := tmp_path / "stick").mkdir()
    with House.at(store) as house:
        session = house.sign_in.sign_in("supervisor.b", Secret.of(demo.password("supervisor.b")), CancelToken())
        yield Post(demo, house, session, stick)
        house.sign_in.sign_out(session)


def test_receipts_on_a_stick_are_noted_and_the_others_named(
    demo: Demo, post: Post, store: Path, tmp_path: Path
) -> None:
    post.believe()
    post.receipt("receipt-1.txt", hashlib.sha256(demo.bundle.read_bytes()).hexdigest())
    post.receipt("receipt-2.txt", "0" * 64)
    post.house.sign_in.sign_out(post.session)
    words = ("receipt", *demo.signed_in(store, tmp_path), "--from", post.stick)
    said = command(*words, "--json")
    assert said.code == 3, said
    facts = said.answer("receipt")
    assert (facts["taken"], facts["known"]) == ([1], [])
    assert [one["file"] for one in facts["refused"]] == ["receipt-2.txt"]  # type: ignore[attr-defined] # the schema says that it is a list
    (post.stick / "receipt-2.txt").unlink()
    again = command(*words, "--json")
    assert (again.code, again.answer("receipt")["known"]) == (0, [1])


def test_without_a_key_of_headquarters_the_command_says_so(demo: Demo, store: Path, tmp_path: Path) -> None:
    said = command("receipt", *demo.signed_in(store, tmp_path), "--from", tmp_path, "--json")
    assert said.error["kind"] == "ReceiptRefused"


def test_a_bundle_outside_the_plan_says_for_whom_and_follows_no_other(demo: Demo, post: Post, tmp_path: Path) -> None:
    outside = OutsideExportService(
        post.session,
        post.approvals,
        post.house.signer,
        targets=post.house.targets,
        clock=post.house.clock,
        randomness=post.house.randomness,
        zone=UTC,
    )
    identity, recipient = new_headquarters_identity()
    (post.stick / "consulate.txt").write_text(recipient)
    (tmp_path / "consulate.age").write_bytes(identity.reveal())
    day = post.session.store.identity.created_at.date()
    order = OutsideOrder(
        recipient=outside.recipient(post.stick / "consulate.txt"),
        whom="Consulate of Utopia",
        purpose="Notify the families",
        days=(day.replace(year=day.year - 1), day.replace(year=day.year + 1)),
    )
    left = outside.export(post.decided(outside.ask(order)), post.stick, CancelToken(), lambda _done, _of: None)
    signer = ("--signer", demo.folder / "station.pub")
    for key in (tmp_path / "consulate.age", demo.folder / "hq-identity.age"):
        said = command("verify", left.bundle.path, *signer, "--identity", key, "--json")
        assert said.code == 0, said
        plan = said.answer("verify")["manifest"]["outside"]  # type: ignore[index] # the schema says that it is one
        assert (plan["whom"], plan["pictures"]) == ("Consulate of Utopia", "left-out")
    plain = command("verify", left.bundle.path, *signer, "--identity", tmp_path / "consulate.age")
    assert "for Consulate of Utopia, purpose Notify the families" in plain.out + plain.err
    after = ("--identity", demo.folder / "hq-identity.age", "--after", demo.bundle, "--json")
    said = command("verify", left.bundle.path, *signer, *after)
    assert said.code == 3
    assert said.answer("verify")["breaks"] == ["A bundle outside the plan follows no other one, and none follows it."]
