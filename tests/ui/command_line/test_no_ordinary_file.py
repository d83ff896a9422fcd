# SPDX-License-Identifier: Apache-2.0
"""What a command is told to read is an ordinary file of a fitting size, or it is refused without waiting."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from station.domain.errors import BundleRefused, ShareRefused, SignInRefused
from station.ports.images import MOST_IMAGE_BYTES
from ui.bootstrap.engines import open_engine
from ui.command_line.output import Voice
from ui.command_line.read import read_file
from ui.command_line.sheets import master_secret
from ui.command_line.store_access import password_from
from ui.command_line.verify import MAX_KEY_BYTES, key_file
from ui.translation import Translator


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.with_name("target").write_bytes(b"specimen")
    path.symlink_to("target")


def _folder(path: Path) -> None:
    path.mkdir()


KINDS: dict[str, Callable[[Path], None]] = {"a pipe": _pipe, "a link": _link, "a folder": _folder}


@pytest.fixture(name="strange", params=sorted(KINDS))
def _strange(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "strange"
    KINDS[str(request.param)](path)
    return path


@pytest.fixture(name="voice")
def _voice() -> Voice:
    return Voice(Translator(), as_json=False)


def test_a_picture_is_not_looked_at(strange: Path) -> None:
    engine = open_engine(None)
    try:
        result = read_file(engine, strange)
    finally:
        engine.close()
    assert not result.opened
    assert "not an ordinary file" in result.reason.in_english()


def test_a_picture_larger_than_any_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(MOST_IMAGE_BYTES + 1)
    engine = open_engine(None)
    try:
        assert not read_file(engine, path).opened
    finally:
        engine.close()


def test_a_key_is_not_read(strange: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleRefused, match="ordinary file"):
        key_file(strange)
    large = tmp_path / "large"
    large.write_bytes(bytes(MAX_KEY_BYTES + 1))
    with pytest.raises(BundleRefused, match="larger"):
        key_file(large)


def test_words_of_sheets_are_not_read(strange: Path, voice: Voice) -> None:
    with pytest.raises(ShareRefused, match="ordinary file"):
        master_secret(argparse.Namespace(sheets=str(strange)), voice)


def test_a_password_is_not_read(strange: Path, voice: Voice) -> None:
    with pytest.raises(SignInRefused, match="ordinary file"):
        password_from(str(strange), voice)
