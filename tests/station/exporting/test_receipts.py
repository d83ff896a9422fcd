# SPDX-License-Identifier: Apache-2.0
"""A receipt is believed with headquarters' signature and for exactly the bundle that left, and in no other way."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.errors import NotPermitted, ReceiptRefused, RetentionRefused
from station.exporting import receipts
from station.exporting.headquarters import Change
from station.exporting.receipt_text import NotAReceipt, ReceiptText, read_receipt, written_receipt
from station.exporting.receipts import ReceiptService, ReceiptsTaken
from station.ports.export_rows import Receipt
from station.ports.tasks import CancelToken
from station.safekeeping.retention import RetentionService
from tests.open_station import OFFICER_PASSWORD
from tests.station.exporting.headquarters_post import HeadquartersPost


@pytest.fixture
def post(tmp_path: Path) -> Iterator[HeadquartersPost]:
    post = HeadquartersPost(tmp_path)
    yield post
    post.close()


def take_in(post: HeadquartersPost) -> ReceiptsTaken:
    return post.receipts.take_in(post.stick, CancelToken())


def standing(post: HeadquartersPost) -> list[Receipt]:
    return [one.receipt for one in post.exports.completed()]


def test_a_signed_receipt_is_noted_kept_and_on_the_trail(post: HeadquartersPost) -> None:
    key = post.believe_signed_receipts()
    first, second = post.exported(), post.exported()
    post.signed_receipt("receipt-1.txt", post.receipt_for(first))
    assert take_in(post) == ReceiptsTaken(taken=(1,), known=(), refused=())
    assert standing(post) == [Receipt.NONE, Receipt.SIGNED]
    with post.session.store.reading() as unit:
        assert list(unit.retention.without_receipt()) == [second.record.sequence]
        (entry,) = unit.audit.entries(act="export.received")
    assert entry.details["sha256"] == first.bundle.sha256
    assert entry.details["signed_with"] == post.sealer.key_id(key.text)
    assert take_in(post).known == (1,)


def test_what_does_not_fit_is_refused_and_stops_no_other(post: HeadquartersPost) -> None:
    post.believe_signed_receipts()
    outcome = post.exported()
    stranger = post.sealer.new_signing_key()
    good = post.receipt_for(outcome)
    post.signed_receipt("receipt-a.txt", good, key=stranger)
    post.signed_receipt("receipt-b.txt", good).write_text(good.replace("export: 1", "export: 2"))
    post.signed_receipt("receipt-c.txt", post.receipt_for(outcome, station="Harbour 2"))
    post.signed_receipt("receipt-d.txt", post.receipt_for(outcome, export=7))
    post.signed_receipt("receipt-e.txt", post.receipt_for(outcome, sha256="0" * 64))
    post.signed_receipt("receipt-f.txt", good + "and more\n")
    post.brought("receipt-g.txt", good)
    post.brought("receipt-h.txt", b"\xff\xfe")
    post.brought("receipt-h.txt.minisig", b"\xff\xfe")
    post.signed_receipt("receipt-i.txt", "x" * 5000)
    (post.stick / "receipt-j.txt").symlink_to(post.stick / "receipt-z.txt")
    os.mkfifo(post.stick / "receipt-k.txt")
    post.signed_receipt("receipt-z.txt", good)
    came = take_in(post)
    assert came.taken == (1,)
    assert [one.name[8] for one in came.refused] == list("abcdefghi")  # links and pipes are not even listed
    assert standing(post) == [Receipt.SIGNED]


@pytest.mark.parametrize("broken", ["receipt-2.txt", "receipt-2.txt.minisig"])
def test_a_file_that_the_disk_cannot_read_stops_no_other(
    post: HeadquartersPost, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    post.believe_signed_receipts()
    outcomes = [post.exported() for _ in range(3)]
    for number, outcome in enumerate(outcomes, start=1):
        post.signed_receipt(f"receipt-{number}.txt", post.receipt_for(outcome))
    opened = os.open

    def worn_out(path: str | Path, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if str(path) == broken:
            raise OSError(errno.EIO, "Input/output error")
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", worn_out)
    came = take_in(post)
    assert came.taken == (1, 3)
    assert [(one.name, one.cause.in_english()) for one in came.refused] == [
        ("receipt-2.txt", f"The file {broken} cannot be read: Input/output error.")
    ]
    assert standing(post) == [Receipt.SIGNED, Receipt.NONE, Receipt.SIGNED]


def test_none_of_it_is_noted_without_a_good_one(post: HeadquartersPost) -> None:
    post.believe_signed_receipts()
    outcome = post.exported()
    post.signed_receipt("receipt-a.txt", post.receipt_for(outcome, sha256="0" * 64))
    assert take_in(post).taken == ()
    assert standing(post) == [Receipt.NONE]
    assert "export.received" not in post.acts()


def test_more_receipts_than_a_stick_may_hold_are_told(post: HeadquartersPost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "MOST_RECEIPTS", 1)
    post.believe_signed_receipts()
    good = post.receipt_for(post.exported())
    for name in ("receipt-1.txt", "receipt-2.txt", "receipt-3.txt"):
        post.signed_receipt(name, good)
    came = take_in(post)
    assert (came.taken, [one.name for one in came.refused]) == ((1,), ["receipt-2.txt"])


def test_without_a_key_of_headquarters_no_signed_receipt_is_taken_in(post: HeadquartersPost) -> None:
    post.signed_receipt("receipt-1.txt", post.receipt_for(post.exported()))
    with pytest.raises(ReceiptRefused, match="knows no key"):
        take_in(post)


def test_an_empty_stick_and_no_stick_are_told_apart(post: HeadquartersPost) -> None:
    post.believe_signed_receipts()
    with pytest.raises(ReceiptRefused, match="no receipt in"):
        take_in(post)
    with pytest.raises(ReceiptRefused, match="cannot be read"):
        post.receipts.take_in(post.stick / "gone", CancelToken())


def test_a_folder_that_cannot_be_listed_is_told(post: HeadquartersPost, monkeypatch: pytest.MonkeyPatch) -> None:
    post.believe_signed_receipts()
    post.signed_receipt("receipt-1.txt", post.receipt_for(post.exported()))

    def worn_out(_handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "scandir", worn_out)
    with pytest.raises(ReceiptRefused) as refused:
        take_in(post)
    assert refused.value.cause.in_english() == f"{post.stick} cannot be read."


def test_in_a_transition_both_signing_keys_are_believed_and_then_the_new_one(post: HeadquartersPost) -> None:
    old = post.believe_signed_receipts()
    one, two, three = post.exported(), post.exported(), post.exported()
    post.signed_receipt("receipt-1.txt", post.receipt_for(one))
    post.signed_receipt("receipt-3.txt", post.receipt_for(three))
    post.signing = post.sealer.new_signing_key()
    post.believe_signed_receipts()
    post.signed_receipt("receipt-2.txt", post.receipt_for(two))
    (post.stick / "receipt-3.txt").rename(post.stick / "later.txt")
    assert take_in(post).taken == (1, 2)
    post.changed(Change.DROP, old)
    (post.stick / "later.txt").rename(post.stick / "receipt-3.txt")
    assert [one.name for one in take_in(post).refused] == ["receipt-1.txt", "receipt-3.txt"]


def test_a_typed_receipt_proves_nothing_and_is_not_taken_where_signed_ones_are(post: HeadquartersPost) -> None:
    retention = RetentionService(post.session, post.approvals, post.clock, post.randomness)
    outcome, later = post.exported(), post.exported()
    retention.note_receipt(1, outcome.bundle.sha256[:12])
    assert standing(post) == [Receipt.NONE, Receipt.UNPROVEN]
    post.believe_signed_receipts()
    with pytest.raises(RetentionRefused, match="sign their receipts"):
        retention.note_receipt(2, later.bundle.sha256[:12])
    post.signed_receipt("receipt-1.txt", post.receipt_for(outcome))
    assert take_in(post).taken == (1,)
    assert standing(post) == [Receipt.NONE, Receipt.SIGNED]


def test_an_officer_takes_no_receipt_in(post: HeadquartersPost) -> None:
    post.close()
    post.session = post.signed_in("omar", OFFICER_PASSWORD)
    with pytest.raises(NotPermitted):
        ReceiptService(post.session, post.sealer, post.clock).take_in(post.stick, CancelToken())


@pytest.mark.skipif(shutil.which("minisign") is None, reason="the public tool minisign is not on this machine")
def test_what_the_public_tool_signs_is_believed(post: HeadquartersPost) -> None:
    keys = post.stick.parent / "headquarters"
    keys.mkdir()
    made = ["minisign", "-G", "-W", "-p", str(keys / "hq.pub"), "-s", str(keys / "hq.key")]
    subprocess.run(made, check=True, capture_output=True)
    with pytest.raises(Exception, match="secret key"):
        post.headquarters.read(keys / "hq.key")
    post.changed(Change.ADD, post.headquarters.read(keys / "hq.pub"))
    path = post.brought("receipt-1.txt", post.receipt_for(post.exported()))
    subprocess.run(["minisign", "-S", "-s", str(keys / "hq.key"), "-m", str(path)], check=True, capture_output=True)
    assert take_in(post).taken == (1,)


@given(
    st.builds(
        ReceiptText,
        station=st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=60),
        export=st.integers(1, 999_999_999),
        sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
        day=st.dates(min_value=date(1, 1, 1)),
    )
)
def test_what_is_written_reads_back(receipt: ReceiptText) -> None:
    assert read_receipt(written_receipt(receipt)) == receipt
    assert read_receipt(written_receipt(receipt).replace("\n", "\r\n")) == receipt


@given(
    st.text(max_size=300) | st.from_regex(r"hbm-station receipt 1\n(station|export|sha256|date): .*", fullmatch=False)
)
def test_any_other_text_is_refused_and_never_a_bug(text: str) -> None:
    with pytest.raises(NotAReceipt):
        read_receipt(text)
