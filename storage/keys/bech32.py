# SPDX-License-Identifier: Apache-2.0
"""Writes bytes in Bech32 (BIP-173), the text form in which the age tool takes a secret key."""

from __future__ import annotations

from collections.abc import Iterable

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECK_LETTERS = 6


def encoded(human_part: str, data: bytes) -> str:
    """The lower-case text for ``data``. age has no limit of 90 letters (C2SP age.md)."""
    values = _fives(data)
    prefix = [ord(letter) >> 5 for letter in human_part] + [0] + [ord(letter) & 31 for letter in human_part]
    check = _remainder([*prefix, *values, *[0] * _CHECK_LETTERS]) ^ 1
    check_values = [(check >> 5 * (_CHECK_LETTERS - 1 - place)) & 31 for place in range(_CHECK_LETTERS)]
    return human_part + "1" + "".join(_LETTERS[value] for value in [*values, *check_values])


def _fives(data: bytes) -> list[int]:
    """The bits in groups of five, filled up with zeros."""
    bits = int.from_bytes(data, "big")
    count = -(-len(data) * 8 // 5)
    bits <<= count * 5 - len(data) * 8
    return [(bits >> 5 * (count - 1 - place)) & 31 for place in range(count)]


def _remainder(values: Iterable[int]) -> int:
    """BIP-173, "Checksum"."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            if top >> place & 1:
                check ^= generator
    return check
