# SPDX-License-Identifier: Apache-2.0
"""Chains of marks at one distance from each other: printed lines of fixed pitch, in any direction.

An MRZ is the one text on a page whose characters all stand at the same distance, fillers included. The search
follows that, so that no direction of the page is special.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from station.optical.components import Floats, Marks

Ints = npt.NDArray[np.intp]

_SEED_MARKS = 6  # a chain begins with so many marks in a row, all at one distance
_MOST_MISSES = 5  # marks in a row that may be worn, merged with a neighbour or under a stamp
_FEWEST_HITS = 13
_LONGEST = 60  # characters: more than any line of an MRZ, against patterns that go on for ever


@dataclass(frozen=True, slots=True)
class Chain:
    """A line of marks. ``steps`` counts characters from the first mark, ``points`` has the marks, K x 2 (x, y)."""

    steps: Ints
    points: Floats
    height: float  # median longer side of the marks, pixels

    @property
    def last(self) -> int:
        """The step of the last mark."""
        return int(self.steps[-1])

    @property
    def pitch(self) -> float:
        """Mean distance of neighbouring characters, pixels."""
        return float(np.hypot(*(self.points[-1] - self.points[0]))) / max(1, self.last)

    @property
    def direction(self) -> Floats:
        """Unit vector from the first to the last mark."""
        way = self.points[-1] - self.points[0]
        return np.asarray(way / max(1e-6, float(np.hypot(*way))), np.float32)

    def place(self, steps: npt.ArrayLike) -> Floats:
        """Where characters stand, also beyond the ends, N x 2: quadratic, for perspective and curled pages."""
        wanted = np.asarray(steps, np.float64)
        known = self.steps.astype(np.float64)
        degree = 2 if len(known) >= 12 else 1
        middle, spread = known.mean(), max(1.0, float(np.ptp(known)) / 2)
        columns = [
            np.polynomial.polynomial.polyval(
                (wanted - middle) / spread,
                np.polynomial.polynomial.polyfit((known - middle) / spread, self.points[:, axis], degree),
            )
            for axis in (0, 1)
        ]
        return np.stack(columns, axis=-1).astype(np.float32)


def find_chains(marks: Marks) -> list[Chain]:
    """Lines of fixed pitch, longest first. Each mark belongs to one line at most."""
    if len(marks.sizes) < _SEED_MARKS:
        return []
    taken = np.zeros(len(marks.sizes), bool)
    chains = []
    for seed in _seeds(marks):
        if taken[seed].any():
            continue
        chain, members = _grow(marks, seed)
        if len(members) < _FEWEST_HITS or len(members) < 0.6 * (chain.last + 1):
            continue
        taken[members] = True
        chains.append(chain)
    return sorted(chains, key=lambda chain: -len(chain.steps))


def _seeds(marks: Marks) -> Iterator[Ints]:
    """Rows of marks at one distance, longest first, as indices in order."""
    start, end = _neighbours(marks)
    step = marks.centres[end] - marks.centres[start]
    following = _best_followers(start, end, step, len(marks.sizes))
    has_before = np.zeros(len(start), bool)
    has_before[following[following >= 0]] = True
    rows = []
    for first in np.flatnonzero((following >= 0) & ~has_before):
        row = [int(start[first]), int(end[first])]
        edge = int(following[first])
        while edge >= 0 and len(row) <= _LONGEST:
            row.append(int(end[edge]))
            edge = int(following[edge])
        if len(row) >= _SEED_MARKS:
            rows.append(row)
    rows.sort(key=len, reverse=True)
    return (np.array(row, np.intp) for row in rows)


def _neighbours(marks: Marks) -> tuple[Ints, Ints]:
    """Ordered pairs of marks that may be neighbours in a line: like size, about one size apart."""
    cell = float(np.clip(np.percentile(marks.sizes, 90) * 2.0, 16, 96))
    grid = np.floor(marks.centres / cell).astype(np.int64)
    grid -= grid.min(axis=0) - 1
    wide = int(grid[:, 0].max()) + 2
    key = grid[:, 1] * wide + grid[:, 0]
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts, ends = [], []
    for offset in (dy * wide + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
        low = np.searchsorted(ordered, key + offset, "left")
        counts = np.searchsorted(ordered, key + offset, "right") - low
        one = np.repeat(np.arange(len(key)), counts)
        within = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
        other = order[np.repeat(low, counts) + within]
        away = np.hypot(*(marks.centres[other] - marks.centres[one]).T)
        larger = np.maximum(marks.sizes[one], marks.sizes[other])
        smaller = np.minimum(marks.sizes[one], marks.sizes[other])
        fits = (away >= 0.6 * larger) & (away <= 2.1 * larger) & (smaller >= 0.42 * larger)
        starts.append(one[fits])
        ends.append(other[fits])
    return np.concatenate(starts), np.concatenate(ends)


def _best_followers(start: Ints, end: Ints, step: Floats, count: int) -> Ints:
    """For each pair the pair that goes on most evenly, if both prefer each other; else -1."""
    order = np.argsort(start, kind="stable")
    first = np.searchsorted(start[order], np.arange(count), "left")
    counts = np.searchsorted(start[order], np.arange(count), "right") - first
    fan = counts[end]
    before = np.repeat(np.arange(len(start)), fan)
    within = np.arange(len(before)) - np.repeat(np.cumsum(fan) - fan, fan)
    after = order[np.repeat(first[end], fan) + within]
    bend = np.hypot(*(step[after] - step[before]).T) / np.hypot(*step[before].T)
    smooth = bend < 0.24
    before, after, bend = before[smooth], after[smooth], bend[smooth]
    best_after = _least(before, after, bend, len(start))
    best_before = _least(after, before, bend, len(start))
    mutual = np.full(len(start), -1, np.intp)
    known = np.flatnonzero(best_after >= 0)
    agreed = known[best_before[best_after[known]] == known]
    mutual[agreed] = best_after[agreed]
    return mutual


def _least(group: Ints, value: Ints, cost: Floats, count: int) -> Ints:
    order = np.lexsort((cost, group))
    groups, where = np.unique(group[order], return_index=True)
    best = np.full(count, -1, np.intp)
    best[groups] = value[order][where]
    return best


def _grow(marks: Marks, seed: Ints) -> tuple[Chain, Ints]:
    """Follow the line beyond both ends of its seed, over gaps, and number its characters."""
    members, steps = list(seed), list(range(len(seed)))
    for _ in range(2):  # first onwards, then from the other end
        _follow(marks, members, steps)
        members.reverse()
        steps = [steps[-1] - step for step in reversed(steps)]
    sizes = marks.sizes[members]
    index = np.array(members, np.intp)
    return Chain(np.array(steps, np.intp), marks.centres[index], float(np.median(sizes))), index


def _follow(marks: Marks, members: list[int], steps: list[int]) -> None:
    misses = 0
    while misses <= _MOST_MISSES and steps[-1] < _LONGEST:
        near = slice(-14, None)
        known = np.array(steps[near], np.float64)
        points = marks.centres[members[near]].astype(np.float64)
        centred = known - known.mean()
        slope = centred @ points / (centred @ centred)
        wanted = steps[-1] + misses + 1
        place = points.mean(axis=0) + slope * (wanted - known.mean())
        pitch = float(np.hypot(*slope))
        away = np.hypot(*(marks.centres - place).T)
        found = int(away.argmin())
        tall = float(np.median(marks.sizes[members[near]]))
        fits = away[found] < 0.3 * pitch and 0.35 * tall < marks.sizes[found] < 1.5 * tall
        if fits and found not in members[near]:
            members.append(found)
            steps.append(wanted)
            misses = 0
        else:
            misses += 1
