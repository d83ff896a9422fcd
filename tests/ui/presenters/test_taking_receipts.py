# SPDX-License-Identifier: Apache-2.0
"""Receipts are looked for where somebody sees it, can stop it, and is told what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from station.exporting.outside import OutsideMade
from station.exporting.receipts import ReceiptService
from station.ports.export_rows import Receipt
from storage.exchange.stick import FolderTargets
from tests.station.exporting.headquarters_post import HeadquartersPost
from tests.ui.desk import SteppedTasks
from ui.presenters.export import ExportPresenter
from ui.presenters.outside import row_of_made


@pytest.fixture
def post(tmp_path: Path) -> Iterator[HeadquartersPost]:
    post = HeadquartersPost(tmp_path)
    post.believe_signed_receipts()
    for number in (1, 2):
        post.signed_receipt(f"receipt-{number}.txt", post.receipt_for(post.exported()))
    yield post
    post.close()


def page(post: HeadquartersPost, tasks: SteppedTasks) -> ExportPresenter:
    """The page, aimed at the stick and at rest."""
    presenter = ExportPresenter(
        post.exports,
        FolderTargets(post.store_folder),
        tasks,
        home=lambda call: call(),
        sticks=lambda: [str(post.stick)],
        receipts=post.receipts,
        look_after=0,
    )
    presenter.refresh()
    tasks.all()
    return presenter


def shown(presenter: ExportPresenter) -> list[Receipt]:
    return [one.receipt for one in presenter.state.receipts]


def stopped_after_one(presenter: ExportPresenter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Esc comes while the first receipt is noted."""
    keep = ReceiptService._keep

    def kept(*given: object) -> bool:
        presenter.cancel()
        return keep(*given)  # type: ignore[arg-type]  # what the service gives, handed on

    monkeypatch.setattr(ReceiptService, "_keep", kept)


def test_a_stop_ends_it_and_what_was_noted_is_shown(post: HeadquartersPost, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = SteppedTasks()
    presenter = page(post, tasks)
    stopped_after_one(presenter, monkeypatch)
    states: list[bool] = []
    presenter.show_on(lambda state: states.append(state.taking))
    presenter.take_receipts()
    tasks.all()
    assert (True in states, states[-1]) == (True, False)
    assert presenter.state.trouble is not None
    assert presenter.state.trouble.cause.in_english() == "You stopped it."
    assert shown(presenter) == [Receipt.NONE, Receipt.SIGNED]


def test_a_stop_that_comes_after_the_last_one_tells_what_was_noted(
    post: HeadquartersPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    (post.stick / "receipt-2.txt").unlink()
    tasks = SteppedTasks()
    presenter = page(post, tasks)
    stopped_after_one(presenter, monkeypatch)
    presenter.take_receipts()
    tasks.all()
    assert presenter.state.trouble is None
    assert presenter.state.taken is not None
    assert presenter.state.taken.cause.in_english() == "1 signed receipt was noted now."


def test_the_page_that_goes_away_stops_it_and_a_lock_does_not_wait(post: HeadquartersPost) -> None:
    tasks = SteppedTasks()
    presenter = page(post, tasks)
    presenter.take_receipts()
    assert not presenter.when_ended(lambda: None)  # each receipt is noted whole, or not at all
    presenter.close()
    tasks.all()
    assert [one.receipt for one in post.exports.completed()] == [Receipt.NONE, Receipt.NONE]


def test_receipts_that_are_all_known_have_words_of_their_own(post: HeadquartersPost) -> None:
    tasks = SteppedTasks()
    presenter = page(post, tasks)
    told = []
    for _ in range(2):
        presenter.take_receipts()
        tasks.all()
        assert presenter.state.taken is not None
        told.append(presenter.state.taken.cause.in_english())
    assert told == ["2 signed receipts were noted now.", "2 signed receipts were noted before."]


def test_one_record_is_not_called_records(post: HeadquartersPost) -> None:
    made = [OutsideMade(name="one", at=post.clock.now(), encounters=count) for count in (1, 2)]
    told = [row_of_made(one, UTC).in_english().split(", ")[-1] for one in made]
    assert told == ["1 record", "2 records"]
