# SPDX-License-Identifier: Apache-2.0
"""``hbm-station audit verify``: does the audit trail hold, and with ``--full`` do the records match it."""

from __future__ import annotations

import argparse

from station.access.audit import verify, verify_records
from station.access.roles import Permission
from station.domain.words import say_count
from ui.bootstrap import House
from ui.command_line import store_access
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checking = actions.add_parser("verify", help="verify the audit trail")
    store_access.add_arguments(checking)
    checking.add_argument("--full", action="store_true", help="compare every record and picture with the trail, too")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Verify. 3 when something does not hold, with a sentence for each finding."""
    with House.at(arguments.store) as house, store_access.signed_in(house, arguments) as session:
        session.require(Permission.VERIFY_AUDIT)
        with session.store.reading() as unit:
            head = unit.audit.head()
            findings = list(verify(unit.audit.entries()))
            if arguments.full:
                findings += verify_records(
                    unit.audit.entries(), unit.encounters.recorded_bodies(), unit.images.recorded_hashes()
                )
    entries = 0 if head is None else head.sequence
    facts = {
        "entries": entries,
        "head": "" if head is None else head.hash,
        "full": arguments.full,
        "findings": [
            {"sequence": found.sequence, "kind": found.kind.value, "says": found.says.in_english()}
            for found in findings
        ],
    }
    if not findings:
        voice.tell(
            say_count(
                "The audit trail holds: {count} entry.", "The audit trail holds: {count} entries.", count=entries
            ),
            **facts,
        )
        return Exit.GOOD
    voice.tell(
        say_count(
            "The audit trail does not hold: {count} finding.",
            "The audit trail does not hold: {count} findings.",
            count=len(findings),
        ),
        **facts,
    )
    for found in findings:
        voice.remark(found.says)
    return Exit.NOT_ALL_GOOD
