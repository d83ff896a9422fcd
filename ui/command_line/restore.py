# SPDX-License-Identifier: Apache-2.0
"""``hbm-station restore BACKUP``: a post comes back from a backup and two recovery sheets."""

from __future__ import annotations

import argparse
from pathlib import Path

from station.access.first_start import MIN_PASSWORD_CHARACTERS, is_name
from station.domain.errors import SettingsError
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.backup import Restored
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName
from station.ports.tasks import CancelToken
from ui.bootstrap.recovery import new_restorer
from ui.command_line import sheets, store_access
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice
from ui.command_line.verify import key_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    parser.add_argument("backup", type=Path, metavar="BACKUP", help="the .tar.age file; its .minisig lies beside it")
    signer = parser.add_mutually_exclusive_group(required=True)
    signer.add_argument("--signer", type=Path, metavar="STATION.PUB", help="the station's public key")
    signer.add_argument(
        "--signer-unknown", action="store_true", help="restore although nobody can tell who made the backup"
    )
    sheets.add_arguments(parser)
    store_access.add_without_token(parser)
    parser.add_argument("--display-name", metavar="NAME", help="the name that screens show (default: as --user)")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Restore. 3 when the signature could not be checked."""
    signer = None if arguments.signer is None else key_file(arguments.signer).decode("utf-8", "replace")
    supervisor = _supervisor(arguments, voice)
    master = sheets.master_secret(arguments, voice)
    try:
        restored = new_restorer(arguments.store).restore(
            arguments.backup,
            signer=signer,
            master=master,
            supervisor=supervisor,
            progress=lambda _done, _of: None,
            cancel=CancelToken(),
        )
    finally:
        master.forget()
        supervisor.password.forget()
    _tell(voice, restored, arguments.store)
    return Exit.GOOD if restored.signature_checked else Exit.NOT_ALL_GOOD


def _supervisor(arguments: argparse.Namespace, voice: Voice) -> NewOfficer:
    """Whoever takes over. Raises SettingsError for a name or a password that the first start would refuse, too."""
    password: Secret = store_access.password_from(arguments.password_file, voice)
    shown = arguments.display_name or arguments.user
    if not is_name(arguments.user) or not is_name(shown):
        raise SettingsError(say("The name of the new supervisor is no name."), say("Give another --user."))
    if len(password.reveal().decode("utf-8", "replace")) < MIN_PASSWORD_CHARACTERS:
        raise SettingsError(
            say(
                "The password of the new supervisor is too short; it needs {least} characters.",
                least=MIN_PASSWORD_CHARACTERS,
            ),
            say("Choose a longer one. Four words that do not belong together are easy to keep in mind."),
        )
    return NewOfficer(name=arguments.user, display_name=shown, role=RoleName.SUPERVISOR, password=password)


def _tell(voice: Voice, restored: Restored, store: Path) -> None:
    manifest = restored.manifest
    voice.tell(
        say("Everything in the backup {backup} was restored to {store}.", backup=manifest.name, store=str(store)),
        backup=manifest.name,
        store=str(store),
        made_at=manifest.made_at.isoformat(),
        post=manifest.post,
        station=manifest.station,
        signature_checked=restored.signature_checked,
        stores=[
            {
                "name": one.name.value,
                "generation_before": one.generation_before,
                "generation": one.generation_now,
                "audit_entries": one.audit_sequence,
            }
            for one in restored.stores
        ],
    )
    if not restored.signature_checked:
        voice.remark(say("Nobody checked who made this backup. Compare it with headquarters before you rely on it."))
    voice.remark(say("Records made after the backup are not in it. Tell headquarters that this post was restored."))
