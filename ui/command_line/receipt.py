# SPDX-License-Identifier: Apache-2.0
"""``hbm-station receipt --store S --from DIR``: the signed receipts of headquarters on a stick."""

from __future__ import annotations

import argparse
from pathlib import Path

from station.domain.words import say, say_count
from station.exporting.receipts import ReceiptService
from station.ports.tasks import CancelToken
from ui.command_line import store_access
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    store_access.add_arguments(parser)
    parser.add_argument(
        "--from",
        dest="folder",
        required=True,
        type=Path,
        metavar="DIR",
        help="where receipt-*.txt lie, each with its .minisig",
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Take receipts in. 3 when one of them was not believed."""
    with store_access.house_of(arguments) as house, store_access.signed_in(house, arguments, voice) as session:
        came = ReceiptService(session, house.signer, house.clock).take_in(arguments.folder, CancelToken())
    voice.tell(
        say_count(
            "{count} receipt was noted.",
            "{count} receipts were noted.",
            count=len(came.taken),
        ),
        taken=list(came.taken),
        known=list(came.known),
        refused=[{"file": one.name, "cause": one.cause.in_english()} for one in came.refused],
    )
    for one in came.refused:
        voice.remark(say("{file} was not believed: {cause}", file=one.name, cause=one.cause))
    return Exit.NOT_ALL_GOOD if came.refused else Exit.GOOD
