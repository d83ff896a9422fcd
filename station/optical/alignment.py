# SPDX-License-Identifier: Apache-2.0
"""Characters onto columns: an MRZ has a fixed pitch, so every character has one place and none is too many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from station.optical.tesseract import Symbol

_SKIPPED_SYMBOL = -0.35
_EMPTY_COLUMN = -0.35
_FARTHEST = 1.3  # columns between a character and its place; the engine's boxes are rough
_PULL = 1.0  # weight of the squared distance


def align(symbols: Sequence[Symbol], places: Sequence[float], pitch: float) -> list[Symbol | None]:
    """The symbol of each column, or None. ``places`` are the middles of the columns, ``pitch`` their distance.

    Best path in order: a likely character near its place counts for it, a skipped one and an empty column against.
    """
    rows, columns = len(symbols), len(places)
    middles = np.array([symbol.middle for symbol in symbols])
    chances = np.array([symbol.likely[symbol.character] for symbol in symbols])
    away = np.abs(middles[:, None] - np.asarray(places)[None, :]) / pitch if rows else np.zeros((0, columns))
    gain = np.where(away <= _FARTHEST, 0.4 + 0.6 * chances[:, None] - _PULL * away**2, -np.inf)
    score = np.zeros((rows + 1, columns + 1))
    score[0, :] = _EMPTY_COLUMN * np.arange(columns + 1)
    score[:, 0] = _SKIPPED_SYMBOL * np.arange(rows + 1)
    choice = np.zeros((rows + 1, columns + 1), np.int8)  # 0 both, 1 symbol skipped, 2 column empty
    choice[0, :], choice[1:, 0] = 2, 1
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            ways = (
                score[i - 1, j - 1] + gain[i - 1, j - 1],
                score[i - 1, j] + _SKIPPED_SYMBOL,
                score[i, j - 1] + _EMPTY_COLUMN,
            )
            best = max(range(3), key=ways.__getitem__)
            score[i, j], choice[i, j] = ways[best], best
    aligned: list[Symbol | None] = [None] * columns
    i, j = rows, columns
    while i > 0 or j > 0:
        way = choice[i, j]
        if way == 0:
            i, j = i - 1, j - 1
            aligned[j] = symbols[i]
        elif way == 1:
            i -= 1
        else:
            j -= 1
    return aligned
