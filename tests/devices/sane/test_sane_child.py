# SPDX-License-Identifier: Apache-2.0
"""What SANE's test backend cannot be told to do: give fewer lines than announced, or hang at the end of a page."""

from __future__ import annotations

import threading
from collections.abc import Iterator

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


class HangingDevice(ScriptedDevice):
    """A scanner whose cancel never returns, as SANE's does when it ended a reader in the middle of ``malloc``."""

    def __init__(self, let_go: threading.Event, problem: str | None) -> None:
        super().__init__(10, 10)
        self._let_go, self._problem = let_go, problem

    def cancel(self) -> None:
        self._let_go.wait()

    def snap(self, *how: object) -> tuple[bytes, int, int, int, int]:
        if not (how and how[0]):  # the library cancels by itself unless told not to
            self.cancel()
        if self._problem is not None:
            raise ScriptedError(self._problem)
        return super().snap()


@pytest.fixture
def let_go() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize(
    ("problem", "status"),
    [(None, "good"), ("Document feeder jammed", "jammed"), ("Error during device I/O", "io_error")],
)
def test_a_cancel_that_hangs_hides_neither_the_page_nor_its_fault(
    problem: str | None, status: str, let_go: threading.Event
) -> None:
    device = HangingDevice(let_go, problem)
    scanner = Scanner(ScriptedLibrary(device), ending_seconds=0.05)
    answer, parts = scanner.handle({"do": "scan", "device": "any", "resolution": 300}, ())
    assert answer["status"] == status
    assert answer["stuck"] is True
    assert len(parts) == (1 if problem is None else 0)
    assert not device.closed  # that would hang as well: the station ends the helper


def test_a_helper_whose_cancel_returns_is_used_again() -> None:
    scanner = Scanner(ScriptedLibrary(ScriptedDevice(10, 10)))
    assert "stuck" not in scanner.handle({"do": "scan", "device": "any", "resolution": 300}, ())[0]
