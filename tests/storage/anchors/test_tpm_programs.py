# SPDX-License-Identifier: Apache-2.0
"""Programs of tpm2-tools that cannot be started keep nobody out: the counter is then one that does not answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.access.audit import Act
from station.access.checkpoint_text import CheckpointReason
from station.domain.errors import DeviceFault, NoDevice
from station.exporting.packages import ExportService
from station.ports.anchors import AnchorKind
from station.ports.storage import StoreName
from station.ports.tasks import CancelToken
from storage.anchors import tpm_counter
from storage.anchors.tpm_counter import TpmCounter
from tests.counters import FileCounter
from tests.open_station import OFFICER_PASSWORD
from tests.storage.anchors.test_counter import CountedPost

INDEX = "0x01800100"
PROGRAMS = ("tpm2_nvreadpublic", "tpm2_nvread", "tpm2_nvincrement", "tpm2_flushcontext")
#: What lies there instead of a program: nothing, as after an update that was cut short, and what is no program here.
BROKEN = {"empty": b"", "foreign": b"\x7fELF of another machine", "script": b"#!/there/is/no/such/shell\n"}


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TpmCounter:
    """A counter whose programs are there, and cannot be started."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in PROGRAMS:
        (folder / name).write_bytes(BROKEN[request.param])
        (folder / name).chmod(0o755)
    monkeypatch.setattr(tpm_counter, "_PROGRAMS", str(folder))
    return TpmCounter(INDEX, "swtpm:port=1")


def test_it_is_said_as_a_fault_of_the_counter(broken: TpmCounter) -> None:
    with pytest.raises(DeviceFault, match="cannot be started"):
        broken.look(seconds=1)
    with pytest.raises(DeviceFault, match="cannot be started"):
        broken.increment(seconds=1)


def test_a_post_with_a_counter_opens_and_closes_and_locks_and_exports_all_the_same(
    broken: TpmCounter, tmp_path: Path
) -> None:
    post = CountedPost(tmp_path, broken)
    session = post.signed_in()
    assert [one.kind for one in session.store.anchor_findings] == [AnchorKind.COUNTER_SILENT]
    assert session.store.read_only is None
    post.keep(session, *post.encounter(images=1))
    stick = tmp_path / "stick"
    stick.mkdir()
    exports = ExportService(session, post.sealer, post.clock, post.checkpoints)
    assert exports.export(stick, None, CancelToken(), lambda done, of: None).record.encounters == 1
    assert StoreName.BORDER in post.checkpoints.make(session.stores, CheckpointReason.SHIFT_END)
    post.sign_ins.lock(session)
    session = post.signed_in("omar", OFFICER_PASSWORD)
    with session.store.reading() as unit:
        acts = [entry.act for entry in unit.audit.entries()]
    assert acts.count(Act.LOCKED) == 1
    assert acts.count(Act.COUNTER_MISSED) == 2
    post.sign_ins.sign_out(session)


def test_a_counter_that_was_taken_up_is_missed_and_nobody_is_kept_out(broken: TpmCounter, tmp_path: Path) -> None:
    post = CountedPost(tmp_path, FileCounter(tmp_path / "counter"))
    post.a_day()
    post.door._counter = broken
    post.checkpoints.counter._counter = broken
    post.a_day()
    assert post.found() == [AnchorKind.COUNTER_SILENT]


def test_a_device_that_cannot_even_be_looked_for_is_none(broken: TpmCounter) -> None:
    name = "x" * 5000  # the system answers with an error that is not "there is none"
    with pytest.raises(NoDevice):
        TpmCounter(INDEX, f"device:/dev/{name}").look(seconds=1)
