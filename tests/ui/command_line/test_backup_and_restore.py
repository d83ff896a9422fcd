# SPDX-License-Identifier: Apache-2.0
"""A post is backed up and brought back with the command line alone; the public tools open what it made."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from station.access.recovery import RecoverySet, new_set
from storage.keys.stretching import SERVICE, KdfProfile
from tests.open_station import SUPERVISOR_PASSWORD, OpenStation
from tests.ui.command_line.commands import Said, command, fitting
from ui.bootstrap.recovery import new_paper_shares

#: What the commands ask for at least, without the calibration of a first start.
IN_SERVICE = KdfProfile(memory_kib=SERVICE.memory_kib, passes=SERVICE.passes, lanes=SERVICE.lanes)


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A post with one backup, and a file with two of its sheets."""

    station: OpenStation
    recovery: RecoverySet
    backup: Path
    sheets: Path
    folder: Path

    @property
    def signer(self) -> Path:
        return self.station.store_folder / "station.pub"

    def sheets_with(self, place: int, word: str) -> Path:
        """The same sheets with one word of the second one changed."""
        words = [list(share.words()) for share in self.recovery.shares[:2]]
        words[1][place - 1] = word
        file = self.folder / "changed"
        file.write_text("\n".join(" ".join(sheet) for sheet in words))
        return file


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> BackedUp:
    folder = tmp_path_factory.mktemp("post")
    recovery = new_set(new_paper_shares())
    station = OpenStation(folder, recovery=recovery, profile=IN_SERVICE)
    session = station.signed_in()
    station.keep(session, *station.encounter(images=1))
    session.end()
    (folder / "medium").mkdir()
    (folder / "password").write_bytes(SUPERVISOR_PASSWORD.reveal())
    words = ("--store", station.store_folder, "--user", "irina", "--password-file", folder / "password")
    said = command("backup", *words, "--to", folder / "medium", "--json")
    made = said.answer("backup")
    assert made["stores"] == ["border", "enforcement"]
    sheets = folder / "sheets"
    numbered = [f"{place}. {word[:4]}" for place, word in enumerate(recovery.shares[2].words(), start=1)]
    sheets.write_text("\n".join(numbered) + "\n\n" + " ".join(recovery.shares[0].words()) + "\n")
    return BackedUp(station, recovery, Path(str(made["backup"])), sheets, folder)


def restore(backed_up: BackedUp, to: Path, *more: str | Path, sheets: Path | None = None, password: str = "") -> Said:
    file = backed_up.folder / "new password"
    file.write_text(password or "harvest compass linen forty")
    words = ("--store", to, "--sheets", sheets or backed_up.sheets, "--user", "vera", "--password-file", file)
    return command("restore", backed_up.backup, *words, *more, "--json")


def test_a_post_comes_back_and_its_new_supervisor_verifies_the_trail(backed_up: BackedUp, tmp_path: Path) -> None:
    said = restore(backed_up, tmp_path / "store", "--signer", backed_up.signer)
    answer = said.answer("restore")
    assert said.code == 0
    assert answer["signature_checked"] is True
    words = ("--store", tmp_path / "store", "--user", "vera", "--password-file", backed_up.folder / "new password")
    verified = command("audit", "verify", *words, "--json")
    assert verified.code == 0, verified
    assert any("Generation 2" in str(answer) for answer in verified.answers)  # the auditor is told of the fork


def test_without_the_station_s_key_it_ends_with_3_and_says_why(backed_up: BackedUp, tmp_path: Path) -> None:
    file = backed_up.folder / "new password"
    file.write_text("harvest compass linen forty")
    said = command(
        "restore",
        backed_up.backup,
        *("--store", tmp_path / "store", "--sheets", backed_up.sheets, "--user", "vera", "--password-file", file),
        "--signer-unknown",
    )
    assert said.code == 3
    assert "Nobody checked who made this backup" in said.out


def test_a_store_that_is_there_is_left_alone(backed_up: BackedUp) -> None:
    said = restore(backed_up, backed_up.station.store_folder, "--signer", backed_up.signer)
    assert said.error["cause"].startswith("There is something in the folder of the store already")


@pytest.mark.parametrize(("word", "cause"), [("kangaroo", "Word 7 of sheet 2 is not a word of the list."), ("", "")])
def test_a_mistyped_word_is_named(backed_up: BackedUp, tmp_path: Path, word: str, cause: str) -> None:
    right = backed_up.recovery.shares[1].words()[6]
    wrong = word or next(one for one in ("academic", "acid") if one != right)
    sheets = backed_up.sheets_with(7, wrong)
    said = restore(backed_up, tmp_path / "store", "--signer", backed_up.signer, sheets=sheets)
    assert said.error["kind"] == "ShareRefused"
    assert said.error["cause"] == (cause or "Word 7 of sheet 2 does not fit the others.")


def test_a_short_password_is_refused_before_anything_is_read(backed_up: BackedUp, tmp_path: Path) -> None:
    said = restore(backed_up, tmp_path / "store", "--signer", backed_up.signer, password="short")
    assert said.error["kind"] == "SettingsError"
    assert not (tmp_path / "store").exists()


def test_two_sheets_are_tried_with_and_without_a_backup(backed_up: BackedUp) -> None:
    said = command("recovery", "test", "--sheets", backed_up.sheets, "--json")
    assert said.answer("recovery")["recipient"] == backed_up.recovery.recipient
    words = ("--backup", backed_up.backup, "--signer", backed_up.signer)
    said = command("recovery", "test", "--sheets", backed_up.sheets, *words, "--json")
    answer = said.answer("recovery")
    assert answer["signature_checked"] is True
    assert answer["backup"] == backed_up.backup.name.removesuffix(".tar.age")


@pytest.mark.skipif(shutil.which("age") is None, reason="the age tool is not installed")
def test_age_takes_the_identity_from_a_pipe(backed_up: BackedUp) -> None:
    said = command("recovery", "identity", "--sheets", backed_up.sheets)
    assert said.code == 0
    opened = subprocess.run(
        ["age", "-d", "-i", "-", str(backed_up.backup)], input=said.out.encode(), capture_output=True, check=True
    )
    listed = subprocess.run(["tar", "tf", "-"], input=opened.stdout, capture_output=True, check=True)
    assert b"manifest.json" in listed.stdout.split()
    answer = command("recovery", "identity", "--sheets", backed_up.sheets, "--json").answers[0]
    assert fitting(answer, "recovery")["identity"] == said.out.strip()


def test_a_file_with_one_sheet_brings_nothing_back(backed_up: BackedUp, tmp_path: Path) -> None:
    one = tmp_path / "one"
    one.write_text(" ".join(backed_up.recovery.shares[0].words()))
    assert "alone" in command("recovery", "test", "--sheets", one, "--json").error["cause"]
    missing = command("recovery", "test", "--sheets", tmp_path / "missing", "--json")
    assert "cannot be read" in missing.error["cause"]
