# SPDX-License-Identifier: Apache-2.0
"""What the bench stands on: its rows, the panel that is open, and one device in use at a time. Home thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypedDict, TypeVar, Unpack

from station.bench.acceptance import AcceptanceRun
from station.bench.kit import BenchKit
from station.bench.records import Standings
from station.domain.errors import Cancelled, DeviceBusy, DeviceError, DeviceRemoved, ImageRefused, NoDevice
from station.domain.words import Text, say
from station.ports.bench import DeviceSettingsGroup
from station.ports.devices import DeviceState, HealthState
from station.ports.tasks import CancelToken, TaskRunner
from ui.presenters.bench_actions import actions_of
from ui.presenters.bench_panels import Panel
from ui.presenters.bench_rows import (
    about_device,
    about_driver,
    about_nothing,
    away,
    device_rows,
    idle_drivers,
    trouble_with,
    with_last_try,
)
from ui.presenters.bench_testing import steps_view
from ui.presenters.bench_view import BenchMode, BenchState, DeviceRow, DriverRow, LiveView
from ui.presenters.lane import Lane
from ui.presenters.showing import Presenter, Trouble

T = TypeVar("T")
_Key = tuple[str, str]  # a device in a role

#: Brings a call to the window's thread.
Home = Callable[[Callable[[], None]], None]


class Parts(TypedDict, total=False):
    """The parts of the state that follow from no other."""

    mode: BenchMode
    rows: tuple[DeviceRow, ...]
    idle: tuple[DriverRow, ...]
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
        self._groups: tuple[DeviceSettingsGroup, ...] = ()
        self._failed: dict[_Key, Text] = {}
        self._closed = False
        self._unsubscribe = kit.hands.devices.subscribe(lambda: home(self.devices_changed))

    def refresh(self) -> None:
        """Read the acceptance records and the devices."""
        self._elsewhere(lambda _cancel: self._kit.standings(), self._stand, self._told)
        self._elsewhere(lambda _cancel: tuple(self._kit.settings.groups()), self._grouped, self._told)
        self.devices_changed()

    def devices_changed(self) -> None:
        """The registry told of a change: the same device stays chosen, and the one that is asked about stays listed."""
        if self._closed:
            return
        before, driver = self.row, self.driver_row
        rows = self._rows()
        same = [n for n, row in enumerate(rows) if before and _same(row, before)]
        if before is not None and not same and self._in_hand:
            at = min(self.state.chosen or 0, len(rows))
            rows, same = (*rows[:at], away(before), *rows[at:]), [at]
        idle = self._idle()
        if driver is not None and (self.state.rows or not rows or self._in_hand):
            names = [*(row.driver for row in rows), *(row.driver for row in idle)]
            same = [n for n, name in enumerate(names) if name == driver.driver]
        count = len(rows) + len(idle)
        at_most = min(self.state.chosen or 0, count - 1) if driver is None or self.state.rows else 0
        chosen = same[0] if same else (at_most if count else None)
        if before is not None and not same and self.state.mode is BenchMode.LOOKING:
            self._set(rows=rows, idle=idle, chosen=chosen, view=None)
        else:
            self._set(rows=rows, idle=idle, chosen=chosen)

    def look_again(self) -> None:
        """Why a driver has nothing is told by nobody: the page asks now and then while a reason is not known yet."""
        if not self._closed and self._idle() != self.state.idle:
            self.devices_changed()

    @property
    def row(self) -> DeviceRow | None:
        """The chosen device."""
        at, rows = self.state.chosen, self.state.rows
        return rows[at] if at is not None and at < len(rows) else None

    @property
    def driver_row(self) -> DriverRow | None:
        """The chosen driver, where it is one without a device."""
        return _driver_of(self.state)

    @property
    def _in_hand(self) -> bool:
        """Whether something is asked about the chosen device or done with it: no other may seem to be meant."""
        return self.state.mode is not BenchMode.LOOKING or self._panel is not None or self._run is not None

    def _rows(self) -> tuple[DeviceRow, ...]:
        rows = device_rows(self._kit.hands.devices.states(), self._standings, self._kit.faults)
        return tuple(with_last_try(row, self._failed.get(_key(row))) for row in rows)

    def _idle(self) -> tuple[DriverRow, ...]:
        devices = self._kit.hands.devices
        return idle_drivers(self._groups, devices.states(), devices.why_nothing())

    def choose(self, at: int) -> None:
        """Another device: what was seen of the one before goes away. Not while one is in use."""
        count = len(self.state.rows) + len(self.state.idle)
        if self.state.mode is BenchMode.LOOKING and 0 <= at < count and at != self.state.chosen:
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
        self._failed.clear()
        self._show(BenchState())  # the page lets go of its pictures and lines too
        self.show_on(None)

    def _use(
        self,
        says: Text,
        work: Callable[[CancelToken], T],
        done: Callable[[T], None],
        *,
        mode: BenchMode = BenchMode.WORKING,
        failed: Callable[[BaseException], None] | None = None,
        of: DeviceRow | None = None,
    ) -> None:
        """One use of a device by the bench, alone on its lane. How it ended is told in the row ``of``."""
        back = BenchMode.TESTING if self._run is not None else BenchMode.LOOKING

        def home(outcome: T) -> None:
            self._set(mode=back, working=None)
            self._tried(of, None)
            done(outcome)

        def stopped(problem: BaseException) -> None:
            self._set(mode=back, working=None)
            self._tried(of, problem)
            if failed is not None:
                failed(problem)
            elif isinstance(problem, Cancelled):
                self._set(told=say("Stopped."))
            else:
                self._told(trouble_with(of, problem))

        self._close_panel()
        self._set(mode=mode, working=says, view=None, trouble=None, told=None)
        self._lane.start(work, done=home, failed=stopped)

    def _tried(self, row: DeviceRow | None, problem: BaseException | None) -> None:
        """Keep why the last try of a device failed. A stop, a pulled plug and use by the work say nothing of it."""
        if row is None or isinstance(problem, Cancelled | DeviceBusy | DeviceRemoved | NoDevice):
            return
        if isinstance(problem, ImageRefused) or (isinstance(problem, DeviceError) and problem.troubles_the_device):
            self._failed[_key(row)] = trouble_with(row, problem).cause
        else:
            self._failed.pop(_key(row), None)
        self.devices_changed()

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

    def _grouped(self, groups: tuple[DeviceSettingsGroup, ...]) -> None:
        first, self._groups = not self._groups, groups
        self.devices_changed()
        if first and not self.state.rows:
            self.choose(0)

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
        driver = _driver_of(state)
        if row is not None:
            about = about_device(row)
        elif driver is not None and state.rows:
            about = about_driver(driver)
        else:
            about = about_nothing(state.idle)
        self._show(replace(state, about=about, actions=() if self._signing else actions_of(state, row, self._kit)))


def _driver_of(state: BenchState) -> DriverRow | None:
    at = -1 if state.chosen is None else state.chosen - len(state.rows)
    return state.idle[at] if 0 <= at < len(state.idle) else None


def _key(row: DeviceRow) -> _Key:
    return (row.device_id, row.role.name)


def _same(row: DeviceRow, other: DeviceRow) -> bool:
    return _key(row) == _key(other)
