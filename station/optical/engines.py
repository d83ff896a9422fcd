# SPDX-License-Identifier: Apache-2.0
"""The recognition engines of the station, by the name under which they are chosen; the default stands first."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import partial
from typing import Final

from station.isolation.child import HelperProcess
from station.isolation.limits import Limits
from station.optical.isolated_engine import HelperEngine, unavailable
from station.optical.pictures import DECODER_ENVIRONMENT, picture_helper
from station.optical.tesseract import ENGLISH, MRZ_LANGUAGE, LanguageMissing, language_folder
from station.ports.recognition import MrzEngine

_PASSPORTEYE = "station.optical.passporteye_process"
# Measured: a picture of 35 million pixels takes 0.93 GB of address space; docs/decisions/0006.
_PASSPORTEYE_LIMITS = Limits(memory_bytes=2_500_000_000, cpu_seconds=40, wall_seconds=90)


def located_tesseract() -> HelperEngine:
    """Our own location by pitch, Tesseract on the straightened lines, every character rated.

    Raises EngineUnavailable when a part of it is not installed.
    """
    name = "located-tesseract"
    _need(name, MRZ_LANGUAGE, "tesserocr", "cv2")
    return HelperEngine(name, picture_helper())


def passporteye(language: str = MRZ_LANGUAGE) -> HelperEngine:
    """PassportEye with a Tesseract language: a second opinion that does not rate its characters.

    Raises EngineUnavailable when a part of it is not installed.
    """
    name = "passporteye" if language == MRZ_LANGUAGE else f"passporteye-{language}"
    _need(name, language, "passporteye", "tesserocr", "cv2")
    helper = HelperProcess(_PASSPORTEYE, _PASSPORTEYE_LIMITS, environment=DECODER_ENVIRONMENT, name=name)
    return HelperEngine(name, helper, settings={"language": language})


ENGINES: Final[dict[str, Callable[[], MrzEngine]]] = {
    "located-tesseract": located_tesseract,
    "passporteye": passporteye,
    "passporteye-eng": partial(passporteye, ENGLISH),
}


def _need(engine: str, language: str, *modules: str) -> None:
    """Look, without loading anything, whether an engine can run."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise unavailable(engine, module)
    try:
        language_folder(language)
    except LanguageMissing as missing:
        raise unavailable(engine, missing.language) from None
