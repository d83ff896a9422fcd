# SPDX-License-Identifier: Apache-2.0
"""What a unit of work keeps of pictures: their encoded bytes, by the identifier that records name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from station.domain.encounter import ImageReference
from station.domain.identifiers import EncounterId, ImageId


class ImageRepository(Protocol):
    """Pictures, encrypted under the key of their day, and then like everything in the store."""

    def add(self, reference: ImageReference, data: bytes, *, encounter_id: EncounterId | None = None) -> None:
        """Keep a picture's encoded bytes, and the encounter with which they are let go one day."""
        ...

    def data(self, image_id: ImageId) -> bytes | None:
        """The encoded bytes; None when there is no such picture, or when the key of its day is gone."""
        ...

    def erased(self, image_id: ImageId) -> bool:
        """Whether this picture was let go while its record stays: gone rightly, and not damaged."""
        ...

    def recorded_hashes(self) -> Iterator[tuple[ImageId, str]]:
        """Every picture with the hex SHA-256 of the bytes that stand in the store now."""
        ...
