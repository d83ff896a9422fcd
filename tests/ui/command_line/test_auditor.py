# SPDX-License-Identifier: Apache-2.0
"""docs/auditors.md to the letter: its commands are cut out of the page and run, on honest and on changed logs."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ui.command_line.commands import Demo, command, copied

PAGE = Path(__file__).parents[3] / "docs" / "auditors.md"
Ended = subprocess.CompletedProcess[str]


@pytest.fixture(autouse=True)
def tools() -> None:
    """Debian's packages minisign and age."""
    for tool in ("minisign", "age", "tar", "sha256sum"):
        if shutil.which(tool) is None:
            pytest.skip(f"the public tool {tool} is not on this machine")


def blocks() -> tuple[str, str, str, str, str]:
    """The commands of the page: open log, sealed log, chain, checkpoints, what others kept."""
    found = re.findall(r"^```sh( sealed)?\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert [kind for kind, _ in found] == ["", " sealed", "", "", ""]
    opened, sealed, chain, checkpoints, kept = (text for _, text in found)
    return opened, sealed, chain, checkpoints, kept


OPENED, SEALED, CHAIN, CHECKPOINTS, KEPT = blocks()


def followed(folder: Path, *parts: str) -> Ended:
    """The commands in one shell that stops at the first that fails."""
    return subprocess.run(
        ["sh", "-eu", "-c", "\n".join(parts)], check=False, capture_output=True, text=True, cwd=folder
    )


def exported(demo: Demo, tmp_path: Path, *words: str) -> Path:
    """A folder with a log, its signature, and the station's key from elsewhere."""
    store = copied(demo.store, tmp_path / "store")
    desk = tmp_path / "desk"
    desk.mkdir()
    said = command("audit", "export", *demo.signed_in(store, tmp_path), "--to", desk, *words, "--json")
    assert said.code == 0, said
    answer = said.answer("audit_export")
    assert answer["sha256"] == hashlib.sha256(Path(str(answer["bundle"])).read_bytes()).hexdigest()
    shutil.copy2(demo.folder / "station.pub", desk)
    return desk


@pytest.fixture
def desk(demo: Demo, tmp_path: Path) -> Path:
    return exported(demo, tmp_path)


def test_an_honest_log_passes_every_step(desk: Path) -> None:
    ended = followed(desk, OPENED, CHAIN, CHECKPOINTS)
    assert ended.returncode == 0, ended
    assert "does not" not in ended.stdout
    assert ended.stderr == ""
    hashes = (desk / "hashes.txt").read_text().split()
    lines = b"".join(path.read_bytes() for path in sorted((desk / "log").iterdir())).splitlines()
    assert hashes == [hashlib.sha256(line).hexdigest() for line in lines]
    assert len(list((desk / "checkpoints").glob("*.txt"))) >= 3


def test_a_sealed_log_is_opened_by_headquarters_and_passes(demo: Demo, tmp_path: Path) -> None:
    desk = exported(demo, tmp_path, "--sealed")
    shutil.copy2(demo.folder / "hq-identity.age", desk / "headquarters.key")
    ended = followed(desk, SEALED, CHAIN, CHECKPOINTS)
    assert ended.returncode == 0, ended
    assert "does not agree" not in ended.stdout


def test_a_changed_bundle_stops_at_the_first_step(desk: Path) -> None:
    (log,) = desk.glob("*.tar")
    whole = bytearray(log.read_bytes())
    whole[len(whole) // 2] ^= 1
    log.write_bytes(whole)
    assert followed(desk, OPENED).returncode != 0
    assert not (desk / "log").exists()


@pytest.mark.parametrize("attack", ["edit", "delete", "swap", "cut"])
def test_a_changed_log_stops_at_the_chain_or_the_checkpoints(desk: Path, attack: str) -> None:
    assert followed(desk, OPENED).returncode == 0
    (file,) = (desk / "log").iterdir()
    lines = file.read_bytes().splitlines(keepends=True)
    match attack:
        case "edit":
            lines[4] = lines[4].replace(b'"subject":"', b'"subject":"x', 1)
        case "delete":
            del lines[6]
        case "swap":
            lines[3], lines[4] = lines[4], lines[3]
        case "cut":
            lines = lines[:5]
    file.chmod(0o600)
    file.write_bytes(b"".join(lines))
    ended = followed(desk, CHAIN, CHECKPOINTS)
    assert "does not follow" in ended.stderr or "does not agree" in ended.stdout, ended


def test_what_somebody_else_kept_finds_another_log(demo: Demo, tmp_path: Path) -> None:
    desk = exported(demo, tmp_path)
    assert followed(desk, OPENED, CHAIN).returncode == 0
    newest = sorted((desk / "checkpoints").glob("*.txt"))[-1]
    (desk / "kept").mkdir()
    for file in (newest, newest.with_name(newest.name + ".minisig")):
        shutil.copy2(file, desk / "kept")
    assert followed(desk, KEPT).stdout == ""
    (desk / "hashes.txt").write_text("\n".join((desk / "hashes.txt").read_text().split()[:3]) + "\n")
    assert "does not hold this entry" in followed(desk, KEPT).stdout
