# SPDX-License-Identifier: Apache-2.0
"""Keeps the keyboard in the page: a page that hides what has it must not send the next Enter to the rail."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget


class FocusKeeper(QObject):
    """Watches where the keyboard goes. Window's thread only.

    Qt gives the keyboard of a hidden, disabled or deleted widget to the next one of the window, which may be a button
    of the rail. ``page`` tells which page stands in ``area``; its own ``take_focus`` decides where in it.
    """

    def __init__(self, area: QWidget, page: Callable[[], QWidget | None]) -> None:
        super().__init__(area)
        self._area = area
        self._page = page
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._settle)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._moved)

    def _moved(self, before: QWidget | None, now: QWidget | None) -> None:
        page = self._page()
        if before is None or page is None or not self._inside(before) or (now is not None and self._inside(now)):
            return
        if before.isEnabled() and before.isVisibleTo(self._area):
            return  # somebody went elsewhere: with Tab, with the mouse, to another window
        if page.isVisible():
            page.setFocus()  # what is pressed in this very moment is the page's
            self._later.start()

    def _settle(self) -> None:
        """The page has drawn its new state: it says where the keyboard belongs."""
        page = self._page()
        take_focus = getattr(page, "take_focus", None)
        if page is not None and page.isVisible() and page.hasFocus() and take_focus is not None:
            take_focus()

    def _inside(self, widget: QWidget) -> bool:
        return widget is self._area or self._area.isAncestorOf(widget)
