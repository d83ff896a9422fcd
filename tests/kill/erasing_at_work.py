# SPDX-License-Identifier: Apache-2.0
"""The victim: a post that keeps old records and lets them go again, two people agreeing each time, until it is killed.

python -m tests.kill.erasing_at_work FOLDER NUMBER
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

from station.ports.retention import Part
from station.ports.tasks import CancelToken
from station.safekeeping.retention_plan import read_list
from storage.keys.day_keys import FILE_NAME
from tests.station.safekeeping.retention_post import TODAY, RetentionPost

AT_ONCE = 25  # three transactions of an erasure


def say(**promise: object) -> None:
    """Acknowledge."""
    os.write(sys.stdout.fileno(), json.dumps(promise).encode() + b"\n")


def erase(post: RetentionPost, erasure_id: str) -> None:
    """Erase an approved list, acknowledging how far it is."""
    record = next(one for one in post.retention.overview().erasures if one.erasure_id == erasure_id)
    listed = read_list(record.body)
    assert listed is not None
    parts = [(encounter_id, part) for _, encounter_id, part in listed.each()]

    def progress(done: int, _total: int) -> None:
        # Attempts and steps are let go before the record is, which may still wait for its receipt.
        say(erased=[name for name, part in parts[:done] if part is Part.RECORD])

    before = key_ids(post.folder)
    post.retention.erase(erasure_id, CancelToken(), progress)
    say(ended=erasure_id, dropped=sorted(before - key_ids(post.folder)))


def key_ids(folder: Path) -> set[str]:
    """The keys of the days that are there; a day that comes again has another one."""
    return {key["key_id"] for key in json.loads((folder / FILE_NAME).read_bytes())["keys"]}


def main() -> None:
    """Work until killed."""
    number = int(sys.argv[2])
    post = RetentionPost(Path(sys.argv[1]), seed=number)
    post.clock.at = TODAY + timedelta(hours=number)  # time goes on from victim to victim
    say(ready=True)
    unfinished = post.retention.overview().unfinished
    if unfinished is not None:
        erase(post, unfinished.erasure_id)
    turn = 0
    while True:
        names = [f"v{number}-{turn}-{one}" for one in range(AT_ONCE)]
        for place, name in enumerate(names):
            post.keep(name, days=1200 + place, raw=place % 2)
            say(kept=name)
        with post.store.reading() as unit:
            last = unit.exports.last()
            waiting = [str(one) for one in unit.encounters.waiting_for_export(limit=1000)]
        post.export(*waiting, sequence=1 if last is None else last.sequence + 1)
        asked = post.retention.ask_erasure()
        post.approve(asked.request.request_id)
        erase(post, asked.erasure_id)
        turn += 1


if __name__ == "__main__":
    main()
