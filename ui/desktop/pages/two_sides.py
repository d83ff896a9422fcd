# SPDX-License-Identifier: Apache-2.0
"""A page with a second side: what belongs to the same room, but would crowd its front."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedLayout, QWidget

from ui.desktop.pages.agreeing import AgreeingView


class TwoSides:
    """The sides of ``page``. Keys of the side that is not seen do nothing: no widget of it has the keyboard."""

    def __init__(self, page: QWidget, front: QWidget) -> None:
        self._layout = QStackedLayout(page)
        self._layout.addWidget(front)
        self._back: AgreeingView | None = None

    def add(self, back: AgreeingView) -> None:
        """Give the page its second side."""
        self._back = back
        self._layout.addWidget(back)

    @property
    def turned(self) -> bool:
        """Whether the second side is seen."""
        return self._layout.currentIndex() == 1

    def turn(self) -> None:
        """Show the second side, read anew."""
        if self._back is not None:
            self._layout.setCurrentWidget(self._back)
            self._back.presenter.refresh()
            self._back.take_focus()

    def turn_back(self) -> None:
        """Show the front."""
        self._layout.setCurrentIndex(0)

    def take_focus(self) -> None:
        """Where the second side wants the keyboard."""
        if self._back is not None:
            self._back.take_focus()
