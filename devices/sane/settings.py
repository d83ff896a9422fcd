# SPDX-License-Identifier: Apache-2.0
"""What a technician may set about scanners that SANE drives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from station.config.declared import seconds, setting
from station.domain.words import say


def _are_options(value: tuple[str, ...]) -> bool:
    return all(entry.partition("=")[0].strip() and "=" in entry for entry in value)


_OPTIONS_CURE = say('Write each option as "name=value", with a name that `scanimage -A` lists.')


@dataclass(frozen=True, slots=True, kw_only=True)
class SaneSettings:
    """The settings group ``sane``."""

    enabled: bool = setting(True, say("Look for page scanners."))
    network: bool = setting(True, say("Look for page scanners in the network too."))
    resolution: int = setting(
        300,
        say("Dots per inch. 300 is enough for the MRZ; more takes longer."),
        possible=lambda value: 75 <= value <= 1200,
        cure=say("Use a number from 75 to 1200."),
    )
    area: tuple[float, ...] = setting(
        (130.0, 180.0),
        say("Width and height in millimetres, from the corner of the glass. The default holds an opened passport."),
        possible=lambda value: not value or (len(value) == 2 and all(10.0 <= side <= 500.0 for side in value)),
        cure=say("Give two numbers from 10 to 500, or none for the whole glass."),
    )
    options: tuple[str, ...] = setting(
        (),
        say('Options of the scanner by their SANE names, as "name=value".'),
        possible=_are_options,
        cure=_OPTIONS_CURE,
    )
    white: tuple[str, ...] = setting(
        (),
        say("What to set for white light, where the scanner has several lights."),
        possible=_are_options,
        cure=_OPTIONS_CURE,
    )
    infrared: tuple[str, ...] = setting(
        (),
        say('What to set for infrared light, as "source=Infrared". Empty: the scanner has none.'),
        possible=_are_options,
        cure=_OPTIONS_CURE,
    )
    ultraviolet: tuple[str, ...] = setting(
        (),
        say('What to set for ultraviolet light, as "source=UV". Empty: the scanner has none.'),
        possible=_are_options,
        cure=_OPTIONS_CURE,
    )
    config_dir: Path | None = setting(None, say("A folder that replaces SANE's own configuration."), shown=False)
    look_seconds: float = seconds(
        15.0, say("Seconds between two looks where the system does not tell of changes."), shown=False
    )
    quiet_seconds: float = seconds(120.0, say("Seconds between two looks where it does."), shown=False)
    network_seconds: float = seconds(60.0, say("Seconds between two looks into the network."), shown=False)
    list_seconds: float = seconds(30.0, say("The longest that a look may take."), shown=False)
    scan_seconds: float = seconds(120.0, say("The longest that a scan may take."), shown=False)
