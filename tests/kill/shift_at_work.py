# SPDX-License-Identifier: Apache-2.0
"""The victim: a supervisor who opens, hands over and closes shifts until somebody kills the process.

python -m tests.kill.shift_at_work STORE PASSWORD_FILE SEED
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

from station.domain.secrets import Secret
from station.ports.tasks import CancelToken
from station.post.shift import Shift, ShiftStage
from station.post.shift_desk import ShiftDesk, Signer
from tests.kill.killable import PROFILE, USER
from ui.bootstrap.house import House

OTHER = Signer(name="officer.a", password=Secret.of("another long specimen password"))


def step(desk: ShiftDesk, own: Secret, chance: random.Random) -> Shift:
    """Whatever comes next."""
    shift = desk.current()
    if shift is None:
        return desk.open(own)
    if shift.stage is ShiftStage.OPEN:
        return desk.sign_report(shift, json.dumps({"rows": chance.randbytes(2_000).hex()}), own)
    return desk.take_back(own) if chance.random() < 0.3 else desk.countersign(OTHER)


def main() -> None:
    """Work until killed; every step that is acknowledged goes down the pipe."""
    store, password, seed = Path(sys.argv[1]), Secret(Path(sys.argv[2]).read_bytes()), int(sys.argv[3])
    house = House.around(store, profile=PROFILE)
    session = house.sign_in.sign_in(USER, password, CancelToken())
    desk = ShiftDesk(session, house.keys, house.clock)
    chance = random.Random(seed)
    while True:
        shift = step(desk, password, chance)
        line = json.dumps({"number": shift.number, "steps": len(shift.steps), "stage": shift.stage.value})
        os.write(sys.stdout.fileno(), line.encode() + b"\n")


if __name__ == "__main__":
    main()
