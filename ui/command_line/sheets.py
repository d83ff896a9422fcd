# SPDX-License-Identifier: Apache-2.0
"""Two recovery sheets, typed or from a file, as the commands that need them take them in."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from station.domain.errors import FileRefused, ShareRefused
from station.domain.secrets import Secret
from station.domain.words import say
from station.isolation.intake import read_regular
from station.ports.backup import SHARE_WORDS, SHARES_NEEDED
from ui.bootstrap.recovery import new_paper_shares, word_list
from ui.command_line.output import Voice

_MOST_BYTES = 64 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--sheets``."""
    parser.add_argument(
        "--sheets",
        required=True,
        metavar="FILE",
        help="the words of two recovery sheets, one after the other; - to type them",
    )


def master_secret(arguments: argparse.Namespace, voice: Voice) -> Secret:
    """The master secret of the two sheets. Raises ShareRefused, naming sheet and word."""
    shares, words = new_paper_shares(), word_list()
    typed = [word for line in _lines(arguments.sheets, voice) for word in words.split(line)]
    sheets = [typed[start : start + SHARE_WORDS] for start in range(0, len(typed), SHARE_WORDS)]
    return shares.combine([shares.read(number, sheet) for number, sheet in enumerate(sheets, start=1)])


def _lines(source: str, voice: Voice) -> Iterator[str]:
    if source == "-" and sys.stdin.isatty():
        yield from _asked(voice)
        return
    try:
        if source == "-":
            data = sys.stdin.buffer.read(_MOST_BYTES)
        else:
            data = read_regular(Path(source), most_bytes=_MOST_BYTES)
    except FileRefused as problem:
        raise ShareRefused(problem.cause, say("Name the right file, or - to type the words.")) from None
    except OSError as problem:
        raise ShareRefused(
            say("The file with the recovery words cannot be read: {why}.", why=problem.strerror or "unknown"),
            say("Name the right file, or - to type the words."),
        ) from problem
    yield from (line for line in data.decode("utf-8", "replace").splitlines() if not line.startswith("#"))


def _asked(voice: Voice) -> Iterator[str]:
    """Lines from a terminal, until both sheets are complete; the prompts go to standard error."""
    words = word_list()
    for sheet in range(1, SHARES_NEEDED + 1):
        voice.warn(say("Type the words of sheet {sheet}. Four letters of each are enough.", sheet=sheet))
        count = 0
        while count < SHARE_WORDS:
            line = sys.stdin.readline()
            if not line:
                return
            count += len(words.split(line))
            yield line
