# SPDX-License-Identifier: Apache-2.0
"""The registry's states as rows of the bench, and what can be said of a device before anything was seen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from station.bench.records import SWAP_UNNOTICED, Standings
from station.domain.checks import CheckResult
from station.domain.errors import ImageRefused
from station.domain.words import Text, say
from station.ports.bench import DeviceSettingsGroup, FaultDesk
from station.ports.devices import (
    BARCODE_READER,
    CHIP_READER,
    DOCUMENT_SCANNER,
    FACE_CAMERA,
    FINGERPRINT_SCANNER,
    MRZ_READER,
    ROLES,
    DeviceState,
    HealthState,
    Role,
)
from ui.presenters.bench_panels import is_of_role
from ui.presenters.bench_view import DeviceRow, DriverRow, FactLine, LiveView
from ui.presenters.showing import Trouble

_HEALTH_MARKS: Mapping[HealthState, CheckResult] = {
    HealthState.READY: CheckResult.SUCCESSFUL,
    HealthState.BUSY: CheckResult.SUCCESSFUL,
    HealthState.TROUBLE: CheckResult.UNDETERMINED,
    HealthState.GONE: CheckResult.FAILED,
}
#: What Enter does with a device of each role, in words.
TRY: Mapping[str, Text] = {
    DOCUMENT_SCANNER.name: say("Capture a page"),
    FACE_CAMERA.name: say("Show live pictures"),
    MRZ_READER.name: say("Wait for a swipe"),
    BARCODE_READER.name: say("Wait for a code"),
    CHIP_READER.name: say("Wait for a chip"),
    FINGERPRINT_SCANNER.name: say("Show live pictures"),
}
TRY_PRINTER: Final = say("Ask the printer")
#: What is being done meanwhile.
BUSY_WITH: Mapping[str, Text] = {
    DOCUMENT_SCANNER.name: say("The bench waits for a page. Lay a document on the glass."),
    FACE_CAMERA.name: say("Live pictures. Enter captures one."),
    MRZ_READER.name: say("The bench waits for a swipe."),
    BARCODE_READER.name: say("The bench waits for a code."),
    CHIP_READER.name: say("The bench waits for a chip. Lay a document on the reader."),
    FINGERPRINT_SCANNER.name: say("Live pictures. Enter captures the fingers."),
}
BUSY_WITH_PRINTER: Final = say("The printer is asked.")
BUSY_WITH_DESK: Final = say("The bench waits for a page. Lay a document under the camera.")


def shows_live(role: Role[object]) -> bool:
    """Whether devices of this role have live pictures."""
    return role.name in (FACE_CAMERA.name, FINGERPRINT_SCANNER.name)


def device_rows(states: Sequence[DeviceState], standings: Standings, faults: FaultDesk | None) -> tuple[DeviceRow, ...]:
    """A row for each device in each of its roles, roles together. What only hands can do is no device."""
    rows: list[DeviceRow] = []
    for role in ROLES:
        for state in states:
            info = state.info
            if role not in info.roles or info.manual:
                continue
            acceptance = standings.of(info, role)
            fault = faults.current(info.device_id) if faults is not None and info.simulated else None
            rows.append(
                DeviceRow(
                    role=role,
                    device_id=info.device_id,
                    name=info.name,
                    driver=info.driver,
                    serial_number=info.serial_number,
                    version=info.version,
                    mark=_HEALTH_MARKS[state.health.state],
                    health=state.health.says,
                    acceptance=acceptance.says,
                    due=acceptance.demanded,
                    record=acceptance.record,
                    default=role in state.chosen_for,
                    simulated=info.simulated,
                    fault=_fault_words(faults, info.device_id, fault, role),
                )
            )
    return tuple(rows)


def _fault_words(faults: FaultDesk | None, device_id: str, fault: str | None, role: Role[object]) -> Text | None:
    if faults is None or fault is None or not is_of_role(fault, role):
        return None
    says = next((choice.says for choice in faults.choices(device_id) if choice.name == fault), None)
    return None if says is None else say("Fault on: {fault}", fault=says)


def away(row: DeviceRow) -> DeviceRow:
    """A device that left the list while it is asked about or in use."""
    return replace(row, mark=CheckResult.FAILED, health=say("Not attached at this moment."))


def with_last_try(row: DeviceRow, failed: Text | None) -> DeviceRow:
    """What its driver does not know: the bench's last try failed."""
    if failed is None or row.mark is not CheckResult.SUCCESSFUL:
        return row
    return replace(row, mark=CheckResult.UNDETERMINED, failed=say("The last try failed. {cause}", cause=failed))


def trouble_with(row: DeviceRow | None, problem: BaseException) -> Trouble:
    """A problem of a device in words for a technician: there a picture that is none is no file of the wrong kind."""
    if row is None or not isinstance(problem, ImageRefused):
        return Trouble.of(problem)
    return Trouble(
        cause=say("{device} sent something that is no picture.", device=row.name),
        next_step=say("Try once more. If it happens again, look at its settings, then switch it off and on."),
    )


def idle_drivers(
    groups: Sequence[DeviceSettingsGroup], states: Sequence[DeviceState], why: Sequence[tuple[str, Text]]
) -> tuple[DriverRow, ...]:
    """The drivers that have no device, each with its reason: those with settings first, in their order."""
    busy = {state.info.driver for state in states}
    off = {group.driver: say("It is switched off in its settings.") for group in groups if _is_off(group)}
    reasons = {**off, **dict(why)}
    names = dict.fromkeys((*(group.driver for group in groups), *reasons))
    return tuple(DriverRow(driver=name, why=reasons.get(name)) for name in names if name not in busy)


def _is_off(group: DeviceSettingsGroup) -> bool:
    return any(each.key == "enabled" and each.value is False for each in group.settings)


def about_driver(row: DriverRow) -> LiveView:
    """Why a driver has no device, and what to do next."""
    says = say("The driver {driver} has no device. Ctrl+S opens its settings.", driver=row.driver)
    return LiveView(says=says, facts=(_why(row),))


def about_nothing(idle: Sequence[DriverRow]) -> LiveView:
    """A post without a single device: what each driver says of it."""
    return LiveView(
        says=say("No device is attached. Plug one in and switch it on, or choose a driver and open its settings."),
        facts=tuple(_why(row) for row in idle),
    )


def why_idle(row: DriverRow) -> Text:
    """Why a driver has no device."""
    return row.why or say("It has no device so far.")


def _why(row: DriverRow) -> FactLine:
    return FactLine(label=say("{driver}", driver=row.driver), value=why_idle(row), mark=CheckResult.NOT_SUPPORTED)


def about_device(row: DeviceRow) -> LiveView:
    """What is known of a device before anything was seen of it, and what to do next."""
    unknown = say("The device does not say.")
    facts = (
        FactLine(label=say("How it is"), value=row.failed or row.health, mark=row.mark),
        FactLine(
            label=say("Acceptance test"),
            value=row.acceptance,
            mark=CheckResult.UNDETERMINED if row.due else CheckResult.SUCCESSFUL,
        ),
        FactLine(
            label=say("By default"),
            value=say("The work of this post uses it.") if row.default else say("The work of this post uses another."),
        ),
        FactLine(label=say("Serial number"), value=row.serial_number or SWAP_UNNOTICED),
        FactLine(label=say("Version"), value=row.version or unknown),
        FactLine(label=say("Driver"), value=row.driver),
    )
    says = (
        say("{device}: the last try failed. Enter tries it again.", device=row.name)
        if row.failed is not None
        else say("{device}: an acceptance test is due. Ctrl+B begins it; Enter only tries the device.", device=row.name)
        if row.due
        else say("{device}: nothing is due. Enter tries it.", device=row.name)
    )
    return LiveView(says=says, facts=facts)
