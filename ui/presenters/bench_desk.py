# SPDX-License-Identifier: Apache-2.0
"""What the bench stands on: its rows, the panel that is open, and one device in use at a time. Home thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypedDict, TypeVar, Unpack

from station.bench.acceptance import AcceptanceRun
from station.bench.kit import BenchKit
from station.bench.records import Standings
from station.domain.errors import Cancelled, NoDevice
from station.domain.words import Text, say
from station.ports.devices import DeviceState, HealthState
from station.ports.tasks import CancelToken, TaskRunner
from ui.presenters.bench_actions import actions_of
from ui.presenters.bench_panels import Panel
from ui.presenters.bench_rows import about_device, device_rows
from ui.presenters.bench_testing import steps_view
from ui.presenters.bench_view import BenchMode, BenchState, DeviceRow, LiveView
from ui.presenters.lane import Lane
from ui.presenters.showing import Presenter, Trouble

T = TypeVar("T")

#: Brings a call to the window's thread.
Home = Callable[[Callable[[], None]], None]


class Parts(TypedDict, total=False):
    """The parts of the state that follow from no other."""

    mode: BenchMode
    rows: tuple[DeviceRow, ...]
    chosen: int | None
    view: LiveView | None
    working: Text | None
    trouble: Trouble | None
    told: Text | None


class BenchDesk(Presenter[BenchState]):
    """Rows, panel and lane. ``home`` brings calls to this thread."""

    def __init__(self, kit: BenchKit, runner: TaskRunner, *, home: Home) -> None:
        super().__init__(BenchState())
        self._kit = kit
        self._runner = runner
        self._home = home
        self._lane = Lane(runner)
        self._standings = Standings()
        self._signing = False
        self._run: AcceptanceRun | None = None
        self._panel: Panel | None = None
        self._closed = False
        self._unsubscribe = kit.hands.devices.subscribe(lambda: home(self.devices_changed))

    def refresh(self) -> None:
        """Read the acceptance records and the devices."""
        self._elsewhere(lambda _cancel: self._kit.standings(), self._stand, self._told)
        self.devices_changed()

    def devices_changed(self) -> None:
        """The registry told of a change: the same device stays chosen."""
        if self._closed:
            return
        before = self.row
        rows = device_rows(self._kit.hands.devices.states(), self._standings, self._kit.faults)
        same = [n for n, row in enumerate(rows) if before and _same(row, before)]
        at = same[0] if same else (min(self.state.chosen or 0, len(rows) - 1) if rows else None)
        if before is not None and not same and self.state.mode is BenchMode.LOOKING:
            self._set(rows=rows, chosen=at, view=None)
        else:
            self._set(rows=rows, chosen=at)

    @property
    def row(self) -> DeviceRow | None:
        """The chosen device."""
        at, rows = self.state.chosen, self.state.rows
        return rows[at] if at is not None and at < len(rows) else None

    def choose(self, at: int) -> None:
        """Another device: what was seen of the one before goes away. Not while one is in use."""
        if self.state.mode is BenchMode.LOOKING and 0 <= at < len(self.state.rows) and at != self.state.chosen:
            self._close_panel()
            self._set(chosen=at, view=None, trouble=None, told=None)

    def move(self, by: int) -> None:
        """↑ ↓: in the panel where one is open, else among the devices."""
        if self._panel is not None:
            self._panel.move(by)
        elif self.state.chosen is not None:
            self.choose(self.state.chosen + by)

    def close(self) -> None:
        """The page goes away, and with it everything that was captured."""
        self._closed = True
        self._unsubscribe()
        self._lane.drop()
        self._run = self._panel = None
        self.show_on(None)
        self._state = BenchState()

    def _use(
        self,
        says: Text,
        work: Callable[[CancelToken], T],
        done: Callable[[T], None],
        *,
        mode: BenchMode = BenchMode.WORKING,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        """One use of a device by the bench, alone on its lane."""
        back = BenchMode.TESTING if self._run is not None else BenchMode.LOOKING

        def home(outcome: T) -> None:
            self._set(mode=back, working=None)
            done(outcome)

        def stopped(problem: BaseException) -> None:
            self._set(mode=back, working=None)
            if failed is not None:
                failed(problem)
            elif isinstance(problem, Cancelled):
                self._set(told=say("Stopped."))
            else:
                self._told(Trouble.of(problem))

        self._close_panel()
        self._set(mode=mode, working=says, view=None, trouble=None, told=None)
        self._lane.start(work, done=home, failed=stopped)

    def _elsewhere(
        self, work: Callable[[CancelToken], T], done: Callable[[T], None], failed: Callable[[Trouble], None]
    ) -> None:
        """Short work on disk: not on the lane, so that the device in use goes on."""

        def home(outcome: T) -> None:
            if not self._closed:
                done(outcome)

        def problem_home(problem: BaseException) -> None:
            if not self._closed and not isinstance(problem, Cancelled):
                failed(Trouble.of(problem))

        self._runner.run(work, done=home, failed=problem_home)

    def _stand(self, standings: Standings) -> None:
        self._standings = standings
        self.devices_changed()

    def _told(self, trouble: Trouble) -> None:
        self._set(trouble=trouble)

    def _info(self, row: DeviceRow) -> DeviceState:
        """The device as the registry knows it now. Raises NoDevice."""
        for state in self._kit.hands.devices.states():
            if state.info.device_id == row.device_id:
                return state
        raise NoDevice(say("{device} is not attached any more.", device=row.name), say("Plug it in and try again."))

    def _is_gone(self, device_id: str) -> bool:
        return any(
            state.info.device_id == device_id and state.health.state is HealthState.GONE
            for state in self._kit.hands.devices.states()
        )

    def _open(self, panel: Panel) -> None:
        self._panel = panel
        self._set(trouble=None)

    def _close_panel(self) -> None:
        self._panel = None

    def _end_panel(self) -> None:
        self._close_panel()
        self.refresh()  # the panel may have changed a setting, and with it what is due
        self._redraw()

    def _redraw(self) -> None:
        self._set()

    def _set(self, **parts: Unpack[Parts]) -> None:
        """Show another state; what follows from other parts is made here and nowhere else."""
        if self._closed:
            return
        state = replace(self.state, **parts)
        state = replace(
            state,
            steps=None if self._run is None else steps_view(self._run),
            panel=None if self._panel is None else self._panel.view(),
        )
        row = state.rows[state.chosen] if state.chosen is not None and state.chosen < len(state.rows) else None
        about = None if row is None else about_device(row)
        self._show(replace(state, about=about, actions=() if self._signing else actions_of(state, row, self._kit)))


def _same(row: DeviceRow, other: DeviceRow) -> bool:
    return (row.device_id, row.role.name) == (other.device_id, other.role.name)
