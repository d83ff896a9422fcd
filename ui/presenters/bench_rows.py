# SPDX-License-Identifier: Apache-2.0
"""The registry's states as rows of the bench, and what can be said of a device before anything was seen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from station.bench.records import SWAP_UNNOTICED, Standings
from station.domain.checks import CheckResult
from station.domain.words import Text, say
from station.ports.bench import FaultDesk
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
from ui.presenters.bench_view import DeviceRow, FactLine, LiveView

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


def about_device(row: DeviceRow) -> LiveView:
    """What is known of a device before anything was seen of it, and what to do next."""
    unknown = say("The device does not say.")
    facts = (
        FactLine(label=say("How it is"), value=row.health, mark=row.mark),
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
        say("{device}: an acceptance test is due. Ctrl+B begins it; Enter only tries the device.", device=row.name)
        if row.due
        else say("{device}: nothing is due. Enter tries it.", device=row.name)
    )
    return LiveView(says=says, facts=facts)
