# SPDX-License-Identifier: Apache-2.0
"""A helper process that misbehaves as it is told: the child of the tests beside it."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence

from station.isolation.frames import Header
from station.isolation.serving import serve


def echo(header: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
    return {"said": header.get("say")}, attachments


def noise(_: Header) -> Header:
    print("a library prints", flush=True)
    os.write(2, b"x" * 300_000)
    return {}


def eat_memory(_: Header) -> Header:
    return {"ate": len(bytearray(1 << 30))}


def leave_a_fork(_: Header) -> Header:
    """End at once; a fork goes on with the same pipes open, as the reader that a vendor's library forks."""
    if os.fork() == 0:
        time.sleep(60)  # the station ends it with the whole group
    os.kill(os.getpid(), signal.SIGALRM)
    return {}


def crash(_: Header) -> Header:
    return {"read": len(ctypes.string_at(8))}


def leave(_: Header) -> Header:
    os._exit(0)


def fail(_: Header) -> Header:
    raise ValueError("holds the name of a traveller")


def garble(header: Header) -> Header:
    os.write(int(str(header["to"])), b"G" * 100)
    return {}


def spin(_: Header) -> Header:
    while True:
        pass


def hang(_: Header) -> Header:
    time.sleep(600)
    return {}


def write(header: Header) -> Header:
    with open(str(header["path"]), "wb") as file:
        file.write(b"data")
    return {}


def connect(header: Header) -> Header:
    with socket.socket() as client:
        client.settimeout(2)
        client.connect(("127.0.0.1", int(str(header["port"]))))
    return {}


def surroundings(_: Header) -> Header:
    return {"environment": sorted(os.environ)}


ACTS: dict[str, Callable[[Header], Header]] = {
    "print": noise,
    "eat memory": eat_memory,
    "crash": crash,
    "leave a fork": leave_a_fork,
    "leave": leave,
    "fail": fail,
    "garble": garble,
    "spin": spin,
    "hang": hang,
    "write": write,
    "connect": connect,
    "surroundings": surroundings,
}


def answer(header: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
    do = str(header["do"])
    return echo(header, attachments) if do == "echo" else (ACTS[do](header), ())


if __name__ == "__main__":
    serve(answer)
