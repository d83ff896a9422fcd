# SPDX-License-Identifier: Apache-2.0
"""The keys are destroyed from the command line by whoever keeps records, and by nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.domain.errors import NotPermitted, StoreMissing
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName
from station.ports.tasks import CancelToken
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation
from tests.ui.command_line.commands import command
from tests.ui.command_line.test_backup_and_restore import IN_SERVICE


def wipe(station: OpenStation, folder: Path, user: str, password: Secret, *more: str) -> tuple[int, str]:
    (folder / "password").write_bytes(password.reveal())
    words: list[str | Path] = ["--store", station.store_folder, "--user", user, "--password-file", folder / "password"]
    said = command("wipe", *words, *more, "--json")
    return said.code, said.out


def test_an_officer_alone_can_destroy_the_keys_and_is_told_what_remains(tmp_path: Path) -> None:
    station = OpenStation(tmp_path, profile=IN_SERVICE)
    code, out = wipe(station, tmp_path, "omar", OFFICER_PASSWORD, "--destroy-all-keys")
    assert code == 0
    assert "headquarters" in out
    with pytest.raises(StoreMissing):
        station.door.unlock("irina", SUPERVISOR_PASSWORD, cancel=CancelToken())
    assert not list(station.store_folder.rglob("slots.json*"))


def test_a_wrong_password_destroys_nothing(tmp_path: Path) -> None:
    station = OpenStation(tmp_path, profile=IN_SERVICE)
    code, _ = wipe(station, tmp_path, "omar", SUPERVISOR_PASSWORD, "--destroy-all-keys")
    assert code == 4
    station.signed_in().end()


def test_the_act_is_named_in_full(tmp_path: Path) -> None:
    station = OpenStation(tmp_path, profile=IN_SERVICE)
    code, _ = wipe(station, tmp_path, "omar", OFFICER_PASSWORD)
    assert code == 2
    station.signed_in().end()


def test_a_technician_who_keeps_no_records_cannot(tmp_path: Path) -> None:
    station = OpenStation(tmp_path)
    with station.door.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        ring.add(
            NewOfficer(name="tina", display_name="T. Technician", role=RoleName.TECHNICIAN, password=OFFICER_PASSWORD)
        )
    with pytest.raises(NotPermitted):
        station.door.desk.wipe("tina", OFFICER_PASSWORD)
    station.signed_in().end()
