# SPDX-License-Identifier: Apache-2.0
"""Commands over protocol T=0, which cannot carry data both ways at once: the rest is fetched, a wrong Le corrected.

ISO/IEC 7816-3, 12.2 (how commands are cut), ISO/IEC 7816-4, 5.6 (status words 61xx and 6Cxx).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

Send = Callable[[bytes], tuple[int, bytes]]
"""Carries one command; gives the vendor's code (0 is good) and the response."""

_MORE: Final = 0x61  # as many bytes wait for GET RESPONSE
_WRONG_LENGTH: Final = 0x6C  # as many bytes would have been right
_GET_RESPONSE: Final = 0xC0
_CHANNEL: Final = 0x03  # the bits of CLA that name the logical channel; the others say nothing to GET RESPONSE
_LONGEST: Final = 64 * 1024
_ROUNDS: Final = 300  # 256 bytes each: more than _LONGEST


def converse(send: Send, command: bytes) -> tuple[int, bytes]:
    """One command with its whole response. Gives what ``send`` gave when the chip answers otherwise."""
    code, response = send(_cut(command))
    data = b""
    cla, corrected = command[0] & _CHANNEL, False
    for _ in range(_ROUNDS):
        if code or len(response) < 2:
            return code, response
        announced = response[-1]
        if response[-2] == _WRONG_LENGTH and not corrected and not data:
            corrected = True
            code, response = send(bytes([*command[:4], announced]))
        elif response[-2] == _MORE and len(data) < _LONGEST:
            data += response[:-2]
            code, response = send(bytes([cla, _GET_RESPONSE, 0, 0, announced]))
        else:
            return code, data + response
    return code, data + response


def _cut(command: bytes) -> bytes:
    """Without the Le of a command that also has data: T=0 has no place for it."""
    with_data_and_le = len(command) > 5 and command[4] != 0 and len(command) == 6 + command[4]
    return command[:-1] if with_data_and_le else command
