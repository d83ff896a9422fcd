# SPDX-License-Identifier: Apache-2.0
"""What every command has in common: exit codes, languages, and a reader that goes away."""

from __future__ import annotations

import json
import logging
import platform
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from station.isolation.serving import HELPER_FLAG
from tests.conftest import ExpectedLogs
from tests.ui.command_line.commands import SCHEMAS, Demo, Said, command
from ui.command_line.exit_codes import Exit
from ui.command_line.main import COMMANDS


@pytest.mark.parametrize("words", [("fly",), ("read",), ("demo",), ("verify", "x"), ("audit",), ("demo", "--ou", "x")])
def test_words_that_are_not_understood_end_with_2_and_touch_nothing(words: tuple[str, ...]) -> None:
    said = command(*words)
    assert said.code == Exit.USAGE
    assert said.out == ""
    assert said.err.startswith("usage: ")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_and_stands_in_the_handbook(name: str) -> None:
    said = command(name, "--help")
    assert said.code == Exit.GOOD
    assert COMMANDS[name].help in " ".join(said.out.split())
    handbook = (SCHEMAS / "README.md").read_text()
    assert f"## `{name}`" in handbook or f"## `{name} verify`" in handbook


def test_every_schema_is_one_and_stands_in_the_handbook() -> None:
    handbook = (SCHEMAS / "README.md").read_text()
    files = sorted(SCHEMAS.glob("*.schema.json"))
    assert len(files) == 15
    for file in files:
        Draft202012Validator.check_schema(json.loads(file.read_text()))
        assert file.name in handbook


def test_a_person_hears_their_own_language_and_a_machine_english(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "full").write_text("x")
    monkeypatch.setenv("HBM_STATION_LANGUAGE", "qps")
    said = command("demo", "--out", tmp_path)
    assert said.code == Exit.COULD_NOT
    assert said.err.startswith("⟦")
    assert command("demo", "--out", tmp_path, "--json").error["cause"].isascii()


def test_an_unknown_language_speaks_english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "full").write_text("x")
    monkeypatch.setenv("HBM_STATION_LANGUAGE", "xx-not-a-language")
    said = command("demo", "--out", tmp_path)
    assert said.err == f"The folder {tmp_path} is not empty. Name a folder that is new or empty.\n"


def test_a_reader_that_goes_away_ends_the_command_without_a_complaint(demo: Demo) -> None:
    words = [sys.executable, "-m", "ui", "verify", str(demo.bundle), "--signer", str(demo.folder / "station.pub")]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait() != 0


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_bug_ends_with_a_sentence_and_never_shows_what_it_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, expected_logs: ExpectedLogs, form: tuple[str, ...]
) -> None:
    def broken(*_: object) -> int:
        raise KeyError("ERIKSSON")

    expected_logs.expect("ui.command_line.main", logging.ERROR, r"^a bug: KeyError at (?!.*ERIKSSON).*broken")
    monkeypatch.setitem(COMMANDS, "demo", replace(COMMANDS["demo"], run=broken))
    said = command("demo", "--out", tmp_path, *form)
    assert said.code == Exit.COULD_NOT
    assert "The program made a mistake" in (said.error["cause"] if form else said.err)
    assert "ERIKSSON" not in said.out + said.err


def test_a_bug_on_another_thread_does_not_show_what_it_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, expected_logs: ExpectedLogs
) -> None:
    def broken() -> None:
        raise KeyError("ERIKSSON")

    def with_a_thread(*_: object) -> int:
        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
        return Exit.GOOD

    before = threading.excepthook
    expected_logs.expect("ui.command_line.main", logging.ERROR, r"^a bug: KeyError at (?!.*ERIKSSON).*broken")
    monkeypatch.setitem(COMMANDS, "demo", replace(COMMANDS["demo"], run=with_a_thread))
    said = command("demo", "--out", tmp_path)
    assert said == Said(Exit.GOOD, "", "")
    assert threading.excepthook is before


def test_a_frozen_program_that_is_started_as_a_helper_is_one_and_no_face() -> None:
    done = subprocess.run([sys.executable, "-m", "ui", HELPER_FLAG, "platform"], capture_output=True, check=True)
    assert done.stdout.decode().strip() == platform.platform()
