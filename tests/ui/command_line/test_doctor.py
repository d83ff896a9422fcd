# SPDX-License-Identifier: Apache-2.0
"""The doctor: one line for each thing it looked at, and 3 as long as somebody has to do something."""

from __future__ import annotations

import pytest

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


def test_a_role_that_nothing_fills_is_not_good(said: Said) -> None:
    good = {answer["about"]: answer["good"] for answer in said.answers}
    assert good["document_scanner"] is True
    assert good["printer"] is False
    assert said.code == 3


def test_a_setting_that_cannot_be_used_names_file_line_and_cure(said: Said) -> None:
    (problem,) = (answer for answer in said.answers if answer["about"] == "settings")
    assert problem["good"] is False
    assert "settings.toml, line 2, devices.sane.enabled: This value cannot be used. Write true" in str(problem["says"])


def test_an_engine_that_nobody_knows_is_not_good(said: Said) -> None:
    (problem,) = (answer for answer in said.answers if answer["about"] == "crystal ball")
    assert problem["good"] is False
    assert str(problem["says"]).startswith("There is no reading program of this name: crystal ball. Use one of these: ")
