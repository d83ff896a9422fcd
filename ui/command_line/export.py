# SPDX-License-Identifier: Apache-2.0
"""``hbm-station export --store S --to DIR``: everything that is waiting, as one sealed bundle."""

from __future__ import annotations

import argparse
from pathlib import Path

from station.domain.words import say, say_count
from station.exporting.packages import ExportService
from station.ports.tasks import CancelToken
from ui.command_line import store_access
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    store_access.add_arguments(parser)
    parser.add_argument("--to", required=True, type=Path, metavar="DIR", help="where the bundle goes")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Export. 3 when a picture was damaged in the store and therefore left out."""
    with store_access.house_of(arguments) as house, store_access.signed_in(house, arguments, voice) as session:
        service = ExportService(session, house.sealer, house.clock, house.checkpoints)
        outcome = service.export(arguments.to, None, CancelToken(), lambda _done, _of: None)
    bundle = outcome.bundle
    voice.tell(
        say_count(
            "{count} encounter was sealed into {bundle}.",
            "{count} encounters were sealed into {bundle}.",
            count=outcome.record.encounters,
            bundle=str(bundle.path),
        ),
        bundle=str(bundle.path),
        signature=str(bundle.signature_path),
        sha256=bundle.sha256,
        bytes=bundle.size,
        sequence=outcome.record.sequence,
        encounters=outcome.record.encounters,
        images=outcome.images,
        left_waiting=outcome.left_waiting,
        left_behind=[str(path) for path in outcome.left_behind],
        damaged_images=list(outcome.damaged_images),
    )
    for path in outcome.left_behind:
        voice.remark(say("An interrupted export left {bundle}. Its records are in this bundle too.", bundle=str(path)))
    if outcome.damaged_images:
        voice.remark(
            say_count(
                "{count} picture in the store is damaged, or too large for a bundle. Call a technician.",
                "{count} pictures in the store are damaged, or too large for a bundle. Call a technician.",
                count=len(outcome.damaged_images),
            )
        )
        return Exit.NOT_ALL_GOOD
    return Exit.GOOD
