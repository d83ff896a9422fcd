# SPDX-License-Identifier: Apache-2.0
"""Virtual hardware that several files of tests share: starting it takes a second or more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.virtual_hardware.print_server import PrintRoom, VirtualPrinter, print_room


@pytest.fixture(scope="module")
def shared_print_room() -> Iterator[PrintRoom]:
    with print_room() as room:
        room.add("Counter")
        yield room


@pytest.fixture
def room(shared_print_room: PrintRoom) -> PrintRoom:
    """The room as it is when nothing has happened yet."""
    shared_print_room.command("cancel", "-a", "-x")  # what a test left stuck holds up no other
    for printer in shared_print_room.printers.values():
        printer.clear()
    return shared_print_room


@pytest.fixture
def printer(room: PrintRoom) -> VirtualPrinter:
    return room.printers["Counter"]
