# SPDX-License-Identifier: Apache-2.0
"""Small files and folders that a power cut leaves as they were, or as they were to be: never half, never gone."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def replace_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write ``data`` beside ``path``, force it to the disk, put it in place. Raises OSError, no rest stays."""
    waiting = path.with_name(path.name + ".new")
    try:
        handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), mode)
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(waiting, path)
    except OSError:
        waiting.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_folders(folder: Path) -> None:
    """Make a folder and every missing one above it; their names are durable. Raises OSError."""
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir(exist_ok=True)
            sync_folder(one.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError, except where a file system has no such call."""
    if os.name == "nt":
        return  # Windows opens no folders; NTFS keeps names in its journal
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as problem:
        if problem.errno != errno.EINVAL:  # some file systems of sticks cannot sync a folder
            raise
    finally:
        os.close(handle)
