# SPDX-License-Identifier: Apache-2.0
"""Keyed hashes of what the trail vouches for: one rule for whoever writes an entry and whoever compares it later.

A plain SHA-256 of a record is a test for guesses: name, number and day of birth can be tried until it fits. A keyed
one says nothing to whoever has the trail alone; only the open store can hold it against the record.
"""

from __future__ import annotations

from station.domain.identifiers import EncounterId, ImageId
from station.ports.storage import Vouching


def vouched_body(vouch: Vouching, encounter_id: EncounterId, version: int, sha256: str) -> str:
    """Of one version of an encounter, given the hex SHA-256 of its bytes."""
    return vouch("body", f"{encounter_id}/{version}", sha256)


def vouched_step(vouch: Vouching, encounter_id: EncounterId, sequence: int, sha256: str) -> str:
    """Of one step of an inspection's journal."""
    return vouch("step", f"{encounter_id}/{sequence}", sha256)


def vouched_image(vouch: Vouching, image_id: ImageId, sha256: str) -> str:
    """Of one picture, given the hex SHA-256 of its encoded bytes."""
    return vouch("image", image_id, sha256)
