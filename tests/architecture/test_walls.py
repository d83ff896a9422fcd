# SPDX-License-Identifier: Apache-2.0
"""Each wall is proved by planting what it forbids in a copy of the tree.

A wall that cannot break guards nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("station", "devices", "storage", "ui")


@dataclass(frozen=True, slots=True)
class Plant:
    """A violation: files to write, and the contracts that must break, by id, no more and no fewer.

    ``may_break`` names contracts that break as well once the other half of a cycle has been built.
    """

    sentence: str
    files: dict[str, str]
    breaks: frozenset[str]
    may_break: frozenset[str] = frozenset()


def plant(sentence: str, where: str, source: str, *breaks: str, may_break: str | None = None) -> Plant:
    """A plant of one file; without ``breaks`` it proves that a door is open."""
    return Plant(sentence, {where: source + "\n"}, frozenset(breaks), frozenset([may_break] if may_break else []))


FORBIDDEN = (
    plant("the station knows no face", "station/domain/planted.py", "import ui.presenters", "houses"),
    plant(
        "the station knows no driver",
        "station/domain/planted.py",
        "import devices.manual",
        "houses",
        "door-devices",
    ),
    plant(
        "drivers know no storage",
        "devices/cameras/planted.py",
        "import storage.keys",
        "houses",
        "door-storage",
    ),
    plant(
        "storage knows no driver",
        "storage/keys/planted.py",
        "import devices.manual",
        "houses",
        "door-devices",
    ),
    plant(
        "a capability knows no neighbour",
        "station/movement/planted.py",
        "import station.inspection",
        "floors",
        may_break="no-cycles",
    ),
    plant(
        "the ground knows no floor above it",
        "station/domain/planted.py",
        "import station.ports",
        "floors",
        may_break="no-cycles",
    ),
    plant(
        "standards know no ports",
        "station/mrtd/planted.py",
        "import station.ports",
        "floors",
        may_break="no-cycles",
    ),
    plant("a new room is given its floor", "station/attic/__init__.py", "", "floors"),
    plant("drivers know no other driver", "devices/cameras/planted.py", "import devices.manual", "drivers"),
    plant(
        "a driver that no contract names knows no other", "devices/attic/driver.py", "import devices.manual", "drivers"
    ),
    plant(
        "the frame of the devices knows no driver",
        "devices/shell.py",
        "import devices.manual",
        "drivers",
        may_break="no-cycles",
    ),
    plant("a face knows no other face", "ui/command_line/planted.py", "import ui.desktop", "faces"),
    plant(
        "presenters know no face",
        "ui/presenters/planted.py",
        "import ui.desktop",
        "faces",
        may_break="no-cycles",
    ),
    plant("bootstrap knows no face", "ui/bootstrap/house.py", "import ui.command_line", "faces", may_break="no-cycles"),
    plant(
        "presenters know no bootstrap",
        "ui/presenters/planted.py",
        "import ui.bootstrap.house",
        "faces",
        may_break="no-cycles",
    ),
    plant("a presenter meets no driver", "ui/presenters/planted.py", "import devices.manual", "door-devices"),
    plant("a page meets no driver", "ui/desktop/pages/planted.py", "import devices.manual", "door-devices"),
    plant("a command meets no storage", "ui/command_line/planted.py", "import storage.keys", "door-storage"),
    plant(
        "bootstrap takes simulators from the catalogue only",
        "ui/bootstrap/house.py",
        "import devices.simulators",
        "door-simulators",
    ),
    plant("a presenter knows no Qt", "ui/presenters/planted.py", "from PySide6.QtCore import QObject", "qt"),
    plant("bootstrap knows no Qt", "ui/bootstrap/house.py", "import shiboken6", "qt"),
    plant("the station knows no Qt", "station/domain/planted.py", "import PySide6.QtGui", "qt"),
    plant("only the chip driver knows cards", "devices/cameras/planted.py", "import smartcard", "smartcard"),
    plant("only one module knows tokens", "storage/keys/planted.py", "import pkcs11", "pkcs11"),
    plant("only one module knows SANE", "devices/printing/planted.py", "import sane", "sane"),
    plant("only one module knows CUPS", "devices/printing/planted.py", "import cups", "cups"),
    plant("only one module knows serial lines", "devices/sane/planted.py", "import serial", "serial"),
    plant("only one module makes recovery words", "storage/backup/planted.py", "import shamir_mnemonic", "slip39"),
    plant("only one module knows barcodes", "devices/cameras/planted.py", "import zxingcpp", "zxing"),
    plant("only one module knows SQLCipher", "storage/keys/planted.py", "import sqlcipher3", "sqlcipher"),
    plant("nobody opens a plain database", "storage/sqlcipher/planted.py", "import sqlite3", "sqlcipher"),
    plant("a page knows no OpenCV", "ui/desktop/pages/planted.py", "import cv2", "opencv"),
    plant("standards know no OpenCV", "station/mrtd/planted.py", "import cv2", "opencv"),
    plant("the station knows no network", "station/mrtd/planted.py", "import http.client", "no-network"),
    plant(
        "the product knows no tests",
        "ui/presenters/planted.py",
        "from tests import specimens",
        "product-alone",
    ),
    Plant(
        "no cycles",
        {
            "station/mrtd/planted_left.py": "import station.mrtd.planted_right\n",
            "station/mrtd/planted_right.py": "import station.mrtd.planted_left\n",
        },
        frozenset({"no-cycles"}),
    ),
)
OPEN = (
    plant("bootstrap meets drivers and storage", "ui/bootstrap/house.py", "import devices.manual, storage.keys"),
    plant("pages know Qt", "ui/desktop/pages/planted.py", "from PySide6.QtWidgets import QWidget"),
    plant(
        "a room knows the floors below",
        "station/movement/planted.py",
        "import station.access, station.domain",
    ),
    plant("optical knows OpenCV", "station/optical/planted.py", "import cv2"),
    plant("drivers know OpenCV", "devices/cameras/planted.py", "import cv2"),
    plant("one module talks to SANE", "devices/sane/child.py", "import sane"),
    plant("one module opens the database", "storage/sqlcipher/connection.py", "import sqlcipher3"),
)
UNTOUCHED = Plant("the tree as it stands", {}, frozenset())


def contract_names() -> dict[str, str]:
    """Contract id to the name that import-linter prints."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    return {entry["id"]: entry["name"] for entry in settings["tool"]["importlinter"]["contracts"]}


@pytest.fixture(scope="module")
def broken_by(tmp_path_factory: pytest.TempPathFactory) -> dict[str, frozenset[str]]:
    """For every plant's sentence, the ids of the contracts that it broke; judged in one child process."""
    copy = tmp_path_factory.mktemp("walls")
    sources = shutil.ignore_patterns("__pycache__", "*.png", "*.jpg", "*.ttf", "*.traineddata")
    for package in PACKAGES:
        shutil.copytree(REPOSITORY / package, copy / package, ignore=sources)
    shutil.copy(REPOSITORY / "pyproject.toml", copy)
    plants = {each.sentence: each.files for each in (UNTOUCHED, *FORBIDDEN, *OPEN)}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    child = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("lint_child.py"))],
        input=json.dumps(plants),
        capture_output=True,
        text=True,
        cwd=copy,
        env=environment,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    ids = {name: contract for contract, name in contract_names().items()}
    return {sentence: frozenset(ids[name] for name in names) for sentence, names in json.loads(child.stdout).items()}


def test_the_tree_as_it_stands_keeps_every_wall(broken_by: dict[str, frozenset[str]]) -> None:
    assert broken_by[UNTOUCHED.sentence] == frozenset()


@pytest.mark.parametrize("each", FORBIDDEN, ids=lambda each: each.sentence)
def test_a_planted_violation_breaks_its_wall(each: Plant, broken_by: dict[str, frozenset[str]]) -> None:
    broken = broken_by[each.sentence]
    # A breach that stands in the tree already has a test of its own; here it would only hide what matters.
    standing = broken_by[UNTOUCHED.sentence]
    assert each.breaks <= broken
    assert broken - standing <= each.breaks | each.may_break


@pytest.mark.parametrize("each", OPEN, ids=lambda each: each.sentence)
def test_a_door_is_open_where_it_should_be(each: Plant, broken_by: dict[str, frozenset[str]]) -> None:
    assert broken_by[each.sentence] <= broken_by[UNTOUCHED.sentence]


def test_every_wall_is_proved() -> None:
    assert frozenset().union(*(each.breaks for each in FORBIDDEN)) == contract_names().keys()
