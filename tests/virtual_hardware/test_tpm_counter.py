# SPDX-License-Identifier: Apache-2.0
"""The counter in a TPM 2 that is a program (swtpm), behind a real store: made, raised, cleared, hung, killed."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.access.checkpoint_text import CheckpointReason
from station.access.counting import counter_memory
from station.domain.errors import DeviceFault, DeviceSilent, NoDevice
from station.domain.secrets import Secret
from station.ports.anchors import AnchorKind
from station.ports.storage import StoreName
from storage.anchors.tpm_counter import TpmCounter
from tests.counters import SoftwareTpm
from tests.storage.anchors.test_counter import CountedPost
from tests.virtual_hardware.counter_at_work import INDEX, STEPS

pytestmark = pytest.mark.virtual

KILLS = int(os.environ.get("HBM_COUNTER_KILLS", "25"))
PLAIN = "authread|authwrite|nt=counter"


@pytest.fixture
def tpm(tmp_path: Path) -> Iterator[SoftwareTpm]:
    made = SoftwareTpm(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def counter(tpm: SoftwareTpm) -> TpmCounter:
    made = TpmCounter(INDEX, tpm.tcti)
    made.create()
    return made


@pytest.fixture
def post(tmp_path: Path, counter: TpmCounter) -> CountedPost:
    station = CountedPost(tmp_path, counter)
    station.a_day()
    return station


def test_a_counter_is_made_raised_and_keeps_its_value_while_the_tpm_is_off(
    tpm: SoftwareTpm, counter: TpmCounter
) -> None:
    assert counter.look(seconds=5).value is None
    values = [counter.increment(seconds=5) for _ in range(3)]
    assert values == list(range(values[0], values[0] + 3))
    identity = counter.look(seconds=5).identity
    tpm.stop()
    tpm.start()
    again = counter.look(seconds=5)
    assert (again.identity, again.value) == (identity, values[-1])


def test_a_counter_that_is_made_anew_is_another_and_goes_on_above_the_old_one(
    tpm: SoftwareTpm, counter: TpmCounter
) -> None:
    before, value = counter.look(seconds=5), counter.increment(seconds=5)
    tpm.tool("tpm2_nvundefine", "-C", "o", INDEX)
    assert counter.create().identity != before.identity
    assert counter.increment(seconds=5) > value


def test_each_trouble_has_its_words(tpm: SoftwareTpm, counter: TpmCounter) -> None:
    with pytest.raises(DeviceFault, match="already"):
        counter.create()
    with pytest.raises(NoDevice, match="no counter"):
        TpmCounter("0x01800109", tpm.tcti).look(seconds=5)
    tpm.tool("tpm2_nvdefine", "-C", "o", "-s", "8", "-a", PLAIN, "0x01800101")
    foreign = TpmCounter("0x01800101", tpm.tcti)
    with pytest.raises(DeviceFault, match="no counter of a station"):
        foreign.look(seconds=5)
    with pytest.raises(DeviceFault, match="no counter of a station"):
        foreign.create()
    tpm.tool("tpm2_changeauth", "-c", "o", "secret")
    guarded = TpmCounter("0x01800102", tpm.tcti)
    for owner in (None, Secret(b"wrong")):
        with pytest.raises(DeviceFault, match="owner"):
            guarded.create(owner)
    assert guarded.create(Secret(b"secret")).value is None
    with pytest.raises(subprocess.CalledProcessError):
        for index in range(0x01800200, 0x01800300):
            tpm.tool("tpm2_nvdefine", "-C", "o", "-P", "secret", "-s", "2048", "-a", "authread|authwrite", hex(index))
    with pytest.raises(DeviceFault, match="no room"):
        for index in range(0x01800300, 0x01800400):
            TpmCounter(f"{index:#010x}", tpm.tcti).create(Secret(b"secret"))
    with pytest.raises(NoDevice, match="cannot be reached"):
        TpmCounter(INDEX, "swtpm:path=/nowhere/tpm").look(seconds=5)


def test_a_tpm_that_hangs_is_not_waited_for(tpm: SoftwareTpm, post: CountedPost, counter: TpmCounter) -> None:
    os.kill(tpm.process_id, signal.SIGSTOP)
    began = time.monotonic()
    try:
        with pytest.raises(DeviceSilent):
            counter.look(seconds=0.5)
        session = post.signed_in()
        assert [one.kind for one in session.store.anchor_findings] == [AnchorKind.COUNTER_SILENT]
        assert session.store.read_only is None
        post.sign_ins.sign_out(session)
    finally:
        os.kill(tpm.process_id, signal.SIGCONT)
    print(f"\nlooked, signed in and out beside a hung TPM in {time.monotonic() - began:.1f} s")
    assert post.found() == []


def test_all_local_files_put_back_together_are_found(tpm: SoftwareTpm, post: CountedPost) -> None:
    post.keep_files("yesterday")
    post.a_day()
    assert post.found() == []
    tpm.stop()
    tpm.start()
    post.put_back("yesterday")
    session = post.signed_in()
    assert [one.kind for one in session.store.anchor_findings] == [AnchorKind.COUNTER_AHEAD]
    assert session.store.read_only is not None
    post.sign_ins.sign_out(session)


def test_what_killed_programs_left_in_a_tpm_does_not_stand_in_the_way(tpm: SoftwareTpm, counter: TpmCounter) -> None:
    counter.increment(seconds=5)
    chance = random.Random(21)
    for _ in range(40):
        killed = subprocess.Popen(
            ["tpm2_nvincrement", "-T", tpm.tcti, "-C", INDEX, INDEX],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.0, 0.03))
        killed.kill()
        assert counter.look(seconds=5).value is not None
        killed.wait()


def test_a_cleared_tpm_is_told_and_closes_nothing(tpm: SoftwareTpm, post: CountedPost, counter: TpmCounter) -> None:
    tpm.tool("tpm2_clear", "-c", "l")
    assert post.found() == [AnchorKind.COUNTER_SILENT]
    counter.create()
    session = post.signed_in()
    assert [one.kind for one in session.store.anchor_findings] == [AnchorKind.COUNTER_OTHER]
    assert session.store.read_only is None
    post.sign_ins.sign_out(session)


def test_a_counter_that_something_else_raised_closes_the_store(tpm: SoftwareTpm, post: CountedPost) -> None:
    tpm.tool("tpm2_nvincrement", "-C", INDEX, INDEX)
    assert post.found() == [AnchorKind.COUNTER_AHEAD]


def test_a_kill_at_any_moment_is_no_finding(tmp_path: Path, tpm: SoftwareTpm, post: CountedPost) -> None:
    """``HBM_COUNTER_KILLS`` kills, at each step in turn and at random moments (seed 21)."""
    chance = random.Random(21)
    pending: Counter[str] = Counter()
    for number in range(KILLS):
        step = STEPS[number % len(STEPS)]
        work = subprocess.Popen(
            [sys.executable, "-m", "tests.virtual_hardware.counter_at_work", str(post.store_folder), tpm.tcti, step],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert work.stdout is not None
        assert work.stdout.readline() == b"at work\n"
        if step == "any moment":
            time.sleep(chance.uniform(0.0, 1.5))
            work.kill()
        assert work.wait(60) == -signal.SIGKILL
        work.stdout.close()
        session = post.signed_in()
        told = [repr(finding.happened) for finding in session.store.anchor_findings]
        assert told == [], (number, step)
        assert session.store.read_only is None
        post.sign_ins.sign_out(session)
        pending[step] += 1
    print(f"\n{KILLS} kills, 0 findings: {dict(pending)}")
    with post.signed_in().store.reading() as unit:
        print(f"the counter stands at {counter_memory(unit.settings).value}")


def test_what_a_sign_in_pays_for_the_counter(tmp_path: Path, post: CountedPost, counter: TpmCounter) -> None:
    """Printed, not judged: a figure for the documents."""
    times = []
    for _ in range(20):
        session = post.signed_in()
        began = time.monotonic()
        post.checkpoints.counter.counted(session.stores[StoreName.BORDER], CheckpointReason.EXPORT)
        times.append(time.monotonic() - began)
        post.sign_ins.sign_out(session)
    times.sort()
    print(f"\nraising: median {times[10] * 1000:.0f} ms, p95 {times[18] * 1000:.0f} ms")
    assert counter.look(seconds=5).value is not None


def test_the_command_makes_and_shows_the_counter_and_the_doctor_sees_it(tmp_path: Path, tpm: SoftwareTpm) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[counter]\nindex = "0x01800104"\ntpm = "{tpm.tcti}"\n')

    def said(*words: str) -> tuple[int, dict[str, object]]:
        done = subprocess.run(
            [sys.executable, "-m", "ui", *words, "--json"],
            env={**os.environ, "HBM_STATION_SETTINGS": str(settings)},
            capture_output=True,
            timeout=60,
            check=False,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        found = [line for line in lines if line.get("about", "counter") == "counter"]
        return done.returncode, found[-1]

    code, answer = said("counter", "show")
    assert (code, "There is no counter" in str(answer)) == (4, True)
    code, answer = said("doctor")
    assert (code, answer["good"]) == (3, False)
    code, answer = said("counter", "create")
    assert code == 0
    assert answer["value"] == 0
    assert re.fullmatch("[0-9a-f]{64}", str(answer["identity"]))
    code, answer = said("counter", "show")
    assert (code, answer["value"]) == (0, 0)
    assert said("doctor")[1]["good"] is True
