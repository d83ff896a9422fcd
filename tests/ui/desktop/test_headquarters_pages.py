# SPDX-License-Identifier: Apache-2.0
"""Keys of headquarters, exports outside the plan and signed receipts, by keys alone in the real window."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station.domain.secrets import Secret
from station.exporting.headquarters_keys import KeyUse, PublicKeyOf
from station.exporting.receipt_text import ReceiptText, written_receipt
from station.exporting.receipts import ReceiptService
from station.ports.export_rows import Receipt
from station.ports.tasks import CancelToken
from storage.sealed import age
from tests.open_station import OpenStation
from tests.ui.window import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, DrivenWindow, founded
from ui.desktop.pages.agreeing import AgreeingView
from ui.desktop.pages.export import ExportPage
from ui.desktop.pages.recovery import RecoveryPage

F2, F4, F5, F6, F7, F9 = (getattr(Qt.Key, f"Key_F{number}") for number in (2, 4, 5, 6, 7, 9))
ENTER, ESC = Qt.Key.Key_Return, Qt.Key.Key_Escape


class Post:
    """A supervisor at the window, and a stick."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.station: OpenStation = founded(folder)
        session = self.station.signed_in()
        self.record = self.station.keep(session, *self.station.encounter(images=1))
        self.station.sign_ins.sign_out(session)
        self.stick = folder / "stick"
        self.stick.mkdir()
        self.window = DrivenWindow(qtbot, folder)
        self.window.sign_in("irina", SUPERVISOR_PASSWORD)

    def fill(self, *texts: str) -> None:
        """Type into one field after the other."""
        for text in texts:
            if text:
                self.window.control(Qt.Key.Key_A)
                self.window.write(text)
            self.window.press(ENTER)

    def rest(self, view: AgreeingView) -> None:
        """Wait until nothing is under way."""
        presenter = view.presenter
        self.window.until(lambda: presenter._task is None and presenter._reading is None, "the work's end")

    def sign(self, view: AgreeingView) -> None:
        """Omar reads and signs."""
        self.window.until(lambda: "name" in view.form.fields, "the second person's form")
        self.rest(view)
        self.fill("omar", OFFICER_PASSWORD.reveal().decode(), "")

    def picture(self, name: str) -> None:
        """For a look at the page, where somebody asked for pictures."""
        if folder := os.environ.get("HBM_PICTURES"):
            QApplication.processEvents()
            self.window.window.grab().save(f"{folder}/{name}.png")

    def key_page(self) -> AgreeingView:
        """The second side of the page Keys."""
        self.window.alt(Qt.Key.Key_7)
        page = self.window.page_of(RecoveryPage)
        self.window.until(lambda: bool(page.presenter.state.acts), "the page Keys")
        self.window.press(F6)
        return self._turned(page)

    def outside_page(self) -> AgreeingView:
        """The second side of the page Export."""
        self.export_page()
        self.window.press(F6)
        return self._turned(self.window.page_of(ExportPage))

    def export_page(self) -> ExportPage:
        """The page Export."""
        self.window.alt(Qt.Key.Key_3)
        page = self.window.page_of(ExportPage)
        self.window.until(lambda: page.presenter.state.waiting is not None, "what waits")
        return page

    def _turned(self, page: ExportPage | RecoveryPage) -> AgreeingView:
        assert page.sides.turned
        (view,) = page.findChildren(AgreeingView)
        self.rest(view)
        return view

    def add_key(self, name: str, text: str) -> AgreeingView:
        """A key of headquarters that both agree on."""
        (self.stick / name).write_text(text)
        view = self.key_page()
        self.window.press(F2)
        self.fill(str(self.stick / name))
        self.window.until(view.shown.isVisible, "what both agree to")
        self.picture(f"agree-{name}")
        self.sign(view)
        self.window.until(lambda: view.presenter.state.happened is not None, "the changed key")
        self.rest(view)
        return view


@pytest.fixture
def post(qtbot: QtBot, tmp_path: Path) -> Iterator[Post]:
    post = Post(qtbot, tmp_path)
    yield post
    post.window.close()


def test_a_key_is_added_and_the_old_one_dropped_with_a_second_person(post: Post) -> None:
    _, recipient = age.new_identity()
    view = post.add_key("headquarters.txt", recipient)
    assert view.list.count() == 3  # two keys, and the remark that no key signs receipts
    assert PublicKeyOf(KeyUse.SEALING, recipient).fingerprint in view.list.item(1).text()
    post.picture("headquarters")
    post.window.press(F7)  # the first row: the key of the first start
    post.sign(view)
    post.window.until(lambda: view.list.count() == 2, "one key less")
    post.rest(view)
    post.window.press(F7)
    post.window.until(lambda: view.presenter.state.trouble is not None, "the refusal")
    assert view.trouble.isVisible()
    post.window.press(ESC)
    assert not post.window.page_of(RecoveryPage).sides.turned
    post.window.press(F2)
    assert post.window.page_of(RecoveryPage).presenter.state.typing is not None, "the front has its own keys again"


def test_a_secret_key_is_named_and_the_form_stays(post: Post) -> None:
    identity, _ = age.new_identity()
    (post.stick / "key.txt").write_bytes(identity.reveal())
    view = post.key_page()
    post.window.press(F2)
    post.fill(str(post.stick / "key.txt"))
    post.window.until(lambda: view.presenter.state.trouble is not None, "the refusal")
    trouble = view.presenter.state.trouble
    assert trouble is not None
    assert "secret key" in trouble.cause.in_english()
    assert identity.reveal().decode() not in post.window.said()
    assert view.form.isVisible()
    post.picture("secret-key")


def test_the_first_key_that_signs_receipts_stands_beside_no_other(post: Post) -> None:
    first, second = (post.station.sealer.public_key(post.station.sealer.new_signing_key()) for _ in range(2))
    happened = post.add_key("receipts.pub", first).presenter.state.happened
    assert happened is not None
    said = happened.cause.in_english() + happened.next_step.in_english()
    assert "Receipts" in said
    assert "beside" not in said
    assert "drop" not in said
    post.window.press(ESC)
    post.window.alt(Qt.Key.Key_1)
    happened = post.add_key("more.pub", second).presenter.state.happened
    assert happened is not None
    assert "beside those that counted before" in happened.cause.in_english()


def test_a_receipt_is_taken_in_on_the_page_export(post: Post) -> None:
    signing: Secret = post.station.sealer.new_signing_key()
    post.add_key("receipts.pub", post.station.sealer.public_key(signing))
    page = post.export_page()
    post.window.write(str(post.stick))
    post.window.press(F9)
    post.window.until(lambda: len(page.presenter.state.receipts) == 1, "the export")
    (record,) = page.presenter.state.receipts
    assert record.receipt is Receipt.NONE
    text = written_receipt(
        ReceiptText(station="Harbour 1", export=1, sha256=record.bundle_sha256, day=date(2026, 11, 23))
    )
    (post.stick / "receipt-1.txt").write_text(text)
    signature = post.station.sealer.sign_text(text, signing_key=signing, trusted_comment="receipt")
    (post.stick / "receipt-1.txt.minisig").write_text(signature)
    (post.stick / "receipt-2.txt").write_text(text)
    post.window.press(F4)
    post.window.until(lambda: page.presenter.state.receipts[0].receipt is Receipt.SIGNED, "the receipt")
    assert "signed receipt" in page.receipts.item(0).text()
    assert "was not believed" in page.remarks.text()
    post.picture("receipts")


def test_looking_for_receipts_is_shown_and_esc_stops_it(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_stick(_service: ReceiptService, _folder: Path, cancel: CancelToken) -> None:
        cancel.wait(60)

    monkeypatch.setattr(ReceiptService, "take_in", slow_stick)
    page = post.export_page()
    post.window.write(str(post.stick))
    post.window.press(F4)
    post.window.until(page.progress_words.isVisible, "what is done now")
    assert page.progress_words.text() == "Looking for receipts… Esc stops."
    assert page.stop_taking.isVisible()
    assert not page.stop.isVisible()
    post.picture("taking")
    post.window.press(ESC)
    post.window.until(lambda: not page.presenter.state.taking, "the stop")
    post.window.until(page.trouble.isVisible, "what came of it")
    assert not page.progress_words.isVisible()
    post.picture("taking-stopped")


def test_a_bundle_leaves_outside_the_plan_with_a_second_person(post: Post) -> None:
    _, recipient = age.new_identity()
    (post.stick / "recipient.txt").write_text(recipient)
    view = post.outside_page()
    post.window.press(F2)
    post.picture("outside-form")
    post.fill(str(post.stick / "recipient.txt"), "Consulate of Utopia", "Notify the family", "", "", post.record, "")
    post.window.until(view.shown.isVisible, "what both agree to")
    assert "Consulate of Utopia" in view.shown.toPlainText()
    assert "Pictures are left out." in view.shown.toPlainText()
    post.picture("outside-agree")
    post.sign(view)
    post.window.until(lambda: "folder" in view.form.fields, "where it goes")
    post.rest(view)
    post.fill(str(post.stick))
    post.window.until(lambda: view.presenter.state.happened is not None, "the bundle")
    post.rest(view)
    assert [path.name for path in post.stick.glob("*.age")] == ["TRAINING-Harbour-1-outside-000001.tar.age"]
    assert view.list.count() == 1
    post.picture("outside-left")
    post.window.press(ESC)
    page = post.window.page_of(ExportPage)
    assert not page.sides.turned
    assert page.presenter.state.waiting == 1
