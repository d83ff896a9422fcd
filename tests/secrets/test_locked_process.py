# SPDX-License-Identifier: Apache-2.0
"""After a person left, neither the memory of the station nor any file holds what they saw, typed or opened."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from station.ports.tasks import CancelToken
from tests.secrets.memory import MARK, PIECE, Needles, content_of, files_under, memory_of
from tests.secrets.planted import ADDRESS, OFFICER, PASSWORD, LivedStation, plant
from ui.bootstrap.house import House

_MISSING = [program for program in ("Xvfb", "openbox", "xdotool") if shutil.which(program) is None]
_NO_MEMORY = not Path("/proc/self/mem").exists()

pytestmark = [
    pytest.mark.skipif(bool(_MISSING), reason=f"not on this machine: {', '.join(_MISSING)}"),
    pytest.mark.skipif(_NO_MEMORY, reason="this system has no /proc/PID/mem"),
    pytest.mark.timeout(400),
]


def test_what_an_officer_saw_is_in_no_memory_and_no_file_after_signing_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = plant(tmp_path, monkeypatch)
    with ExitStack() as stack:
        station = LivedStation(planted, stack)
        station.sign_in()
        station.look_at_everything()
        before = station.found_in_memory()
        station.screen.press("ctrl+l")
        station.until(station.starts_again, "another process in the place of the first")
        station.until_signing_in()
        after = station.found_in_memory()
        assert station.process.poll() is None
    # The control: what is searched for this way is found while it is there, a key of the store among it.
    assert len(before) > 3 * 90
    assert any(name.startswith("key ") for name in before)
    assert after == set()
    folders = [tmp_path, Path("/dev/shm")]
    left = planted.needles.found_in(content_of(files_under(folders)))
    print(f"in memory before: {len(before)}, after: {len(after)}; in files: {len(left)}")
    assert left == set()
    assert ADDRESS.split()[0].lower() in _address_kept(planted.place).lower()


def _address_kept(place: Path) -> str:
    """The address of the inspection that was begun, as the store has it."""
    house = House.around(place)
    session = house.sign_in.sign_in(OFFICER, PASSWORD, CancelToken())
    with session.store.reading() as unit:
        begun = {step.encounter_id for step in unit.journal.recorded_steps()}
        found = b" ".join(entry.body for one in begun for entry in unit.journal.of(one)).decode()
    house.sign_in.sign_out(session)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("at", [0, 7, PIECE - 9])
def test_the_search_finds_a_planted_word_in_every_encoding_at_any_place(tmp_path: Path, encoding: str, at: int) -> None:
    word = f"{MARK}érika"
    needles = Needles((word, f"{MARK}other"))
    (tmp_path / "file").write_bytes(b"\x01" * at + word.upper().encode(encoding) + b"\x02" * 40)
    assert needles.found_in(content_of(files_under([tmp_path]))) == {word.lower()}


def test_the_search_finds_a_key_in_memory_as_bytes_and_as_digits() -> None:
    key, other = os.urandom(32), os.urandom(32)
    shown = key.hex()
    assert Needles((), (key, other[::-1] + b"!")).found_in(memory_of(os.getpid())) >= {"key 0"}
    assert Needles((), (bytes.fromhex(shown),)).found_in([b"x'" + shown.upper().encode() + b"'"]) == {"key 0"}
