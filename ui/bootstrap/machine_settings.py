# SPDX-License-Identifier: Apache-2.0
"""The settings of this machine, and the devices it has without any store."""

from __future__ import annotations

from pathlib import Path

from devices.catalogue import SETTINGS, DriverSet, Surroundings
from devices.hotplug import HotPlug
from devices.registry import Registry
from station.config.settings import Settings
from station.config.settings_file import SettingsFile
from station.domain.errors import SettingsError
from ui.host import SystemClock, settings_file


def settings_with_problems() -> tuple[Settings, tuple[SettingsError, ...]]:
    """The settings of this machine, and what in them cannot be used."""
    return SettingsFile(settings_file(), SETTINGS).load()


def write_settings() -> Path:
    """Make the settings file with every setting explained, where there is none. Raises SettingsError."""
    file = SettingsFile(settings_file(), SETTINGS)
    file.ensure()
    return file.path


def new_registry(settings: Settings, *, simulators: bool) -> Registry:
    """The devices of this machine, without any store."""
    around = Surroundings(clock=SystemClock(), hotplug=HotPlug(), training=simulators)
    drivers = DriverSet(settings.devices, around)
    return Registry(
        drivers.drivers,
        allow_simulated=simulators,
        preferred=settings.default_devices.by_role(),
        hotplug=around.hotplug,
    )
