# SPDX-License-Identifier: Apache-2.0
"""The bench's door to the drivers' settings: only a technician passes, and every change stands in the audit trail.

An entry names settings and never their values, which may be paths of people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from station.access.audit import Act
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.words import Text
from station.ports.bench import DeviceSettingsDesk, DeviceSettingsGroup, ProfileChange, SettingValue
from station.ports.clock import Clock
from station.ports.devices import Role

T = TypeVar("T")

_CHANGE: Final = "change"  # one setting
_FIRST_CHOICE: Final = "first-choice"  # the device for a role
_PROFILE: Final = "profile"  # what another post's profile brought
_CHANGED: Final = "changed"


class AuditedSettings:
    """``DeviceSettingsDesk`` of one session. Methods block, and raise NotPermitted, StoreError kinds besides.

    The entry is appended before the settings change and committed after: what is refused leaves none, and where the
    trail cannot be written nothing changes. Only a store that fails at the commit itself leaves a change without one.
    """

    def __init__(self, session: Session, desk: DeviceSettingsDesk, clock: Clock) -> None:
        self._session = session
        self._desk = desk
        self._clock = clock

    def groups(self) -> Sequence[DeviceSettingsGroup]:
        """Every driver with its settings, in the catalogue's order."""
        self._session.require(Permission.USE_BENCH)
        return self._desk.groups()

    def change(self, driver: str, key: str, value: SettingValue) -> None:
        """Write one setting and let the driver start again with it. Raises SettingsError: then nothing changed."""
        self._audited({"how": _CHANGE, f"{driver}.{key}": _CHANGED}, lambda: self._desk.change(driver, key, value))

    def make_default(self, role: Role[object], device_id: str) -> None:
        """Let the device fill the role, now and after the next start. Raises NoDevice, SettingsError."""
        self._audited({"how": _FIRST_CHOICE, "role": role.name}, lambda: self._desk.make_default(role, device_id))

    def profile(self) -> str:
        """The settings of all drivers that differ from the default, as the text of a profile for other posts."""
        self._session.require(Permission.USE_BENCH)
        return self._desk.profile()

    def compare_profile(self, text: str) -> tuple[tuple[ProfileChange, ...], tuple[Text, ...]]:
        """What taking this profile would change, and a sentence for each thing in it that could not be used."""
        self._session.require(Permission.USE_BENCH)
        return self._desk.compare_profile(text)

    def take_profile(self, text: str) -> tuple[Text, ...]:
        """Use a profile of another post. Returns a sentence per setting that could not be used; the rest counts."""
        self._session.require(Permission.USE_BENCH)
        changes, complaints = self._desk.compare_profile(text)
        if not changes:
            return complaints
        names = {f"{change.driver}.{change.key}": _CHANGED for change in changes}
        return self._audited({"how": _PROFILE, **names}, lambda: self._desk.take_profile(text))

    def _audited(self, details: Mapping[str, str], change: Callable[[], T]) -> T:
        self._session.require(Permission.USE_BENCH)
        with self._session.store.unit_of_work() as unit:
            unit.audit.append(
                at=self._clock.now(),
                by=self._session.officer.officer_id,
                act=Act.DEVICE_SETTINGS_CHANGED,
                subject="devices",
                details=details,
            )
            outcome = change()
            unit.commit()
        return outcome
