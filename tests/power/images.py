# SPDX-License-Identifier: Apache-2.0
"""Cuts the power at many moments of a recording, opens what the disk then holds, and counts what was lost."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.power.disk import Cut, Disk
from tests.power.promises import DoesNotOpen, Lost, Promise
from tests.power.recording import Event, Kind

#: Looks at a folder and raises Lost or DoesNotOpen. It may write into it.
Examine = Callable[[Path, Sequence[Promise]], None]


@dataclass(slots=True)
class Outcome:
    """What became of the images of one recording."""

    work: str
    events: int = 0
    acknowledged: int = 0
    images: int = 0
    different: int = 0
    lost: int = 0
    unopened: int = 0
    cuts: Counter[Cut] = field(default_factory=Counter)
    first_words: list[str] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """Images that break the promise."""
        return self.lost + self.unopened

    def note(self, kind: str, problem: AssertionError, where: str) -> None:
        """One image that breaks the promise."""
        setattr(self, kind, getattr(self, kind) + 1)
        if len(self.first_words) < 5:
            self.first_words.append(f"{kind} {where}: {problem}")


def cut_the_power(
    work: str,
    before: Disk,
    events: Sequence[Event],
    examine: Examine,
    *,
    count: int,
    seed: int,
    room: Path,
) -> Outcome:
    """Examine ``count`` images of a recording that began in the state ``before``.

    Moments are drawn over the whole recording, most of them where something is unsynced.
    """
    dice = random.Random(f"{seed} {work}")
    outcome = Outcome(work, events=len(events), acknowledged=sum(event.kind is Kind.SAID for event in events))
    moments = sorted(_moments(before, events, count, dice))
    disk, promises, seen, done = copy.deepcopy(before), list[Promise](), set[bytes](), 0
    heard = b""
    for moment in moments:
        for event in events[done:moment]:
            disk.apply(event)
            if event.kind is Kind.SAID:
                heard += event.data
        done = moment
        promises += [json.loads(line) for line in heard.splitlines()]
        heard = b""
        how = dice.choice(tuple(Cut))
        target = room / "image"
        shutil.rmtree(target, ignore_errors=True)
        disk.cut(how, dice, target)
        seen.add(_fingerprint(target))
        outcome.images += 1
        outcome.cuts[how] += 1
        where = f"after event {moment}, {how.value}"
        try:
            examine(target, tuple(promises))
        except Lost as problem:
            outcome.note("lost", problem, where)
        except DoesNotOpen as problem:
            outcome.note("unopened", problem, where)
    outcome.different = len(seen)
    shutil.rmtree(room / "image", ignore_errors=True)
    return outcome


def _moments(before: Disk, events: Sequence[Event], count: int, dice: random.Random) -> list[int]:
    disk, unsettled = copy.deepcopy(before), list[int]()
    for number, event in enumerate(events, start=1):
        disk.apply(event)
        if disk.unsynced:
            unsettled.append(number)
    return [dice.choice(unsettled) if dice.random() < 0.9 else dice.randint(0, len(events)) for _ in range(count)]


def _fingerprint(folder: Path) -> bytes:
    whole = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.rglob("*")):
        whole.update(str(path.relative_to(folder)).encode())
        if path.is_file():
            whole.update(path.read_bytes())
    return whole.digest()
