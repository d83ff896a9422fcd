# SPDX-License-Identifier: Apache-2.0
"""The helper process of PassportEye: a second reading program, slow to load, that corrects silently.

What it changes is found again and shown. It is given pixels and Tesseract in this process: by itself it would
write the traveller's picture to temporary files and start a program for each try.
"""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from station.isolation.frames import Header
from station.isolation.serving import serve
from station.mrtd.check_digits import FILLER
from station.mrtd.mrz import recognise_format
from station.mrtd.mrz_formats import MrzFormat
from station.optical.components import Grey
from station.optical.decoding import Undecodable, decode_grey, fitted
from station.optical.reasons import REASONS, NotRead, Reason
from station.optical.tesseract import MRZ_LANGUAGE, LanguageMissing, Tesseract
from station.optical.wire import zones_to_json
from station.ports.recognition import CorrectedCharacter, DoubtfulCharacter, RecognisedZone

_LONGEST = 4000  # pixels; its memory grows with the picture, its reading does not get better
_ENOUGH = 50  # of 100, its own score: below, another orientation is tried
_TIME_BOX = 12.0  # processor seconds for all orientations together
_TURNS = (None, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE)


class PassportEyeProcess:
    """Answers requests. Its imports take seconds and wait for the first one."""

    def __init__(self) -> None:
        self._languages: dict[str, Tesseract] = {}
        self._pipeline: Callable[[Grey], Any] | None = None

    def answer(self, header: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        """One request: ``do`` is ``read`` or ``prepare``, ``language`` the Tesseract language."""
        try:
            self._prepare(str(header.get("language", MRZ_LANGUAGE)))
            if header["do"] == "prepare":
                return {}, ()
            if header["do"] == "read":
                return self._read(attachments[0]), ()
        except Undecodable:
            return {"refused": "damaged"}, ()
        except LanguageMissing as missing:
            return {"missing": missing.language}, ()
        except ImportError:
            return {"missing": "passporteye"}, ()
        finally:
            gc.collect()  # its pipelines hold their arrays in reference cycles: 1 GB after 40 scans
        raise ValueError("unknown request")

    def _prepare(self, language: str) -> None:
        if language not in self._languages:
            # It tells a page upside down by this character; the language of MRZ does not know it.
            self._languages[language] = Tesseract(language, extra=">" if language != MRZ_LANGUAGE else "")
        self._pipeline = _pipeline_with(self._languages[language])

    def _read(self, data: bytes) -> Header:
        begun = time.process_time()
        grey = fitted(decode_grey(data), _LONGEST)
        decoded = time.process_time()
        best: Any = None
        assert self._pipeline is not None
        for turn in _TURNS:
            turned = grey if turn is None else np.asarray(cv2.rotate(grey, turn), np.uint8)
            result = self._pipeline(turned)
            if result is not None and (best is None or result.valid_score > best.valid_score):
                best = result
            if (best is not None and best.valid_score >= _ENOUGH) or time.process_time() - decoded > _TIME_BOX:
                break
        zone = None if best is None else _zone(str(best.aux.get("raw_text", "")))
        return {
            "zones": zones_to_json([zone] if zone is not None else []),
            "why_not": (NotRead.NO_ZONE if best is None else NotRead.ILLEGIBLE).value,
            # It gives no measure of how sure it is of a character, and names have no check digit.
            "certain": False,
            "milliseconds": {
                "decode": (decoded - begun) * 1000,
                "locate": 0.0,
                "recognise": (time.process_time() - decoded) * 1000,
            },
        }


def _pipeline_with(tesseract: Tesseract) -> Callable[[Grey], Any]:
    """PassportEye's own pipeline, fed with pixels and reading with our Tesseract."""
    from passporteye.mrz import image as passporteye

    def read(picture: npt.NDArray[Any] | None, **_: object) -> str:
        if picture is None or 0 in picture.shape:
            return ""
        if picture.dtype.kind == "f":
            picture = (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        return tesseract.read_block(np.asarray(picture, np.uint8))

    class Given:
        """Provides pixels in the place of a file."""

        __provides__: ClassVar = ["img"]
        __depends__: ClassVar[list[str]] = []

        def __init__(self, grey: Grey) -> None:
            self._picture = grey.astype(np.float64) / 255

        def __call__(self) -> npt.NDArray[np.float64]:
            return self._picture

    passporteye.ocr = read

    def run(grey: Grey) -> Any:
        pipeline = passporteye.MRZPipeline(None)
        pipeline.replace_component("loader", Given(grey))
        return pipeline.result

    return run


def _zone(text: str) -> RecognisedZone | None:
    """What PassportEye made of a text: its lines, and every character it replaced without saying so."""
    from passporteye.mrz.text import MRZOCRCleaner

    raw = [line for line in text.replace(" ", "").split("\n") if len(line) >= 20 or FILLER * 2 in line]
    cleaned = MRZOCRCleaner.apply(text)
    fmt = _format_of(cleaned)
    if fmt is None or len(raw) != len(cleaned):
        return None
    lines, doubts, corrected = [], [], []
    for number, (seen, made) in enumerate(zip(raw, cleaned, strict=True)):
        text_of_line = "".join(c if c in _ALPHABET else FILLER for c in made.upper())[: fmt.columns]
        lines.append(text_of_line.ljust(fmt.columns, FILLER))
        doubts.append(_unrated(number, lines[-1], 0, Reason.UNRATED))
        if len(made) != fmt.columns:
            doubts.append(_unrated(number, lines[-1], min(len(made), fmt.columns) - 1, Reason.UNSEEN))
        for column, (was, now) in enumerate(zip(seen, lines[-1], strict=False)):
            if was != now:
                reason = REASONS[Reason.CLEANED]
                shown = was if was in _ALPHABET else "?"
                corrected.append(
                    CorrectedCharacter(line=number, column=column, seen=shown, suggested=now, reason=reason)
                )
    return RecognisedZone(
        format=fmt,
        lines=tuple(lines),
        raw_lines=tuple(line.encode("ascii", "replace").decode()[:200] for line in raw),
        doubts=tuple(doubts),
        corrected=tuple(corrected),
    )


_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")


def _unrated(line: int, text: str, column: int, reason: Reason) -> DoubtfulCharacter:
    return DoubtfulCharacter(line=line, column=column, read=text[column], alternatives=(), reason=REASONS[reason])


def _format_of(lines: Sequence[str]) -> MrzFormat | None:
    """The layout of lines that may be some characters too long or too short."""
    if len(lines) not in (2, 3) or not lines[0]:
        return None
    longest = max(len(line) for line in lines)
    columns = 30 if len(lines) == 3 else 36 if longest < 40 else 44
    return recognise_format([line[:columns].ljust(columns, FILLER) for line in lines])


if __name__ == "__main__":
    # FutureWarnings of scikit-image, which is held below the version that makes them errors.
    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)
    serve(PassportEyeProcess().answer)
