# SPDX-License-Identifier: Apache-2.0
"""``hbm-station desktop``: the words with which the window is opened. A face knows no other face, so the window itself
is handed in by ``ui.__main__``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from station.domain.errors import StationError
from station.domain.words import say
from ui.command_line.output import Voice
from ui.host import data_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowWish:
    """Which store the window opens, and whether it has to be a training store."""

    store: Path
    training: bool


#: Opens the window and stays until it is closed; the exit code.
OpenWindow = Callable[[WindowWish], int]


def no_window(_wish: WindowWish) -> int:
    """Where only the command line was started. Raises StationError."""
    raise StationError(say("There is no window here."), say("Start the program hbm-station."))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    parser.add_argument(
        "--store", type=Path, metavar="DIR", help="the folder of the store (default: this person's own)"
    )
    parser.add_argument(
        "--training", action="store_true", help="a training store with simulated devices; made when there is none"
    )


def run(arguments: argparse.Namespace, _voice: Voice) -> int:
    """Open the window with what ``arguments.open_window`` is."""
    store: Path = arguments.store or data_folder() / ("training" if arguments.training else "store")
    open_window: OpenWindow = arguments.open_window
    return open_window(WindowWish(store=store, training=arguments.training))
