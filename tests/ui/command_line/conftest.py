# SPDX-License-Identifier: Apache-2.0
"""One demonstration for all tests of commands: it takes seconds and is never changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from station.domain.secrets import Secret
from station.ports.tasks import CancelToken
from tests.open_station import OpenStation
from tests.ui.command_line.commands import Demo, command
from ui.bootstrap.house import House


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Seven travellers of seed 5, sealed."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    said = command("demo", "--out", folder, "--travellers", "7", "--seed", "5", "--json")
    assert said.code == 0, said
    return Demo(folder, said)


@pytest.fixture(scope="session")
def not_exported(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The same with two more encounters, which wait for an export."""
    folder = tmp_path_factory.mktemp("waiting")
    waiting = Demo(Path(shutil.copytree(demo.folder, folder / "out")), demo.said)
    maker = OpenStation(folder)
    with House.at(waiting.store) as house:
        password = Secret.of(waiting.password("supervisor.b"))
        session = house.sign_in.sign_in("supervisor.b", password, CancelToken())
        for _ in range(2):
            maker.keep(session, *maker.encounter(images=40))
        house.sign_in.sign_out(session)
    return waiting
