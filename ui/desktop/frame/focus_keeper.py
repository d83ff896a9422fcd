# SPDX-License-Identifier: Apache-2.0
"""Keeps the keyboard in the page: a page that hides what has it must not send the next Enter to the rail."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget


class FocusKeeper(QObject):
    """Asked by the window before the keyboard goes on by itself. Window's thread only.

    Qt gives the keyboard of a hidden or disabled widget to the next one of the window, which may be a button of the
    rail. ``page`` tells which page stands in ``area``; its own ``take_focus`` decides where in it.
    """

    def __init__(self, area: QWidget, page: Callable[[], QWidget | None]) -> None:
        super().__init__(area)
        self._area = area
        self._page = page
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._settle)

    def keeps(self, before: QWidget | None) -> bool:
        """Whether the keyboard stays in the page, because ``before`` was taken away while it had it."""
        page = self._page()
        if before is None or page is None or before is page or not self._area.isAncestorOf(before):
            return False
        if (before.isEnabled() and before.isVisibleTo(self._area)) or not page.isVisible():
            return False  # somebody goes elsewhere, with Tab; or the page goes as well
        page.setFocus()  # what is pressed in this very moment is the page's
        self._later.start()
        return True

    def _settle(self) -> None:
        """The page has drawn its new state: it says where the keyboard belongs."""
        page = self._page()
        take_focus = getattr(page, "take_focus", None)
        if page is not None and page.isVisible() and page.hasFocus() and take_focus is not None:
            take_focus()
