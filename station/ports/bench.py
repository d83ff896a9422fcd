# SPDX-License-Identifier: Apache-2.0
"""What the technician's bench asks of the outside beside the devices: their settings, and faults on demand.

Nothing here reaches a record, a recipient, a trust anchor or a person: the groups are those of the drivers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from station.domain.words import Text
from station.ports.devices import Role

SettingValue = bool | int | float | str | tuple[str, ...] | tuple[float, ...] | tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSetting:
    """One setting of a driver: its value now, its default, what it means, the words it must be one of."""

    key: str
    says: Text
    value: SettingValue
    default: SettingValue
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSettingsGroup:
    """The settings of one driver; ``driver`` as ``DeviceInfo.driver`` names it."""

    driver: str
    settings: tuple[DeviceSetting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """What taking a profile would change: one setting, its value here and the one it would get."""

    driver: str
    key: str
    says: Text
    here: SettingValue
    there: SettingValue


class DeviceSettingsDesk(Protocol):
    """The drivers' settings with immediate effect. Methods block: never the face's thread."""

    def groups(self) -> Sequence[DeviceSettingsGroup]:
        """Every driver with its settings, in the catalogue's order."""
        ...

    def change(self, driver: str, key: str, value: SettingValue) -> None:
        """Write one setting and let the driver start again with it; the other drivers go on.

        Raises SettingsError naming file, line and cure when the value cannot be used or the file not be written:
        then nothing changed.
        """
        ...

    def make_default(self, role: Role[object], device_id: str) -> None:
        """Let the device fill the role, now and after the next start. Raises NoDevice, SettingsError."""
        ...

    def profile(self) -> str:
        """The settings of all drivers that differ from the default, as the text of a profile for other posts."""
        ...

    def compare_profile(self, text: str) -> tuple[tuple[ProfileChange, ...], tuple[Text, ...]]:
        """What taking this profile would change, and a sentence for each thing in it that could not be used."""
        ...

    def take_profile(self, text: str) -> tuple[Text, ...]:
        """Use a profile of another post. Returns a sentence per setting that could not be used; the rest counts."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultChoice:
    """A fault that a simulated device can show."""

    name: str
    says: Text


class FaultDesk(Protocol):
    """Faults of simulated devices, for training and tests. Any thread; nothing blocks. None in a live store."""

    def choices(self, device_id: str) -> tuple[FaultChoice, ...]:
        """What this device can show; empty for a device that is not simulated."""
        ...

    def current(self, device_id: str) -> str | None:
        """The name of the fault that its next call meets."""
        ...

    def switch(self, device_id: str, fault: str | None, *, times: int | None = None) -> None:
        """Meet this fault from now on (for so many calls), or none."""
        ...

    def unplug(self, device_id: str) -> None:
        """Pull its plug."""
        ...

    def replug(self, device_id: str) -> None:
        """Plug it in again."""
        ...
