# SPDX-License-Identifier: Apache-2.0
"""Settings of a demonstration, so that it can be repeated anywhere."""

from __future__ import annotations

from pathlib import Path

from devices.catalogue import SETTINGS, without_hardware
from station.config.settings import Settings


def demo_settings(papers: Path, *, further_lights: bool = False) -> Settings:
    """Settings of a demonstration: no real device takes part, so that it can be repeated anywhere.

    ``further_lights``: pages come in infrared and ultraviolet too, which takes half a second more.
    """
    pdf_file = SETTINGS["pdf_file"](folder=papers)
    simulators = SETTINGS["simulators"](sheets=papers, further_lights=further_lights)
    return Settings(devices=without_hardware(pdf_file=pdf_file, simulators=simulators))
