# SPDX-License-Identifier: Apache-2.0
"""Inputs from a number: the same seed, parser and number always make the same bytes, so that a run can be resumed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from tests.fuzz.target import Target

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
_WORDS = (
    b"\x00",
    b"\n",
    b"\r\n",
    b"<",
    b'"',
    b"[",
    b"{",
    b"]",
    b"}",
    b"=",
    b".",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"9" * 30,
)
_SHARE_RANDOM = 0.04
_SHARE_SHAPED = 0.5
_SHARE_WHOLE = 0.25  # of the shaped ones: no bytes are changed afterwards


def input_of(target: Target, seed: int, number: int) -> bytes:
    """The input of this number."""
    dice = random.Random(f"{seed} {target.name} {number}")
    if dice.random() < _SHARE_RANDOM:
        return dice.randbytes(dice.choice((0, 1, 7, 64, 600, 5_000)))
    data = dice.choice(target.corpus)
    if target.shapes and dice.random() < _SHARE_SHAPED:
        for _ in range(dice.choice((1, 1, 2, 3))):
            data = dice.choice(target.shapes)(dice, data)
        if dice.random() < _SHARE_WHOLE:
            return data[: target.most_bytes]
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 5, 9))):
        dice.choice(_CHANGES)(dice, changed, target)
        del changed[target.most_bytes :]
    return bytes(changed)


Change = Callable[[random.Random, bytearray, Target], None]


def _place(dice: random.Random, data: bytearray) -> int:
    return dice.randint(0, len(data))


def _piece(dice: random.Random, data: bytearray) -> bytes:
    start = _place(dice, data)
    return bytes(data[start : start + dice.choice((1, 2, 4, 16, 64, 512, 4096))])


def _flip(dice: random.Random, data: bytearray, _target: Target) -> None:
    if data:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _set(dice: random.Random, data: bytearray, _target: Target) -> None:
    if data:
        data[dice.randrange(len(data))] = dice.randrange(256)


def _digit(dice: random.Random, data: bytearray, _target: Target) -> None:
    if data:
        data[dice.randrange(len(data))] = dice.choice(b"0123456789AZaz<-+eE")


def _number(dice: random.Random, data: bytearray, _target: Target) -> None:
    width = dice.choice((1, 2, 4, 8))
    value = (dice.choice(_NUMBERS) % 256**width).to_bytes(width, dice.choice(("big", "little")))
    place = _place(dice, data)
    data[place : place + width] = value


def _insert(dice: random.Random, data: bytearray, _target: Target) -> None:
    place = _place(dice, data)
    data[place:place] = dice.randbytes(dice.choice((1, 2, 8, 100)))


def _word(dice: random.Random, data: bytearray, target: Target) -> None:
    place = _place(dice, data)
    word = dice.choice((*target.words, *_WORDS))
    data[place : place + dice.choice((0, len(word)))] = word


def _delete(dice: random.Random, data: bytearray, _target: Target) -> None:
    place = _place(dice, data)
    del data[place : place + dice.choice((1, 2, 8, 64, 512, 4096))]


def _cut(dice: random.Random, data: bytearray, _target: Target) -> None:
    del data[_place(dice, data) :]


def _copy(dice: random.Random, data: bytearray, _target: Target) -> None:
    piece, place = _piece(dice, data), _place(dice, data)
    data[place : place + dice.choice((0, len(piece)))] = piece


def _repeat(dice: random.Random, data: bytearray, target: Target) -> None:
    piece, place = dice.choice((_piece(dice, data), dice.choice((*target.words, *_WORDS)))), _place(dice, data)
    room = min(target.most_bytes, dice.choice((50, 500, 5_000, 50_000)))
    data[place:place] = piece * (room // max(1, len(piece)))


def _other(dice: random.Random, data: bytearray, target: Target) -> None:
    other = bytearray(dice.choice(target.corpus))
    data[_place(dice, data) :] = other[_place(dice, other) :]


_CHANGES: tuple[Change, ...] = (
    _flip, _flip, _set, _digit, _number, _insert, _word, _word, _delete, _cut, _copy, _repeat, _other,
)  # fmt: skip

_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 1e308, "", "0", "é\u0000\u202e", "\ud800",
    "A" * 5_000, [], {}, [[]], {"": None}, [None] * 300, "2026-11-22T00:00:00Z", "9999-12-31T23:59:59-23:59", "1e999",
)  # fmt: skip


_MOST_SHAPED = 100_000  # bytes: three shapings, each of three hundred more, would fill the memory of the feeder


def json_shape(dice: random.Random, data: bytes) -> bytes:
    """JSON with one value put in place of another, left out, given twice, or buried deep."""
    if len(data) > _MOST_SHAPED:
        return data
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return data
    places = list(_places(tree))
    if not places:
        return data
    holder, key = dice.choice(places)
    match dice.randrange(5):
        case 0:
            del holder[key]
        case 1:
            other, name = dice.choice(places)
            if holder is not other:
                holder[key] = json.loads(json.dumps(other[name]))
        case 2 if isinstance(holder, list):
            holder.extend([holder[key]] * dice.choice((1, 5, 300)))
        case 3 if isinstance(holder, dict):
            holder[dice.choice(("", "x", "__class__", str(key) + "_"))] = holder.pop(key)
        case _:
            holder[key] = dice.choice(_VALUES)
    text = json.dumps(tree)
    if dice.random() < 0.05:
        deep = dice.choice((20, 500, 2_000))
        text = text.replace("null", "[" * deep + "]" * deep)
    return text.encode()


def _places(tree: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            found.append((node, key))
            waiting.append(node[key])
    return found
