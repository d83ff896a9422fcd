# SPDX-License-Identifier: Apache-2.0
"""A private PC/SC service with virtual readers: own network, own socket, own folder, and always ended.

Debian's virtual reader listens on all addresses, so the service gets an empty network of its own, and its own /run
so that it is not in the way of the machine's real service. A card joins that network from a thread.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.virtual_hardware.apart import apart, refused
from tests.virtual_hardware.virtual_card import VirtualCard

FIRST_PORT: Final = 0x8C7B  # of slot 0; slot 1 has the next one
DRIVER: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
PROGRAM: Final = "/usr/sbin/pcscd"
_CLONE_NEWNET: Final = 0x4000_0000
_SECONDS: Final = 15.0
#: What the service logs when its look, every 0.4 s, finds a card gone: the reader's name ends with the slot.
_GONE: Final = re.compile(r" Card Removed From .* 00 (\d\d)$", re.MULTILINE)


def missing() -> str | None:
    """Why the service cannot run here; None when it can."""
    if os.geteuid() != 0:
        return "needs the rights to make a network namespace (root)"
    if not Path(PROGRAM).exists() or not DRIVER.exists():
        return "needs the packages pcscd and vsmartcard-vpcd"
    if shutil.which("setpriv") is None:
        return "needs the program setpriv"
    return refused()


class PcscService:
    """The service and its one virtual reader with two slots, called ``NAME 00 00`` and ``NAME 00 01``.

    The virtual reader's driver mixes up the slots of two readers, so there is never a second one.
    """

    def __init__(self, folder: Path, reader: str = "Virtual PCD") -> None:
        self._folder = folder
        self._run = folder / "run"
        self._run.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self._inserted: list[VirtualCard] = []
        self._seen: list[int] = []  # the slot of each card that this run of the service saw
        self._log = folder / "log"
        self.plug(reader)

    @property
    def address(self) -> Path:
        """Where programs reach the service."""
        return self._run / "pcscd" / "pcscd.comm"

    def start(self) -> None:
        """Start it and wait until it takes calls."""
        shutil.rmtree(self._run / "pcscd", ignore_errors=True)
        # The kernel ends it with whoever started it, also when that is killed.
        script = 'mount --bind "$1" /run && exec setpriv --pdeathsig KILL "$2" --foreground --info --config "$3"'
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                apart(script, str(self._run), PROGRAM, str(self._settings)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._seen.clear()
        self._until(self._answers, "the PC/SC service did not start")

    def start_if_ended(self) -> None:
        """Have it running."""
        if self._process is None:
            self.start()

    def kill(self) -> None:
        """End it without a word; cards that lie on a reader stay in the hand."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for card in self._inserted:
            card.remove()
        self._inserted.clear()

    def plug(self, reader: str) -> None:
        """From the next start on this reader is attached, and no other."""
        self._settings.write_text(
            f'FRIENDLYNAME "{reader}"\nDEVICENAME /dev/null:{FIRST_PORT:#x}\nLIBPATH {DRIVER}\n'
            f"CHANNELID {FIRST_PORT:#x}\n"
        )

    def insert(self, card: VirtualCard, *, slot: int = 0) -> VirtualCard:
        """Lay a card on a reader, until the service has seen it there."""
        # No hand is quicker than the service looks; an exchange that it does not see confuses it for good.
        self._until(lambda: self._gone(slot) == self._seen.count(slot), "the last card is not noticed to be gone")
        before = card.powered
        card.insert(lambda: self._connected(FIRST_PORT + slot))
        self._inserted.append(card)
        self._until(lambda: card.powered > before, "the service does not notice the card")
        self._seen.append(slot)
        return card

    def close(self) -> None:
        """End the service and every card."""
        self.kill()

    @property
    def _settings(self) -> Path:
        return self._folder / "reader.conf"

    def _gone(self, slot: int) -> int:
        return sum(int(where) == slot for where in _GONE.findall(self._log.read_text(errors="replace")))

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the PC/SC service ended"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            return line.connect_ex(str(self.address)) == 0

    def _connected(self, port: int) -> socket.socket:
        """A connection made inside the service's network; it stays there, the thread that made it ends."""
        assert self._process is not None
        namespace = Path(f"/proc/{self._process.pid}/ns/net")
        lines: list[socket.socket] = []

        def connect() -> None:
            with namespace.open("rb") as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), _CLONE_NEWNET):
                    return
            line = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            if line.connect_ex(("127.0.0.1", port)) == 0:
                lines.append(line)
            else:
                line.close()

        def connected() -> bool:
            thread = threading.Thread(target=connect)
            thread.start()
            thread.join()
            return bool(lines)

        self._until(connected, "the virtual reader takes no card")
        return lines[0]

    @staticmethod
    def _until(true: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + _SECONDS
        pause = threading.Event()
        while not true():
            if time.monotonic() > deadline:
                raise AssertionError(complaint)
            pause.wait(0.01)


@contextmanager
def pcsc_service() -> Iterator[PcscService]:
    """A running service in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="pcsc-") as folder:
        service = PcscService(Path(folder))
        try:
            service.start()
            yield service
        finally:
            service.close()
