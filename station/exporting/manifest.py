# SPDX-License-Identifier: Apache-2.0
"""The list that goes with every bundle: whose it is, which one, what follows what, and a hash per file."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime

from station.access.audit import AuditHead
from station.access.distress import DistressRaised
from station.domain.identifiers import ImageId, OfficerId
from station.ports.anchors import SignedCheckpoint
from station.ports.storage import StoreKind

FORMAT = 1
WATERMARK = "TRAINING – NOT REAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFile:
    """One file of a bundle; ``sha256`` in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestCounts:
    """How many of each there are. ``encounters`` counts encounters, not their versions."""

    encounters: int
    images: int
    audit_entries: int


class Pictures(enum.Enum):
    """Whether pictures go along in a bundle outside the plan."""

    LEFT_OUT = "left-out"  # neither they nor what records say of them
    INCLUDED = "included"  # those of the newest version of each record


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsidePlan:
    """Why a bundle left for somebody who is not headquarters: who asked, who approved, for whom and for what.

    ``recipient``: their age key. The days are those of a period, both included; None for one single record.
    """

    request: str
    asked_by: OfficerId
    approved_by: OfficerId
    recipient: str
    whom: str
    purpose: str
    first_day: date | None
    last_day: date | None
    pictures: Pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """``previous_bundle_sha256`` is that of the last export the station completed, empty for the first.

    ``unfinished_sequences`` were begun after that one and not completed: bundles with these numbers may exist
    (a power cut between writing and recording); what they hold comes again in this or a later bundle.
    ``audit_head`` anchors the whole trail outside the station; ``audit_follows`` is the entry before the first one in
    the bundle: the head of the bundle before, unless the station was put back to an older state. ``checkpoints`` are
    those made for this export, the border store's first. ``distress``: acts under duress, ever; no screen of the
    station shows them, and only who can open the seal reads them. ``damaged_images`` are missing from the store,
    too large for a bundle, or not what their record says; the last kind is in the bundle as it is. ``outside``: a
    bundle outside the plan; its ``sequence`` counts among its kind, it follows no bundle and none follows it, and it
    holds nothing of the trail, no checkpoints and no word of distress: strangers read it.
    """

    format: int
    kind: StoreKind
    watermark: str  # WATERMARK in training, empty in live
    post: str
    station: str
    lane: str
    sequence: int
    previous_bundle_sha256: str
    unfinished_sequences: tuple[int, ...]
    made_at: datetime
    made_by: str
    counts: ManifestCounts
    audit_head: AuditHead | None
    damaged_images: tuple[ImageId, ...]
    files: tuple[ManifestFile, ...]
    audit_follows: AuditHead | None = None
    checkpoints: tuple[SignedCheckpoint, ...] = ()
    distress: tuple[DistressRaised, ...] = ()
    outside: OutsidePlan | None = None
