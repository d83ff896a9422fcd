# SPDX-License-Identifier: Apache-2.0
"""A reader on a pseudo-terminal: the kernel's own serial line, with the cable in the test's hand."""

from __future__ import annotations

import os
import tty
from pathlib import Path

TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")


def block_check(data: bytes) -> bytes:
    """The exclusive or of all bytes."""
    result = 0
    for byte in data:
        result ^= byte
    return bytes((result,))


class Wire:
    """The line's node is ``path``; ``send`` is the reader, ``unplug`` its cable."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: tuple[int, ...] = ()
        self.plug()

    def plug(self) -> None:
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._ends = (master, slave)
        self.path.symlink_to(os.ttyname(slave))

    def send(self, data: bytes) -> None:
        assert os.write(self._ends[0], data) == len(data)

    def received(self) -> bytes:
        """What the station sent to the reader so far."""
        try:
            return os.read(self._ends[0], 1000)
        except BlockingIOError:
            return b""

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = ()
