# SPDX-License-Identifier: Apache-2.0
"""The two ways a station begins while there is no store: founded anew, or brought back from a backup and paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtWidgets import QWidget

from station.config.settings import Settings
from station.domain.words import say
from station.ports.storage import StoreKind
from station.ports.tasks import TaskRunner
from ui.bootstrap.first_printing import FirstPrinting
from ui.bootstrap.house import House
from ui.bootstrap.recovery import new_paper_shares, new_restorer
from ui.desktop.runtime.home import Home
from ui.desktop.runtime.successor import Handover
from ui.desktop.widgets.look import Look
from ui.presenters.first_start import FirstStartState, Stage
from ui.presenters.showing import Trouble
from ui.presenters.sign_in import Why

#: Puts a page up; the call gives it the keyboard.
PutPage = Callable[[QWidget, Callable[[], None]], None]


_SLEPT = say("The computer went to sleep. What was typed here is forgotten, so that nobody finds it.")
_BEGAN_ANEW: Mapping[Why, Trouble] = {
    Why.BEGAN_ANEW: Trouble(cause=_SLEPT, next_step=say("Type it again.")),
    Why.SHEETS_VOID: Trouble(
        cause=_SLEPT,
        next_step=say("Type it again. The new sheets that were being printed open nothing: destroy those."),
    ),
}


class Beginnings:
    """Owns the first-start page and the restore page. Home thread only.

    ``begun`` is called with the name and password to sign in with, or with empty texts.
    """

    def __init__(
        self,
        house: House,
        settings: Settings,
        look: Look,
        runner: TaskRunner,
        *,
        home: Home,
        put: PutPage,
        begun: Callable[[str, str], None],
    ) -> None:
        self._house = house
        self._look = look
        self._runner = runner
        self._home = home
        self._put = put
        self._begun = begun
        self._printing = FirstPrinting(house, settings, look.translator.for_paper)
        self._close_page: Callable[[], None] = lambda: None
        self._anew: Callable[[], Why | None] = lambda: None

    def first_start(self, wished: StoreKind | None, why: Why = Why.START) -> None:
        """Found a station; F6 there brings one back instead."""
        from ui.desktop.pages.first_start import FirstStartPage
        from ui.practice import make_practice_post
        from ui.presenters.first_start import FirstRecovery, FirstStartPresenter

        self._close_page()
        presenter = FirstStartPresenter(
            door=self._house.door,
            sealer=self._house.sealer,
            clock=self._house.clock,
            runner=self._runner,
            founded=self._founded,
            practice=partial(make_practice_post, self._house) if wished is StoreKind.TRAINING else None,
            recovery=FirstRecovery(
                paper=new_paper_shares(), randomness=self._house.randomness, outlet_for=self._printing.outlet_for
            ),
        )
        self._close_page = presenter.close
        self._anew = lambda: _why_anew(presenter.state)
        page = FirstStartPage(self._look, presenter, kind=wished, restore=lambda: self.restore(wished))
        self._put(page, page.take_focus)
        if why in _BEGAN_ANEW:
            presenter.tell(_BEGAN_ANEW[why])

    def restore(self, wished: StoreKind | None) -> None:
        """Bring a station back; Esc there goes back to founding one."""
        from ui.desktop.pages.restore import RestorePage
        from ui.presenters.restore import RestorePresenter

        self._close_page()
        presenter = RestorePresenter(
            new_restorer(self._house.place, clock=self._house.clock),
            new_paper_shares(),
            self._runner,
            home=self._home.post,
            restored=lambda name: self._founded(name, ""),
            left=lambda: self.first_start(wished),
        )
        self._close_page = presenter.close
        self._anew = lambda: Why.BEGAN_ANEW
        page = RestorePage(self._look, presenter)
        self._put(page, page.take_focus)

    def as_it_is(self) -> Handover | None:
        """What the next process shows when this one ends now: passwords or recovery words may stand typed here.

        None where nothing of the kind is: no page, or the one that shows made-up passwords for practice only now.
        """
        why = self._anew()
        return None if why is None else Handover(why=why)

    def close(self) -> None:
        """The program ends, or a station has begun: let go of the page and of the printer."""
        self._close_page()
        self._close_page = lambda: None
        self._anew = lambda: None
        self._printing.close()

    def _founded(self, name: str, password: str) -> None:
        """The printer is let go before a workplace looks for it."""
        self._close_page()
        self._close_page = lambda: None
        self._anew = lambda: None

        def go_on(_done: object = None) -> None:
            self._begun(name, password)

        self._runner.run(lambda _cancel: self._printing.close(), done=go_on, failed=go_on)


def _why_anew(state: FirstStartState) -> Why | None:
    if state.practice is not None:
        return None
    printing = state.handout is not None or state.stage is Stage.CREATING
    return Why.SHEETS_VOID if printing else Why.BEGAN_ANEW
