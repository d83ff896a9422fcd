# SPDX-License-Identifier: Apache-2.0
"""A step of the schema is taken whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from station.domain.errors import StoreTooNew
from storage.sqlcipher import connection as door
from storage.sqlcipher.connection import statements
from storage.sqlcipher.migration import migrate, shipped, version_of
from tests.storage.sqlcipher.specimens import KEY

FIRST = "CREATE TABLE a (x INTEGER) STRICT;\nINSERT INTO a VALUES (1);\n"
KILLED_INSIDE = """
import os, signal, sys
from pathlib import Path
from storage.sqlcipher import connection as door
from storage.sqlcipher.migration import migrate
from tests.storage.sqlcipher.specimens import KEY
from tests.storage.sqlcipher.test_migration import FIRST, SECOND

class Deadly(str):
    def splitlines(self, keepends=False):
        yield from super().splitlines(keepends)
        os.kill(os.getpid(), signal.SIGKILL)

migrate(door.open_writing(Path(sys.argv[1]), KEY), {1: FIRST, 2: Deadly(SECOND)})
"""
SECOND = """-- a comment; with a semicolon
CREATE TABLE b (x INTEGER) STRICT;
CREATE TRIGGER t BEFORE DELETE ON b
BEGIN SELECT RAISE(ABORT, 'no'); SELECT 1; END;
UPDATE a SET x = 2;
"""


def test_steps_are_taken_once_and_in_order(tmp_path: Path) -> None:
    database = door.create(tmp_path / "d", KEY)
    migrate(database, {1: FIRST})
    migrate(database, {1: FIRST, 2: SECOND})
    migrate(database, {1: FIRST, 2: SECOND})
    assert version_of(database) == 2
    assert database.all("SELECT x FROM a") == [(2,)]
    database.close()


def test_a_step_that_fails_half_way_leaves_the_shape_before_it(tmp_path: Path) -> None:
    database = door.create(tmp_path / "d", KEY)
    migrate(database, {1: FIRST})
    with pytest.raises(Exception, match="no such table: nowhere"):
        migrate(database, {1: FIRST, 2: SECOND + "DROP TABLE nowhere;\n"})
    assert not database.in_transaction
    database.close()
    database = door.open_writing(tmp_path / "d", KEY)
    assert version_of(database) == 1
    assert database.all("SELECT x FROM a") == [(1,)]
    assert database.one("SELECT count(*) FROM sqlite_schema WHERE name IN ('b', 't')") == (0,)
    migrate(database, {1: FIRST, 2: SECOND})
    assert version_of(database) == 2
    database.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_killed_inside_a_step_leaves_the_shape_before_it(tmp_path: Path) -> None:
    database = door.create(tmp_path / "d", KEY)
    migrate(database, {1: FIRST})
    database.close()
    child = subprocess.run([sys.executable, "-c", KILLED_INSIDE, str(tmp_path / "d")], check=False, timeout=60)
    assert child.returncode == -signal.SIGKILL
    database = door.open_writing(tmp_path / "d", KEY)
    assert version_of(database) == 1
    assert database.one("SELECT count(*) FROM sqlite_schema WHERE name IN ('b', 't')") == (0,)
    migrate(database, {1: FIRST, 2: SECOND})
    assert database.all("SELECT x FROM a") == [(2,)]
    database.close()


def test_steps_we_do_not_know_are_not_ours_to_touch(tmp_path: Path) -> None:
    database = door.create(tmp_path / "d", KEY)
    migrate(database, {1: FIRST, 2: SECOND})
    with pytest.raises(StoreTooNew) as refused:
        migrate(database, {1: FIRST})
    assert "version 2, this program knows 1" in refused.value.cause.in_english()
    database.close()


def test_the_shipped_steps_are_numbered_without_gap_and_make_strict_tables(tmp_path: Path) -> None:
    steps = shipped()
    assert list(steps) == list(range(1, len(steps) + 1))
    database = door.create(tmp_path / "d", KEY)
    migrate(database, steps)
    loose = database.all(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict"
        " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'encounter_words%'"
    )
    assert loose == []
    database.close()


def test_a_script_that_ends_inside_a_statement_is_refused() -> None:
    assert list(statements("SELECT 1;\n-- the end\n")) == ["SELECT 1;\n"]
    with pytest.raises(ValueError, match="inside a statement"):
        list(statements("SELECT 1;\nSELECT 2"))
