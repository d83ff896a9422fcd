# SPDX-License-Identifier: Apache-2.0
"""Sealing from the command line, and judging a bundle: every refusal names its true cause."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.command_line.commands import Demo, command, copied, fitting
from ui.bootstrap.house import new_headquarters_identity, new_sealer


@pytest.fixture
def store(not_exported: Demo, tmp_path: Path) -> Path:
    """A store of one's own with two encounters waiting."""
    return copied(not_exported.store, tmp_path / "store")


@pytest.fixture
def bundle(demo: Demo, tmp_path: Path) -> Path:
    """A bundle of one's own with its signature."""
    folder = Path(shutil.copytree(demo.folder / "export", tmp_path / "stick"))
    return folder / demo.bundle.name


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A write-protected disk."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    yield from _mounted(folder, "ro")


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    yield from _mounted(folder, "size=64k")


def _mounted(folder: Path, options: str) -> Iterator[Path]:
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs Linux and an administrator")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_what_is_waiting_leaves_as_one_bundle_that_verifies(store: Path, not_exported: Demo, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    said = command("export", *not_exported.signed_in(store, tmp_path), "--to", stick, "--json")
    assert said.code == 0, said
    facts = said.answer("export")
    assert facts["encounters"] == 2
    keys = ("--signer", not_exported.folder / "station.pub", "--identity", not_exported.folder / "hq-identity.age")
    checked = command("verify", str(facts["bundle"]), *keys, "--json")
    assert checked.code == 0, checked
    assert checked.answer("verify")["contents"] == "good"
    again = command("export", *not_exported.signed_in(store, tmp_path), "--to", stick, "--json")
    assert again.error["cause"] == "Nothing is waiting for export."


def test_a_missing_target_is_named_as_the_cause(store: Path, not_exported: Demo, tmp_path: Path) -> None:
    words = ("export", *not_exported.signed_in(store, tmp_path), "--json")
    said = command(*words, "--to", tmp_path / "no-stick")
    assert said.error["kind"] == "TargetUnusable"
    assert said.error["cause"].startswith("The target is not there:")


def test_a_write_protected_target_is_named_as_the_cause(
    store: Path, not_exported: Demo, tmp_path: Path, read_only: Path
) -> None:
    said = command("export", *not_exported.signed_in(store, tmp_path), "--to", read_only, "--json")
    assert said.error["cause"].startswith("The target is write-protected:")


def test_a_full_target_is_named_as_the_cause_and_nothing_stays_on_it(
    store: Path, not_exported: Demo, tmp_path: Path, tiny: Path
) -> None:
    words = ("export", *not_exported.signed_in(store, tmp_path), "--json")
    said = command(*words, "--to", tiny)
    assert said.error["cause"].startswith("The target is full:")
    assert list(tiny.iterdir()) == []
    good = tmp_path / "good"
    good.mkdir()
    assert command(*words, "--to", good).answer("export")["encounters"] == 2, "nothing was lost by the failure"


def test_an_officer_may_not_export(store: Path, not_exported: Demo, tmp_path: Path) -> None:
    said = command("export", *not_exported.signed_in(store, tmp_path, "officer.a"), "--to", tmp_path, "--json")
    assert said.error["kind"] == "NotPermitted"
    assert said.error["next_step"] == "Ask for: supervisor."


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(store: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("not the password of anybody\n")
    asked = ("audit", "verify", "--store", store, "--password-file", tmp_path / "wrong", "--json")
    known, unknown = command(*asked, "--user", "supervisor.b"), command(*asked, "--user", "nobody")
    assert known.error == unknown.error
    assert known.error["kind"] == "SignInRefused"


def test_a_password_file_that_is_not_there_is_named_as_the_cause(store: Path, tmp_path: Path) -> None:
    asked = ("audit", "verify", "--store", store, "--user", "supervisor.b", "--json")
    said = command(*asked, "--password-file", tmp_path / "none")
    assert said.error["cause"] == "The password file cannot be read: No such file or directory."


def test_no_command_takes_a_password_as_a_word(store: Path) -> None:
    said = command("export", "--store", store, "--user", "supervisor.b", "--to", store, "--password", "x")
    assert said.code == 2
    assert said.out == ""


def test_a_store_that_is_not_there_is_named_as_the_cause(demo: Demo, tmp_path: Path) -> None:
    said = command("audit", "verify", *demo.signed_in(tmp_path / "none", tmp_path), "--json")
    assert said.error["kind"] == "StoreMissing"


def test_a_damaged_store_is_named_as_the_cause(store: Path, not_exported: Demo, tmp_path: Path) -> None:
    database = store / "border.db"
    content = bytearray(database.read_bytes())
    content[100] ^= 1
    database.write_bytes(content)
    said = command("export", *not_exported.signed_in(store, tmp_path), "--to", tmp_path, "--json")
    assert said.error["kind"] == "StoreDamaged"


def test_a_store_that_another_process_holds_is_named_as_the_cause(
    store: Path, not_exported: Demo, tmp_path: Path
) -> None:
    holding = (
        "import fcntl, os, sys; f = os.open(sys.argv[1], os.O_RDWR); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", holding, str(store / "store.lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        said = command("export", *not_exported.signed_in(store, tmp_path), "--to", tmp_path, "--json")
    finally:
        holder.communicate()
    assert said.error["kind"] == "StoreInUse"


def test_without_an_identity_only_the_signature_is_checked_and_it_says_so(demo: Demo) -> None:
    said = command("verify", demo.bundle, "--signer", demo.folder / "station.pub", "--json")
    assert said.code == 0
    facts = said.answer("verify")
    assert facts["contents"] == "not checked"
    assert facts["says"] == "The signature holds. Without an identity nothing inside was checked."


def test_a_person_hears_whose_bundle_it_is_and_that_it_is_not_real(demo: Demo) -> None:
    said = command("verify", demo.bundle, "--signer", demo.folder / "station.pub")
    first, second = said.out.splitlines()
    assert first == "The signature holds. Without an identity nothing inside was checked."
    assert second.startswith("Signed with key ")
    assert second.endswith(": TRAINING – NOT REAL TRAINING-demo-1-000001 sequence:1")


def test_one_changed_byte_anywhere_is_refused_with_the_true_reason(demo: Demo, bundle: Path) -> None:
    content = bytearray(bundle.read_bytes())
    for place in (0, len(content) // 2, len(content) - 1):
        content[place] ^= 1
        bundle.write_bytes(content)
        said = command("verify", bundle, "--signer", demo.folder / "station.pub", "--json")
        assert said.error["kind"] == "BundleRefused"
        assert said.error["cause"] == "The bundle was changed after it was signed, or the signature was."
        content[place] ^= 1


def test_the_key_of_another_station_is_named_as_the_cause(demo: Demo, tmp_path: Path) -> None:
    other = tmp_path / "other.pub"
    other.write_text(new_sealer().public_key(new_sealer().new_signing_key()))
    said = command("verify", demo.bundle, "--signer", other, "--json")
    assert said.error["cause"].startswith("Somebody else signed this bundle:")


def test_the_identity_of_somebody_else_is_named_as_the_cause(demo: Demo, tmp_path: Path) -> None:
    other = tmp_path / "other.age"
    other.write_bytes(new_headquarters_identity()[0].reveal())
    keys = ("--signer", demo.folder / "station.pub", "--identity", other)
    said = command("verify", demo.bundle, *keys, "--json")
    assert said.error["cause"] == "The bundle is not sealed for this identity."


def test_an_identity_file_as_age_keygen_writes_it_opens_the_bundle(demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    key = (demo.folder / "hq-identity.age").read_text()
    file.write_text(f"# created: 2026-06-01T06:00:00Z\n# public key: age1…\n{key}")
    keys = ("--signer", demo.folder / "station.pub", "--identity", file)
    said = command("verify", demo.bundle, *keys, "--json")
    assert said.code == 0, said
    facts = said.answer("verify")
    assert isinstance(facts["members"], list)
    assert any(name.startswith("encounters/") for name in facts["members"])


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("", "The identity is not an age secret key."),
        ("# only a comment\n", "The identity is not an age secret key."),
        ("AGE-SECRET-KEY-1ABC\nAGE-SECRET-KEY-1DEF\n", "The identity file holds more than one key."),
    ],
)
def test_an_identity_file_without_one_key_is_named_as_the_cause(
    demo: Demo, tmp_path: Path, content: str, cause: str
) -> None:
    (tmp_path / "key.txt").write_text(content)
    keys = ("--signer", demo.folder / "station.pub", "--identity", tmp_path / "key.txt")
    assert command("verify", demo.bundle, *keys, "--json").error["cause"] == cause


def test_a_missing_bundle_signature_or_key_is_named_as_the_cause(demo: Demo, bundle: Path, tmp_path: Path) -> None:
    signer = ("--signer", demo.folder / "station.pub", "--json")
    assert command("verify", tmp_path / "none.tar.age", *signer).error["cause"].startswith("The bundle cannot be read:")
    bundle.with_name(bundle.name + ".minisig").unlink()
    assert command("verify", bundle, *signer).error["cause"].startswith("The signature file is missing:")
    without_key = command("verify", bundle, "--signer", tmp_path / "none.pub", "--json")
    assert without_key.error["cause"].endswith("cannot be read: No such file or directory.")


def test_standard_input_gives_the_password_and_a_person_hears_a_sentence(demo: Demo, tmp_path: Path) -> None:
    store = copied(demo.store, tmp_path / "store")
    words = ["audit", "verify", "--store", str(store), "--user", "supervisor.b", "--password-file", "-"]
    ended = subprocess.run(
        [sys.executable, "-m", "ui", *words],
        check=False,
        input=demo.password("supervisor.b") + "\n",
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended
    assert ended.stdout.startswith("The audit trail holds: ")
    assert ended.stderr == ""
    as_json = subprocess.run(
        [sys.executable, "-m", "ui", *words, "--json"],
        check=False,
        input="wrong\n",
        capture_output=True,
        text=True,
    )
    assert as_json.returncode == 4
    fitting(json.loads(as_json.stdout), "error")


def test_in_a_terminal_the_password_is_asked_for_and_never_shown(demo: Demo, tmp_path: Path) -> None:
    store = copied(demo.store, tmp_path / "store")
    words = ["audit", "verify", "--store", str(store), "--user", "supervisor.b", "--password-file", "-"]
    try:
        keyboard, terminal = pty.openpty()
    except OSError as problem:
        pytest.skip(f"this system gives out no terminals: {problem}")
    running = subprocess.Popen(
        [sys.executable, "-m", "ui", *words],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert running.stderr is not None
    assert running.stderr.read(9) == b"Password:"  # from here on the terminal shows nothing that is typed
    os.write(keyboard, demo.password("supervisor.b").encode() + b"\n")
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert said.startswith(b"The audit trail holds: ")
    os.close(terminal)
    os.set_blocking(keyboard, False)
    try:
        shown = os.read(keyboard, 1000)
    except OSError:  # nothing was shown at all, and nobody holds the terminal any more
        shown = b""
    os.close(keyboard)
    assert demo.password("supervisor.b").encode() not in shown
