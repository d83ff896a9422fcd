# SPDX-License-Identifier: Apache-2.0
"""Sums of rows that are gone are said at each opening, and the post goes on working."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.access.acceptance import acceptable, told
from station.ports.anchors import AnchorKind
from station.ports.storage import StoreName
from station.ports.tasks import CancelToken
from storage.sqlcipher import connection as door
from tests.open_station import SUPERVISOR_PASSWORD
from tests.storage.anchors.test_rollback import Post


@pytest.mark.parametrize("gone", ["DELETE FROM row_sum", "DELETE FROM row_sum WHERE name = 'setting'"])
def test_missing_sums_are_told_at_each_opening_and_close_nothing(tmp_path: Path, gone: str) -> None:
    post = Post(tmp_path)
    post.a_day()
    assert post.found() == []
    with post.door.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
        database = door.open_writing(post.store_folder / "border.db", ring.keys[StoreName.BORDER].reveal())
        database.run(gone)
        database.close()
    for _ in range(2):
        assert post.found() == [AnchorKind.SUMS_MISSING]
    session = post.signed_in()
    post.crossing(session)
    store = session.store
    assert "setting" in store.strayed_tables(CancelToken())
    assert store.read_only is None
    assert not acceptable(store)
    happened, means = (text.in_english() for text in told(store))
    assert "row_sum of the store is not what was written last" in happened
    assert means.startswith("Without it nobody can tell")
    post.sign_ins.sign_out(session)
