# SPDX-License-Identifier: Apache-2.0
"""The pages of one signed-in person and what goes on beside them: opened when asked for, taken apart at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from station.access.sign_in import Session
from ui.bootstrap.workplace import Workplace
from ui.desktop.desk_words import LOCKS_SOON
from ui.desktop.main_window import MainWindow
from ui.desktop.room import Around, OpenRoom
from ui.desktop.rooms import open_room
from ui.desktop.runtime.copies import forget_copies
from ui.desktop.standing_watch import StandingWatch
from ui.presenters.frame import FramePresenter, Room
from ui.presenters.sign_in import Why

if TYPE_CHECKING:  # pages are imported when they are first shown, so that the window stands before
    from ui.desktop.pages.own_password import OwnPasswordPage


class SessionPages:
    """Made when a person can work, on the window's thread. ``leave`` ends the session."""

    def __init__(
        self,
        window: MainWindow,
        frame: FramePresenter,
        around: Around,
        workplace: Workplace,
        session: Session,
        *,
        leave: Callable[[Why], None],
        ended: Callable[[], bool],
    ) -> None:
        self._window = window
        self._frame = frame
        self._around = around
        self._workplace = workplace
        self._session = session
        self._leave = leave
        self._ended = ended
        self._rooms: dict[Room, OpenRoom] = {}
        self._room: Room | None = None
        self._own_password: OwnPasswordPage | None = None
        self._standing: StandingWatch | None = None

    def watch(self) -> None:
        """Look from now on who answers for the shift, at the clock, and for planned backups."""
        self._standing = StandingWatch(
            self._session,
            self._around.services.safe,
            self._frame,
            self._around.runner,
            self._workplace.house.events,
            home=self._around.home.post,
            ended=self._ended,
        )

    def open(self, room: Room) -> None:
        """Show a page; it is made when it is first asked for."""
        if room is self._room:
            return
        if room not in self._rooms:
            self._rooms[room] = open_room(room, self._around)
        self._room = room
        self._put_over(self._rooms[room].page)
        self._rooms[room].shown()

    def own_password(self) -> None:
        """The form for one's own password, over whatever page stands there."""
        if self._own_password is not None:
            return
        from ui.desktop.own_password import own_password_page

        page = self._own_password = own_password_page(
            self._around.look,
            self._session,
            self._workplace,
            self._around.runner,
            changed=lambda: self._leave(Why.SIGNED_OUT),
            leave=self._back_to_the_room,
        )
        self._put_over(page)
        page.take_focus()

    def keep_away(self, lock: Callable[[], None]) -> bool:
        """Whether work is under way that a lock must not break; then only its page stays, and ``lock`` follows it."""
        rooms = [room for room in LOCKS_SOON if room in self._rooms]
        waits = next((room for room in rooms if self._rooms[room].when_ended(lock)), None)
        if waits is None:
            return False
        if self._own_password is not None:
            self._back_to_the_room()
        self._frame.stay_in(waits, LOCKS_SOON[waits])
        for room in [room for room in self._rooms if room is not waits]:
            self._close_room(self._rooms.pop(room))
        forget_copies()
        return True

    def take_apart(self) -> None:
        """The person has left: nothing of them stays in any widget."""
        if self._standing is not None:
            self._standing.close()
            self._standing = None
        rooms, self._rooms, self._room = self._rooms, {}, None
        for room in rooms.values():
            self._close_room(room)
        self._forget_own_password()

    def _back_to_the_room(self) -> None:
        if self._room is not None:
            room = self._rooms[self._room]
            self._put_over(room.page)
            room.shown()

    def _forget_own_password(self) -> None:
        page, self._own_password = self._own_password, None
        if page is not None:
            page.presenter.close()
            self._window.drop(page)

    def _close_room(self, room: OpenRoom) -> None:
        room.closed()
        self._window.drop(room.page)

    def _put_over(self, page: QWidget) -> None:
        """Put a page up. The one before stays when it is a room's; any other goes, with what was typed there."""
        before = self._window.page
        self._window.put(page)
        if before is None or before is page or before in {opened.page for opened in self._rooms.values()}:
            return
        if before is self._own_password:
            self._forget_own_password()
        else:
            self._window.drop(before)
