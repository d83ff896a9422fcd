# SPDX-License-Identifier: Apache-2.0
"""What a fuzzer has to know of one parser."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Makes another input of a valid or half-valid one, knowing its structure.
Shape = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """``take`` gives one input to the parser; only ``declared`` may come out of it.

    ``corpus`` holds inputs that the parser accepts, ``words`` what means something to it. ``few`` is the number of
    inputs in the ordinary suite. ``clock`` measures one input: processor time, or, where another process does the work,
    the time on the wall. ``end`` lets go of what the parser holds.
    """

    name: str
    corpus: Sequence[bytes]
    take: Callable[[bytes], object]
    declared: tuple[type[Exception], ...] = ()
    words: Sequence[bytes] = ()
    shapes: Sequence[Shape] = ()
    most_bytes: int = 64 * 1024
    few: int = 3_000
    clock: Callable[[], float] = time.process_time
    end: Callable[[], object] = lambda: None
