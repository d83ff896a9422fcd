# SPDX-License-Identifier: Apache-2.0
"""``hbm-station backup --store S --to DIR``: a sealed backup of every store, now."""

from __future__ import annotations

import argparse
from pathlib import Path

from station.domain.words import say
from station.ports.tasks import CancelToken
from station.safekeeping.backups import BackupService
from ui.command_line import store_access
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    store_access.add_arguments(parser)
    parser.add_argument("--to", required=True, type=Path, metavar="DIR", help="the medium the backup goes to")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Make a backup."""
    with store_access.house_of(arguments) as house, store_access.signed_in(house, arguments, voice) as session:
        service = BackupService(session, house.vault, house.targets, house.clock)
        made = service.make(arguments.to, lambda _done, _of: None, CancelToken())
    voice.tell(
        say("A backup was made and read back: {backup}.", backup=str(made.path)),
        backup=str(made.path),
        sha256=made.sha256,
        bytes=made.size,
        stores=sorted(name.value for name in made.stores),
        expired=list(made.expired),
    )
    return Exit.GOOD
