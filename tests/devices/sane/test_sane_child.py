# SPDX-License-Identifier: Apache-2.0
"""What SANE's test backend cannot be told to do: give fewer lines than announced, without a word."""

from __future__ import annotations

import pytest

from devices.sane.child import Scanner


class ScriptedError(Exception):
    """The library's one kind of error."""


class ScriptedDevice:
    """A scanner of 4 x ``lines`` grey pixels that announces ``announced`` lines; -1 is SANE's 'not known yet'."""

    def __init__(self, announced: int, lines: int) -> None:
        self.opt: dict[str, object] = {}
        self.dev = self
        self.closed = False
        self._announced, self._lines = announced, lines

    def start(self) -> None:
        """Nothing moves."""

    def cancel(self) -> None:
        """The page is over."""

    def close(self) -> None:
        self.closed = True

    def get_parameters(self) -> tuple[str, int, tuple[int, int], int, int]:
        return "gray", 1, (4, self._announced), 8, 4

    def snap(self, *_: object) -> tuple[bytes, int, int, int, int]:
        return bytes(4 * self._lines), 4, self._lines, 1, 1


class ScriptedLibrary:
    """The part of SANE's Python library that the helper uses."""

    error = ScriptedError

    def __init__(self, device: ScriptedDevice) -> None:
        self._device = device

    def init(self) -> None:
        """Ready."""

    def open(self, _name: str) -> ScriptedDevice:
        return self._device


@pytest.mark.parametrize(
    ("announced", "lines", "status"),
    [(10, 10, "good"), (-1, 10, "good"), (10, 12, "good"), (10, 9, "partial"), (10, 0, "partial")],
)
def test_a_page_with_lines_missing_is_never_taken_for_a_page(announced: int, lines: int, status: str) -> None:
    device = ScriptedDevice(announced, lines)
    scanner = Scanner(ScriptedLibrary(device))
    answer, parts = scanner.handle({"do": "scan", "device": "any", "resolution": 300}, ())
    assert answer["status"] == status
    assert len(parts) == (1 if status == "good" else 0)
    assert device.closed is (status != "good")
