# SPDX-License-Identifier: Apache-2.0
"""The frame around every page: whose station, which mode, who works here, and how the devices are, words first."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.checks import CheckResult
from station.domain.errors import DeviceError
from station.domain.words import Text, say
from station.ports.devices import (
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    MRZ_READER,
    PRINTER,
    DeviceRegistry,
    DeviceState,
    Health,
    HealthState,
    Role,
)
from station.ports.storage import StoreKind
from ui.presenters.showing import Presenter, Trouble


class Room(enum.Enum):
    """A page of the station, in the order of the rail."""

    INSPECT = "inspect"
    RECORDS = "records"
    EXPORT = "export"
    BENCH = "bench"
    SHIFT = "shift"
    APPROVALS = "approvals"
    PEOPLE = "people"
    KEYS = "keys"
    BACKUP = "backup"
    RETENTION = "retention"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEntry:
    """A page as the rail lists it: its word, and the permission without which it is not there at all."""

    room: Room
    word: Text
    permission: Permission


ROOMS: tuple[RoomEntry, ...] = (
    RoomEntry(room=Room.INSPECT, word=say("Inspect"), permission=Permission.INSPECT),
    RoomEntry(room=Room.RECORDS, word=say("Records"), permission=Permission.SEARCH_RECORDS),
    RoomEntry(room=Room.EXPORT, word=say("Export"), permission=Permission.EXPORT),
    RoomEntry(room=Room.BENCH, word=say("Bench"), permission=Permission.USE_BENCH),
    RoomEntry(room=Room.SHIFT, word=say("Shift"), permission=Permission.SEE_SHIFT),
    RoomEntry(room=Room.APPROVALS, word=say("Approvals"), permission=Permission.ASK_APPROVAL),
    RoomEntry(room=Room.PEOPLE, word=say("People"), permission=Permission.MANAGE_PEOPLE),
    RoomEntry(room=Room.KEYS, word=say("Keys"), permission=Permission.KEEP_BACKUPS),
    RoomEntry(room=Room.BACKUP, word=say("Backup"), permission=Permission.KEEP_BACKUPS),
    RoomEntry(room=Room.RETENTION, word=say("Retention"), permission=Permission.MANAGE_RETENTION),
    RoomEntry(room=Room.AUDIT, word=say("Audit"), permission=Permission.VERIFY_AUDIT),
)

#: Roles an inspection cannot do without: one that nothing fills is told.
_NEEDED: tuple[Role[object], ...] = (DOCUMENT_SCANNER, FACE_CAMERA, PRINTER)
#: What a journey uses where it is there: the officer's keys stand in for it.
_MISSED: tuple[Role[object], ...] = (MRZ_READER,)
_HEALTH_MARKS: Mapping[HealthState, CheckResult] = {
    HealthState.READY: CheckResult.SUCCESSFUL,
    HealthState.BUSY: CheckResult.SUCCESSFUL,
    HealthState.TROUBLE: CheckResult.UNDETERMINED,
    HealthState.GONE: CheckResult.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLine:
    """One device of the bar: a mark, and the words with the next step in them."""

    mark: CheckResult
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChoice:
    """One line of the panel where a device is chosen for a role."""

    role: Role[object]
    device_id: str
    name: str
    says: Text
    mark: CheckResult
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameState:
    """What the frame shows. Post, lane and officer are empty while nobody is signed in."""

    training: bool = False
    post: str = ""
    lane: str = ""
    officer: str = ""
    rooms: tuple[RoomEntry, ...] = ()
    room: Room | None = None
    devices: tuple[DeviceLine, ...] = ()
    choices: tuple[DeviceChoice, ...] | None = field(default=None)
    note: Trouble | None = None  # what happened, for as long as it is worth knowing
    shift: Text | None = None  # who answers for the post
    alarm: Trouble | None = None  # what must not be overlooked while it lasts: the clock, a forgotten shift


def rooms_for(permissions: frozenset[Permission]) -> tuple[RoomEntry, ...]:
    """The pages this person may open."""
    return tuple(entry for entry in ROOMS if entry.permission in permissions)


def device_lines(states: Sequence[DeviceState]) -> tuple[DeviceLine, ...]:
    """One line a role: the device that fills it, or that nothing does."""
    lines: list[DeviceLine] = []
    for role in _NEEDED:
        able = [state for state in states if role in state.info.roles]
        chosen = next((state for state in able if role in state.chosen_for), None)
        if chosen is not None and chosen.info.manual and role is PRINTER:
            lines.append(
                DeviceLine(mark=CheckResult.UNDETERMINED, says=say("Printer: none. Notices are written by hand."))
            )
        elif chosen is not None:
            lines.append(_line(role, chosen.health, others=len(able) > 1))
        elif able:
            lines.append(_line(role, able[0].health, others=len(able) > 1))
        else:
            lines.append(
                DeviceLine(
                    mark=CheckResult.NOT_SUPPORTED, says=say("{role}: none attached. Plug one in.", role=role.title)
                )
            )
    return (*lines, *_lines_in_trouble(states))


def _lines_in_trouble(states: Sequence[DeviceState]) -> Sequence[DeviceLine]:
    """Devices that a post can do without have a line only while somebody would miss them in vain."""
    lines = []
    for role in _MISSED:
        able = [state for state in states if role in state.info.roles and not state.info.manual]
        if able and all(state.health.state in (HealthState.GONE, HealthState.TROUBLE) for state in able):
            lines.append(_line(role, able[0].health, others=False))
    return lines


def _line(role: Role[object], health: Health, *, others: bool) -> DeviceLine:
    mark = _HEALTH_MARKS[health.state]
    well = health.state in (HealthState.READY, HealthState.BUSY)
    if well or not others:
        return DeviceLine(mark=mark, says=say("{role}: {health}", role=role.title, health=health.says))
    return DeviceLine(
        mark=mark,
        says=say("{role}: {health} F8 to choose another.", role=role.title, health=health.says),
    )


def device_choices(states: Sequence[DeviceState]) -> tuple[DeviceChoice, ...]:
    """Every device for every role it can fill, roles together, in the registry's order."""
    return tuple(
        DeviceChoice(
            role=role,
            device_id=state.info.device_id,
            name=state.info.name,
            says=state.health.says,
            mark=_HEALTH_MARKS[state.health.state],
            chosen=role in state.chosen_for,
        )
        for role in _NEEDED
        for state in states
        if role in state.info.roles
    )


class FramePresenter(Presenter[FrameState]):
    """Keeps the frame's one state. ``devices`` come with ``attach`` once the workplace stands."""

    def __init__(self, kind: StoreKind | None = None) -> None:
        super().__init__(FrameState(training=kind is StoreKind.TRAINING))
        self._devices: DeviceRegistry | None = None

    def of_kind(self, kind: StoreKind | None) -> None:
        """The store is live or training; None while there is none."""
        self._show(replace(self.state, training=kind is StoreKind.TRAINING))

    def attach(self, devices: DeviceRegistry) -> None:
        """The devices of the desk."""
        self._devices = devices
        self.devices_changed()

    def signed_in(self, session: Session) -> None:
        """A person works here now."""
        identity = session.store.identity
        rooms = rooms_for(session.permissions)
        self._show(
            replace(
                self.state,
                post=identity.post,
                lane=identity.lane,
                officer=session.officer.display_name,
                training=identity.kind is StoreKind.TRAINING,
                rooms=rooms,
                room=rooms[0].room if rooms else None,
                note=None,
            )
        )

    def signed_out(self) -> None:
        """Nobody does; nothing of the person or the post's travellers stays."""
        state = self.state
        self._show(FrameState(training=state.training, devices=state.devices))

    def go_to(self, room: Room) -> None:
        """Another page, when this person may open it."""
        if room in {entry.room for entry in self.state.rooms}:
            self._show(replace(self.state, room=room, choices=None))

    def stay_in(self, room: Room, why: Trouble) -> None:
        """Only this page is left to the person, and why."""
        only = tuple(entry for entry in self.state.rooms if entry.room is room)
        self._show(replace(self.state, rooms=only, room=room, choices=None, note=why))

    def devices_changed(self) -> None:
        """The registry told of a change."""
        if self._devices is None:
            return
        states = self._devices.states()
        choices = None if self.state.choices is None else device_choices(states)
        self._show(replace(self.state, devices=device_lines(states), choices=choices))

    def devices_looked_at(self) -> None:
        """Once a second: a device that has been silent for so long says so without any event."""
        if self._devices is not None and device_lines(self._devices.states()) != self.state.devices:
            self.devices_changed()

    def toggle_choices(self) -> None:
        """Open or close the panel of devices."""
        if self.state.choices is not None or self._devices is None:
            self._show(replace(self.state, choices=None))
        elif self.state.officer:
            self._show(replace(self.state, choices=device_choices(self._devices.states())))

    def choose(self, choice: DeviceChoice) -> None:
        """Let a device fill a role from now on."""
        if self._devices is None:
            return
        try:
            self._devices.choose(choice.role, choice.device_id)
        except DeviceError as problem:
            self.tell(Trouble.of(problem))
        self._show(replace(self.state, choices=None))
        self.devices_changed()

    def stand(self, shift: Text | None, alarm: Trouble | None) -> None:
        """Who answers for the post, and what must not be overlooked while it lasts."""
        self._show(replace(self.state, shift=shift, alarm=alarm))

    def tell(self, trouble: Trouble | None) -> None:
        """Say in the frame what happened; None takes it away."""
        self._show(replace(self.state, note=trouble))
