# SPDX-License-Identifier: Apache-2.0
"""``hbm-station recovery``: tries two sheets without restoring anything, and gives the age identity when asked.

The identity goes to standard output and nowhere else, so that ``age -d -i -`` takes it from a pipe.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.tasks import CancelToken
from ui.bootstrap.recovery import new_paper_shares, new_restorer
from ui.command_line import sheets
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice
from ui.command_line.verify import key_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    trying = actions.add_parser("test", help="try two sheets, and with them a backup", allow_abbrev=False)
    sheets.add_arguments(trying)
    trying.add_argument("--backup", type=Path, metavar="BACKUP", help="read all of this backup, and write nothing")
    trying.add_argument("--signer", type=Path, metavar="STATION.PUB", help="and check who made it")
    identity = actions.add_parser("identity", help="print the age identity that opens the backups", allow_abbrev=False)
    sheets.add_arguments(identity)
    parser.set_defaults(actions=(trying, identity))


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Try the sheets, or print what they open."""
    paper = new_paper_shares()
    master = sheets.master_secret(arguments, voice)
    try:
        if arguments.action == "test":
            return _test(arguments, voice, paper.recipient(master), paper.identity(master))
        identity = paper.identity(master).reveal().decode("ascii")
        if voice.as_json:
            voice.give({"identity": identity})
        else:
            voice.plain(identity)
        return Exit.GOOD
    finally:
        master.forget()


def _test(arguments: argparse.Namespace, voice: Voice, recipient: str, identity: Secret) -> int:
    facts: dict[str, object] = {"recipient": recipient}
    if arguments.backup is None:
        voice.tell(say("The two sheets fit together. Nothing was restored."), **facts)
        return Exit.GOOD
    signer = None if arguments.signer is None else key_file(arguments.signer).decode("utf-8", "replace")
    manifest = new_restorer(arguments.backup.parent / "nowhere").look(
        arguments.backup, signer=signer, identity=identity, cancel=CancelToken()
    )
    facts |= {"backup": manifest.name, "made_at": manifest.made_at.isoformat(), "signature_checked": signer is not None}
    voice.tell(say("The two sheets open the backup {backup}. Nothing was restored.", backup=manifest.name), **facts)
    if signer is None:
        voice.remark(say("Nobody checked who made this backup: give --signer for that."))
    return Exit.GOOD
