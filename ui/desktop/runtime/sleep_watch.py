# SPDX-License-Identifier: Apache-2.0
"""Hears over D-Bus that the machine is about to sleep, that its screen went off, or that somebody locked it.

A delay lock of the login manager holds the sleep back until the station has locked; where the process replaces itself,
the kernel lets go of that lock after the old memory is gone, since its descriptor closes with the exec.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import SLOT, QObject, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusObjectPath,
    QDBusPendingCallWatcher,
    QDBusServiceWatcher,
    QDBusUnixFileDescriptor,
    QDBusVariant,
)

LOGIN: Final = "org.freedesktop.login1"
MANAGER_PATH: Final = "/org/freedesktop/login1"
MANAGER: Final = "org.freedesktop.login1.Manager"
SESSION: Final = "org.freedesktop.login1.Session"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"
#: Properties of a session that say: nobody is there (the screen is off), or the screen is locked.
_HINTS: Final = ("IdleHint", "LockedHint")
#: The same signal under the names of the desktops that have it.
SCREEN_SAVERS: Final = (
    "org.freedesktop.ScreenSaver",
    "org.gnome.ScreenSaver",
    "org.cinnamon.ScreenSaver",
    "org.mate.ScreenSaver",
    "org.xfce.ScreenSaver",
)
_ANSWER_WITHIN: Final = 5000  # ms


@dataclass(frozen=True, slots=True)
class _Signal:
    """A signal of a bus; without service and path it is anybody's."""

    interface: str
    name: str
    service: str = ""
    path: str = ""


Released = Callable[[], None]


class SleepWatch(QObject):
    """Make, use and close it on the window's thread.

    ``sleeps`` is called before the machine sleeps, with what lets it; ``locks`` when the screen went off or the desktop
    locked. Without a bus, or without a login manager on it, nothing is ever called. Addresses are those of a bus
    ("unix:path=…"); without one the machine's own is used.
    """

    def __init__(
        self,
        sleeps: Callable[[Released], None],
        locks: Callable[[], None],
        *,
        system_bus: str | None = None,
        session_bus: str | None = None,
    ) -> None:
        super().__init__()
        self._sleeps = sleeps
        self._locks = locks
        self._delay: QDBusUnixFileDescriptor | None = None
        self._calls: set[QDBusPendingCallWatcher] = set()
        self._names: list[str] = []
        self._session_path = ""
        self._hints: dict[str, bool] = {}
        self._system = self._bus(system_bus, "system")
        self._session = self._bus(session_bus, "session")
        if self._system.isConnected():
            self._comings = QDBusServiceWatcher(
                LOGIN, self._system, QDBusServiceWatcher.WatchModeFlag.WatchForRegistration, self
            )
            self._comings.serviceRegistered.connect(self._came)
            self._listen(self._system, _Signal(MANAGER, "PrepareForSleep", LOGIN, MANAGER_PATH), "_sleep_is_near(bool)")
            self._came()
        if self._session.isConnected():
            for name in SCREEN_SAVERS:
                self._listen(self._session, _Signal(name, "ActiveChanged"), "_screen_saver(bool)")

    @property
    def holds_sleep_back(self) -> bool:
        """Whether the machine waits for this station before it sleeps."""
        return self._delay is not None

    def close(self) -> None:
        """The window goes away."""
        self._calls.clear()
        self._let_sleep()
        for name in self._names:
            QDBusConnection.disconnectFromBus(name)
        self._sleeps = lambda released: released()
        self._locks = lambda: None

    def _bus(self, address: str | None, kind: str) -> QDBusConnection:
        """A connection of this watch alone: the shared one would outlive it."""
        name = f"hbm-station-{kind}-{id(self)}"
        self._names.append(name)
        if address is not None:
            return QDBusConnection.connectToBus(address, name)
        known = QDBusConnection.BusType.SystemBus if kind == "system" else QDBusConnection.BusType.SessionBus
        return QDBusConnection.connectToBus(known, name)

    def _listen(self, bus: QDBusConnection, signal: _Signal, method: str) -> None:
        where = (signal.service, signal.path, signal.interface, signal.name)
        bus.connect(*where, self, SLOT(method))  # type: ignore[call-overload]  # takes SLOT's str, not bytes as it says

    # ── the login manager ──────────────────────────────────────────────────────────────────────────────────

    @Slot()
    def _came(self) -> None:
        """The login manager is there, or may be: ask for a delay, and which session this is."""
        self._ask_for_delay()
        self._ask("GetSessionByPID", [os.getpid()], self._session_known)

    def _ask_for_delay(self) -> None:
        words = ["sleep", "hbm-station", "Locks the records", "delay"]
        self._ask("Inhibit", words, self._delayed)

    def _ask(self, method: str, arguments: Sequence[object], answered: Callable[[list[object]], None]) -> None:
        call = QDBusMessage.createMethodCall(LOGIN, MANAGER_PATH, MANAGER, method)
        call.setArguments(list(arguments))
        self._send(call, answered)

    def _send(self, call: QDBusMessage, answered: Callable[[list[object]], None]) -> None:
        call.setAutoStartService(False)
        watcher = QDBusPendingCallWatcher(self._system.asyncCall(call, _ANSWER_WITHIN))
        self._calls.add(watcher)

        def ended() -> None:
            if watcher not in self._calls:
                return
            self._calls.discard(watcher)
            reply = watcher.reply()
            if reply.type() is QDBusMessage.MessageType.ReplyMessage:
                answered(list(reply.arguments()))

        watcher.finished.connect(ended)

    def _delayed(self, answer: list[object]) -> None:
        match answer:
            case [QDBusUnixFileDescriptor() as delay] if delay.isValid():
                self._delay = delay
            case _:
                return

    def _session_known(self, answer: list[object]) -> None:
        match answer:
            case [QDBusObjectPath() as path]:
                self._session_path = path.path()
                self._listen(self._system, _Signal(SESSION, "Lock", LOGIN, path.path()), "_session_locks()")
                changed = _Signal(_PROPERTIES, "PropertiesChanged", LOGIN, path.path())
                self._listen(self._system, changed, "_look_at_hints()")
                self._look_at_hints()
            case _:
                return

    @Slot(bool)
    def _sleep_is_near(self, near: bool) -> None:  # noqa: FBT001 (Qt calls it)
        if near:
            self._sleeps(self._let_sleep)
        elif self._delay is None:
            self._ask_for_delay()  # while a sleep is prepared the login manager gives none

    def _let_sleep(self) -> None:
        """The machine may sleep now. The next sleep waits again: a new delay is asked for after this one."""
        delay, self._delay = self._delay, None
        if delay is not None:
            os.close(delay.takeFileDescriptor())

    # ── the screen ─────────────────────────────────────────────────────────────────────────────────────────

    @Slot()
    def _session_locks(self) -> None:
        self._locks()

    @Slot(bool)
    def _screen_saver(self, active: bool) -> None:  # noqa: FBT001 (Qt calls it)
        if active:
            self._locks()

    @Slot()
    def _look_at_hints(self) -> None:
        """A property of the session changed. PySide6 cannot read which one, so the hints are asked for."""
        for hint in _HINTS:
            call = QDBusMessage.createMethodCall(LOGIN, self._session_path, _PROPERTIES, "Get")
            call.setArguments([SESSION, hint])
            self._send(call, partial(self._hinted, hint))

    def _hinted(self, hint: str, answer: list[object]) -> None:
        """Only what becomes true locks: a hint may be true for long, and other properties change."""
        match answer:
            case [QDBusVariant() as value]:
                before, self._hints[hint] = self._hints.get(hint), value.variant() is True
                if self._hints[hint] and before is False:
                    self._locks()
            case _:
                return
