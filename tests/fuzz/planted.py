# SPDX-License-Identifier: Apache-2.0
"""Parsers that do what no parser may: the fuzzer must find each of them out."""

from __future__ import annotations

from tests.fuzz.target import Target


def _error(data: bytes) -> None:
    if data.endswith(b"\xff"):
        data.decode()


def _hang(data: bytes) -> None:
    while data.endswith(b"\xff"):
        pass


def _hunger(data: bytes) -> None:
    if data.endswith(b"\xff"):
        bytearray(300 * 1024 * 1024)


_TAKES = {"planted-error": _error, "planted-hang": _hang, "planted-hunger": _hunger}


def target(name: str) -> Target:
    """The parser with this fault."""
    return Target(name=name, corpus=[b"specimen"], take=_TAKES[name], words=[b"\xff"])
