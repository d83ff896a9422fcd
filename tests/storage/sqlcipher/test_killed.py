# SPDX-License-Identifier: Apache-2.0
"""Kill the writing process at any moment: what it acknowledged is there, and nothing half."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from station.access.audit import verify
from station.domain.identifiers import EncounterId, ImageId
from tests.storage.sqlcipher.specimens import create, opened

KILLS = 20

WRITER = """
import sys
from pathlib import Path
from station.access.audit import Act
from tests.storage.sqlcipher.specimens import NOON, OFFICER, document, encounter, opened, picture
store = opened(Path(sys.argv[1]))
number = int(sys.argv[2])
data = bytes(20_000)
while True:
    with store.unit_of_work() as unit:
        unit.images.add(picture(f"i{number}", data), data)
        unit.encounters.add_version(encounter(f"e{number}", holder=document(), images=(picture(f"i{number}", data),)))
        unit.audit.append(at=NOON, by=OFFICER, act=Act.ENCOUNTER_RECORDED, subject=f"e{number}", details={})
        unit.commit()
    print(number, flush=True)
    number += 1
"""


def test_twenty_kills_lose_no_acknowledged_record(tmp_path: Path) -> None:
    create(tmp_path)
    draw = random.Random(9)
    there = 0
    for _ in range(KILLS):
        acknowledged = _write_until_killed(tmp_path, there, after=draw.randrange(1, 12))
        there = _whole_encounters(tmp_path, at_least=acknowledged)


def _write_until_killed(folder: Path, first: int, *, after: int) -> int:
    """Kill the writer while it works on the next record after ``after`` acknowledgements; how many exist at least."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(first)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for _ in range(after):
            assert writer.stdout.readline(), "the writer ended by itself"
        writer.kill()
        rest = writer.stdout.read().splitlines()
    return first + after + len(rest)


def _whole_encounters(folder: Path, *, at_least: int) -> int:
    store = opened(folder)
    store.check_pages()
    with store.reading() as unit:
        entries = list(unit.audit.entries())
        assert verify(entries) == ()
        count = len(entries) - 1
        # One more than acknowledged may be durable: the writer was killed between the commit and its word.
        assert at_least <= count <= at_least + 1
        for number in range(count):
            assert unit.encounters.get(EncounterId(f"e{number}")) is not None
            assert unit.images.data(ImageId(f"i{number}")) is not None
        assert unit.encounters.get(EncounterId(f"e{count}")) is None
        assert unit.images.data(ImageId(f"i{count}")) is None
    store.close()
    return count
