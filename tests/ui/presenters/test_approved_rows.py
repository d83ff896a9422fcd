# SPDX-License-Identifier: Apache-2.0
"""What was approved is read before it is done, and what is void keeps nothing else back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from station.access.approvals import Request
from station.domain.words import Text
from station.exporting.headquarters import Change, KeyChange
from station.exporting.headquarters_keys import PublicKeyOf
from tests.station.exporting.test_outside import AskedPost
from tests.ui.desk import SteppedTasks
from ui.presenters import headquarters, outside
from ui.presenters.agreeing import BACK, AgreeingPresenter, place_after
from ui.presenters.headquarters import HeadquartersPresenter
from ui.presenters.keymap import Key
from ui.presenters.outside import OutsidePresenter


class Tasks(SteppedTasks):
    """Slow work comes home after each key."""

    def do(self, page: AgreeingPresenter[Any], key: Key) -> None:
        page.do(key)
        self.all()

    def submit(self, page: AgreeingPresenter[Any], **answers: str) -> None:
        page.submit(answers)
        self.all()


@pytest.fixture
def tasks() -> Tasks:
    return Tasks()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[AskedPost]:
    post = AskedPost(tmp_path)
    yield post
    post.close()


def keys_page(post: AskedPost, tasks: Tasks) -> HeadquartersPresenter:
    page = HeadquartersPresenter(post.headquarters, post.approvals, tasks, sticks=tuple, zone=UTC, left=lambda: None)
    page.refresh()
    tasks.all()
    return page


def outside_page(post: AskedPost, tasks: Tasks) -> OutsidePresenter:
    page = OutsidePresenter(post.outside, post.approvals, tasks, sticks=tuple, zone=UTC, left=lambda: None)
    page.refresh()
    tasks.all()
    return page


def counting(post: AskedPost) -> list[PublicKeyOf]:
    """The keys that count now."""
    seen = post.headquarters.keys()
    return [one.key for one in seen]


def said(texts: tuple[Text, ...]) -> str:
    return "\n".join(text.in_english() for text in texts)


def trouble(page: AgreeingPresenter[Any]) -> str:
    return page.state.trouble.cause.in_english() if page.state.trouble is not None else ""


def test_an_approved_change_of_keys_is_read_before_it_is_done(post: AskedPost, tasks: Tasks) -> None:
    key = post.another_recipient()[1]
    post.decided(post.headquarters.ask(KeyChange(change=Change.ADD, key=key)))
    page = keys_page(post, tasks)
    assert key.fingerprint in page.state.rows[0].in_english()
    assert f"The whole key: {key.text}" in said(page.state.shown)
    page.choose(1)  # a key that counts
    assert page.state.shown == ()
    assert headquarters.DO not in page.state.keys
    tasks.do(page, headquarters.DO)
    assert key not in counting(post)
    page.choose(0)
    assert page.state.keys[0] is headquarters.DO
    tasks.do(page, headquarters.DO)
    assert key in counting(post)
    assert headquarters.DO not in page.state.keys


def test_a_void_change_of_keys_keeps_no_older_one_back(post: AskedPost, tasks: Tasks) -> None:
    signer = post.headquarters.read(post.brought("r.pub", post.sealer.public_key(post.signing)))
    post.decided(post.headquarters.ask(KeyChange(change=Change.ADD, key=signer)))
    post.clock.at += timedelta(minutes=1)
    void = post.another_recipient()[1]
    post.decided(post.headquarters.ask(KeyChange(change=Change.ADD, key=void)))
    post.changed(Change.ADD, post.another_recipient()[1])  # the one before it fits no longer
    page = keys_page(post, tasks)
    assert void.fingerprint not in said(page.state.rows)
    assert signer.text in said(page.state.shown)
    tasks.do(page, headquarters.DO)
    assert trouble(page) == ""
    assert signer in counting(post)


def test_the_key_pressed_twice_does_not_do_what_nobody_read(post: AskedPost, tasks: Tasks) -> None:
    signer = post.headquarters.read(post.brought("r.pub", post.sealer.public_key(post.signing)))
    sealing = post.another_recipient()[1]
    for key in (signer, sealing):
        post.decided(post.headquarters.ask(KeyChange(change=Change.ADD, key=key)))
        post.clock.at += timedelta(minutes=1)
    page = keys_page(post, tasks)
    tasks.do(page, headquarters.DO)
    tasks.do(page, headquarters.DO)
    now = counting(post)
    assert (signer in now, sealing in now).count(True) == 1


def test_a_void_export_outside_the_plan_keeps_no_older_one_back(post: AskedPost, tasks: Tasks) -> None:
    post.agreed(post.order(record=post.records[0], days=None, whom="Consulate of the first"))
    post.clock.at += timedelta(minutes=1)
    post.agreed(post.order(whom="Consulate of the second"))
    post.keep(post.session, *post.encounter(images=1))  # one more record of that day
    page = outside_page(post, tasks)
    assert "Consulate of the second" in said(page.state.shown)
    tasks.do(page, outside.DO)
    assert "Consulate of the second" in said(page.state.shown)
    tasks.submit(page, folder=str(post.stick))
    assert "things have changed" in trouble(page)
    tasks.do(page, BACK)
    page.choose(1)
    assert "Consulate of the first" in said(page.state.shown)
    tasks.do(page, outside.DO)
    tasks.submit(page, folder=str(post.stick))
    assert trouble(page) == ""
    assert len(list(post.stick.glob("*.age"))) == 1


def test_the_choice_stays_on_a_request_and_never_slips_onto_another(post: AskedPost) -> None:
    one, two, three = (_asked(post, n) for n in ("one", "two", "three"))
    assert place_after((), 0, (one, two)) == 0
    assert place_after((one,), 0, (two, one)) == 1, "the chosen one stays chosen"
    assert place_after((one, two), 0, (two,)) == 1, "below the approved ones"
    assert place_after((one,), 2, (one,)) == 2
    assert place_after((one,), 2, ()) == 1, "the same row of the page"
    assert place_after((one,), 2, (three, one)) == 0, "what is new is seen"


def _asked(post: AskedPost, whom: str) -> Request:
    return post.outside.ask(post.order(whom=whom))
