# SPDX-License-Identifier: Apache-2.0
"""What every presenter does: keep one frozen state, and tell the page when it is another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from station.domain.errors import StationError
from station.domain.words import Text, say

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What stands in the way, and the next step."""

    cause: Text
    next_step: Text

    @classmethod
    def of(cls, problem: BaseException) -> Trouble:
        """What a page says of a problem. A bug has no words of its own: it was logged where it was delivered."""
        if isinstance(problem, StationError):
            return cls(cause=problem.cause, next_step=problem.next_step)
        return cls(
            cause=say("The program made a mistake. What was saved is kept."),
            next_step=say("Try again. If it happens again, call a technician."),
        )


class Presenter(Generic[S]):
    """Keeps the state of one page. Everything happens on the thread that made it."""

    def __init__(self, first: S) -> None:
        self._state = first
        self._render: Callable[[S], None] | None = None

    @property
    def state(self) -> S:
        """What the page shows now."""
        return self._state

    def show_on(self, render: Callable[[S], None] | None) -> None:
        """Let ``render`` see this state and every later one; None lets go of the page."""
        self._render = render
        if render is not None:
            render(self._state)

    def _show(self, state: S) -> None:
        self._state = state
        if self._render is not None:
            self._render(state)
