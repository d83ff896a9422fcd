# SPDX-License-Identifier: Apache-2.0
"""One line of the table: what failed, what the officer saw, what was saved, and how long the window stalled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.domain.encounter import Encounter, ImageKind

SEED: Final = 11  # of the travellers, of garbage, and of the moments


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """``saw``: the sentence on the page, or in the device bar. ``worst``: milliseconds between two heartbeats."""

    fault: str
    step: str
    device: str
    way_out: str
    saw: str
    saved: str
    worst: float


def saved_of(record: Encounter) -> str:
    """What stands in the record, in a few words."""
    kinds = {image.kind for image in record.images}
    decision = record.final_decision
    keyed = record.document_provenance is None or record.document_provenance.manual
    parts = [
        "page" if ImageKind.PAGE in kinds else f"document as {'keyed' if keyed else 'swiped'}",
        "portrait" if ImageKind.PORTRAIT in kinds else f"no portrait, with the reason ({record.portrait_omitted})",
        "entries",
        decision.kind.value if decision else "no decision",
    ]
    return "whole: " + ", ".join(parts)
