# SPDX-License-Identifier: Apache-2.0
"""Runs a process with the recorder before its C library, and reads what the recorder wrote down."""

from __future__ import annotations

import enum
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
PATIENCE = 300  # seconds for one recorded process

_HEAD = struct.Struct("<c5Q")


class Kind(enum.Enum):
    """What happened."""

    CREATED = b"C"  # a file came to be
    FOLDER = b"K"  # a folder came to be
    WRITTEN = b"W"  # bytes at a place of a file
    CUT = b"T"  # a file got another size
    SYNCED = b"S"  # a file's content, or a folder's names, were forced to the disk
    RENAMED = b"R"  # within the folder
    REMOVED = b"U"  # a name
    MAPPED = b"M"  # a file may now change without a call
    SAID = b"A"  # the process acknowledged something to the other side of its pipe


@dataclass(frozen=True, slots=True)
class Event:
    """One change. ``path`` and ``to`` are absolute; ``data`` is what was written or said."""

    kind: Kind
    inode: int = 0
    at: int = 0
    path: str = ""
    to: str = ""
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a process did and said; ``errors`` is what it wrote to standard error."""

    events: list[Event]
    said: list[str]
    status: int
    errors: str


def recorder(folder: Path) -> Path:
    """The recorder, compiled into ``folder``; skips the test where no C compiler is."""
    if sys.platform != "linux" or shutil.which("gcc") is None:
        pytest.skip("recording what a process writes needs Linux and gcc")
    library = folder / "recorder.so"
    command = ["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library)]
    subprocess.run([*command, str(HERE / "recorder.c")], check=True)
    return library


def run_recorded(
    library: Path, module: str, watched: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Recorded:
    """Run ``python -m module WATCHED ARGUMENTS`` to its end and read what happened below ``watched``."""
    log = watched.with_name(watched.name + ".recorded")
    log.unlink(missing_ok=True)
    hearing, saying = os.pipe()
    preload = {
        "LD_PRELOAD": str(library),
        "HBM_POWER_WATCH": str(watched),
        "HBM_POWER_LOG": str(log),
        "HBM_POWER_SAID": str(saying),
    }
    with open(hearing, "rb") as voice:
        try:
            child = subprocess.Popen(
                [sys.executable, "-m", module, str(watched), *arguments],
                env={**os.environ, **preload, **(environment or {})},
                pass_fds=(saying,),
                cwd=REPOSITORY,
                stderr=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
            )
        finally:
            os.close(saying)
        said = voice.read().decode().splitlines()
        _, errors = child.communicate(timeout=PATIENCE)
    events = list(_read(log.read_bytes())) if log.exists() else []
    return Recorded(events, said, child.returncode, errors.decode(errors="replace"))


def _read(data: bytes) -> Iterator[Event]:
    place = 0
    while place < len(data):
        kind, inode, at, _, first, second = _HEAD.unpack_from(data, place)
        place += _HEAD.size
        one, two = data[place : place + first], data[place + first : place + first + second]
        place += first + second
        what = Kind(kind)
        if what in (Kind.WRITTEN, Kind.SAID):
            yield Event(what, inode, at, data=one)
        else:
            yield Event(what, inode, at, path=os.fsdecode(one), to=os.fsdecode(two))
