# SPDX-License-Identifier: Apache-2.0
"""The Inspect page by keyboard alone, without a mouse or a modal window; in other directions and longer words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QListWidget, QWidget
from pytestqt.qtbot import QtBot

from station.domain.checks import CheckResult
from station.domain.crossing import Crossing, Direction
from station.inspection import events as ev
from tests.ui.desk import Desk, open_desk
from tests.ui.presenters.test_inspect import doubt, recorded
from ui.desktop.pages.inspect import InspectPage
from ui.desktop.style.sheet import dress
from ui.desktop.style.tokens import Theme, Tokens
from ui.desktop.widgets.look import Look
from ui.presenters.inspect_desk import MOST_UNFINISHED
from ui.presenters.inspect_view import Mode
from ui.presenters.mrz_editor import MrzView
from ui.translation import PSEUDO, PSEUDO_RIGHT_TO_LEFT, Translator

Open = Callable[..., tuple[InspectPage, Desk]]


@pytest.fixture
def open_page(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Open]:
    desks: list[Desk] = []

    def open_it(language: str = "en", *, size: tuple[int, int] = (1176, 640)) -> tuple[InspectPage, Desk]:
        translator = Translator(language)
        tokens = Tokens(Theme.LIGHT)
        dress(qapp, tokens)
        right_to_left = translator.right_to_left
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight)
        desk = open_desk(tmp_path, language=language)
        page = InspectPage(Look(tokens, translator))
        qtbot.addWidget(page)
        desk.presenter._render = page.show_view
        page.resize(*size)
        page.driven_by(desk.presenter)
        with qtbot.waitActive(page):
            page.show()
            page.activateWindow()
        desks.append(desk)
        return page, desk

    yield open_it
    for desk in desks:
        desk.close()
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    qapp.setStyleSheet("")


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """A key, wherever the keyboard is."""
    focused = QApplication.focusWidget()
    assert focused is not None, "the keyboard is nowhere"
    QTest.keyClick(focused, key, modifier)


def type_in(text: str) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None, "the keyboard is nowhere"
    QTest.keyClicks(focused, text)


def mode(page: InspectPage) -> Mode:
    assert page._view is not None
    return page._view.mode


def test_a_whole_inspection_is_done_by_keyboard_alone(open_page: Open) -> None:
    page, desk = open_page()
    desk.place(0)
    desk.tasks.all()
    assert mode(page) is Mode.DECIDING
    type_in("bus")
    press(Qt.Key.Key_Return)
    desk.tasks.all()
    for _ in range(3):
        press(Qt.Key.Key_Return)
    type_in("trans")
    press(Qt.Key.Key_Return)
    desk.tasks.all()
    for _ in range(3):
        press(Qt.Key.Key_Return)
    assert isinstance(QApplication.focusWidget(), QAbstractButton)
    press(Qt.Key.Key_Return)
    desk.tasks.step()
    assert recorded(desk) == 1
    assert mode(page) is Mode.IDLE


def test_nothing_of_the_last_traveller_stays_on_the_idle_page(open_page: Open) -> None:
    page, desk = open_page()
    press(Qt.Key.Key_F3)
    desk.tasks.all()
    type_in("Specimenova")
    desk.place(0)
    press(Qt.Key.Key_Return)
    desk.presenter.enter_field("expiry_date")
    desk.tasks.all()
    assert mode(page) is Mode.DECIDING
    desk.presenter.prompt_reason("")
    press(Qt.Key.Key_F4)
    desk.tasks.step()
    assert page.view is not None
    assert page.view.mode is Mode.IDLE
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    kept = [label.text() for label in page.findChildren(QLabel)] + [
        line.text() for line in page.findChildren(QLineEdit)
    ]
    assert not [text for text in kept if "pecimenova" in text]
    assert page.portrait._image.isNull()


def test_a_refusal_by_keyboard(open_page: Open) -> None:
    page, desk = open_page()
    desk.place(0)
    desk.tasks.all()
    press(Qt.Key.Key_F7)
    type_in("e")
    press(Qt.Key.Key_Tab)
    type_in("no invitation")
    press(Qt.Key.Key_Return)
    desk.tasks.all()
    assert mode(page) is Mode.DONE
    press(Qt.Key.Key_Return)
    assert mode(page) is Mode.IDLE


def test_doubtful_characters_by_keyboard(open_page: Open) -> None:
    page, desk = open_page()
    truth = desk.stock.traveller(0).mrz_lines
    desk.engine.misread = ((0, 6, "I"),)
    desk.engine.doubts = (doubt(0, 6, "I", truth[0][6]), doubt(1, 2, truth[1][2]))
    desk.place(0)
    desk.tasks.all()
    assert QApplication.focusWidget() is page.mrz
    press(Qt.Key.Key_Right)
    press(Qt.Key.Key_Left)
    type_in(truth[0][6].lower())
    press(Qt.Key.Key_Return)
    desk.tasks.all()
    assert mode(page) is Mode.DECIDING


def test_escape_leaves_a_question_and_the_keyboard_is_never_lost(open_page: Open) -> None:
    page, desk = open_page()
    desk.place(0)
    desk.tasks.all()
    for key in (Qt.Key.Key_F7, Qt.Key.Key_Escape, Qt.Key.Key_Escape, Qt.Key.Key_Escape, Qt.Key.Key_F6):
        press(key)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused.isVisibleTo(page)


def test_the_page_is_made_larger_and_smaller_by_keys(open_page: Open) -> None:
    page, desk = open_page()
    desk.place(0)
    desk.tasks.all()
    page.page.setFocus()
    press(Qt.Key.Key_Plus)
    larger = page.page._zoom
    press(Qt.Key.Key_Minus)
    assert (larger, page.page._zoom) == (1, 0)


def test_an_unfinished_inspection_is_taken_up_by_its_figure(open_page: Open) -> None:
    page, desk = open_page()
    desk.place(0)
    desk.tasks.all()
    press(Qt.Key.Key_F4)
    desk.tasks.step()
    desk.place(1)
    desk.tasks.step()
    press(Qt.Key.Key_1)
    desk.tasks.all()
    assert mode(page) is Mode.DECIDING


def test_the_tenth_unfinished_inspection_is_taken_up_from_the_next_page_of_the_list(open_page: Open) -> None:
    page, desk = open_page()
    crossing = Crossing(direction=Direction.ENTRY)
    opened = [desk.service.act(desk.service.begin_keying(crossing), ev.Parked()) for _ in range(11)]
    desk.presenter.stop()
    desk.presenter.start()
    for _ in range(3):  # the first list, the wait that was given up, the second list
        desk.tasks.step()
    assert page.view is not None
    assert len(page.view.unfinished) == MOST_UNFINISHED
    assert page.minimumSizeHint().height() <= page.height(), "the list does not fit the smallest screen"
    press(Qt.Key.Key_PageDown)
    press(Qt.Key.Key_PageDown)
    assert page.view.unfinished_span is not None
    assert page.view.unfinished_span.in_english().startswith("7 to 11 of 11, the newest first.")
    press(Qt.Key.Key_5)
    desk.tasks.all()
    assert mode(page) is Mode.KEYING
    state = desk.presenter._flow.state
    assert state is not None
    assert state.encounter_id == opened[0].encounter_id


def test_every_control_has_a_name_and_a_role(open_page: Open) -> None:
    page, desk = open_page()
    desk.place(0)
    desk.tasks.all()
    press(Qt.Key.Key_F7)
    for control in page.findChildren(QWidget):
        if control.focusPolicy() is Qt.FocusPolicy.NoFocus or control is page or isinstance(control, QLabel):
            continue
        interface = QAccessible.queryAccessibleInterface(control)
        if isinstance(control, (QAbstractButton, QLineEdit, QListWidget)) and control.isVisibleTo(page):
            assert interface.text(QAccessible.Text.Name), control
            assert interface.role() is not QAccessible.Role.NoRole


def words_on(page: InspectPage) -> list[str]:
    """Every visible word that is not a person's or a document's."""
    found = []
    for label in page.findChildren(QLabel):
        if label.isVisibleTo(page) and not label.property("data"):
            found.append(label.text())
    for button in page.findChildren(QAbstractButton):
        if button.isVisibleTo(page) and not button.property("data"):
            found.append(button.text())
    for lines in page.findChildren(QListWidget):
        if lines.isVisibleTo(page) and not lines.property("data"):
            found += [lines.item(row).text() for row in range(lines.count())]
    return found


def untranslated(text: str) -> str:
    """What is left of a pseudo-translated text when translations, isolated data and keys are taken away."""
    before = None
    while before != text:
        before = text
        text = re.sub("\u2068[^\u2068\u2069]*\u2069", "", text)
        text = re.sub("⟦[^⟦⟧]*⟧", "", text)
    return re.sub(r"\b(F\d+|Ctrl\+[A-Z]|Enter|Esc)\b|\W|\d", "", text)


@pytest.mark.parametrize("language", [PSEUDO, PSEUDO_RIGHT_TO_LEFT])
def test_no_visible_word_is_left_untranslated(open_page: Open, language: str) -> None:
    page, desk = open_page(language)
    left = [text for text in words_on(page) if untranslated(text)]
    desk.place(0)
    desk.tasks.all()
    left += [text for text in words_on(page) if untranslated(text)]
    press(Qt.Key.Key_F7)
    left += [text for text in words_on(page) if untranslated(text)]
    press(Qt.Key.Key_Escape)
    press(Qt.Key.Key_F2)
    desk.tasks.all()
    left += [text for text in words_on(page) if untranslated(text)]
    assert not left


@pytest.mark.parametrize("language", [PSEUDO, "fr", "ar"])
def test_longer_words_and_taller_letters_still_fit_the_smallest_screen(open_page: Open, language: str) -> None:
    page, desk = open_page(language)
    assert page.minimumSizeHint().height() <= 640
    desk.place(0)
    desk.tasks.all()
    press(Qt.Key.Key_F7)
    press(Qt.Key.Key_Escape)
    press(Qt.Key.Key_F3)
    desk.tasks.all()
    QApplication.processEvents()
    assert page.minimumSizeHint().width() <= 1176
    assert page.minimumSizeHint().height() <= 640


def drawn_mrz(page: InspectPage) -> bytes:
    image = page.mrz.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return bytes(image.constBits())


def test_a_mirrored_page_keeps_the_mrz_from_left_to_right(open_page: Open, qapp: QApplication) -> None:
    page, desk = open_page()
    desk.place(0)
    desk.tasks.all()
    assert page.page.mapTo(page, page.page.rect().center()).x() < page.width() / 2
    page.mrz.clearFocus()
    page.mrz.setFixedWidth(430)
    page.mrz.show_mrz(MrzView(lines=("P<UTO<<", "L898<<6")))
    straight = drawn_mrz(page)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    QApplication.processEvents()
    assert page.page.mapTo(page, page.page.rect().center()).x() > page.width() / 2
    assert drawn_mrz(page) == straight


def test_arabic_names_the_checks_in_arabic_or_english_but_marks_stay_the_same(open_page: Open) -> None:
    page, desk = open_page("ar")
    desk.place(0)
    desk.tasks.all()
    assert page._view is not None
    assert page._view.banner.result is CheckResult.SUCCESSFUL
    assert page.person.isVisibleTo(page)


@pytest.mark.parametrize("language", ["en", "fr", "ar", PSEUDO, PSEUDO_RIGHT_TO_LEFT])
def test_every_ground_of_a_refusal_is_seen_without_scrolling(open_page: Open, language: str) -> None:
    page, desk = open_page(language, size=(1176, 618))  # what 1280x720 leaves in Arabic
    desk.place(0)
    desk.tasks.all()
    press(Qt.Key.Key_F7)
    QApplication.processEvents()
    lines = page.prompt.lines
    assert lines.count() == 9
    assert lines.fits
    seen = [lines.visualItemRect(lines.item(row)) for row in range(9)]
    assert all(above.bottom() < below.top() for above, below in pairwise(seen))
    assert all(lines.viewport().rect().contains(rect) for rect in seen)


@pytest.mark.parametrize(("language", "onwards"), [("en", Qt.Key.Key_Right), ("ar", Qt.Key.Key_Left)])
def test_the_language_of_the_notice_is_turned_with_the_arrows(open_page: Open, language: str, onwards: Qt.Key) -> None:
    page, desk = open_page(language)
    desk.place(0)
    desk.tasks.all()
    press(Qt.Key.Key_F7)
    before = page.prompt.languages.chosen
    press(onwards)
    after = {"English": "français", "العربية": "English"}[before]
    assert page.prompt.languages.chosen == after
    press(Qt.Key.Key_A)
    press(Qt.Key.Key_Return)
    desk.tasks.all()
    press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert page.prompt.languages.hasFocus()
    assert page.prompt.languages.chosen == after
    press(onwards)
    assert page.prompt.languages.chosen != after
    press(Qt.Key.Key_Return)
    desk.tasks.all()
    assert mode(page) is Mode.DONE
    press(Qt.Key.Key_Return)  # the keyboard is at the next traveller
    assert mode(page) is Mode.IDLE
