# SPDX-License-Identifier: Apache-2.0
"""The victim: a station that makes one backup after the other, and records travellers meanwhile, until it is killed.

python -m tests.kill.backing_up STORE PASSWORD_FILE MEDIUM
"""

from __future__ import annotations

import json
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from station.access.sign_in import Session
from station.domain.secrets import Secret
from station.ports.clock import Clock
from station.ports.tasks import CancelToken
from station.safekeeping.backups import BackupService
from station.safekeeping.plan import BackupPlan
from tests.kill.killable import PROFILE, USER
from ui.bootstrap.house import House

KEPT = 3


def main() -> None:
    """Work until killed; every line is a promise."""
    store, password_file, medium = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    house = House.around(store, profile=PROFILE)
    session = house.sign_in.sign_in(USER, Secret(password_file.read_bytes()), CancelToken())
    backups = BackupService(session, house.vault, house.targets, house.clock)
    backups.set_plan(BackupPlan(folder=str(medium), keep=KEPT))
    threading.Thread(target=_write_meanwhile, args=(session, house.clock), daemon=True).start()
    _say({"ready": True})
    while True:
        made = backups.make(medium, lambda _done, _of: None, CancelToken())
        _say({"backup": made.name, "sha256": made.sha256})


def _write_meanwhile(session: Session, clock: Clock) -> None:
    number, never = 0, CancelToken()
    while True:
        number += 1
        never.wait(0.01)  # a busy post, not a flood
        with session.store.unit_of_work() as unit:
            unit.settings.put("kill.written", f"{number} {datetime.now(UTC):%H%M%S%f}".encode().ljust(20_000, b"."))
            unit.audit.append(at=clock.now(), by="station", act="kill.written", subject="kill", details={})
            unit.commit()


def _say(said: dict[str, object]) -> None:
    os.write(sys.stdout.fileno(), json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main()
