# SPDX-License-Identifier: Apache-2.0
"""Starts the desktop: fonts, language, direction, look, and the one place where a bug is caught."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication

from station.config.settings import DeskSettings
from station.domain.errors import SettingsError, StationError, StoreError
from station.domain.words import say
from station.isolation.own_memory import forbid_dumps
from station.ports.storage import StoreKind
from ui.bootstrap.counters import counter_of
from ui.bootstrap.house import House
from ui.bootstrap.machine_settings import settings_with_problems
from ui.bug_log import log_bug
from ui.desktop.desk import Desk
from ui.desktop.runtime.sleep_watch import SleepWatch
from ui.desktop.runtime.successor import PATIENCE, Handover, at_the_latest, left_behind, start_anew
from ui.desktop.style.sheet import dress
from ui.desktop.style.tokens import Theme, Tokens
from ui.desktop.widgets.look import Look
from ui.presenters.showing import Trouble
from ui.presenters.sign_in import Why
from ui.translation import LANGUAGES, PSEUDO, PSEUDO_RIGHT_TO_LEFT, SOURCE_LANGUAGE, Translator

log = logging.getLogger(__name__)

_SIZE = (1280, 720)


def run_desktop(place: Path, *, wished: StoreKind | None = None) -> int:
    """Open the window on the store folder ``place`` and stay until it is closed; the exit code.

    After a lock or a sign-out the process begins anew, with the page of signing in (docs/decisions/0016).
    ``wished`` fills in the first start when there is no store yet. Raises StationError without a display, or when
    a live store was meant and a training store is there, or the other way round.
    """
    before = left_behind()
    _require_display()
    application = _application()
    settings, problems = settings_with_problems()
    house = House.around(place, token_module=settings.keys.token_module, counter=counter_of(settings.counter))
    if _require_kind(house, wished) is not StoreKind.TRAINING:
        forbid_dumps()
    look, wrong_language = look_for(application, settings.desk)
    after: list[Handover] = []

    def end_soon(handover: Handover) -> None:
        after.append(handover)
        application.exit()  # the window stays on the screen until this process ends

    desk = Desk(
        application,
        house,
        settings,
        look,
        problems=(*problems, *wrong_language),
        wished=wished,
        start_anew=end_soon,
        handover=before,
    )
    with caught_bugs(lambda: desk.frame.tell(_MISTAKE)):
        desk.window.resize(*_SIZE)
        desk.window.showMaximized()
        desk.start()
        watch = SleepWatch(desk.fall_asleep, partial(desk.lock, Why.SCREEN))
        code = application.exec()
        if after:
            begin_next = partial(start_anew, after[0])
            with at_the_latest(PATIENCE, begin_next):
                desk.close()
            begin_next()
        watch.close()
        desk.close()
    return code


def look_for(
    application: QApplication, desk: DeskSettings, *, height: int | None = None
) -> tuple[Look, tuple[SettingsError, ...]]:
    """Dress the application, and say which language it speaks; a language nobody knows becomes English.

    ``height`` is that of the screen in pixels, asked of it when not given: type grows with it.
    """
    wanted = os.environ.get("HBM_STATION_LANGUAGE") or desk.language
    problems: tuple[SettingsError, ...] = ()
    if wanted not in (*LANGUAGES, PSEUDO, PSEUDO_RIGHT_TO_LEFT):
        problems = (
            SettingsError(
                say("The language {language} is not there.", language=wanted),
                say("Use one of these in the settings: {names}.", names=", ".join(LANGUAGES)),
            ),
        )
        wanted = SOURCE_LANGUAGE
    translator = Translator(wanted)
    right_to_left = translator.right_to_left
    application.setLayoutDirection(Qt.LayoutDirection.RightToLeft if right_to_left else Qt.LayoutDirection.LeftToRight)
    # Digits stay Western: the MRZ, the clock and every number of the station are written so.
    QLocale.setDefault(QLocale(QLocale.Language.English))
    high = application.primaryScreen().availableGeometry().height() if height is None else height
    tokens = Tokens.for_height(Theme(desk.appearance), high, wish=desk.text_scale)
    dress(application, tokens)
    return Look(tokens, translator), problems


class caught_bugs:
    """While it is entered, a bug anywhere is logged by its kind and place, and the person is told. The window stays."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._before = sys.excepthook
        self._before_in_threads = threading.excepthook

    def __enter__(self) -> None:
        sys.excepthook = self._caught
        threading.excepthook = lambda told: log_bug(log, told.exc_type, told.exc_traceback)

    def __exit__(self, *_: object) -> None:
        sys.excepthook = self._before
        threading.excepthook = self._before_in_threads

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        log_bug(log, kind, trace)
        self._tell()


_MISTAKE = Trouble(
    cause=say("The program made a mistake. Your work is kept: every step was saved as it happened."),
    next_step=say("Go on. If something looks wrong, sign out with Ctrl+L and in again, and tell a technician."),
)


def _application() -> QApplication:
    made = QApplication.instance()
    application = made if isinstance(made, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("hbm-station")
    application.setDesktopFileName("hbm-station")
    return application


def _require_display() -> None:
    """Qt would end the process without a word that helps."""
    chosen = os.environ.get("QT_QPA_PLATFORM", "")
    here = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not chosen and not here:
        raise StationError(
            say("There is no screen to open the window on."),
            say("Start it in a desktop session, or run the command: hbm-station demo --out DIR."),
        )


def _require_kind(house: House, wished: StoreKind | None) -> StoreKind | None:
    """The kind of the store that is there, or else the one that was wished."""
    if not house.door.exists():
        return wished
    try:
        kind = house.door.kind()
    except StoreError:
        return None  # the page of signing in tells it
    if wished is not None and kind is not wished:
        raise StationError(
            say("The store in {folder} is not a training store.", folder=str(house.place)),
            say("Name another folder with --store, or leave --training out."),
        )
    return kind
