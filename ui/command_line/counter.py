# SPDX-License-Identifier: Apache-2.0
"""``hbm-station counter``: makes the counter in the computer's TPM, and says how it stands. Opens no store."""

from __future__ import annotations

import argparse

from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.anchors import CounterView
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice
from ui.command_line.store_access import password_from

_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make the counter that the settings name", allow_abbrev=False)
    create.add_argument(
        "--owner-password-file",
        metavar="FILE",
        help="where the TPM has an owner's password: a file whose first line it is; - for standard input",
    )
    show = actions.add_parser("show", help="say how the counter stands", allow_abbrev=False)
    parser.set_defaults(actions=(create, show))


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Make it, or look at it. Raises SettingsError without one in the settings, and DeviceError kinds."""
    from ui.bootstrap.counters import named_counter
    from ui.bootstrap.machine_settings import settings_with_problems  # brings all drivers

    settings, problems = settings_with_problems()
    for problem in problems:
        if str(problem.cause.values.get("setting", "")).startswith("counter"):
            raise problem
    counter = named_counter(settings.counter)
    if arguments.action == "show":
        _tell(voice, settings.counter.index, counter.look(seconds=_SECONDS))
        return Exit.GOOD
    owner: Secret | None = None
    if arguments.owner_password_file is not None:
        owner = password_from(arguments.owner_password_file, voice)
    try:
        view = counter.create(owner)
    finally:
        if owner is not None:
            owner.forget()
    _tell(voice, settings.counter.index, view)
    voice.remark(say("The live store of this computer takes it up at the next sign-in."))
    return Exit.GOOD


def _tell(voice: Voice, index: str, view: CounterView) -> None:
    if view.value is None:
        words = say("The counter at {index} was never raised.", index=index)
    else:
        words = say("The counter at {index} stands at {value}.", index=index, value=view.value)
    voice.tell(words, index=index, value=view.value or 0, identity=view.identity)
