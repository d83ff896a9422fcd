# SPDX-License-Identifier: Apache-2.0
"""The pages of a station that nobody has open: signing in, and destroying the keys before somebody takes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from station.access.sign_in import Session, needs_pin
from station.ports.storage import StoreKind
from station.ports.tasks import TaskRunner
from ui.bootstrap.house import House
from ui.desktop.beginnings import PutPage
from ui.desktop.runtime.farewell import Farewell
from ui.desktop.runtime.home import Home
from ui.desktop.runtime.successor import Handover
from ui.desktop.widgets.look import Look
from ui.presenters.sign_in import SignInPresenter, Why
from ui.presenters.wipe import Wiped, WipePresenter, WipeStage


class Outside:
    """Owns whichever of these pages stands in the window. Home thread only."""

    def __init__(
        self,
        house: House,
        look: Look,
        runner: TaskRunner,
        farewell: Farewell,
        *,
        home: Home,
        put: PutPage,
        opened: Callable[[Session], None],
        close: Callable[[], None],
    ) -> None:
        """``opened`` gets the session of whoever signed in; ``close`` closes the window."""
        self._house = house
        self._look = look
        self._runner = runner
        self._farewell = farewell
        self._home = home
        self._put = put
        self._opened = opened
        self._close = close
        farewell.on_wipe(self.ask_to_wipe)
        self._wiping: WipePresenter | None = None
        self._kind: StoreKind | None = None
        #: Somebody asked for it while the store was being opened.
        self.wipe_wished = False
        #: While the page of signing in stands there.
        self.sign_in: SignInPresenter | None = None

    def show_sign_in(self, why: Why, name: str = "", *, kind: StoreKind | None) -> SignInPresenter:
        """The page of signing in, which says why it is here."""
        from ui.desktop.pages.sign_in import SignInPage

        self.forget()
        self._kind = kind
        presenter = SignInPresenter(
            self._house.sign_in,
            self._runner,
            self._opened,
            why=why,
            name=name,
            kind=kind,
            needs_pin=partial(needs_pin, self._house.keys),
            home=self._home.post,
        )
        self.sign_in = presenter
        page = SignInPage(self._look, presenter, wipe=self.wipe)
        self._put(page, page.take_focus)
        return presenter

    def wipe(self) -> None:
        """Ask for what destroying the keys needs. Only where signing in is possible: elsewhere are no keys, or not yet.

        A session that is just being closed is closed within a breath, and this page follows. So does it after a try to
        sign in: this process ends over the try, which is safe at any moment, or waits until it is stopped.
        """
        if self.sign_in is None or self._farewell.rather(Why.WIPE):
            return
        if self.sign_in.ready:
            self.ask_to_wipe(self.sign_in.state.name)
            return
        name = self.sign_in.give_way(Why.WIPE, self._gave_way)
        self.wipe_wished = True
        self._farewell.end(Handover(why=Why.WIPE, name=name))

    def ask_to_wipe(self, name: str) -> None:
        """The page of destroying the keys, with this sign-in name on it."""
        from ui.desktop.pages.wipe import WipePage

        self.forget()
        presenter = WipePresenter(
            self._house.keys,
            self._runner,
            self._house.randomness,
            needs_pin=partial(needs_pin, self._house.keys),
            ended=self._wiped,
            left=partial(self._back_to_sign_in, name),
            name=name,
            kind=self._kind,
        )
        self._wiping = presenter
        page = WipePage(self._look, presenter)
        self._put(page, page.take_focus)

    def show_wiped(self, wiped: Wiped) -> None:
        """What stays possible after it."""
        from ui.desktop.pages.wipe import WipedPage

        self.forget()
        page = WipedPage(self._look, wiped, folder=str(self._house.place), close=self._close)
        self._put(page, page.take_focus)

    def forget(self) -> None:
        """Another page comes."""
        self.sign_in, self.wipe_wished = None, False
        wiping, self._wiping = self._wiping, None
        if wiping is not None:
            wiping.close()

    def as_it_is(self) -> Handover | None:
        """What the next process shows when this one ends now; None when it must not end, or has another page."""
        if self._wiping is not None and self._wiping.state.stage is WipeStage.ASKING:
            return Handover(why=Why.WIPE, name=self._wiping.state.name)
        page = self.sign_in
        return None if page is None else Handover(why=page.state.why, name=page.state.name)

    def _gave_way(self) -> None:
        if self.sign_in is not None:
            self.ask_to_wipe(self.sign_in.state.name)

    def _back_to_sign_in(self, name: str) -> None:
        self.show_sign_in(Why.SIGNED_OUT, name, kind=self._kind)

    def _wiped(self, wiped: Wiped) -> None:
        """The password that was typed is still in this process: what is said next is said by another one."""
        why = Why.WIPED if wiped.complete else Why.NOT_ALL_WIPED
        if not self._farewell.end(Handover(why=why, remains=wiped.remains)):
            self.show_wiped(wiped)
