# SPDX-License-Identifier: Apache-2.0
"""``hbm-station audit verify``: does the audit trail hold, and with ``--full`` do the records match it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import datetime

from station.access.audit import Act, AuditFinding, AuditHead, verify, verify_records
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.words import say_count
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
        help="check every page of the store, and compare every record and picture with the trail, too",
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Verify. 3 when something does not hold, with a sentence for each finding."""
    with House.at(arguments.store) as house, store_access.signed_in(house, arguments, voice) as session:
        session.require(Permission.VERIFY_AUDIT)
        findings, head = _look(session, arguments.head, full=arguments.full)
        _tell(voice, findings, head, full=arguments.full)
        _note(session, house.clock.now(), findings, full=arguments.full)
    return Exit.NOT_ALL_GOOD if findings else Exit.GOOD


def _head(text: str) -> AuditHead:
    number, _, hash_ = text.partition(":")
    if not number.isdecimal() or int(number) < 1 or re.fullmatch("[0-9a-f]{64}", hash_) is None:
        raise argparse.ArgumentTypeError("a number, a colon and the 64 characters of a hash")
    return AuditHead(int(number), hash_)


def _look(session: Session, known: AuditHead | None, *, full: bool) -> tuple[list[AuditFinding], AuditHead]:
    """Everything that does not hold, and the newest entry that was looked at. Raises StoreDamaged."""
    if full:
        session.store.check_pages()
    with session.store.reading() as unit:
        last = unit.audit.head()
        findings = list(verify(unit.audit.entries(), expected_head=known))
        if full:
            findings += verify_records(
                unit.audit.entries(),
                unit.encounters.recorded_bodies(),
                unit.images.recorded_hashes(),
                unit.journal.recorded_steps(),
            )
    return findings, AuditHead(0, "") if last is None else AuditHead(last.sequence, last.hash)


def _tell(voice: Voice, findings: Sequence[AuditFinding], head: AuditHead, *, full: bool) -> None:
    if findings:
        verdict = say_count(
            "The audit trail does not hold: {count} finding.",
            "The audit trail does not hold: {count} findings.",
            count=len(findings),
        )
    else:
        verdict = say_count(
            "The audit trail holds: {count} entry.", "The audit trail holds: {count} entries.", count=head.sequence
        )
    voice.tell(
        verdict,
        entries=head.sequence,
        head=head.hash,
        full=full,
        findings=[
            {"sequence": found.sequence, "kind": found.kind.value, "says": found.says.in_english()}
            for found in findings
        ],
    )
    for found in findings:
        voice.remark(found.says)


def _note(session: Session, now: datetime, findings: Sequence[AuditFinding], *, full: bool) -> None:
    """That somebody looked, and with what result, is an act as well."""
    with session.store.unit_of_work() as unit:
        unit.audit.append(
            at=now,
            by=session.officer.officer_id,
            act=Act.TRAIL_VERIFIED,
            subject="audit",
            details={"findings": str(len(findings)), "full": "yes" if full else "no"},
        )
        unit.commit()
