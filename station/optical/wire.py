# SPDX-License-Identifier: Apache-2.0
"""A reading on its way from a helper process: plain JSON, and everything that arrives is checked.

A helper that was taken over by its picture can still send only what a reading may hold: known formats, MRZ
characters, places inside the layout, reasons by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from station.domain.words import Text
from station.mrtd.check_digits import MRZ_CHARACTERS
from station.mrtd.mrz_formats import MrzFormat
from station.optical.reasons import REASONS, Reason
from station.ports.barcodes import Barcode, Symbology
from station.ports.recognition import CorrectedCharacter, DoubtfulCharacter, RecognisedZone

_RAW_CHARACTERS = MRZ_CHARACTERS | {"?"}
_LONGEST_RAW = 200
_MOST_ZONES = 8
_MOST_CODES = 16
_LONGEST_CODE = 8192  # bytes; the largest symbol of all kinds, a QR Code of version 40, holds 7089 digits
_NAMES = {text.source: reason.value for reason, text in REASONS.items()}


class WireRefused(ValueError):
    """What arrived is no reading."""


def zones_to_json(zones: Sequence[RecognisedZone]) -> list[object]:
    """Zones as JSON values."""
    return [
        {
            "format": zone.format.value,
            "lines": list(zone.lines),
            "raw_lines": list(zone.raw_lines),
            "doubts": [
                [doubt.line, doubt.column, doubt.read, list(doubt.alternatives), _NAMES[doubt.reason.source]]
                for doubt in zone.doubts
            ],
            "corrected": [
                [change.line, change.column, change.seen, change.suggested, _NAMES[change.reason.source]]
                for change in zone.corrected
            ],
            "outline": [list(corner) for corner in zone.outline],
        }
        for zone in zones
    ]


def zones_from_json(value: object) -> tuple[RecognisedZone, ...]:
    """Zones from JSON values. Raises WireRefused."""
    try:
        return tuple(_zone(_mapping(item)) for item in _list(value, _MOST_ZONES))
    except (KeyError, ValueError, TypeError) as error:
        raise WireRefused(type(error).__name__) from None


def codes_to_wire(codes: Sequence[Barcode]) -> tuple[dict[str, object], tuple[bytes, ...]]:
    """Codes as a header and one attachment each, which is its content."""
    places = [[code.symbology.value, [list(corner) for corner in code.corners]] for code in codes]
    return {"codes": places}, tuple(code.content for code in codes)


def codes_from_wire(header: Mapping[str, object], contents: Sequence[bytes]) -> tuple[Barcode, ...]:
    """Codes from what a helper sent. Raises WireRefused."""
    try:
        items = _list(header["codes"], _MOST_CODES)
        if any(len(content) > _LONGEST_CODE for content in contents):
            raise ValueError("longer than any code")
        return tuple(_code(_list(item, 2), content) for item, content in zip(items, contents, strict=True))
    except (KeyError, ValueError, TypeError) as error:
        raise WireRefused(type(error).__name__) from None


def _code(item: Sequence[object], content: bytes) -> Barcode:
    symbology, corners = item
    return Barcode(Symbology(symbology), content, tuple(_pixel(_list(corner, 2)) for corner in _list(corners, 4)))


def _pixel(item: Sequence[object]) -> tuple[int, int]:
    across, down = item
    if not isinstance(across, int) or not isinstance(down, int) or across < 0 or down < 0:
        raise ValueError("no place in a picture")
    return across, down


def milliseconds_from_json(value: object) -> dict[str, float]:
    """Times by name. Raises WireRefused."""
    try:
        times = {str(name): _number(time) for name, time in _mapping(value).items()}
    except (ValueError, TypeError) as error:
        raise WireRefused(type(error).__name__) from None
    return {name: round(times.get(name, 0.0), 2) for name in ("decode", "locate", "recognise")}


def _zone(item: Mapping[str, object]) -> RecognisedZone:
    fmt = MrzFormat(item["format"])
    lines = tuple(_text(line, _RAW_CHARACTERS, fmt.columns) for line in _list(item["lines"], fmt.rows))
    if len(lines) != fmt.rows or any(len(line) != fmt.columns for line in lines):
        raise ValueError("lines do not fit the format")
    cells = fmt.rows * fmt.columns
    return RecognisedZone(
        format=fmt,
        lines=lines,
        raw_lines=tuple(_raw(line) for line in _list(item["raw_lines"], 8)),
        doubts=tuple(_doubt(fmt, _list(doubt, 5)) for doubt in _list(item["doubts"], cells)),
        corrected=tuple(_change(fmt, _list(change, 5)) for change in _list(item["corrected"], cells)),
        outline=tuple(_corner(_list(corner, 2)) for corner in _list(item["outline"], 4)),
    )


def _doubt(fmt: MrzFormat, item: Sequence[object]) -> DoubtfulCharacter:
    line, column, read, alternatives, reason = item
    place = _place(fmt, line, column)
    others = tuple(_text(other, MRZ_CHARACTERS, 1) for other in _list(alternatives, 8))
    return DoubtfulCharacter(
        line=place[0],
        column=place[1],
        read=_text(read, _RAW_CHARACTERS, 1),
        alternatives=others,
        reason=_reason(reason),
    )


def _change(fmt: MrzFormat, item: Sequence[object]) -> CorrectedCharacter:
    line, column, seen, suggested, reason = item
    place = _place(fmt, line, column)
    return CorrectedCharacter(
        line=place[0],
        column=place[1],
        seen=_text(seen, _RAW_CHARACTERS, 1),
        suggested=_text(suggested, MRZ_CHARACTERS, 1),
        reason=_reason(reason),
    )


def _place(fmt: MrzFormat, line: object, column: object) -> tuple[int, int]:
    if not isinstance(line, int) or not isinstance(column, int):
        raise TypeError
    if not (0 <= line < fmt.rows and 0 <= column < fmt.columns):
        raise ValueError("outside the layout")
    return line, column


def _corner(item: Sequence[object]) -> tuple[float, float]:
    across, down = item
    return _number(across), _number(down)


def _reason(value: object) -> Text:
    return REASONS[Reason(value)]


def _text(value: object, alphabet: frozenset[str], longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not set(value) <= alphabet:
        raise ValueError("not MRZ text")
    return value


def _raw(value: object) -> str:
    """What an engine saw: any printable characters, since nothing has judged it yet."""
    if not isinstance(value, str) or len(value) > _LONGEST_RAW or not (value.isascii() and value.isprintable()):
        raise ValueError("not raw text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _list(value: object, most: int) -> Sequence[object]:
    if not isinstance(value, list) or len(value) > most:
        raise TypeError
    return value


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError
    return value
