# SPDX-License-Identifier: Apache-2.0
"""How well and how fast each recognition engine reads the same pictures: specimen photographs and drawn specimens.

The photographs (../shared/vectors/mrz) are used where they are present. Nothing is tuned to one of them by name.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from devices.simulators.specimens.people import SpecimenStock, Wear
from station.domain.errors import EngineUnavailable
from station.mrtd.mrz import parse
from station.optical.engines import ENGINES
from station.ports.images import EncodedImage
from station.ports.recognition import MrzEngine, ReadStatus, Recognition
from station.ports.tasks import CancelToken

_PHOTOGRAPHS = Path(__file__).parents[2] / "shared" / "vectors" / "mrz"
_TODAY = date(2026, 1, 1)
_SEED = 9303
_SPECIMENS = 24
_DPI = (300, 150, 110)
_TURNS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture and what is printed on it; no lines where there is no MRZ."""

    name: str
    image: EncodedImage = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)


@dataclass(slots=True)
class Score:
    """What one engine made of one set of pictures. ``milliseconds`` are processor time, decoding included."""

    engine: str
    pictures: str
    outcomes: Counter[ReadStatus] = field(default_factory=Counter)
    exact: int = 0
    read_but_wrong: int = 0
    valid_but_wrong: int = 0  # every check digit fits and the text differs: what no rule can find
    milliseconds: list[float] = field(default_factory=list)
    inexact: list[str] = field(default_factory=list)

    def add(self, sample: Sample, result: Recognition) -> None:
        """Count one reading."""
        found = result.zones[0].lines if result.zones else ()
        exact = found == sample.lines
        self.outcomes[result.status] += 1
        self.exact += exact
        self.read_but_wrong += result.status is ReadStatus.READ and not exact
        self.valid_but_wrong += bool(found) and not exact and parse(found, today=_TODAY).valid
        self.milliseconds.append(sum(result.milliseconds.values()))
        if not exact:
            self.inexact.append(f"{sample.name} ({result.status.value})")

    @property
    def row(self) -> str:
        """One line of the table."""
        count = len(self.milliseconds)
        ordered = sorted(self.milliseconds)
        cells = (
            self.engine,
            self.pictures,
            f"{count}",
            f"{100 * self.exact / count:.0f} %",
            *(f"{self.outcomes[status]}" for status in ReadStatus),
            f"{self.read_but_wrong}",
            f"{self.valid_but_wrong}",
            f"{statistics.median(ordered):.0f}",
            f"{ordered[int(0.95 * (count - 1))]:.0f}",
        )
        return "| " + " | ".join(cells) + " |"


def photographs() -> list[Sample]:
    """Photographs and scans of official specimens, none where the vectors are absent."""
    truth = _PHOTOGRAPHS / "truth.json"
    if not truth.is_file():
        return []
    return [
        Sample(name, EncodedImage((_PHOTOGRAPHS / name).read_bytes()), tuple(expected.get("lines") or ()))
        for name, expected in sorted(json.loads(truth.read_text()).items())
    ]


def specimens() -> list[Sample]:
    """Drawn specimens of all formats, in all states, at three resolutions, in four orientations."""
    stock = SpecimenStock(_SEED, today=_TODAY)
    samples = []
    for index in range(_SPECIMENS):
        traveller = stock.traveller(index)
        wear = tuple(Wear)[index % len(Wear)]
        dpi, turn = _DPI[index % len(_DPI)], _TURNS[index // 2 % 4]
        image = traveller.page_image(wear, dpi=dpi, orientation=turn)  # type: ignore[arg-type] # one of four by table
        samples.append(Sample(f"specimen {index}", image, traveller.mrz_lines))
    return samples


def scores() -> list[Score]:
    """Every engine that runs here on every set of pictures."""
    sets = {"photographs": photographs(), "drawn specimens": specimens()}
    return [
        score
        for name in ENGINES
        for score in _scores_of(name, {title: samples for title, samples in sets.items() if samples})
    ]


def _scores_of(name: str, sets: dict[str, Sequence[Sample]]) -> list[Score]:
    try:
        engine: MrzEngine = ENGINES[name]()
    except EngineUnavailable as problem:
        print(f"{name}: {problem.cause.in_english()} {problem.next_step.in_english()}", file=sys.stderr)
        return []
    found = []
    try:
        for title, samples in sets.items():
            engine.recognise(samples[0].image, cancel=CancelToken())  # loads libraries and language
            score = Score(name, title)
            for sample in samples:
                score.add(sample, engine.recognise(sample.image, cancel=CancelToken()))
            found.append(score)
    finally:
        engine.close()
    return found


def measure() -> list[tuple[str, float, str]]:
    """Name, figure and unit of each measurement."""
    figures: list[tuple[str, float, str]] = []
    for score in scores():
        name, count = f"MRZ reading, {score.engine}, {score.pictures}", len(score.milliseconds)
        figures += [
            (f"{name}: exact", 100 * score.exact / count, "%"),
            (f"{name}: called read", 100 * score.outcomes[ReadStatus.READ] / count, "%"),
            (f"{name}: called read but wrong", score.read_but_wrong, "pictures"),
            (f"{name}: check digits fit but wrong", score.valid_but_wrong, "pictures"),
            (f"{name}: median", statistics.median(score.milliseconds), "ms CPU"),
            (f"{name}: p95", sorted(score.milliseconds)[int(0.95 * (count - 1))], "ms CPU"),
        ]
    return figures


if __name__ == "__main__":
    print("| engine | pictures | n | exact | read | doubt | not read | read, wrong | fits, wrong | CPU ms | p95 |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    everything = scores()
    for one in everything:
        print(one.row)
    for one in everything:
        print(f"\n{one.engine}, {one.pictures}, not exact: {', '.join(one.inexact) or 'none'}")
