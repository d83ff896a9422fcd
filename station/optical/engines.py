# SPDX-License-Identifier: Apache-2.0
"""The recognition engines of the station, by the name under which they are chosen; the default stands first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from station.isolation.child import HelperProcess
from station.isolation.limits import Limits
from station.optical.helper_engine import HelperEngine
from station.optical.pictures import picture_helper
from station.optical.tesseract import ENGLISH, MRZ_LANGUAGE
from station.ports.recognition import MrzEngine

_PASSPORTEYE = "station.optical.passporteye_process"
# Its libraries alone take 1.3 GB of address space; measured, docs/decisions/0006.
_PASSPORTEYE_LIMITS = Limits(memory_bytes=4_000_000_000, cpu_seconds=40, wall_seconds=90)


def located_tesseract() -> HelperEngine:
    """Our own location by pitch, Tesseract on the straightened lines, every character rated."""
    return HelperEngine("located-tesseract", picture_helper())


def passporteye(language: str = MRZ_LANGUAGE) -> HelperEngine:
    """PassportEye with a Tesseract language: a second opinion that does not rate its characters."""
    name = "passporteye" if language == MRZ_LANGUAGE else f"passporteye-{language}"
    helper = HelperProcess(_PASSPORTEYE, _PASSPORTEYE_LIMITS, name=name)
    return HelperEngine(name, helper, settings={"language": language})


ENGINES: Final[dict[str, Callable[[], MrzEngine]]] = {
    "located-tesseract": located_tesseract,
    "passporteye": passporteye,
    "passporteye-eng": lambda: passporteye(ENGLISH),
}
DEFAULT_ENGINE: Final = next(iter(ENGINES))
