# SPDX-License-Identifier: Apache-2.0
"""Verifying the audit trail from the command line, on a store that somebody with the key has changed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as engine

from station.access.audit import FindingKind
from station.domain.secrets import Secret
from storage.keys.keeper import SlotKeeper
from storage.keys.slot_file import SlotFile
from tests.conftest import REPOSITORY
from tests.storage.keys.tables import opened
from tests.ui.command_line.commands import Demo, Said, command, copied
from ui.host import SystemRandomness


@pytest.fixture
def store(demo: Demo, tmp_path: Path) -> Path:
    """A store of one's own."""
    return copied(demo.store, tmp_path / "store")


def tamper(store: Path, password: str, *statements: str) -> None:
    """What somebody does who has the key and knows the tables: past every trigger of the store."""
    keeper = SlotKeeper(SystemRandomness())
    _, key = opened(keeper, SlotFile(store, keeper).read().table, "supervisor.b", Secret.of(password))
    connection = engine.connect(str(store / "border.db"), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (trigger,) in triggers:
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        assert connection.execute(statement).rowcount >= 1, statement
    connection.close()


def verified(demo: Demo, store: Path, tmp_path: Path, *words: str) -> Said:
    return command("audit", "verify", *demo.signed_in(store, tmp_path), *words, "--json")


def kinds(said: Said) -> set[str]:
    assert said.code == 3, said
    findings = said.answer("audit")["findings"]
    assert isinstance(findings, Sequence)
    return {found["kind"] for found in findings}


def test_an_honest_store_holds_and_the_look_is_itself_an_entry(demo: Demo, store: Path, tmp_path: Path) -> None:
    first, second = verified(demo, store, tmp_path, "--full"), verified(demo, store, tmp_path)
    assert (first.code, second.code) == (0, 0), (first, second)
    before, after = first.answer("audit"), second.answer("audit")
    assert before["findings"] == []
    assert (before["full"], after["full"]) == (True, False)
    assert isinstance(before["entries"], int)
    assert after["entries"] == before["entries"] + 3  # verified, signed out, signed in


def test_an_entry_that_was_edited_or_deleted_is_found(demo: Demo, store: Path, tmp_path: Path) -> None:
    tamper(
        store,
        demo.password("supervisor.b"),
        "UPDATE audit_entry SET act = 'nothing' WHERE sequence = 5",
        "DELETE FROM audit_entry WHERE sequence = 9",
    )
    assert kinds(verified(demo, store, tmp_path)) == {"edited", "gap"}


def test_a_changed_picture_and_a_vanished_record_are_found_by_the_full_look_only(
    demo: Demo, store: Path, tmp_path: Path
) -> None:
    tamper(
        store,
        demo.password("supervisor.b"),
        "UPDATE image SET data = x'ff' WHERE rowid = (SELECT min(rowid) FROM image)",
    )
    assert verified(demo, store, tmp_path).code == 0
    assert kinds(verified(demo, store, tmp_path, "--full")) == {"image changed"}


def test_a_damaged_page_that_nobody_has_read_yet_is_found_by_the_full_look(
    demo: Demo, store: Path, tmp_path: Path
) -> None:
    database = store / "border.db"
    content = bytearray(database.read_bytes())
    content[len(content) * 9 // 10] ^= 1
    database.write_bytes(content)
    said = verified(demo, store, tmp_path, "--full")
    assert said.error["kind"] == "StoreDamaged"


def test_a_trail_that_was_cut_is_found_at_the_sign_in_and_by_the_look(demo: Demo, store: Path, tmp_path: Path) -> None:
    before = verified(demo, store, tmp_path).answer("audit")
    cut = f"DELETE FROM audit_entry WHERE sequence > {before['entries']} - 2"
    tamper(store, demo.password("supervisor.b"), cut)
    said = verified(demo, store, tmp_path)
    assert kinds(said) == {"truncated"}
    answer = said.answer("audit")
    assert (answer["read_only"], answer["anchor_findings"]) == (True, ["old store"])


def test_without_the_notes_beside_it_a_store_is_only_read(demo: Demo, store: Path, tmp_path: Path) -> None:
    shutil.rmtree(store.with_name("store-anchors"))
    said = verified(demo, store, tmp_path)
    assert said.code == 3
    assert said.answer("audit")["anchor_findings"] == ["anchors missing"]
    told = command("audit", "verify", *demo.signed_in(store, tmp_path)).out.splitlines()
    assert told[0] == "The notes beside the store are missing."
    assert "Two people can then accept this state" in told[2]


def test_a_head_noted_elsewhere_finds_what_all_files_here_agree_on(demo: Demo, store: Path, tmp_path: Path) -> None:
    before = verified(demo, store, tmp_path).answer("audit")
    assert verified(demo, store, tmp_path, "--head", f"{before['entries']}:{before['head']}").code == 0
    assert kinds(verified(demo, store, tmp_path, "--head", f"{before['entries']}:{'0' * 64}")) == {"rewritten"}


def test_the_schema_names_every_finding() -> None:
    schema = json.loads((REPOSITORY / "docs" / "cli" / "audit.schema.json").read_text())
    named = schema["properties"]["findings"]["items"]["properties"]["kind"]["enum"]
    assert set(named) == {kind.value for kind in FindingKind}


def test_list_rows_and_people_that_were_changed_alone_are_found(demo: Demo, store: Path, tmp_path: Path) -> None:
    tamper(
        store,
        demo.password("supervisor.b"),
        "UPDATE encounter SET decision = 'admit', document_number = 'X' WHERE serial = 1",
        "UPDATE officer SET suspended = 1 WHERE name = 'officer.a'",
    )
    assert verified(demo, store, tmp_path).code == 0
    found = kinds(verified(demo, store, tmp_path, "--full"))
    assert found >= {"row changed", "person changed"}
    assert found <= {"row changed", "person changed", "table changed", "index changed"}


def test_an_old_copy_of_the_whole_store_is_found_by_a_head_noted_elsewhere(demo: Demo, tmp_path: Path) -> None:
    used = copied(demo.store, tmp_path / "used")
    last = [verified(demo, used, tmp_path).answer("audit") for _ in range(4)][-1]
    known = f"{last['entries']}:{last['head']}"
    old = copied(demo.store, tmp_path / "old")
    assert kinds(verified(demo, old, tmp_path, "--head", known)) == {"truncated"}


@pytest.mark.parametrize("head", ["", "5", "x:" + "0" * 64, "0:" + "0" * 64, "5:" + "0" * 63])
def test_a_head_that_is_none_is_not_understood(demo: Demo, tmp_path: Path, head: str) -> None:
    said = command("audit", "verify", *demo.signed_in(demo.store, tmp_path), "--head", head)
    assert said.code == 2


def test_a_person_hears_each_finding_as_a_sentence(demo: Demo, store: Path, tmp_path: Path) -> None:
    tamper(store, demo.password("supervisor.b"), "DELETE FROM audit_entry WHERE sequence = 9")
    said = command("audit", "verify", *demo.signed_in(store, tmp_path))
    assert said.code == 3
    assert said.out.splitlines() == [
        "The audit trail does not hold: 1 finding.",
        "Entries are missing before entry 10 of the audit trail.",
        said.out.splitlines()[-1],
    ]
    assert re.fullmatch(r"It agrees with [0-9]+ notes that lie outside of the store\.", said.out.splitlines()[-1])


def test_an_officer_may_not_look(demo: Demo, store: Path, tmp_path: Path) -> None:
    said = command("audit", "verify", *demo.signed_in(store, tmp_path, "officer.a"), "--json")
    assert said.error["kind"] == "NotPermitted"
