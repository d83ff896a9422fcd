# SPDX-License-Identifier: Apache-2.0
"""The words and the sign-in shared by every command that opens a store. A password is never an argument."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from station.access.sign_in import Session
from station.domain.errors import SignInRefused
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.tasks import CancelToken
from ui.bootstrap.house import House
from ui.command_line.output import Voice

MAX_PASSWORD_BYTES = 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--store``, ``--user`` and ``--password-file``."""
    parser.add_argument("--store", required=True, type=Path, metavar="DIR", help="the folder of the store")
    parser.add_argument("--user", required=True, metavar="NAME", help="who signs in")
    parser.add_argument(
        "--password-file",
        required=True,
        metavar="FILE",
        help="a file whose first line is the password; - for standard input",
    )


@contextmanager
def signed_in(house: House, arguments: argparse.Namespace, voice: Voice) -> Iterator[Session]:
    """A session for the length of the block, signed out at its end. Raises SignInRefused and StoreError kinds."""
    password = password_from(arguments.password_file, voice)
    try:
        session = house.sign_in.sign_in(arguments.user, password, CancelToken())
    finally:
        password.forget()
    try:
        yield session
    finally:
        house.sign_in.sign_out(session)


def password_from(source: str, voice: Voice) -> Secret:
    """The password that ``--password-file`` names. Raises SignInRefused."""
    try:
        if source == "-" and sys.stdin.isatty():
            raw = getpass.getpass(voice.words(say("Password:")) + " ").encode()  # never shown while it is typed
        elif source == "-":
            raw = sys.stdin.buffer.readline(MAX_PASSWORD_BYTES)
        else:
            with Path(source).open("rb") as file:
                raw = file.readline(MAX_PASSWORD_BYTES)
    except OSError as problem:
        raise SignInRefused(
            say("The password file cannot be read: {why}.", why=problem.strerror or "unknown"),
            say("Name a file that holds the password, or - for standard input."),
        ) from problem
    return Secret(raw.rstrip(b"\r\n"))
