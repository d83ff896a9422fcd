# SPDX-License-Identifier: Apache-2.0
"""Understands the command line and turns every ending into a sentence and an exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from station.domain.errors import Cancelled, StationError
from station.domain.words import say
from ui.bug_log import bugs_in_threads_logged, log_bug
from ui.command_line import (
    audit,
    backup,
    counter,
    demo,
    desktop,
    doctor,
    export,
    read,
    receipt,
    recovery,
    restore,
    verify,
    wipe,
)
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice
from ui.translation import LANGUAGES, PSEUDO, PSEUDO_RIGHT_TO_LEFT, SOURCE_LANGUAGE, Translator

_log = logging.getLogger(__name__)

_MISTAKE = StationError(
    say("The program made a mistake and stopped."),
    say("Try again. If it happens again, give the line above that begins with “a bug” to a technician."),
)


@dataclass(frozen=True, slots=True)
class Command:
    """One word of the command line."""

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Voice], int]


COMMANDS: dict[str, Command] = {
    "desktop": Command("open the window (the default)", desktop.add_arguments, desktop.run),
    "read": Command("read the MRZ of pictures", read.add_arguments, read.run),
    "demo": Command("let scripted specimen travellers cross", demo.add_arguments, demo.run),
    "export": Command("seal what is waiting for headquarters", export.add_arguments, export.run),
    "verify": Command("check a sealed bundle", verify.add_arguments, verify.run),
    "receipt": Command("take in the receipts that headquarters signed", receipt.add_arguments, receipt.run),
    "backup": Command("make a sealed backup now", backup.add_arguments, backup.run),
    "restore": Command("bring a post back from a backup and two recovery sheets", restore.add_arguments, restore.run),
    "recovery": Command("try recovery sheets, or print what they open", recovery.add_arguments, recovery.run),
    "wipe": Command("destroy the keys of a station that is about to be taken", wipe.add_arguments, wipe.run),
    "audit": Command("verify the audit trail", audit.add_arguments, audit.run),
    "counter": Command("make or show the counter in the computer's TPM", counter.add_arguments, counter.run),
    "doctor": Command("say what is attached, what is missing and what to do", doctor.add_arguments, doctor.run),
}


def parser() -> argparse.ArgumentParser:
    """All commands and their words."""
    whole = argparse.ArgumentParser(
        prog="hbm-station",
        description="The border-post station. Exit codes: 0 good, 2 usage, 3 something was not good, 4 could not.",
        allow_abbrev=False,
    )
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")
    for name, command in COMMANDS.items():
        # Words are never guessed from their beginning: "--password" must not be taken for "--password-file".
        one = commands.add_parser(name, help=command.help, description=command.help, allow_abbrev=False)
        command.add_arguments(one)
        for parser_of_words in (one, *_actions(one)):
            # Only who says it sets it: an action must not take back what stood before it.
            parser_of_words.add_argument(
                "--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object a line, for machines"
            )
        one.set_defaults(json=False)
    return whole


def _actions(parser_of_command: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parsers of a command's own actions (``audit verify``), whose words may hold ``--json`` as well."""
    found = parser_of_command.get_default("actions")
    return list(found or ())


def run(given: Sequence[str], open_window: desktop.OpenWindow = desktop.no_window) -> int:
    """Run one command; the exit code. ``open_window`` is the other face, for the command that asks for it."""
    arguments = parser().parse_args(given or ["desktop"])
    arguments.open_window = open_window
    voice = Voice(Translator(_language()), as_json=arguments.json)
    try:
        with bugs_in_threads_logged(_log):
            return COMMANDS[arguments.command].run(arguments, voice)
    except StationError as problem:
        voice.complain(problem)
        return Exit.COULD_NOT
    except (Cancelled, KeyboardInterrupt):
        voice.warn(say("Stopped before the end."))
        return Exit.STOPPED
    except BrokenPipeError:
        # Whoever read our lines has gone; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.NOBODY_LISTENS
    except Exception as bug:  # noqa: BLE001 - the last line: Python would print the message, which may name a traveller
        log_bug(_log, type(bug), bug.__traceback__)
        voice.complain(_MISTAKE)
        return Exit.COULD_NOT


def _language() -> str:
    """The language asked for, or English: an unknown one must not keep a command from working."""
    wanted = os.environ.get("HBM_STATION_LANGUAGE", SOURCE_LANGUAGE)
    return wanted if wanted in (*LANGUAGES, PSEUDO, PSEUDO_RIGHT_TO_LEFT) else SOURCE_LANGUAGE
