# SPDX-License-Identifier: Apache-2.0
"""What is being done now and how long it takes, fed from the working thread and read at home."""

from __future__ import annotations

import queue
from dataclasses import dataclass

from station.domain.words import Text
from station.inspection.state import InspectionState
from station.ports.clock import Clock
from ui.presenters.inspect_view import ActivityView
from ui.presenters.inspect_words import WORK


@dataclass(slots=True)
class _Activity:
    who: Text
    does: Text
    began: float
    ended: float | None = None


class Progress:
    """The activities of one piece of work. ``report`` may run on any thread, the rest at home."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._activities: list[_Activity] = []
        self._reports: queue.SimpleQueue[tuple[InspectionState, float]] = queue.SimpleQueue()

    def report(self, state: InspectionState) -> None:
        """A step was kept; any thread."""
        self._reports.put((state, self._clock.monotonic()))

    def begin(self, who: Text, does: Text, *, at: float | None = None) -> None:
        """Something is being done from now on; what was done before has ended."""
        now = self._clock.monotonic() if at is None else at
        self.end(at=now)
        self._activities.append(_Activity(who, does, now))

    def end(self, *, at: float | None = None) -> None:
        """Nothing is being done any more."""
        if self._activities and self._activities[-1].ended is None:
            self._activities[-1].ended = self._clock.monotonic() if at is None else at

    def news(self) -> InspectionState | None:
        """The newest state that was reported since the last call."""
        newest = None
        while not self._reports.empty():
            newest, at = self._reports.get()
            work = WORK.get(newest.stage)
            if work is not None:
                self.begin(*work, at=at)
            else:
                self.end(at=at)
        return newest

    def view(self) -> tuple[ActivityView, ...]:
        """All activities with their tenths of seconds."""
        now = self._clock.monotonic()
        return tuple(
            ActivityView(
                who=done.who,
                does=done.does,
                tenths=int(((now if done.ended is None else done.ended) - done.began) * 10),
                running=done.ended is None,
            )
            for done in self._activities
        )
