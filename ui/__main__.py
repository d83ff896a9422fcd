# SPDX-License-Identifier: Apache-2.0
"""Picks the face: the desktop when nothing else is asked for, the command line otherwise."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from station.isolation.own_memory import forbid_dumps
from station.isolation.serving import run_if_helper

if TYPE_CHECKING:
    from ui.command_line.desktop import WindowWish


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the station; the exit code is one of ``ui.command_line.exit_codes``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if run_if_helper(given):
        return 0
    if given[:1] not in ([], ["desktop"]):  # the window looks at the kind of its store first
        forbid_dumps()
    from ui.command_line.main import run

    return run(given, open_window)


def open_window(wish: WindowWish) -> int:
    """The desktop. Qt is imported only for whoever asks for a window."""
    from station.ports.storage import StoreKind
    from ui.desktop.app import run_desktop

    return run_desktop(wish.store, wished=StoreKind.TRAINING if wish.training else None)


if __name__ == "__main__":
    sys.exit(main())
