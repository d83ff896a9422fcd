# SPDX-License-Identifier: Apache-2.0
"""A login manager of ours on a bus of its own: it lets a machine that is none go to sleep, as systemd-logind does.

    python -m tests.virtual_hardware.login_manager ADDRESS

takes one word a line (sleep, wake, lock, idle, saver) and tells in JSON lines who holds it back, and when it slept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, QTimer
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusObjectPath,
    QDBusUnixFileDescriptor,
    QDBusVariant,
    QDBusVirtualObject,
)

from ui.desktop.runtime.sleep_watch import LOGIN, MANAGER, MANAGER_PATH, SESSION

SESSION_PATH: Final = "/org/freedesktop/login1/session/c7"
#: InhibitDelayMaxSec of logind.conf(5), in ms.
LONGEST_DELAY: Final = 5000


class LoginManager(QDBusVirtualObject):
    """Manager and one session. Delay locks are pipes: who closes the other end lets go."""

    def __init__(self, bus: QDBusConnection) -> None:
        super().__init__()
        self._bus = bus
        self._held: dict[int, QSocketNotifier] = {}
        self._asleep_since: float | None = None
        self._idle = False
        self._longest = QTimer(self)
        self._longest.setSingleShot(True)
        self._longest.timeout.connect(lambda: self._sleep("out of patience"))

    def introspect(self, _path: str) -> str:
        """Nobody asks."""
        return ""

    def handleMessage(self, message: QDBusMessage, connection: QDBusConnection) -> bool:
        """Inhibit, Get and GetSessionByPID; everything else is unknown here."""
        match message.member():
            case "Inhibit":
                connection.send(self._inhibited(message))
            case "GetSessionByPID":
                connection.send(message.createReply(QDBusObjectPath(SESSION_PATH)))
            case "Get":
                value = self._idle and message.arguments()[1] == "IdleHint"
                connection.send(message.createReply(QDBusVariant(value)))
            case _:
                return False
        return True

    def _inhibited(self, message: QDBusMessage) -> QDBusMessage:
        if self._asleep_since is not None:  # as logind: nothing is held back that is under way
            return message.createErrorReply("org.freedesktop.login1.OperationInProgress", "under way")
        read, write = os.pipe()
        descriptor = QDBusUnixFileDescriptor(write)
        os.close(write)
        watch = QSocketNotifier(read, QSocketNotifier.Type.Read, self)
        watch.activated.connect(lambda: self._released(read))
        self._held[read] = watch
        tell(event="inhibited", words=message.arguments())
        return message.createReply(descriptor)

    def _released(self, read: int) -> None:
        self._held.pop(read).setEnabled(False)
        os.close(read)
        if self._asleep_since is not None and not self._held:
            self._sleep("released")

    def go_to_sleep(self) -> None:
        """Tell everybody, wait for those who hold it back, sleep."""
        self._asleep_since = time.monotonic()
        self._signal(MANAGER_PATH, MANAGER, "PrepareForSleep", True)
        if self._held:
            self._longest.start(LONGEST_DELAY)
        else:
            self._sleep("nobody held it")

    def _sleep(self, why: str) -> None:
        self._longest.stop()
        assert self._asleep_since is not None
        tell(event="asleep", why=why, seconds=time.monotonic() - self._asleep_since)

    def wake(self) -> None:
        """The machine is awake again."""
        self._asleep_since = None
        self._signal(MANAGER_PATH, MANAGER, "PrepareForSleep", False)

    def lock(self) -> None:
        """Somebody locked the desktop."""
        self._signal(SESSION_PATH, SESSION, "Lock")

    def idle(self) -> None:
        """Nobody is at the screen."""
        self._idle = True
        changed = {"IdleHint": QDBusVariant(True)}
        self._signal(SESSION_PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", SESSION, changed, [])

    def saver(self) -> None:
        """The screen went off."""
        self._signal("/ScreenSaver", "org.freedesktop.ScreenSaver", "ActiveChanged", True)

    def _signal(self, path: str, interface: str, name: str, *arguments: object) -> None:
        signal = QDBusMessage.createSignal(path, interface, name)
        signal.setArguments(list(arguments))
        self._bus.send(signal)


def tell(**event: object) -> None:
    """One line to whoever started this."""
    print(json.dumps(event), flush=True)


class _Orders(QObject):
    """Words from standard input, on the thread of the bus."""

    def __init__(self, manager: LoginManager) -> None:
        super().__init__()
        self._manager = manager
        self._watch = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._watch.activated.connect(self._order)

    def _order(self) -> None:
        words = os.read(0, 4096).decode().split()
        if not words:
            QCoreApplication.quit()
        acts: dict[str, Callable[[], None]] = {
            "sleep": self._manager.go_to_sleep,
            "wake": self._manager.wake,
            "lock": self._manager.lock,
            "idle": self._manager.idle,
            "saver": self._manager.saver,
        }
        for word in words:
            acts[word]()


def main(address: str) -> int:
    """Serve until standard input ends."""
    application = QCoreApplication([])
    bus = QDBusConnection.connectToBus(address, "manager")
    manager = LoginManager(bus)
    there = bus.registerVirtualObject("/org/freedesktop", manager, QDBusConnection.VirtualObjectRegisterOption.SubPath)
    if not there or not bus.registerService(LOGIN):
        return 1
    orders = _Orders(manager)
    tell(event="ready", orders=orders.objectName())
    return application.exec()


class MachineThatSleeps:
    """The test's side: a bus, and the login manager on it."""

    def __init__(self, address: str, process: subprocess.Popen[str]) -> None:
        self.address = address
        self._process = process
        self.events: list[dict[str, object]] = []
        self._news = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()

    def end(self) -> None:
        """The login manager goes away."""
        self._process.terminate()
        self._listener.join()
        self._process.communicate(timeout=30)

    def order(self, word: str) -> None:
        """Let it do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def wait_for(self, kind: str, *, count: int = 1, seconds: float = 60.0) -> dict[str, object]:
        """The ``count``-th event of a kind."""

        def came() -> list[dict[str, object]]:
            return [event for event in self.events if event["event"] == kind]

        with self._news:
            assert self._news.wait_for(lambda: len(came()) >= count, timeout=seconds), f"never {kind}: {self.events}"
            return came()[count - 1]


@contextmanager
def machine_that_sleeps(folder: Path) -> Iterator[MachineThatSleeps]:
    """A bus in ``folder`` with a login manager, for as long as the block lasts."""
    address = f"unix:path={folder / 'bus'}"
    with (folder / "bus.log").open("wb") as log:
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}"],
            stdout=subprocess.PIPE,
            stderr=log,
        )
        try:
            assert bus.stdout is not None
            assert bus.stdout.readline(), (folder / "bus.log").read_text()
            manager = subprocess.Popen(
                [sys.executable, "-m", "tests.virtual_hardware.login_manager", address],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            machine = MachineThatSleeps(address, manager)
            try:
                machine.wait_for("ready")
                yield machine
            finally:
                machine.end()
        finally:
            bus.terminate()
            bus.communicate(timeout=30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
