# SPDX-License-Identifier: Apache-2.0
"""``hbm-station audit``: does the trail hold, with ``--full`` do the records match it, and a copy for an auditor."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from station.access.acceptance import told
from station.access.audit import AuditHead
from station.access.audit_service import AuditService, Depth
from station.access.roles import Permission
from station.access.sign_in import Session
from station.access.trail_check import TrailVerdict
from station.domain.errors import NotPermitted
from station.domain.words import say, say_count
from station.exporting.audit_log import AuditLogService, Cover
from station.ports.storage import Store, StoreName
from station.ports.tasks import CancelToken
from ui.command_line import store_access
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    checking = actions.add_parser("verify", help="verify the audit trail", allow_abbrev=False)
    store_access.add_arguments(checking)
    taking = actions.add_parser("export", help="write the audit trail for an auditor", allow_abbrev=False)
    store_access.add_arguments(taking)
    taking.add_argument("--to", required=True, type=Path, metavar="DIR", help="where the log goes")
    taking.add_argument("--sealed", action="store_true", help="seal it for headquarters; else everybody may read it")
    parser.set_defaults(actions=(checking, taking))
    for one in (checking, taking):
        one.add_argument(
            "--of",
            default=StoreName.BORDER.value,
            choices=[name.value for name in StoreName],
            help="whose trail: one of the three stores (default: border)",
        )
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


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Verify, or write the trail for an auditor. 3 when something does not hold, with a sentence for each finding."""
    return _export(arguments, voice) if arguments.action == "export" else _verify(arguments, voice)


def _export(arguments: argparse.Namespace, voice: Voice) -> int:
    cover = Cover.SEALED if arguments.sealed else Cover.OPEN
    with store_access.house_of(arguments) as house, store_access.signed_in(house, arguments, voice) as session:
        name = _known_to(session, arguments.of)
        service = AuditLogService(session, house.sealer, house.clock, house.checkpoints)
        log = service.export(name, arguments.to, cover, CancelToken())
    voice.tell(
        say_count(
            "{count} entry was written into {bundle}.",
            "{count} entries were written into {bundle}.",
            count=log.entries,
            bundle=str(log.bundle.path),
        ),
        bundle=str(log.bundle.path),
        signature=str(log.bundle.signature_path),
        sha256=log.bundle.sha256,
        bytes=log.bundle.size,
        store=name.value,
        entries=log.entries,
        head="" if log.head is None else log.head.hash,
        checkpoints=log.checkpoints,
        sealed=cover is Cover.SEALED,
    )
    return Exit.GOOD


def _known_to(session: Session, name: str) -> StoreName:
    """The store of this name. Raises NotPermitted for one that this person has no key of."""
    session.require(Permission.VERIFY_AUDIT)
    if StoreName(name) not in session.stores:
        raise NotPermitted(
            say("You have no key of this store."), say("Sign in as somebody who works with its records.")
        )
    return StoreName(name)


def _verify(arguments: argparse.Namespace, voice: Voice) -> int:
    depth = Depth.EVERYTHING if arguments.full else Depth.TRAIL
    with store_access.house_of(arguments) as house, store_access.signed_in(house, arguments, voice) as session:
        name = _known_to(session, arguments.of)
        service = AuditService(session, house.signer, house.clock)
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
