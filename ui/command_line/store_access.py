# SPDX-License-Identifier: Apache-2.0
"""The words and the sign-in shared by every command that opens a store. A password or a PIN is never an argument."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from station.access.sign_in import Session, needs_pin
from station.domain.errors import FileRefused, SignInRefused
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.isolation.intake import open_regular
from station.ports.tasks import CancelToken
from ui.bootstrap.house import House
from ui.command_line.output import Voice

MAX_PASSWORD_BYTES = 4096
_TERMINAL = "-"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--store``, ``--user``, ``--password-file`` and ``--pin-file``."""
    add_without_token(parser)
    parser.add_argument(
        "--pin-file",
        metavar="FILE",
        help="for whoever signs in with a token: a file whose first line is its PIN; - for standard input",
    )


def add_without_token(parser: argparse.ArgumentParser) -> None:
    """``--store``, ``--user`` and ``--password-file``."""
    parser.add_argument("--store", required=True, type=Path, metavar="DIR", help="the folder of the store")
    parser.add_argument("--user", required=True, metavar="NAME", help="who signs in")
    parser.add_argument(
        "--password-file",
        required=True,
        metavar="FILE",
        help="a file whose first line is the password; - for standard input",
    )


def house_of(arguments: argparse.Namespace) -> AbstractContextManager[House]:
    """The house around ``--store``, with the tokens that the settings of this machine name."""
    from ui.bootstrap.counters import counter_of
    from ui.bootstrap.machine_settings import settings_with_problems  # brings all drivers

    settings, _ = settings_with_problems()
    counter = counter_of(settings.counter)
    return House.at(arguments.store, token_module=settings.keys.token_module, counter=counter)


@contextmanager
def signed_in(house: House, arguments: argparse.Namespace, voice: Voice) -> Iterator[Session]:
    """A session for the length of the block, signed out at its end. Raises SignInRefused and StoreError kinds."""
    password = password_from(arguments.password_file, voice)
    pin: Secret | None = None
    try:
        pin = pin_for(house, arguments, voice)
        session = house.sign_in.sign_in(arguments.user, password, CancelToken(), pin=pin)
    finally:
        password.forget()
        if pin is not None:
            pin.forget()
    try:
        yield session
    finally:
        house.sign_in.sign_out(session)


def pin_for(house: House, arguments: argparse.Namespace, voice: Voice) -> Secret | None:
    """The PIN of whoever needs one. Raises SignInRefused, StoreError kinds."""
    if arguments.pin_file is None:
        if not (house.door.exists() and needs_pin(house.keys, arguments.user)):
            return None
        if arguments.password_file != _TERMINAL or not sys.stdin.isatty():
            raise SignInRefused(
                say("This name signs in with a token, and its PIN was not given."),
                say("Plug the token in, and name a file with its PIN: --pin-file. Or type both in a terminal."),
            )
    return _first_line(arguments.pin_file or _TERMINAL, say("PIN of the token:"), voice)


def password_from(source: str, voice: Voice) -> Secret:
    """The password that ``--password-file`` names. Raises SignInRefused."""
    return _first_line(source, say("Password:"), voice)


def _first_line(source: str, asked: Text, voice: Voice) -> Secret:
    try:
        if source == _TERMINAL and sys.stdin.isatty():
            raw = getpass.getpass(voice.words(asked) + " ").encode()  # never shown while it is typed
        elif source == _TERMINAL:
            raw = sys.stdin.buffer.readline(MAX_PASSWORD_BYTES)
        else:
            with open_regular(Path(source)) as file:
                raw = file.readline(MAX_PASSWORD_BYTES)
    except FileRefused as problem:
        raise SignInRefused(
            problem.cause, say("Name a file that holds the password, or - for standard input.")
        ) from None
    except OSError as problem:
        raise SignInRefused(
            say("The password file cannot be read: {why}.", why=problem.strerror or "unknown"),
            say("Name a file that holds the password, or - for standard input."),
        ) from problem
    return Secret(raw.rstrip(b"\r\n"))
