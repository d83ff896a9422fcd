# SPDX-License-Identifier: Apache-2.0
"""A print room without paper: a CUPS and IPP Everywhere printers of our own, whose moods a test decides.

Everything runs in a folder of its own: message bus and CUPS on sockets there, printers on loopback, the service
that announces them in an empty network. All of it ends with the room.
"""

from __future__ import annotations

import contextlib
import enum
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.virtual_hardware.apart import apart, refused

NEEDED: Final = ("cupsd", "lpadmin", "ippeveprinter", "dbus-daemon", "avahi-daemon", "cupsdisable")
SOON: Final = 30.0  # seconds until a service that does not come counts as broken

_AVAHI: Final = """[server]
host-name=virtual
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
enable-dbus=yes
[publish]
[reflector]
[rlimits]
"""
_BUS: Final = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/><allow receive_type="method_return"/>
    <allow receive_type="error"/><allow receive_type="signal"/>
  </policy>
</busconfig>
"""
_CUPSD: Final = """Listen {socket}
Browsing No
WebInterface No
LogLevel warn
ErrorPolicy retry-job
JobRetryInterval 1
DirtyCleanInterval 0
DefaultAuthType None
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
_FILES: Final = """Sandboxing relaxed
SystemGroup root
ServerRoot {base}/etc
RequestRoot {base}/spool
TempDir {base}/spool/tmp
CacheDir {base}/cache
StateDir {base}/state
ErrorLog {base}/log/error_log
AccessLog {base}/log/access_log
PageLog {base}/log/page_log
"""
# What the printer does with each sheet: it asks its mood, and says so in the words of IPP on its error output.
_PAPER_PATH: Final = """#!/bin/sh
mood() { cat "$room/mood"; }
room='@ROOM@'
echo > "$room/busy.$$"
trap 'rm -f "$room/busy.$$"' EXIT
while :; do
  was="$(mood)"
  case "$was" in
    "paper out") echo 'STATE: +media-empty-error' >&2; word=media-empty ;;
    jam) echo 'STATE: +media-jam-error' >&2; word=media-jam ;;
    slow) word= ;;
    abort) exit 1 ;;
    *) break ;;
  esac
  while [ "$(mood)" = "$was" ]; do sleep 0.05; done
  [ -n "$word" ] && echo "STATE: -$word-error" >&2
done
cp "$1" "$room/out/.part" && mv "$room/out/.part" "$room/out/$(basename "$1")"
"""


class Mood(enum.Enum):
    """What the next sheet, or the one under way, finds."""

    WELL = "well"  # it comes out
    PAPER_OUT = "paper out"  # it waits for paper
    JAM = "jam"  # it is stuck, until somebody frees it
    SLOW = "slow"  # it takes until another mood comes
    ABORT = "abort"  # the printer gives it up


class VirtualPrinter:
    """One IPP Everywhere printer, and its queue of the same name."""

    def __init__(self, room: PrintRoom, name: str) -> None:
        self.name = name
        self.folder = room.folder / name
        self.out = self.folder / "out"
        self._room = room
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.out.mkdir(parents=True)
        (self.folder / "spool").mkdir()
        self.mood = Mood.WELL
        paper_path = self.folder / "paper-path"
        paper_path.write_text(_PAPER_PATH.replace("@ROOM@", str(self.folder)))
        paper_path.chmod(0o755)

    @property
    def uri(self) -> str:
        """Where it listens."""
        return f"ipp://localhost:{self._port}/ipp/print"

    @property
    def mood(self) -> Mood:
        """What the next sheet finds."""
        return Mood((self.folder / "mood").read_text())

    @mood.setter
    def mood(self, mood: Mood) -> None:
        unfinished = self.folder / ".mood"
        unfinished.write_text(mood.value)
        unfinished.rename(self.folder / "mood")

    @property
    def sheets(self) -> list[bytes]:
        """What came out, in order."""
        return [path.read_bytes() for path in sorted(self.out.glob("[!.]*"), key=lambda path: path.stat().st_mtime_ns)]

    def clear(self) -> None:
        """Let what is still in it come out: a sheet that was withdrawn too late, as printers do."""
        self.mood = Mood.WELL
        _until(lambda: not any(self.folder.glob("busy.*")), f"the printer {self.name} does not come to rest")

    def switch_on(self) -> None:
        """Start it, and wait until it listens."""
        command = ["ippeveprinter", "-p", str(self._port), "-n", "localhost", "-d", str(self.folder / "spool")]
        command += ["-f", "application/pdf,image/pwg-raster,image/jpeg", "-c", str(self.folder / "paper-path")]
        self._process = self._room.start([*command, self.name], log=self.folder / "log")
        _until(lambda: _listens(self._port), f"the printer {self.name} does not listen")

    def switch_off(self) -> None:
        """Pull its plug: it and the sheet in it are gone at once."""
        if self._process is not None:
            _end(self._process)
            self._process = None
            for sheet in self.folder.glob("busy.*"):
                sheet.unlink()


class PrintRoom:
    """CUPS and its printers. Use ``print_room`` to make one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "cups" / "cups.sock"
        self.printers: dict[str, VirtualPrinter] = {}
        self._bus = f"unix:path={folder}/bus"
        self._running: list[subprocess.Popen[bytes]] = []
        self._cupsd: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Start the message bus, the announcing service and CUPS."""
        bus = self.folder / "bus.conf"
        bus.write_text(_BUS.format(socket=self.folder / "bus"))
        self.start(["dbus-daemon", "--nofork", "--nopidfile", f"--config-file={bus}"], log=self.folder / "bus.log")
        _until((self.folder / "bus").exists, "the message bus does not start")
        announcer = self.folder / "avahi.conf"
        announcer.write_text(_AVAHI)
        script = (
            "mount -t tmpfs none /run && mkdir /run/avahi-daemon && "
            'exec avahi-daemon -f "$1" --no-drop-root --no-chroot --no-rlimits'
        )
        log = self.folder / "avahi.log"
        self.start(apart(script, str(announcer)), log=log)
        _until(lambda: "startup complete" in log.read_text(errors="replace"), "the announcing service does not start")
        for name in ("etc", "spool/tmp", "cache", "state", "log"):
            (self.folder / "cups" / name).mkdir(parents=True)
        (self.folder / "cups" / "etc" / "cupsd.conf").write_text(_CUPSD.format(socket=self.socket))
        (self.folder / "cups" / "etc" / "cups-files.conf").write_text(_FILES.format(base=self.folder / "cups"))
        self.start_cups()

    def start_cups(self) -> None:
        """Start CUPS, for the first time or again with the queues and jobs it had."""
        base = self.folder / "cups"
        self.socket.unlink(missing_ok=True)
        command = ["cupsd", "-f", "-c", str(base / "etc" / "cupsd.conf"), "-s", str(base / "etc" / "cups-files.conf")]
        self._cupsd = self.start(command, log=base / "out")
        _until(self._answers, "CUPS does not start: see its log")

    def kill_cups(self) -> None:
        """CUPS dies at once, with what it started."""
        assert self._cupsd is not None
        _end(self._cupsd)
        self._cupsd = None

    def add(self, name: str) -> VirtualPrinter:
        """A printer that is switched on, and its queue."""
        printer = self.printers[name] = VirtualPrinter(self, name)
        printer.switch_on()
        self.command("lpadmin", "-p", name, "-v", printer.uri, "-E", "-m", "everywhere")
        return printer

    def remove_queue(self, name: str) -> None:
        """Take the queue away; the printer stays."""
        self.command("lpadmin", "-x", name)

    def command(self, *words: str) -> str:
        """One of CUPS' own commands, at this CUPS."""
        done = subprocess.run(words, env=self._environment(), capture_output=True, text=True, timeout=SOON, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, command: list[str], *, log: Path) -> subprocess.Popen[bytes]:
        """A process that ends with the room."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environment(),
                cwd=self.folder,
                start_new_session=True,
            )
        self._running.append(process)
        return process

    def close(self) -> None:
        """End everything."""
        for process in reversed(self._running):
            _end(process)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        sbin = f"/usr/sbin:/sbin:{kept.get('PATH', '')}"
        return {**kept, "PATH": sbin, "DBUS_SYSTEM_BUS_ADDRESS": self._bus, "CUPS_SERVER": str(self.socket)}

    def _answers(self) -> bool:
        if not self.socket.exists():
            return False
        asked = ["lpstat", "-r"]
        done = subprocess.run(asked, env=self._environment(), capture_output=True, text=True, timeout=SOON, check=False)
        return "not running" not in done.stdout and done.returncode == 0


@contextmanager
def print_room() -> Iterator[PrintRoom]:
    """A room without printers. Skips the test where its programs or rights are missing."""
    path = f"/usr/sbin:/sbin:{os.environ.get('PATH', '')}"
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if missing:
        pytest.skip(f"not installed here: {', '.join(missing)} (./run test-hardware-virtual installs them)")
    if os.geteuid() != 0:
        pytest.skip("a print service of one's own needs root here")
    if (why := refused()) is not None:
        pytest.skip(why)
    with tempfile.TemporaryDirectory(prefix="hbm-print-") as base:
        os.chmod(base, 0o755)  # noqa: S103 - CUPS prints as another user
        room = PrintRoom(Path(base))
        try:
            room.open()
            yield room
        finally:
            room.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.wait(SOON)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(true: Callable[[], bool], otherwise: str) -> None:
    deadline, pause = time.monotonic() + SOON, threading.Event()
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(otherwise)
        pause.wait(0.02)


if __name__ == "__main__":  # a print room for the bench and for looking: ends with Enter
    with print_room() as here:
        for wanted in sys.argv[1:] or ["Counter"]:
            here.add(wanted)
        sys.stdout.write(f"CUPS_SERVER={here.socket}\n")
        sys.stdin.readline()
