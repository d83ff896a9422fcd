# SPDX-License-Identifier: Apache-2.0
"""How fast MRZ text is parsed and composed: a manifest of a ship or a camp is read in one go."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta

from station.domain.dates import PartialDate
from station.domain.person import Sex
from station.mrtd.mrz import MrzFormat, parse
from station.mrtd.mrz_compose import MrzValues, compose

_MRZ_COUNT = 100_000
_TODAY = date(2026, 1, 1)
_DOCUMENT_CODES = {
    MrzFormat.TD1: "I",
    MrzFormat.TD2: "PU",
    MrzFormat.TD3: "P",
    MrzFormat.MRV_A: "V",
    MrzFormat.MRV_B: "V",
}


def measure() -> list[tuple[str, float, str]]:
    """Name, figure and unit of each measurement, on one core."""
    drawn = random.Random(9303)
    values = [_specimen(drawn, fmt) for fmt in MrzFormat for _ in range(400)]
    start = time.process_time()
    written = [compose(fmt, value) for fmt, value in values]
    composing = (time.process_time() - start) / len(written)

    parsed = lines = valid = 0
    start = time.process_time()
    while parsed < _MRZ_COUNT:
        for mrz in written:
            valid += parse(mrz, today=_TODAY).valid
            lines += len(mrz)
        parsed += len(written)
    parsing = time.process_time() - start
    if valid != parsed:
        raise RuntimeError("a composed MRZ was not read as valid")
    return [
        ("MRZ text: parse 100,000 MRZs (TD1, TD2, TD3, MRV-A, MRV-B)", parsing * _MRZ_COUNT / parsed, "s CPU"),
        ("MRZ text: parse 100,000 lines", parsing * 100_000 / lines, "s CPU"),
        ("MRZ text: parse one MRZ", parsing / parsed * 1e6, "µs CPU"),
        ("MRZ text: compose one MRZ", composing * 1e6, "µs CPU"),
    ]


def _specimen(drawn: random.Random, fmt: MrzFormat) -> tuple[MrzFormat, MrzValues]:
    def word(length: int) -> str:
        return "".join(drawn.choices("ABCDEFGHIJKLMNOPRSTUVZ", k=length))

    return fmt, MrzValues(
        document_code=_DOCUMENT_CODES[fmt],
        issuing_state="UTO",
        primary_identifier=word(8),
        secondary_identifier=f"{word(5)} {word(6)}",
        document_number=f"{word(1)}{drawn.randrange(10**8):08}",
        nationality="UTO",
        birth_date=PartialDate.of(_TODAY - timedelta(days=drawn.randrange(80 * 365))),
        sex=drawn.choice(list(Sex)),
        expiry_date=PartialDate.of(_TODAY + timedelta(days=drawn.randrange(-365, 3650))),
        optional_data=word(4),
    )


if __name__ == "__main__":
    for name, figure, unit in measure():
        print(f"{name}: {figure:.3g} {unit}")
