# SPDX-License-Identifier: Apache-2.0
"""The demonstration: the same services, repeatable, and clear about what it left."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

from tests.ui.command_line.commands import Demo, command, fitting


def test_it_tells_each_traveller_and_then_the_summary_in_the_documented_shape(demo: Demo) -> None:
    *travellers, summary = demo.said.answers
    assert len(travellers) == 7
    for line in travellers:
        fitting(line, "demo-traveller")
    fitting(summary, "demo-summary")
    assert summary == json.loads((demo.folder / "summary.json").read_text())
    assert summary["export_verified"] is True


def test_the_same_seed_gives_the_same_summary_but_for_the_times(demo: Demo, tmp_path: Path) -> None:
    again = command("demo", "--out", tmp_path / "again", "--travellers", "7", "--seed", "5", "--json")
    first, second = demo.said.answers[-1], again.answers[-1]
    assert {name: first[name] for name in first if name != "ms"} == {
        name: second[name] for name in second if name != "ms"
    }


def test_what_it_leaves_is_what_the_handbook_says(demo: Demo) -> None:
    left = {path.name for path in demo.folder.iterdir()}
    folders = {"store", "store-anchors", "export", "papers"}
    assert left == folders | {"credentials.json", "hq-identity.age", "station.pub", "summary.json"}
    for secret in ("credentials.json", "hq-identity.age"):
        assert stat.S_IMODE((demo.folder / secret).stat().st_mode) == 0o600


def test_a_folder_that_holds_something_is_refused_and_not_touched(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear reader")
    said = command("demo", "--out", tmp_path, "--json")
    assert said.error["kind"] == "StoreError"
    assert "is not empty" in said.error["cause"]
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_in_place_of_the_folder_is_named_as_the_cause(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = command("demo", "--out", tmp_path / "file", "--json")
    assert "cannot be used: File exists" in said.error["cause"]


def test_stopped_half_way_it_says_in_the_folder_that_it_is_not_finished(tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = [sys.executable, "-m", "ui", "demo", "--out", str(out), "--travellers", "500", "--json"]
    # A shell that starts something in the background lets it ignore Ctrl+C, and every child inherits that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    assert running.stdout is not None
    first = running.stdout.readline()
    fitting(json.loads(first), "demo-traveller")
    running.send_signal(signal.SIGINT)
    _, complaint = running.communicate(timeout=60)
    assert running.returncode == 128 + signal.SIGINT
    assert complaint.strip() == "Stopped before the end."
    assert (out / "UNFINISHED.txt").exists()
    assert not (out / "summary.json").exists()
    assert not list((out / "export").iterdir())
    signed = Demo(out, command("doctor", "--help")).signed_in(out / "store", tmp_path)
    said = command("audit", "verify", *signed, "--full", "--json")
    assert said.code == 0, said
    assert command("demo", "--out", out, "--json").error["cause"].endswith("is not empty.")


def test_a_disk_without_room_is_named_as_the_cause(tmp_path: Path) -> None:
    out = tmp_path / "out"
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000));"
        "from ui.command_line.main import run; sys.exit(run(sys.argv[1:]))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", limited, "demo", "--out", str(out), "--json"],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert ended.returncode == 4, ended
    error = fitting(json.loads(ended.stdout.splitlines()[-1]), "error")["error"]
    assert isinstance(error, dict)
    assert error["kind"] == "StoreFull"
    assert (out / "UNFINISHED.txt").exists()
