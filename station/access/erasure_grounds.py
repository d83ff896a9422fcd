# SPDX-License-Identifier: Apache-2.0
"""Why a record may have gone before its time, as entries of the trail say it, and what a verification says of them."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from station.domain.words import Text, say, say_count
from station.ports.storage import AuditEntry

_GROUND = "ground"
_WITHOUT = "without"


class EarlyGround(enum.StrEnum):
    """Why a record is erased before its time. The names are stable: they stand on the trail for years."""

    ASKED = "asked"  # the person asked for it
    COURT = "court"  # a court or the authority for data protection ordered it
    MISTAKE = "mistake"  # it should never have been recorded
    PROTECTION = "protection"  # that it is kept puts the person in danger


GROUND_TITLES: Mapping[EarlyGround, Text] = {
    EarlyGround.ASKED: say("The person asked for it"),
    EarlyGround.COURT: say("A court or the data protection authority ordered it"),
    EarlyGround.MISTAKE: say("It was recorded by mistake"),
    EarlyGround.PROTECTION: say("It puts the person in danger"),
}


def ground_details(ground: EarlyGround, without: str) -> dict[str, str]:
    """What an entry RECORD_ERASED says of an early erasure. ``without``: what it did not wait for, or empty."""
    return {_GROUND: ground.value} | ({_WITHOUT: without} if without else {})


@dataclass(slots=True)
class EarlyErasures:
    """Counts the records of a trail that went before their time."""

    _all: Counter[str] = field(default_factory=Counter)
    _without: Counter[str] = field(default_factory=Counter)

    def count(self, entry: AuditEntry) -> None:
        """An entry RECORD_ERASED."""
        ground = entry.details.get(_GROUND)
        if ground is not None:
            self._all[ground] += 1
            self._without[ground] += _WITHOUT in entry.details

    def said(self) -> Iterator[Text]:
        """A sentence for each ground, and one where headquarters did not hold the record. A ground that this program
        does not know is counted under its name on the trail."""
        titles: dict[str, Text] = {ground.value: title for ground, title in GROUND_TITLES.items()}
        for ground, count in sorted(self._all.items()):
            title = titles.get(ground, ground)
            yield say_count(
                "{count} record was erased before its time. Ground: {ground}.",
                "{count} records were erased before their time. Ground: {ground}.",
                count=count,
                ground=title,
            )
            if self._without[ground]:
                yield say_count(
                    "{count} of these was erased while headquarters did not hold it.",
                    "{count} of these were erased while headquarters did not hold them.",
                    count=self._without[ground],
                )
