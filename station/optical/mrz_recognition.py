# SPDX-License-Identifier: Apache-2.0
"""Grey picture in, MRZ out: locate, straighten, read every line twice, judge. Runs in a helper process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

import cv2
import numpy as np

from station.mrtd.mrz import parse
from station.optical.alignment import align
from station.optical.components import Grey
from station.optical.judgement import FIRM, UNSEEN, Cell, Judgement, judge
from station.optical.mrz_location import LocatedLine, LocatedZone, locate
from station.optical.reasons import NotRead
from station.optical.strips import STRIP_PITCH, column_middle, levelled, places_along, rectify, upright
from station.optical.tesseract import Symbol, Tesseract

_SECOND_SCALE = 0.8  # the second opinion sees the same strip in other pixels: chance errors differ, true ones stay
_CLEAR_DIRECTION = 0.6
_READABLE = 0.5  # mean chance of a character; patterns that are no text stay far below
_BEYOND = 4  # columns on each side that are looked at when a zone does not hold together
_MOST_READ = 3  # zones of one picture; more candidates are patterns


@dataclass(frozen=True, slots=True)
class ReadZone:
    """A zone as judged, and where it stands: corners as ``LocatedZone.outline`` gives them."""

    judgement: Judgement
    outline: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All zones of a picture. ``why_not`` says why there are none. Times are processor milliseconds."""

    zones: tuple[ReadZone, ...]
    why_not: NotRead | None
    locate_ms: float
    recognise_ms: float


def recognise(grey: Grey, tesseract: Tesseract, *, today: date) -> Reading:
    """Find and read every MRZ of a picture, in any of four orientations and between them."""
    begun = time.process_time()
    candidates = locate(grey)
    located = time.process_time()
    zones: list[ReadZone] = []
    for candidate in candidates[:_MOST_READ]:
        if any(_inside(candidate, zone.outline) for zone in zones):
            continue
        zone, clear = upright(grey, candidate)
        if zones and clear < _CLEAR_DIRECTION:
            continue  # a second zone without clear fillers is a pattern, and costs as much as the first
        ways = [zone] if clear >= _CLEAR_DIRECTION else [zone, zone.turned()]
        read = [_read(grey, way, tesseract, today=today) for way in ways]
        best = max(read, key=lambda one: one.judgement.strength)
        if best.judgement.strength >= _READABLE and _has_fillers(best.judgement):
            zones.append(best)
    why_not = None
    if not zones:
        why_not = NotRead.ILLEGIBLE if candidates and candidates[0].confidence > 0.8 else NotRead.NO_ZONE
    done = time.process_time()
    return Reading(tuple(zones), why_not, (located - begun) * 1000, (done - located) * 1000)


def _read(grey: Grey, zone: LocatedZone, tesseract: Tesseract, *, today: date) -> ReadZone:
    """Read a zone in its direction. Where it does not hold together, look for its ends beyond what was located."""
    rows = _rows(grey, zone, tesseract)
    best = _best_window(rows, zone, (zone.columns,), today=today)
    if parse(best.judgement.lines, today=today).valid or _ends_are_clear(rows):
        return best
    wide = _moved(zone, -_BEYOND, zone.columns + 2 * _BEYOND)
    columns = (30,) if len(zone.lines) == 3 else (36, 44)
    other = _best_window(_rows(grey, wide, tesseract), wide, columns, today=today)
    return other if parse(other.judgement.lines, today=today).valid else best


def _ends_are_clear(rows: list[list[Cell]]) -> bool:
    """Whether something firm stands in the first and the last column of every line, as located."""
    return all(
        any(cell.chance(character) >= FIRM for character in cell.candidates())
        for row in rows
        for cell in (row[1], row[-2])
    )


def _rows(grey: Grey, zone: LocatedZone, tesseract: Tesseract) -> list[list[Cell]]:
    """What two opinions saw at each place, with one column more at each end."""
    rows = []
    for line in zone.lines:
        strip = levelled(rectify(grey, line))
        smaller = cv2.resize(strip, None, fx=_SECOND_SCALE, fy=_SECOND_SCALE, interpolation=cv2.INTER_AREA)
        first = _columns_of(tesseract.read_line(strip), zone.columns, 1.0)
        second = _columns_of(tesseract.read_line(np.asarray(smaller, np.uint8)), zone.columns, _SECOND_SCALE)
        rows.append([_cell(one, other) for one, other in zip(first, second, strict=True)])
    return rows


def _best_window(rows: list[list[Cell]], zone: LocatedZone, widths: tuple[int, ...], *, today: date) -> ReadZone:
    """The window of a layout's width that holds together, else the one with most in it, the middle one first."""
    windows = []
    for columns in widths:
        spare = len(rows[0]) - columns
        for start in sorted(range(spare + 1), key=lambda start: abs(2 * start - spare)):
            judgement = judge([row[start : start + columns] for row in rows], today=today)
            windows.append((parse(judgement.lines, today=today).valid, judgement, start))
    # Check digits choose among places of the whole zone here, never among characters.
    _, judgement, start = max(windows, key=lambda window: (window[0], round(window[1].strength, 2)))
    return ReadZone(judgement, _moved(zone, start - 1, len(judgement.lines[0])).outline())


def _moved(zone: LocatedZone, start: int, columns: int) -> LocatedZone:
    """The zone from column ``start`` of its own numbering on, ``columns`` wide."""
    if start == 0 and columns == zone.columns:
        return zone
    steps = np.arange(start, start + columns, dtype=np.float64)
    lines = tuple(LocatedLine(places_along(line.middles, steps).astype(np.float32)) for line in zone.lines)
    return LocatedZone(lines, zone.confidence)


def _columns_of(symbols: list[Symbol], columns: int, scale: float) -> list[Symbol | None]:
    """Symbols by column, with one column more at each end."""
    places = [column_middle(column) * scale for column in range(-1, columns + 1)]
    return align(symbols, places, STRIP_PITCH * scale)


def _cell(first: Symbol | None, second: Symbol | None) -> Cell:
    return Cell(first.likely if first else {}, second.likely if second else {})


def _has_fillers(judgement: Judgement) -> bool:
    """Every MRZ parts or fills its names with fillers; a grid of letters that is none does not."""
    text = "".join(judgement.raw_lines)
    return "<" in text and text.count(UNSEEN) < 0.4 * len(text)


def _inside(candidate: LocatedZone, outline: tuple[tuple[float, float], ...]) -> bool:
    middle = np.mean([line.middles.mean(axis=0) for line in candidate.lines], axis=0)
    corners = np.array(outline, np.float32)
    return cv2.pointPolygonTest(corners, (float(middle[0]), float(middle[1])), measureDist=False) >= 0
