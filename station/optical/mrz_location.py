# SPDX-License-Identifier: Apache-2.0
"""Where the MRZ stands: two or three parallel chains of one pitch, in any direction, on any part of the page.

Formats are told apart by rows and columns: three lines of 30, two of 36, two of 44.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from station.optical.chains import Chain, find_chains
from station.optical.components import Floats, Grey, Marks, find_marks

_WORK_SIDES = (1200, 2400)  # pixels of the longer side; the second for a small document on a large page
_LARGEST_UPSCALE = 3.0
_LINE_DISTANCE = (1.5, 3.8)  # between neighbouring lines, in pitches; Doc 9303-3 prints 2.5
_NOMINAL_DISTANCE = 2.5
_COLUMNS = {3: (30,), 2: (44, 36, 30), 1: (44, 36, 30)}
_MOST_ZONES = 4


@dataclass(frozen=True, slots=True)
class LocatedLine:
    """One line: where the middle of each character stands, C x 2 (x, y), pixels of the picture, in reading order."""

    middles: Floats

    @property
    def pitch(self) -> float:
        """Mean distance of neighbouring characters, pixels."""
        return float(np.hypot(*(self.middles[-1] - self.middles[0]))) / (len(self.middles) - 1)


@dataclass(frozen=True, slots=True)
class LocatedZone:
    """One MRZ, read in one of its two directions. ``confidence`` is the share of characters seen as marks, 0 to 1."""

    lines: tuple[LocatedLine, ...]
    confidence: float

    @property
    def columns(self) -> int:
        """Characters per line."""
        return len(self.lines[0].middles)

    def turned(self) -> LocatedZone:
        """The same zone read upside down."""
        lines = tuple(LocatedLine(line.middles[::-1].copy()) for line in reversed(self.lines))
        return LocatedZone(lines, self.confidence)

    def outline(self) -> tuple[tuple[float, float], ...]:
        """Corners (x, y) x 4, clockwise from the start of line 1 as printed."""
        first, last = self.lines[0], self.lines[-1]
        corners = []
        for line, column, up in ((first, 0, 1), (first, -1, 1), (last, -1, -1), (last, 0, -1)):
            along = (line.middles[-1] - line.middles[0]) / (len(line.middles) - 1)
            upwards = np.array([along[1], -along[0]]) * up
            outwards = along * (-0.6 if column == 0 else 0.6)
            corner = line.middles[column] + outwards + upwards * 0.8
            corners.append((round(float(corner[0]), 1), round(float(corner[1]), 1)))
        return tuple(corners)


def locate(grey: Grey) -> list[LocatedZone]:
    """Zones of a grey picture, best first; empty when there is no MRZ, which takes no longer than finding one.

    Which of its two directions a zone is read in is left open: see ``LocatedZone.turned``.
    """
    longer = max(grey.shape)
    for side in _WORK_SIDES:
        scale = min(_LARGEST_UPSCALE, side / longer)
        if side != _WORK_SIDES[0] and longer <= _WORK_SIDES[0] * 1.25:
            break
        zones = _zones(_scaled(grey, scale))
        if zones:
            return [_in_picture(zone, scale) for zone in zones]
    return []


def _scaled(grey: Grey, scale: float) -> Grey:
    if abs(scale - 1) < 0.02:
        return grey
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def _in_picture(zone: LocatedZone, scale: float) -> LocatedZone:
    # The middle of a pixel keeps its place when a picture is scaled.
    lines = tuple(LocatedLine(((line.middles + 0.5) / scale - 0.5).astype(np.float32)) for line in zone.lines)
    return LocatedZone(lines, zone.confidence)


def _zones(grey: Grey) -> list[LocatedZone]:
    marks = find_marks(grey)
    chains = find_chains(marks)
    found: list[tuple[float, LocatedZone]] = []
    used: set[int] = set()
    for group in _groups(chains):
        if used & set(group) or len(found) == _MOST_ZONES:
            continue
        fitted = _fit([chains[index] for index in group], marks)
        if fitted is not None:
            found.append(fitted)
            used |= set(group)
    found.sort(key=lambda scored: -scored[0])
    return [zone for _, zone in found]


def _groups(chains: list[Chain]) -> list[tuple[int, ...]]:
    """Chains that may be the lines of one zone, most marks first, then single long ones."""
    pairs = {
        (one, other): distance
        for one, other in itertools.combinations(range(len(chains)), 2)
        if (distance := _line_distance(chains[one], chains[other])) is not None
    }
    groups: list[tuple[int, ...]] = [pair for pair, d in pairs.items() if d < _LINE_DISTANCE[1]]
    for trio in itertools.combinations(range(len(chains)), 3):
        distances = [pairs.get(pair) for pair in itertools.combinations(trio, 2)]
        near = sorted(distance for distance in distances if distance is not None)
        if len(near) == 3 and near[2] < 2.4 * near[0] and near[1] < 1.25 * near[0]:
            groups.append(trio)
    groups += [(index,) for index, chain in enumerate(chains) if len(chain.steps) >= 26]
    wanted = {3: 30, 2: 44, 1: 44}

    def worth(group: tuple[int, ...]) -> float:
        return sum(min(wanted[len(group)], len(chains[index].steps)) for index in group)

    return sorted(groups, key=worth, reverse=True)


def _line_distance(one: Chain, other: Chain) -> float | None:
    """Distance of two lines in pitches, when they may belong to one zone."""
    if not 0.9 < one.pitch / other.pitch < 1.11 or not 0.6 < one.height / other.height < 1.67:
        return None
    along = one.direction
    if abs(float(along @ other.direction)) < 0.996:  # 5 degrees
        return None
    pitch = (one.pitch + other.pitch) / 2
    apart = other.points.mean(axis=0) - one.points.mean(axis=0)
    distance = abs(float(along[0] * apart[1] - along[1] * apart[0])) / pitch
    shift = abs(float(along @ apart)) / pitch
    if not _LINE_DISTANCE[0] < distance < 2 * _LINE_DISTANCE[1] or shift > 14:
        return None
    return distance


def _fit(chains: list[Chain], marks: Marks) -> tuple[float, LocatedZone] | None:
    """Give the lines of a group one numbering, decide the columns, and complete what is missing by geometry."""
    lead = max(chains, key=lambda chain: len(chain.steps))
    numbered = [_numbered(chain, lead) for chain in chains]
    best: tuple[float, int, int, tuple[int, ...]] | None = None
    for columns in _COLUMNS[len(chains)]:
        for shifts in itertools.product(*(shift for shift, _ in numbered)):
            steps = [own + shift for shift, (_, own) in zip(shifts, numbered, strict=True)]
            low, high = min(int(s.min()) for s in steps), max(int(s.max()) for s in steps)
            for start in range(low - 3, max(low, high - columns + 1) + 4):
                inside = [int(np.unique(s[(s >= start) & (s < start + columns)]).size) for s in steps]
                outside = sum(len(np.unique(s)) for s in steps) - sum(inside)
                score = 2 * sum(inside) - columns * len(steps) - 1.0 * outside
                if min(inside) >= 0.4 * columns and (best is None or score > best[0]):
                    best = (score, columns, start, shifts)
    if best is None:
        return None
    score, columns, start, shifts = best
    numbers = np.arange(start, start + columns)
    lines = [
        LocatedLine(_places(chain, lead, shift, own + shift, numbers))
        for chain, shift, (_, own) in zip(chains, shifts, numbered, strict=True)
    ]
    lines = _in_order(lines)
    while len(lines) < (3 if columns == 30 else 2):
        more = _completed(lines, marks)
        if more is None:
            return None
        lines = more
    seen = float(np.mean([_seen(line.middles, marks) for line in lines]))
    if seen < 0.55:
        return None
    return score, LocatedZone(tuple(lines), round(seen, 3))


def _numbered(chain: Chain, lead: Chain) -> tuple[tuple[int, ...], npt.NDArray[np.int64]]:
    """Possible shifts of a chain's steps onto the lead's numbering, and its steps in the lead's direction."""
    same = float(chain.direction @ lead.direction) > 0
    own = chain.steps.astype(np.int64) if same else (chain.last - chain.steps).astype(np.int64)
    samples = np.arange(-20, 70, 0.25)
    places = lead.place(samples)
    along = (chain.points[:, None, :] - places[None, :, :]) @ lead.direction
    shift = float(np.median(samples[np.abs(along).argmin(axis=1)] - own))
    part = shift - np.floor(shift)
    if chain is lead:
        return (0,), own
    if 0.3 < part < 0.7:
        return (int(np.floor(shift)), int(np.floor(shift)) + 1), own
    return (round(shift),), own


def _places(
    chain: Chain, lead: Chain, shift: int, steps: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64]
) -> Floats:
    """Where the characters of a line stand; a line seen in part follows the curve of the lead."""
    if chain is lead:
        return lead.place(numbers)
    inside = (steps >= numbers[0]) & (steps <= numbers[-1])
    known, points = steps[inside], chain.points[inside]
    covered = (int(known.max()) - int(known.min()) + 1) / len(numbers)
    if covered > 0.9:
        tidy = Chain((known - known.min()).astype(np.intp), points, chain.height)
        return tidy.place(numbers - int(known.min()))
    beside = points - lead.place(known)
    curve = [np.polynomial.polynomial.Polynomial.fit(known, beside[:, axis], 1) for axis in (0, 1)]
    offset = np.stack([np.asarray(part(numbers), np.float32) for part in curve], axis=-1)
    return (lead.place(numbers) + offset).astype(np.float32)


def _in_order(lines: list[LocatedLine]) -> list[LocatedLine]:
    """Lines from top to bottom for the direction they are numbered in."""
    along = lines[0].middles[-1] - lines[0].middles[0]
    down = np.array([-along[1], along[0]])
    return sorted(lines, key=lambda line: float(line.middles.mean(axis=0) @ down))


def _completed(lines: list[LocatedLine], marks: Marks) -> list[LocatedLine] | None:
    """One more line where the distance of lines says, if marks stand there."""
    along = (lines[0].middles[-1] - lines[0].middles[0]) / (len(lines[0].middles) - 1)
    down = np.array([-along[1], along[0]]) * _NOMINAL_DISTANCE
    if len(lines) == 2:
        down = (lines[1].middles - lines[0].middles).mean(axis=0)
    candidates = [lines[0].middles - down, lines[-1].middles + down]
    if len(lines) == 2:
        candidates.append((lines[0].middles + lines[1].middles) / 2)
    best = max(candidates, key=lambda middles: _seen(middles, marks))
    if _seen(best, marks) < 0.4:
        return None
    return _in_order([*lines, LocatedLine(best.astype(np.float32))])


def _seen(middles: npt.NDArray[np.floating], marks: Marks) -> float:
    """The share of places where a mark of a fitting size stands."""
    pitch = float(np.hypot(*(middles[-1] - middles[0]))) / (len(middles) - 1)
    corner = middles.min(axis=0) - pitch
    near = ((marks.centres > corner) & (marks.centres < middles.max(axis=0) + pitch)).all(axis=1)
    near &= (marks.sizes > 0.35 * pitch) & (marks.sizes < 1.9 * pitch)
    if not near.any():
        return 0.0
    away = np.hypot(*(middles[:, None, :] - marks.centres[near][None, :, :]).transpose(2, 0, 1))
    return float((away.min(axis=1) < 0.4 * pitch).mean())
