# SPDX-License-Identifier: Apache-2.0
"""Kills victims that change keys, and looks after each kill whether anything acknowledged was lost.

It runs as a process of its own and forks a victim for each kill: what costs a second of start costs it once. Its last
line on standard output is a JSON object with what it counted.

    python -m tests.kill.keys_at_work FOLDER rekey|slots KILLS SEED
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn

from station.access.audit import Act, AuditHead, verify
from station.domain.errors import SignInRefused
from station.domain.secrets import Secret
from station.ports.storage import Store, StoreName
from station.ports.tasks import CancelToken
from storage.door import FolderDoor
from storage.keys.slots import Stage
from storage.keys.wrong_tries import FILE_NAME as WRONG_TRIES
from tests.open_station import LIGHT, OFFICER_PASSWORD, SUPERVISOR_PASSWORD, KeptEvents, StandingClock
from tests.power.promises import CHANGING, PLACE, WHO, make, numbered
from ui.host import SystemRandomness

ROWS = 400  # of 4 kB in the store that is given another key: some pages to be killed in
LONGEST = {"rekey": 0.35, "slots": 0.08}  # seconds: a little more than one act takes


@dataclass
class Log:
    """What victims acknowledged, and what their kills left behind."""

    kills: int = 0
    acknowledged: int = 0
    head: AuditHead = field(default_factory=lambda: AuditHead(0, ""))
    password: int = 0
    in_transition: int = 0  # kills that left both keys in the key file
    with_copy: int = 0  # kills that left a copy under another key
    half_written: int = 0  # kills that left a file that was being written


def door(folder: Path) -> FolderDoor:
    """The door at the post, with real randomness: each victim has to draw keys of its own."""
    return FolderDoor(folder / PLACE, KeptEvents(), StandingClock(), SystemRandomness(), profile=LIGHT)


def entered(store: Store, number: int) -> AuditHead:
    """One more entry on the trail, durable."""
    with store.unit_of_work() as unit:
        entry = unit.audit.append(
            at=StandingClock().now(), by="station", act=Act.ENCOUNTER_STEP, subject=f"act-{number}", details={}
        )
        unit.commit()
    return AuditHead(entry.sequence, entry.hash)


def unlocked(folder: Path, name: str = WHO, password: Secret = SUPERVISOR_PASSWORD) -> list[Store]:
    """Every store of a person, the border's first."""
    opened = door(folder).unlock(name, password, cancel=CancelToken())
    return [opened.store, *opened.further.values()]


def close(stores: list[Store]) -> None:
    """Close them."""
    for store in stores:
        store.close()


def rekeying(folder: Path, acknowledge: Callable[[dict[str, object]], None], _first: int) -> NoReturn:
    """Entry, new key, entry, new key, until killed."""
    number = 0
    while True:
        stores = unlocked(folder)
        head = entered(stores[0], number)
        close(stores)
        acknowledge({"sequence": head.sequence, "hash": head.hash})
        with door(folder).desk.keys(WHO, SUPERVISOR_PASSWORD) as ring:
            ring.rekey(StoreName.BORDER)
        acknowledge({"rekeyed": number})
        number += 1


def changing(folder: Path, acknowledge: Callable[[dict[str, object]], None], first: int) -> NoReturn:
    """Password after password, until killed."""
    number = first
    while True:
        number += 1
        with door(folder).desk.keys(WHO, SUPERVISOR_PASSWORD) as ring:
            ring.change_password(CHANGING, numbered(number), distress_password=None)
        acknowledge({"password": number})


WORKS = {"rekey": rekeying, "slots": changing}


def _told(pipe: int, words: dict[str, object]) -> None:
    os.write(pipe, json.dumps(words).encode() + b"\n")


def victim(folder: Path, what: str, first: int, seconds: float) -> list[dict[str, object]]:
    """Fork one, kill it after ``seconds`` of its work; what it acknowledged."""
    hearing, saying = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hearing)
        try:
            os.write(saying, b'{"ready": true}\n')
            WORKS[what](folder, partial(_told, saying), first)
        finally:
            os._exit(1)  # it was not killed: its pipe ends, and the killer finds it gone
    os.close(saying)
    with open(hearing, "rb") as pipe:
        first_line = pipe.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) or not first_line:
            raise AssertionError("a victim ended by itself")
        return [json.loads(line) for line in pipe.read().splitlines()]


def looked_at(folder: Path, what: str, log: Log) -> None:
    """Raise AssertionError when something acknowledged is not there, or somebody cannot open what they could."""
    place = folder / PLACE
    reading = door(folder).desk.station.slots(StoreName.BORDER).read()
    log.in_transition += reading.table.stage is Stage.CHANGING
    log.with_copy += bool(list(place.glob("*.rekeyed*")))
    log.half_written += bool(list(place.rglob("*.new")))
    if what == "slots":
        opening = [number for number in range(log.password, log.password + 2) if _officer_opens(folder, number)]
        assert len(opening) == 1, f"password {log.password} was acknowledged, {opening} open"
        log.password = opening[0]
    else:
        assert _officer_opens(folder, 0), "the officer cannot open the store"
    stores = unlocked(folder)
    try:
        assert len(stores) == 2, "a store disappeared"
        with stores[0].reading() as unit:
            head = log.head if log.head.sequence else None
            findings = verify(unit.audit.entries(), expected_head=head)
        assert not findings, [finding.says.in_english() for finding in findings]
        stores[0].check_pages()
    finally:
        close(stores)
    assert not list(place.glob("*.rekeyed*")), "a re-key was not settled"
    assert door(folder).desk.station.slots(StoreName.BORDER).read().table.stage is Stage.STEADY


def _officer_opens(folder: Path, number: int) -> bool:
    try:
        close(unlocked(folder, CHANGING, numbered(number) if number else OFFICER_PASSWORD))
    except SignInRefused:
        (folder / PLACE / WRONG_TRIES).unlink(missing_ok=True)  # the next one is not to wait
        return False
    return True


def fill(folder: Path) -> None:
    """Something to encrypt again."""
    stores = unlocked(folder)
    with stores[0].unit_of_work() as unit:
        for number in range(ROWS):
            unit.settings.put(f"specimen.{number}", SystemRandomness().bytes(4000))
        unit.commit()
    close(stores)


def main() -> None:
    """Kill and look, so many times."""
    folder, what, kills, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    dice, log = random.Random(seed), Log()
    make(folder)
    fill(folder)
    while log.kills < kills:
        for said in victim(folder, what, log.password, dice.uniform(0, LONGEST[what])):
            log.acknowledged += 1
            log.password = int(str(said.get("password", log.password)))
            if "sequence" in said:
                log.head = AuditHead(int(str(said["sequence"])), str(said["hash"]))
        log.kills += 1
        looked_at(folder, what, log)
    print(
        json.dumps(
            {
                "kills": log.kills,
                "acknowledged": log.acknowledged,
                "in_transition": log.in_transition,
                "with_copy": log.with_copy,
                "half_written": log.half_written,
            }
        )
    )


if __name__ == "__main__":
    main()
