# SPDX-License-Identifier: Apache-2.0
"""The look: contrast is computed for every pair that can meet, and the marks differ in shape."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from station.domain.checks import CheckResult
from ui.desktop.style.marks import MARKS, MarkSign, paint_mark
from ui.desktop.style.sheet import style_sheet
from ui.desktop.style.tokens import BASE, COLOURS, Theme, Tokens, contrast, luminance
from ui.translation import PSEUDO, Translator

THEMES = list(Theme)


@pytest.mark.parametrize("theme", THEMES)
def test_text_stands_at_seven_to_one_on_every_ground(theme: Theme) -> None:
    colours = COLOURS[theme]
    grounds = [colours.canvas, colours.surface, colours.well, colours.raised, *colours.tints.values()]
    pairs = [(ink, ground) for ink in (colours.text, colours.quiet) for ground in grounds]
    pairs += [(colours.on_accent, colours.accent), (colours.on_selection, colours.selection)]
    pairs += [(colours.on_doubt, colours.doubt)]
    for top in (colours.ordinary, colours.training, colours.crisis):
        pairs += [(top.text, top.fill), (top.text, top.pattern)]
    weak = [(ink, ground, round(contrast(ink, ground), 2)) for ink, ground in pairs if contrast(ink, ground) < 7]
    assert not weak


@pytest.mark.parametrize("theme", THEMES)
def test_marks_focus_and_edges_stand_at_three_to_one(theme: Theme) -> None:
    colours = COLOURS[theme]
    grounds = [colours.canvas, colours.surface, colours.well]
    pairs = [(mark, ground) for mark in (*colours.marks.values(), colours.focus, colours.outline) for ground in grounds]
    pairs += [(colours.marks[result], colours.tints[result]) for result in CheckResult]
    weak = [(ink, ground, round(contrast(ink, ground), 2)) for ink, ground in pairs if contrast(ink, ground) < 3]
    assert not weak


def test_nothing_glares_at_night() -> None:
    colours = COLOURS[Theme.NIGHT]
    grounds = [colours.canvas, colours.surface, colours.well, colours.raised, *colours.tints.values()]
    assert max(luminance(ground) for ground in grounds) < 0.02
    assert luminance(colours.text) < 0.55


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_five_marks_have_five_shapes(qapp: object) -> None:
    drawn = set()
    for result in CheckResult:
        image = QImage(24, 24, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        paint_mark(painter, QRectF(0, 0, 24, 24), result, "#000000")
        painter.end()
        drawn.add(bytes(image.constBits()))
    assert len(drawn) == len(CheckResult)
    assert len({mark.symbol for mark in MARKS.values()}) == len(CheckResult)


def test_a_mark_is_heard_as_its_word(qtbot: QtBot) -> None:
    sign = MarkSign(Tokens(), Translator("en"))
    qtbot.addWidget(sign)
    sign.show_result(CheckResult.UNDETERMINED)
    assert sign.accessibleName() == "undetermined"
    sign = MarkSign(Tokens(), Translator(PSEUDO))
    qtbot.addWidget(sign)
    sign.show_result(CheckResult.FAILED)
    assert sign.accessibleName().startswith("⟦")


def test_sizes_grow_with_the_setting_and_the_window() -> None:
    assert Tokens().px(BASE) == 15
    assert Tokens(factor=2.0).px(BASE) == 30
    assert Tokens(factor=9.0).px(BASE) == 30
    assert Tokens.for_height(Theme.LIGHT, 720).factor == 1.0
    assert Tokens.for_height(Theme.LIGHT, 1080).factor == 1.25


@pytest.mark.parametrize("theme", THEMES)
def test_every_rule_of_the_sheet_has_its_token(theme: Theme) -> None:
    sheet = style_sheet(Tokens(theme))
    assert "$" not in sheet
    assert COLOURS[theme].surface in sheet
