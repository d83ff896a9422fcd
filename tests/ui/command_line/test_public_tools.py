# SPDX-License-Identifier: Apache-2.0
"""Headquarters needs nothing of ours: the public tools check and open a bundle, and refuse a changed one."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.ui.command_line.commands import Demo

Ended = subprocess.CompletedProcess[bytes]


@pytest.fixture(autouse=True)
def tools() -> None:
    """Debian's packages minisign and age."""
    for tool in ("minisign", "age"):
        if shutil.which(tool) is None:
            pytest.skip(f"the public tool {tool} (Debian package {tool}) is not on this machine")


@pytest.fixture
def stick(demo: Demo, tmp_path: Path) -> Path:
    """A bundle of one's own with its signature."""
    folder = Path(shutil.copytree(demo.folder / "export", tmp_path / "stick"))
    return folder / demo.bundle.name


def minisign(bundle: Path, demo: Demo) -> Ended:
    words = ["minisign", "-V", "-p", str(demo.folder / "station.pub"), "-m", str(bundle)]
    return subprocess.run(words, check=False, capture_output=True)


def age(bundle: Path, demo: Demo) -> Ended:
    words = ["age", "-d", "-i", str(demo.folder / "hq-identity.age"), str(bundle)]
    return subprocess.run(words, check=False, capture_output=True)


def test_minisign_confirms_who_sealed_it(demo: Demo, stick: Path) -> None:
    ended = minisign(stick, demo)
    assert ended.returncode == 0, ended
    assert b"Signature and comment signature verified" in ended.stdout
    assert b"TRAINING" in ended.stdout, "the trusted comment says that nothing here is real"


def test_age_and_tar_open_it_and_every_file_is_the_one_of_the_manifest(demo: Demo, stick: Path) -> None:
    ended = age(stick, demo)
    assert ended.returncode == 0, ended
    listed = subprocess.run(["tar", "t"], check=True, input=ended.stdout, capture_output=True).stdout.split()
    with tarfile.open(fileobj=io.BytesIO(ended.stdout)) as tar:
        content = {}
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            content[member.name] = file.read()
    manifest = json.loads(content.pop("manifest.json"))
    assert [name.decode() for name in listed] == [*content, "manifest.json"]
    assert manifest["counts"]["encounters"] == 7
    assert manifest["watermark"]
    assert {file["name"]: (file["size"], file["sha256"]) for file in manifest["files"]} == {
        name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in content.items()
    }


@pytest.mark.parametrize("share", [0.0001, 0.3, 0.9, 0.99999])
def test_one_flipped_byte_is_refused_by_both(demo: Demo, stick: Path, share: float) -> None:
    content = bytearray(stick.read_bytes())
    content[int(share * len(content))] ^= 1
    stick.write_bytes(content)
    assert minisign(stick, demo).returncode != 0
    assert age(stick, demo).returncode != 0


def test_a_flipped_byte_of_the_signature_is_refused(demo: Demo, stick: Path) -> None:
    file = stick.with_name(stick.name + ".minisig")
    lines = file.read_text().splitlines()
    letter = lines[1][40]
    lines[1] = lines[1][:40] + ("A" if letter != "A" else "B") + lines[1][41:]
    file.write_text("\n".join(lines) + "\n")
    assert minisign(stick, demo).returncode != 0


def test_the_station_itself_cannot_open_what_it_sealed(demo: Demo) -> None:
    """Headquarters' identity stands nowhere in the store, not even wrapped."""
    identity = (demo.folder / "hq-identity.age").read_bytes().strip()
    for file in filter(Path.is_file, demo.store.rglob("*")):
        assert identity not in file.read_bytes()
