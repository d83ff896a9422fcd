# SPDX-License-Identifier: Apache-2.0
"""The course of one run of the program: first start, signing in, the pages of a person, lock and sign-out.

While nobody is signed in nothing personal is left in any widget: a person's pages are taken apart, not hidden.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QApplication, QWidget

from station.access.roles import Permission
from station.access.sign_in import Session, new_keys_due
from station.config.settings import Settings
from station.domain.errors import SettingsError, StationError
from station.optical.pictures import SafePictures
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.storage import StoreKind
from station.ports.tasks import CancelToken
from ui.bootstrap.house import House
from ui.bootstrap.workplace import Workplace
from ui.desktop.beginnings import Beginnings
from ui.desktop.desk_words import NEW_KEYS_DUE, NO_PAGE, NOT_USED
from ui.desktop.main_window import MainWindow
from ui.desktop.outside import Outside
from ui.desktop.room import Around
from ui.desktop.runtime.activity import ActivityFilter
from ui.desktop.runtime.copies import forget_copies
from ui.desktop.runtime.farewell import BEFORE_SLEEP, CLOSES_WITHIN, NOT_RECORDED, Farewell, StartAnew
from ui.desktop.runtime.home import Home
from ui.desktop.runtime.session_tasks import SessionTasks
from ui.desktop.runtime.successor import Handover
from ui.desktop.runtime.task_runner import QtTaskRunner
from ui.desktop.runtime.wedge import TypingReader, WedgeFilter
from ui.desktop.session_pages import SessionPages
from ui.desktop.widgets.look import Look
from ui.machine import RecentBugs
from ui.presenters.frame import FramePresenter, Room
from ui.presenters.idle import IdleWatch
from ui.presenters.keymap import Act
from ui.presenters.showing import Trouble
from ui.presenters.sign_in import SignInPresenter, Why
from ui.presenters.wipe import Wiped

MakeWorkplace = Callable[[House, Settings], Workplace]


class Desk:
    """Owns the window, the workplace and the session. Make, use and close it on the window's thread."""

    def __init__(
        self,
        application: QApplication,
        house: House,
        settings: Settings,
        look: Look,
        *,
        problems: Sequence[SettingsError] = (),
        wished: StoreKind | None = None,
        make_workplace: MakeWorkplace = Workplace,
        idle_seconds: float | None = None,
        start_anew: StartAnew | None = None,
        handover: Handover | None = None,
    ) -> None:
        """``start_anew`` ends this process after a person left; without it the same one goes on (tests, pictures)."""
        self._house = house
        self._settings = settings
        self._look = look
        self._problems = tuple(problems)
        self._wished = wished
        self._make_workplace = make_workplace
        self._runner = QtTaskRunner()
        self._home = Home()
        self._pictures = SafePictures()
        self._bugs = RecentBugs()
        logging.getLogger("ui").addHandler(self._bugs)
        self._workplace: Workplace | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._session: Session | None = None
        self._tasks = SessionTasks(self._runner)
        self._pages: SessionPages | None = None
        self._kind: StoreKind | None = None
        self._handover = handover or Handover(why=Why.START)
        self._travellers = self._handover.specimens
        self._farewell = Farewell(start_anew)
        self._beginnings = Beginnings(
            house, settings, look, self._runner, home=self._home, put=self._put, begun=self._founded
        )
        self._preparing = False
        self._closed = False
        self.frame = FramePresenter()
        seconds = settings.desk.lock_after_minutes * 60.0 if idle_seconds is None else idle_seconds
        self._wedge = WedgeFilter(application, self._typing_reader, unwanted=lambda: self.frame.tell(NOT_USED))
        self._activity = ActivityFilter(application, IdleWatch(seconds), self.lock)
        self.window = MainWindow(
            look,
            self.frame,
            now=house.clock.now,
            zone=_zone(settings),
            open_room=self._open_room,
            acts={
                Act.SIGN_OUT: lambda: self.leave(Why.SIGNED_OUT),
                Act.SPECIMEN: self.next_specimen,
                Act.OWN_PASSWORD: self.own_password,
                Act.WIPE: self.wipe,
            },
            closing=self.close,
        )
        self._outside = Outside(
            house,
            look,
            self._runner,
            self._farewell,
            home=self._home,
            put=self._put,
            opened=self._signed_in,
            close=self.window.shut,
        )

    # ── the beginning ──────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Look whether there is a store, and put the first page up."""
        if self._handover.why in (Why.WIPED, Why.NOT_ALL_WIPED):
            complete = self._handover.why is Why.WIPED
            self._outside.show_wiped(Wiped(remains=self._handover.remains, complete=complete))
            return
        self._runner.run(self._looked, done=self._begun, failed=self._no_store_to_open)

    def _looked(self, _cancel: CancelToken) -> StoreKind | None:
        # A store that vanished since a lock is no first start.
        was_there = self._handover.why not in (Why.START, Why.BEGAN_ANEW, Why.SHEETS_VOID)
        return self._house.door.kind() if was_there or self._house.door.exists() else None

    def _begun(self, kind: StoreKind | None, name: str = "") -> None:
        if self._closed:
            return
        self._kind = kind
        self.frame.of_kind(kind)
        if self._problems:
            self.frame.tell(Trouble.of(self._problems[0]))
        if kind is None:
            self._beginnings.first_start(self._wished, self._handover.why)
        else:
            self._prepare_workplace()
            # Said on the first page; by now there is a station.
            anew = self._handover.why in (Why.BEGAN_ANEW, Why.SHEETS_VOID)
            page = self._show_sign_in(Why.START if anew else self._handover.why, name or self._handover.name)
            if not self._handover.recorded:
                page.tell(NOT_RECORDED)
            if self._handover.why is Why.WIPE:
                self._outside.ask_to_wipe(self._handover.name)

    def _no_store_to_open(self, problem: BaseException) -> None:
        """Damaged or newer: signing in would say the same, after the person typed."""
        self._show_sign_in(Why.START).tell(Trouble.of(problem))

    def _founded(self, name: str, password: str) -> None:
        def looked(kind: StoreKind | None) -> None:
            self._begun(kind, name)
            if password and self.sign_in is not None:
                self.sign_in.submit(name, password)

        self._runner.run(self._looked, done=looked, failed=self._no_store_to_open)

    def _prepare_workplace(self) -> None:
        """Devices are looked for while the person still types."""
        self._preparing = True
        self._runner.run(
            lambda _cancel: self._make_workplace(self._house, self._settings),
            done=self._workplace_stands,
            failed=self._no_workplace,
        )

    def _typing_reader(self) -> TypingReader | None:
        """The reader that types, as the settings have it now."""
        return self._workplace.drivers.keyboard_wedge if self._workplace is not None else None

    def _no_workplace(self, problem: BaseException) -> None:
        """Nobody can work without it: whoever signed in meanwhile is asked again, and it is tried again then."""
        self._preparing = False
        self.leave(Why.SIGNED_OUT)
        self.frame.tell(Trouble.of(problem))

    def _workplace_stands(self, workplace: Workplace) -> None:
        if self._closed:
            workplace.close()
            return
        self._workplace = workplace
        self._unsubscribe = workplace.devices.subscribe(lambda: self._home.post(self.frame.devices_changed))
        self.frame.attach(workplace.devices)
        if workplace.training and self._travellers:  # what lay on the glass before the lock lies there still
            workplace.hand.place(self._travellers - 1)
        if self._session is not None:
            self._work(workplace, self._session)

    # ── signing in and out ─────────────────────────────────────────────────────────────────────────────────

    def _show_sign_in(self, why: Why, name: str = "") -> SignInPresenter:
        return self._outside.show_sign_in(why, name, kind=self._kind)

    @property
    def sign_in(self) -> SignInPresenter | None:
        """The page of signing in, while it stands there."""
        return self._outside.sign_in

    def _signed_in(self, session: Session) -> None:
        self._session = session
        if self._closed:  # what was typed while the session before closed: ``close`` ends this one as well
            return
        self._tasks = SessionTasks(self._runner)
        if self._outside.wipe_wished:
            self.leave(Why.WIPE, within=BEFORE_SLEEP)
            return
        self._outside.forget()
        self._activity.restart()
        if self._workplace is not None:
            self._work(self._workplace, session)
        elif not self._preparing:
            self._prepare_workplace()

    def _work(self, workplace: Workplace, session: Session) -> None:
        self._pages = self._pages_of(workplace, session)
        if session.officer.one_time:
            self._pages.own_password()
            return
        self.frame.signed_in(session)
        self._pages.watch()
        if self.frame.state.room is None:
            self.frame.tell(NO_PAGE)
        if Permission.MANAGE_PEOPLE in session.permissions:
            self._tasks.run(
                lambda _cancel: new_keys_due(session),
                done=lambda due: self.frame.tell(NEW_KEYS_DUE) if due else None,
                failed=lambda problem: self.frame.tell(Trouble.of(problem)),
            )

    def own_password(self) -> None:
        """The form for one's own password, over whatever page stands there."""
        if self._pages is not None:
            self._pages.own_password()

    def leave(self, why: Why, *, within: float = CLOSES_WITHIN) -> None:
        """Sign out or lock: the person's pages are taken apart at once, and what runs is asked to stop.

        The store is closed elsewhere, once all of it has come home: an export writes down how it ended. Then this
        process ends, at the latest ``within`` seconds from now: what was acknowledged is in the store by then.
        """
        session, self._session = self._session, None
        if session is None:
            return
        self._activity.stop()
        self._take_apart()
        self.frame.signed_out()
        locked = why in (Why.LOCKED, Why.SLEPT, Why.SCREEN)
        name = session.officer.name if locked or why in (Why.NEW_KEYS, Why.WIPE) else ""
        presenter = self._show_sign_in(why, name)
        self._farewell.begin(Handover(why=why, name=name, specimens=self._travellers), presenter, within)
        service = self._house.sign_in
        close = service.lock if locked else service.sign_out

        def close_store() -> None:
            self._runner.run(
                lambda _cancel: close(session),
                done=lambda _done: self._farewell.closed(),
                failed=self._farewell.closed,
            )

        self._tasks.when_home(close_store)

    def fall_asleep(self, released: Callable[[], None]) -> None:
        """The machine is about to sleep: lock at once, whatever runs, and call ``released`` when this process goes on.

        A process that starts anew never calls it: its end releases.
        """
        self.leave(Why.SLEPT, within=BEFORE_SLEEP)
        anew = self._outside.as_it_is() or self._beginnings.as_it_is()
        self._farewell.asleep(released, anew and replace(anew, specimens=self._travellers))

    def lock(self, why: Why = Why.LOCKED) -> None:
        """Lock. An export or a sheet under way goes on to its end first, with nothing else left on the screen."""
        lock = partial(self.leave, why)
        if self._pages is None or not self._pages.keep_away(lock):
            lock()

    def wipe(self) -> None:
        """Destroy the keys: the session ends first, in a breath, and then the page asks for what that needs."""
        if self._session is not None:
            self.leave(Why.WIPE, within=BEFORE_SLEEP)
        else:
            self._outside.wipe()

    def _take_apart(self) -> None:
        pages, self._pages = self._pages, None
        if pages is not None:
            pages.take_apart()
        forget_copies()

    @property
    def pages(self) -> SessionPages | None:
        """The pages of whoever is signed in."""
        return self._pages

    @property
    def workplace(self) -> Workplace | None:
        """Devices and services, once they stand."""
        return self._workplace

    @property
    def session(self) -> Session | None:
        """Whoever is signed in."""
        return self._session

    # ── pages ──────────────────────────────────────────────────────────────────────────────────────────────

    def _open_room(self, room: Room) -> None:
        if self._pages is not None:
            self._pages.open(room)

    def _pages_of(self, workplace: Workplace, session: Session) -> SessionPages:
        around = Around(
            look=self._look,
            runner=self._tasks,
            home=self._home,
            workplace=workplace,
            services=workplace.services(session),
            decode=self._decode,
            bugs=self._bugs,
            new_keys=lambda: self.leave(Why.NEW_KEYS),
        )
        return SessionPages(
            self.window,
            self.frame,
            around,
            workplace,
            session,
            leave=self.leave,
            ended=lambda: session is not self._session,
        )

    def _decode(self, image: EncodedImage, longest: int, cancel: CancelToken) -> PreviewFrame:
        return self._pictures.for_display(image, longest_side=longest, cancel=cancel)

    def _put(self, page: QWidget, take_focus: Callable[[], None]) -> None:
        before = self.window.page
        self.window.put(page)
        if before is not None and before is not page:
            self.window.drop(before)
        take_focus()

    def next_specimen(self) -> None:
        """Training: the next specimen traveller puts a document on the simulated scanner."""
        workplace = self._workplace
        if workplace is None or not workplace.training or self._session is None:
            return
        number = self._travellers
        self._travellers += 1
        self._runner.run(
            lambda _cancel: workplace.hand.place(number),
            done=lambda _done: None,
            failed=lambda problem: self.frame.tell(Trouble.of(problem)),
        )

    # ── the end ────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Sign out whoever is there, and let go of everything. Waits for what cannot be left half-done."""
        if self._closed:
            return
        self._closed = True
        self._farewell.close()
        self._activity.close()
        self._wedge.close()
        self._unsubscribe()
        self._home.close()
        self._take_apart()
        self._beginnings.close()
        self._runner.close()
        session, self._session = self._session, None
        if session is not None:
            # The store is closed even when the audit entry could not be written; nobody is left to be told.
            with suppress(StationError):
                self._house.sign_in.sign_out(session)
        if self._workplace is not None:
            self._workplace.close()
        self._pictures.close()
        logging.getLogger("ui").removeHandler(self._bugs)


def _zone(settings: Settings) -> tzinfo:
    return UTC if settings.post.time_zone == "UTC" else ZoneInfo(settings.post.time_zone)
