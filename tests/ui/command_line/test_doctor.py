# SPDX-License-Identifier: Apache-2.0
"""The doctor: one line for each thing it looked at, and 3 as long as somebody has to do something."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from devices.catalogue import SETTINGS
from station.ports.devices import ROLES
from tests.ui.command_line.commands import Said, command, fitting


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """What it says on a machine with simulated devices, no printer, and a setting that is none."""
    folder = tmp_path_factory.mktemp("doctor")
    with pytest.MonkeyPatch.context() as patch:
        settings = folder / "settings.toml"
        settings.write_text(
            '[devices.sane]\nenabled = "perhaps"\n[devices.cameras]\nenabled = false\n'
            '[reading]\nengine = "crystal ball"\n'
        )
        patch.setenv("HBM_STATION_SETTINGS", str(settings))
        return command("doctor", "--simulators", "--json")


def test_every_line_fits_its_schema_and_every_role_has_one(said: Said) -> None:
    about = [fitting(answer, "doctor")["about"] for answer in said.answers]
    assert {role.name for role in ROLES} <= set(about)


def test_a_role_that_nothing_fills_counts_only_where_the_post_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings.toml"
    off = "".join(f"[devices.{name}]\nenabled = false\n" for name, kind in SETTINGS.items() if _can_be_off(kind))
    settings.write_text(f'[post]\nneeded_roles = ["printer"]\n{off}')
    monkeypatch.setenv("HBM_STATION_SETTINGS", str(settings))
    said = command("doctor", "--json")
    good = {answer["about"]: answer["good"] for answer in said.answers}
    assert "settings" not in good
    assert good["printer"] is False  # though the officer can fill in a form by hand
    assert good["document_scanner"] is None
    assert said.code == 3


def _can_be_off(kind: type) -> bool:
    return "enabled" in {member.name for member in fields(kind)}


def test_a_setting_that_cannot_be_used_names_file_line_and_cure(said: Said) -> None:
    (problem,) = (answer for answer in said.answers if answer["about"] == "settings")
    assert problem["good"] is False
    assert "settings.toml, line 2, devices.sane.enabled: This value cannot be used. Write true" in str(problem["says"])


def test_an_engine_that_nobody_knows_is_not_good(said: Said) -> None:
    (problem,) = (answer for answer in said.answers if answer["about"] == "crystal ball")
    assert problem["good"] is False
    assert str(problem["says"]).startswith("There is no reading program of this name: crystal ball. Use one of these: ")
