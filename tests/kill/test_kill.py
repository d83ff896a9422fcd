# SPDX-License-Identifier: Apache-2.0
"""``kill -9`` at every step of an inspection loses nothing that was acknowledged.

The killer keeps its own log of acknowledgements, read from the victim's pipe; whatever the pipe still holds after
the kill was acknowledged too. Kills are aimed: the stage whose turn it is must have been acknowledged, so the
victim dies while it works on what follows.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.access.approval_proof import verify_approvals
from station.access.audit import Act, verify, verify_records
from station.domain.encounter import EncounterStatus
from station.domain.identifiers import EncounterId
from station.domain.secrets import Secret
from station.inspection import events as ev
from station.inspection.journal import event_of, replayed
from station.inspection.table import Stage
from station.ports.storage import UnitOfWork
from station.ports.tasks import CancelToken
from tests.kill.killable import PROFILE, USER, make_post, state_hash
from tests.kill.victim import Victim
from ui.bootstrap.house import House

KILLS = int(os.environ.get("HBM_KILLS", "200"))
MOST_KILLS = 3 * KILLS
LEAST_PER_STAGE = min(10, KILLS // 20)
SEED = int(os.environ.get("HBM_KILL_SEED", "1"))
#: Stages an inspection passes on its way; the victim is killed while it works on what follows each of them.
TARGETS = (
    Stage.READING,
    Stage.READ_TROUBLE,
    Stage.KEYING,
    Stage.CONFIRMING,
    Stage.CHECKING,
    Stage.PORTRAIT,
    Stage.PORTRAIT_TROUBLE,
    Stage.DECIDING,
    Stage.PARKED,
    Stage.REFERRED,
    Stage.RECORDING,
    Stage.RECORDED,
)
#: Seconds after the acknowledgement: most steps take 2 ms, reading and portrait some 100.
QUICK_STEP = (0.0, 0.0, 0.0005, 0.001, 0.002)
SLOW_STEP = (0.0, 0.005, 0.02, 0.06)


@dataclass
class Log:
    """What was acknowledged, over all victims."""

    steps: dict[str, tuple[int, int, str]] = field(default_factory=dict)  # steps, version, hash of the state
    recorded: set[str] = field(default_factory=set)
    images: set[str] = field(default_factory=set)
    lines: int = 0

    def note(self, said: dict[str, object]) -> None:
        """One acknowledgement."""
        encounter, steps = str(said["encounter"]), int(str(said["steps"]))
        self.lines += 1
        promised = (steps, int(str(said["version"])), str(said["state_sha256"]))
        self.steps[encounter] = max(promised, self.steps.get(encounter, promised))
        if said["stage"] == Stage.RECORDED.name:
            self.recorded.add(encounter)
        images = said["images"]
        assert isinstance(images, list)
        self.images.update(str(image) for image in images)


@pytest.mark.kill
@pytest.mark.timeout(0)
def test_a_killed_station_loses_nothing_it_acknowledged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    store, password_file = make_post(tmp_path)
    log, killed, aimed = Log(), Counter[str](), random.Random(SEED)
    began = time.monotonic()
    number = 0
    while number < KILLS or min(killed[target.name] for target in TARGETS) < LEAST_PER_STAGE:
        assert number < MOST_KILLS, f"some stage is hard to hit: {dict(killed)}"
        target = min(TARGETS, key=lambda stage: killed[stage.name])
        victim = Victim("tests.kill.station_at_work", store, password_file, number * 100 + number % 12)
        killed[_kill_one(victim, target, log, aimed)] += 1
        number += 1
        if number % 10 == 0:
            _nothing_lost(store, password_file, log)
    _everything_resumes(store, password_file, log)
    by_two = _nothing_lost(store, password_file, log)
    with capfd.disabled():
        print(f"\nkills {number}, seed {SEED}, {time.monotonic() - began:.0f} s")
        print(f"acknowledged steps {log.lines}, encounters {len(log.steps)}, recorded {len(log.recorded)}, lost 0")
        print(f"admitted against a failed check, each with the approval that was used up for it: {by_two}")
        print("killed after acknowledging: " + ", ".join(f"{name} {count}" for name, count in sorted(killed.items())))


def _kill_one(victim: Victim, target: Stage, log: Log, aimed: random.Random) -> str:
    """Kill the victim shortly after it acknowledged ``target``; the last stage it acknowledged."""
    last = "NOTHING"
    for said in victim.said():
        if "ready" in said:
            continue
        log.note(said)
        last = str(said["stage"])
        if last == target.name:
            break
    else:
        pytest.fail(f"the victim ended by itself: {victim.last_words()}")
    moments = SLOW_STEP if target in (Stage.READING, Stage.PORTRAIT) else QUICK_STEP
    time.sleep(aimed.choice(moments))  # where in the next step it dies
    for said in victim.kill():
        log.note(said)
        last = str(said["stage"])
    return last


def _nothing_lost(store: Path, password_file: Path, log: Log) -> int:
    """Compare the store with what was acknowledged; how many were admitted by two people."""
    house = House.around(store, profile=PROFILE)
    session = house.sign_in.sign_in(USER, Secret(password_file.read_bytes()), CancelToken())
    try:
        assert [*session.store.check_pages(), *session.store.strayed_tables(CancelToken())] == []
        with session.store.reading() as unit:
            findings = list(verify(unit.audit.entries()))
            findings += verify_records(
                unit.audit.entries(),
                unit.encounters.recorded_bodies(),
                unit.images.recorded_hashes(),
                unit.journal.recorded_steps(),
                vouch=unit.audit.vouch,
            )
            assert not findings, [found.says.in_english() for found in findings]
            _acknowledged_is_there(unit, log)
            assert not log.images - {str(image_id) for image_id, _ in unit.images.recorded_hashes()}
            return _decided_by_two_or_not_at_all(unit)
    finally:
        house.sign_in.sign_out(session)


def _decided_by_two_or_not_at_all(unit: UnitOfWork) -> int:
    """An approval is used up exactly where a decision rests on it, wherever the kill came; how many there are."""
    entries = list(unit.audit.entries())
    assert not [found.says.in_english() for found in verify_approvals(entries)]
    used = {entry.subject for entry in entries if entry.act == Act.APPROVAL_USED}
    decided = [entry for entry in entries if entry.act == Act.ENCOUNTER_DECIDED and "approval" in entry.details]
    assert {entry.details["approval"] for entry in decided} == used
    assert len(decided) == len(used)
    for entry in decided:
        kept = [event_of(step) for step in unit.journal.of(EncounterId(entry.subject))]
        named = [event.decision.approval for event in kept if isinstance(event, ev.Admitted)]
        assert named == [entry.details["approval"]]
    return len(decided)


def _acknowledged_is_there(unit: UnitOfWork, log: Log) -> None:
    for encounter, (steps, version, state_sha256) in log.steps.items():
        encounter_id = EncounterId(encounter)
        first, newest = unit.encounters.get(encounter_id, version=1), unit.encounters.get(encounter_id)
        assert first is not None, f"{encounter} was acknowledged and is not there"
        assert newest is not None
        journal = unit.journal.of(encounter_id)
        assert len(journal) >= steps, f"{encounter}: {steps} steps acknowledged, {len(journal)} there"
        state = replayed(first, journal[:steps], version=version)
        assert state_hash(state) == state_sha256, f"{encounter}: step {steps} says something else than was promised"
        if encounter in log.recorded:
            assert newest.status is EncounterStatus.RECORDED


def _everything_resumes(store: Path, password_file: Path, log: Log) -> None:
    """The next victim finishes what the killed ones left before it takes a traveller of its own."""
    victim = Victim("tests.kill.station_at_work", store, password_file, 10**6)
    for said in victim.said():
        if "ready" in said:
            continue
        if said["encounter"] not in log.steps and said["steps"] == 1:
            break
        log.note(said)
    for said in victim.kill():
        log.note(said)
    unfinished = set(log.steps) - log.recorded
    house = House.around(store, profile=PROFILE)
    session = house.sign_in.sign_in(USER, Secret(password_file.read_bytes()), CancelToken())
    try:
        with session.store.reading() as unit:
            open_still = {row.encounter_id for row in unit.encounters.unfinished()}
        assert not unfinished & {str(encounter) for encounter in open_still}
    finally:
        house.sign_in.sign_out(session)
