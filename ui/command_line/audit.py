# SPDX-License-Identifier: Apache-2.0
"""``hbm-station audit verify``: does the audit trail hold, and with ``--full`` do the records match it."""

from __future__ import annotations

import argparse
import re

from station.access.acceptance import told
from station.access.audit import AuditHead
from station.access.audit_service import AuditService, Depth
from station.access.trail_check import TrailVerdict
from station.domain.errors import NotPermitted
from station.domain.words import say, say_count
from station.ports.storage import Store, StoreName
from ui.bootstrap.house import House
from ui.command_line import store_access
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checking = actions.add_parser("verify", help="verify the audit trail", allow_abbrev=False)
    store_access.add_arguments(checking)
    parser.set_defaults(actions=(checking,))
    checking.add_argument(
        "--head",
        type=_head,
        metavar="NUMBER:HASH",
        help="the newest entry of an earlier look, noted elsewhere: finds a trail that was cut or written anew",
    )
    checking.add_argument(
        "--full",
        action="store_true",
        help="check every page of the store, and compare every record, picture and list with the trail, too",
    )
    checking.add_argument(
        "--of",
        default=StoreName.BORDER.value,
        choices=[name.value for name in StoreName],
        help="whose trail: one of the three stores (default: border)",
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Verify. 3 when something does not hold, with a sentence for each finding."""
    depth = Depth.EVERYTHING if arguments.full else Depth.TRAIL
    name = StoreName(arguments.of)
    with House.at(arguments.store) as house, store_access.signed_in(house, arguments, voice) as session:
        service = AuditService(session, house.signer, house.clock)
        if name not in service.stores():
            raise NotPermitted(
                say("You have no key of this store."), say("Sign in as somebody who works with its records.")
            )
        store = session.stores[name]
        for text in told(store):
            voice.remark(text)
        verdict = service.verify(name, depth, known=arguments.head)
        _tell(voice, verdict, store, depth)
        return Exit.GOOD if not verdict.findings and store.read_only is None else Exit.NOT_ALL_GOOD


def _head(text: str) -> AuditHead:
    number, _, hash_ = text.partition(":")
    if not number.isdecimal() or int(number) < 1 or re.fullmatch("[0-9a-f]{64}", hash_) is None:
        raise argparse.ArgumentTypeError("a number, a colon and the 64 characters of a hash")
    return AuditHead(int(number), hash_)


def _tell(voice: Voice, verdict: TrailVerdict, store: Store, depth: Depth) -> None:
    findings = verdict.findings
    if findings:
        words = say_count(
            "The audit trail does not hold: {count} finding.",
            "The audit trail does not hold: {count} findings.",
            count=len(findings),
        )
    else:
        words = say_count(
            "The audit trail holds: {count} entry.", "The audit trail holds: {count} entries.", count=verdict.entries
        )
    voice.tell(
        words,
        store=store.name.value,
        entries=verdict.entries,
        head="" if verdict.head is None else verdict.head.hash,
        full=depth is Depth.EVERYTHING,
        anchors=verdict.anchors,
        read_only=store.read_only is not None,
        anchor_findings=[found.kind.value for found in store.anchor_findings],
        findings=[
            {"sequence": found.sequence, "kind": found.kind.value, "says": found.says.in_english()}
            for found in findings
        ],
        gaps=[gap.in_english() for gap in verdict.gaps],
    )
    for found in findings:
        voice.remark(found.says)
    for gap in verdict.gaps:
        voice.remark(gap)
    voice.remark(
        say_count(
            "It agrees with {count} note that lies outside of the store.",
            "It agrees with {count} notes that lie outside of the store.",
            count=verdict.anchors,
        )
    )
