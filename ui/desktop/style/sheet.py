# SPDX-License-Identifier: Apache-2.0
"""The style sheet of the whole desktop, made of tokens.

A widget says what part it plays with ``setProperty("part", …)``, a label how it speaks with ``"voice"``; nobody else
writes style rules. Parts: panel, verdict, action, next, field, chip, rail, top, devices, note. Voices: quiet, small,
large, title, idle, name, strong.
"""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from station.domain.checks import CheckResult
from ui.desktop.style.fonts import text_font
from ui.desktop.style.tokens import (
    APART,
    FIELD_HEIGHT,
    FOCUS_WIDTH,
    IDLE,
    KEY_HEIGHT,
    LARGE,
    NEAR,
    RADIUS,
    SMALL,
    TIGHT,
    TITLE,
    Tokens,
)

_SHEET = Template("""
QWidget { color: $text; background: transparent; selection-background-color: $selection;
          selection-color: $on_selection; }
QMainWindow, QWidget[part="page"], QWidget[part="window"] { background: $canvas; }
QToolTip { background: $raised; color: $text; border: 1px solid $outline; padding: ${tight}px; }

QFrame[part="panel"] { background: $surface; border: 1px solid $hairline; border-radius: ${radius}px; }
QFrame[part="panel"][trouble="true"] { border: ${ring}px solid $undetermined; }
QListWidget[part="choices"] { background: $raised; border: 1px solid $focus; border-radius: 0; }
QFrame[part="note"] { background: $surface; border: 1px solid $outline; border-radius: ${radius}px; }
QFrame[part="rule"] { background: $hairline; border: none; max-height: 1px; min-height: 1px; }
QFrame[part="verdict"] { background: $surface; border: 1px solid $outline; border-radius: ${radius}px; }
$verdicts

QLabel[voice="quiet"] { color: $quiet; }
QLabel[voice="small"] { color: $quiet; font-size: ${small}px; }
QLabel[voice="heading"] { color: $quiet; font-size: ${small}px; font-weight: 600; }
QLabel[voice="strong"] { font-weight: 600; }
QLabel[voice="needed"] { font-size: ${small}px; font-weight: 600; }
QLabel[voice="large"] { font-size: ${large}px; }
QLabel[voice="verdict"] { font-size: ${large}px; font-weight: 600; }
QLabel[voice="name"] { font-size: ${title}px; font-weight: 600; }
QLabel[voice="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[voice="idle"] { font-size: ${idle}px; font-weight: 300; }
QLabel[voice="key"] { color: $text; background: $raised; border: 1px solid $outline; border-radius: 4px;
                      padding: 0 ${tight}px; font-weight: 600; }

QPushButton { background: $raised; border: 1px solid $outline; border-radius: ${radius}px;
              padding: 0 ${apart}px; min-height: ${key}px; font-weight: 600; }
QPushButton:hover { border-color: $focus; }
QPushButton:focus { border: ${ring}px solid $focus; }
QPushButton:disabled { color: $quiet; border: 1px dashed $hairline; background: transparent; }
QPushButton[part="next"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[part="next"]:focus { border: ${double}px double $on_accent;
    min-height: ${key_next}px; padding: 0 ${apart_next}px; }
QPushButton[part="plain"] { background: transparent; border-color: transparent; font-weight: 400; text-align: left;
                            min-height: ${field}px; padding: 0 ${near}px; }
QPushButton[part="plain"]:focus { border: ${ring}px solid $focus; }
QPushButton[part="small"] { min-height: ${line_focused}px; }
QPushButton[part="small"]:checked { background: $selection; color: $on_selection; border-color: $selection; }
QFrame[part="languages"] { border: ${ring}px solid transparent; border-radius: ${radius}px; }
QFrame[part="languages"]:focus { border: ${ring}px solid $focus; }
QPushButton[part="rail"] { background: transparent; border: ${ring}px solid transparent; padding: ${tight}px;
                           min-height: 0; font-weight: 400; }
QPushButton[part="rail"]:checked { background: $surface; font-weight: 600; }
QPushButton[part="rail"]:focus { border: ${ring}px solid $focus; }

QLineEdit, QPlainTextEdit, QSpinBox, QComboBox { background: $well; border: 1px solid $outline;
    border-radius: 4px; padding: 0 ${near}px; min-height: ${line}px; }
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QComboBox:focus { border: ${ring}px solid $focus;
    padding: 0 ${inner}px; background: $surface; min-height: ${line_focused}px; }
QLineEdit[missing="true"] { border: 1px solid $undetermined; background: $undetermined_tint; }
QLineEdit[missing="true"]:focus { border: ${ring}px solid $focus; }
QLineEdit:disabled, QLineEdit:read-only { color: $quiet; border-color: $hairline; }

QListView, QTableView, QTreeView { background: $surface; border: 1px solid $hairline; border-radius: ${radius}px;
    outline: none; alternate-background-color: $well; gridline-color: $hairline; }
QListView:focus, QTableView:focus, QTreeView:focus { border: ${ring}px solid $focus; }
QListView::item, QTableView::item, QTreeView::item { padding: ${tight}px ${near}px; }
QListView::item:selected, QTableView::item:selected, QTreeView::item:selected { background: $selection;
    color: $on_selection; }
QHeaderView::section { background: $surface; color: $quiet; border: none; border-bottom: 1px solid $hairline;
    padding: ${tight}px ${near}px; font-weight: 600; }

QCheckBox, QRadioButton { spacing: ${near}px; min-height: ${field}px; }
QCheckBox:focus, QRadioButton:focus { border: ${ring}px solid $focus; border-radius: 4px; }
QRadioButton::indicator { width: ${apart}px; height: ${apart}px; border: ${ring}px solid $outline; background: $well;
                          border-radius: ${near}px; }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; }

QProgressBar { background: $well; border: 1px solid $outline; border-radius: 4px; min-height: ${apart}px;
               max-height: ${apart}px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QScrollArea { border: none; }
QScrollBar:vertical { width: ${apart}px; background: transparent; }
QScrollBar:horizontal { height: ${apart}px; background: transparent; }
QScrollBar::handle { background: $outline; border-radius: ${tight}px; min-height: ${field}px; min-width: ${field}px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none;
    border: none; width: 0; height: 0; }

QWidget[part="top"] { background: $ordinary; }
QWidget[part="top"] QLabel { color: $on_ordinary; }
QWidget[part="rail"] { background: $canvas; border: none; }
QWidget[part="devices"] { background: $surface; border-top: 1px solid $hairline; }
""")

_VERDICT = Template(
    'QFrame[part="verdict"][result="$result"] { background: $tint; border: 1px solid $mark;'
    " border-radius: ${radius}px; }\n"
)


def style_sheet(tokens: Tokens) -> str:
    """The style sheet of one look."""
    colours = tokens.colours
    verdicts = "".join(
        _VERDICT.substitute(
            result=result.name, tint=colours.tints[result], mark=colours.marks[result], radius=tokens.px(RADIUS)
        )
        for result in CheckResult
    )
    ring = tokens.px(FOCUS_WIDTH)
    return _SHEET.substitute(
        canvas=colours.canvas,
        surface=colours.surface,
        well=colours.well,
        raised=colours.raised,
        text=colours.text,
        quiet=colours.quiet,
        hairline=colours.hairline,
        outline=colours.outline,
        focus=colours.focus,
        accent=colours.accent,
        on_accent=colours.on_accent,
        selection=colours.selection,
        on_selection=colours.on_selection,
        ordinary=colours.ordinary.fill,
        on_ordinary=colours.ordinary.text,
        undetermined=colours.marks[CheckResult.UNDETERMINED],
        undetermined_tint=colours.tints[CheckResult.UNDETERMINED],
        verdicts=verdicts,
        ring=ring,
        double=ring * 3,
        key_next=tokens.px(KEY_HEIGHT) + 2 - 6 * ring,
        apart_next=max(0, tokens.px(APART) + 1 - 3 * ring),
        inner=max(0, tokens.px(NEAR) - ring + 1),
        tight=tokens.px(TIGHT),
        near=tokens.px(NEAR),
        apart=tokens.px(APART),
        radius=tokens.px(RADIUS),
        small=tokens.px(SMALL),
        large=tokens.px(LARGE),
        title=tokens.px(TITLE),
        idle=tokens.px(IDLE),
        key=tokens.px(KEY_HEIGHT),
        field=tokens.px(FIELD_HEIGHT),
        line=tokens.px(FIELD_HEIGHT) - 2,
        line_focused=tokens.px(FIELD_HEIGHT) - 2 * ring,
    )


def palette(tokens: Tokens) -> QPalette:
    """The colours for what style sheets do not reach."""
    colours = tokens.colours
    made = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, colours.canvas),
        (QPalette.ColorRole.WindowText, colours.text),
        (QPalette.ColorRole.Base, colours.well),
        (QPalette.ColorRole.AlternateBase, colours.surface),
        (QPalette.ColorRole.Text, colours.text),
        (QPalette.ColorRole.PlaceholderText, colours.quiet),
        (QPalette.ColorRole.Button, colours.raised),
        (QPalette.ColorRole.ButtonText, colours.text),
        (QPalette.ColorRole.Highlight, colours.selection),
        (QPalette.ColorRole.HighlightedText, colours.on_selection),
    ):
        made.setColor(role, QColor(colour))
    return made


def dress(application: QApplication, tokens: Tokens) -> None:
    """Give the whole application this look."""
    application.setStyle("Fusion")
    application.setFont(text_font(tokens, weight=QFont.Weight.Normal))
    application.setPalette(palette(tokens))
    application.setStyleSheet(style_sheet(tokens))
