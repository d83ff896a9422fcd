# SPDX-License-Identifier: Apache-2.0
"""``kill -9`` while backups are made: none that is half counts, none that was acknowledged is lost, the store opens.

``HBM_BACKUP_KILLS`` says how often, ``HBM_KILL_SEED`` where.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from station.access.audit import Act, verify
from station.access.recovery import RecoverySet, new_set
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName
from station.ports.tasks import CancelToken
from storage.backup.copies import STAGING
from storage.backup.reader import read_backup
from storage.backup.vault import FOLDER
from storage.sealed.writer import BUNDLE_ENDING
from tests.kill.backing_up import KEPT
from tests.kill.killable import PROFILE, USER, make_post
from tests.kill.victim import Victim
from ui.bootstrap.house import House
from ui.bootstrap.recovery import new_paper_shares, new_restorer

KILLS = int(os.environ.get("HBM_BACKUP_KILLS", "100"))
SEED = int(os.environ.get("HBM_KILL_SEED", "1"))
LOOK_EVERY = 10
LONGEST = 0.4  # seconds: a little more than a backup of so small a store takes


@dataclass
class Log:
    """What was acknowledged, and what lay on the medium at the looks."""

    made: list[str] = field(default_factory=list)
    half: int = 0  # unfinished files that a kill left on the medium
    staged: int = 0  # copies that a kill left beside the store


@pytest.mark.kill
@pytest.mark.timeout(0)
def test_a_killed_backup_counts_whole_or_not_at_all(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    recovery = new_set(new_paper_shares())
    store, password_file = make_post(tmp_path, recovery=recovery)
    medium = tmp_path / "medium"
    medium.mkdir()
    aimed, log, began = random.Random(SEED), Log(), time.monotonic()
    for number in range(1, KILLS + 1):
        victim = Victim("tests.kill.backing_up", store, password_file, medium)
        until = number % 3  # every third dies in its first backup, the others in the one after it or a later one
        for said in victim.said():
            log.made += [str(said["backup"])] if "backup" in said else []
            if until == 0:
                break
            until -= 1
        else:
            pytest.fail(f"the victim ended by itself: {victim.last_words()}")
        time.sleep(aimed.uniform(0, LONGEST))  # where in its backup it dies
        log.made += [str(said["backup"]) for said in victim.kill() if "backup" in said]
        log.half += len(list(medium.rglob("*.partial")))
        log.staged += (store / STAGING).exists()
        if number % LOOK_EVERY == 0 or number == KILLS:
            _whole(store, password_file, medium, log, recovery)
    _comes_back(store, medium, tmp_path / "second", recovery)
    with capfd.disabled():
        print(f"\nkills {KILLS}, seed {SEED}, {time.monotonic() - began:.0f} s")
        print(f"backups acknowledged {len(log.made)}, lost 0, half ones counted 0")
        print(f"kills that left an unfinished file on the medium {log.half}, a copy beside the store {log.staged}")


def _whole(store: Path, password_file: Path, medium: Path, log: Log, recovery: RecoverySet) -> None:
    """Everything that counts opens; the newest acknowledged one counts; the store opens and its trail holds."""
    house = House.around(store, profile=PROFILE)
    session = house.sign_in.sign_in(USER, Secret(password_file.read_bytes()), CancelToken())
    try:
        with session.store.reading() as unit:
            assert not verify(unit.audit.entries())
            noted = {entry.subject for entry in unit.audit.entries() if entry.act == Act.BACKUP_MADE}
        kept = house.vault.kept(medium, session.store.identity)
    finally:
        house.sign_in.sign_out(session)
    assert set(log.made) <= noted, "an acknowledged backup is not in the audit trail"
    names = [seen.name for seen in kept]
    if log.made:
        assert log.made[-1] in names, f"{log.made[-1]} was acknowledged and does not count: {names}"
    identity = new_paper_shares().identity(recovery.master)
    signer = (store / "station.pub").read_text()
    for seen in kept:
        read_backup(seen.path, signer, identity, None, lambda _done, _of: None, CancelToken())
    # A kill between making and clearing leaves some more than are kept, never so many that the medium fills up.
    assert len(names) <= KEPT + LOOK_EVERY


def _comes_back(store: Path, medium: Path, second: Path, recovery: RecoverySet) -> None:
    newest = max((medium / FOLDER).glob(f"*{BUNDLE_ENDING}"))
    supervisor = NewOfficer(
        name="vera",
        display_name="Vera Specimen",
        role=RoleName.SUPERVISOR,
        password=Secret.of("harvest compass linen forty"),
    )
    new_restorer(second / "store", profile=PROFILE).restore(
        newest,
        signer=(store / "station.pub").read_text(),
        master=recovery.master,
        supervisor=supervisor,
        progress=lambda _done, _of: None,
        cancel=CancelToken(),
    )
