# SPDX-License-Identifier: Apache-2.0
"""``hbm-station wipe --destroy-all-keys``: the ways into the stores, gone in a moment, when somebody is at the door."""

from __future__ import annotations

import argparse

from station.domain.secrets import Secret
from station.domain.words import say
from ui.command_line import store_access
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    store_access.add_arguments(parser)
    parser.add_argument(
        "--destroy-all-keys", required=True, action="store_true", help="said in full, because nothing brings them back"
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Destroy the keys. What is open in a window stays open until that window locks."""
    with store_access.house_of(arguments) as house:
        password = store_access.password_from(arguments.password_file, voice)
        pin: Secret | None = None
        try:
            pin = store_access.pin_for(house, arguments, voice)
            remains = house.keys.wipe(arguments.user, password, pin=pin)
        finally:
            password.forget()
            if pin is not None:
                pin.forget()
    voice.tell(say("The keys are gone."), remains=[text.in_english() for text in remains])
    for text in remains:
        voice.remark(text)
    return Exit.GOOD
