# SPDX-License-Identifier: Apache-2.0
"""The handbook names every key and every group of settings as they are: whoever changes one changes the other."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from devices.catalogue import SETTINGS
from station.config.declared import declaration
from station.config.settings import OWN_GROUPS
from station.config.settings_file import explained
from station.ports.storage import StoreKind
from tests.conftest import REPOSITORY
from ui.presenters.keymap import PLACE_KEYS, keys_of

DOCS = REPOSITORY / "docs"


def test_the_officers_page_lists_every_key_with_the_word_of_the_screens() -> None:
    page = (DOCS / "officers.md").read_text()
    table = re.findall(r"^\| (.+?) \| (.+?) \|$", page.partition("## All keys")[2], re.MULTILINE)
    keys = [(key.label, key.word.in_english()) for key in keys_of(StoreKind.TRAINING, bench=False)]
    keys += [(keys, word.in_english()) for keys, word in PLACE_KEYS]
    assert table == keys, "write the table of docs/officers.md anew, and look for keys that changed in its text"


def test_the_technicians_page_names_every_key_of_the_bench() -> None:
    page = (DOCS / "technicians.md").read_text().partition("## The bench")[2]
    missing = [key.label for key in keys_of(StoreKind.TRAINING, bench=True) if key.label not in page]
    assert not missing


def test_the_technicians_page_names_every_group_of_settings_and_the_file_explains_every_setting() -> None:
    page = (DOCS / "technicians.md").read_text()
    groups = {*OWN_GROUPS, *SETTINGS}
    assert {name for name in groups if f"`{name}`" not in page} == set()
    file = explained(SETTINGS)
    for kind in (*OWN_GROUPS.values(), *SETTINGS.values()):
        for member in fields(kind):
            declared = declaration(member)
            assert declared is not None, f"{kind.__name__}.{member.name} is not declared"
            assert not declared.shown or f"\n#{member.name} = " in file


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_every_link_inside_the_handbook_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / link).exists(), f"{page.name} points to {link}"


def test_the_architecture_page_names_every_room_that_is_there_and_no_other() -> None:
    page = (DOCS / "architecture.md").read_text()
    houses = {"station", "devices", "storage", "ui"}
    rooms = {
        package.parent.name for house in houses for package in (REPOSITORY / house).glob("*/__init__.py")
    }  # fmt: skip
    to_come = {"movement", "protection", "consular", "readiness", "biometrics", "watchlist", "data_wall"}
    beside = {"resources", "installer", "benchmarks", "tests", "contract", "journeys", "kill", "architecture"}
    named = set(re.findall(r"`(?:ui/|station/|devices/|storage/)?(\w+)/`", page))
    assert rooms <= named, "a room that docs/architecture.md does not name"
    assert named <= rooms | to_come | beside | houses, "docs/architecture.md names what is not there"
    assert not rooms & to_come
