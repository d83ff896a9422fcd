# SPDX-License-Identifier: Apache-2.0
"""The counter of this computer, for whoever opens a store or makes one."""

from __future__ import annotations

from station.config.settings import CounterSettings
from station.domain.errors import SettingsError
from station.domain.words import say
from storage.anchors.tpm_counter import TpmCounter


def counter_of(settings: CounterSettings) -> TpmCounter | None:
    """The counter that the settings name; None where they name none."""
    return TpmCounter(settings.index, settings.tpm) if settings.index else None


def named_counter(settings: CounterSettings) -> TpmCounter:
    """As ``counter_of``. Raises SettingsError where they name none."""
    counter = counter_of(settings)
    if counter is None:
        raise SettingsError(
            say("The settings name no counter."),
            say("Write counter.index into the settings file, such as 0x01800100, then do it again."),
        )
    return counter
