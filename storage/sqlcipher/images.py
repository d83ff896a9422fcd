# SPDX-License-Identifier: Apache-2.0
"""Pictures in the database, each encrypted once more under the key of its day, so that a day can be let go."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from station.domain.encounter import ImageReference
from station.domain.identifiers import EncounterId, ImageId
from station.domain.wire import to_json
from storage.keys.day_keys import DayKeys
from storage.sqlcipher.connection import unwritable
from storage.sqlcipher.transaction import Transaction


class Images:
    """Implements station.ports.picture_rows.ImageRepository. Without ``day_keys`` pictures are kept as they come."""

    def __init__(self, transaction: Transaction, day_keys: DayKeys | None = None) -> None:
        self._transaction = transaction
        self._day_keys = day_keys

    def add(self, reference: ImageReference, data: bytes, *, encounter_id: EncounterId | None = None) -> None:
        """Keep a picture's encoded bytes. Raises ValueError when they are not those of the reference."""
        if hashlib.sha256(data).hexdigest() != reference.sha256:
            raise ValueError("the picture's bytes do not have the hash of its reference")
        day_key, stored = self._sealed(reference, data)
        self._transaction.run(
            "INSERT INTO image (image_id, kind, sha256, media_type, provenance, data, day_key, encounter_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                reference.image_id,
                reference.kind.value,
                reference.sha256,
                reference.media_type,
                to_json(reference.provenance),
                stored,
                day_key,
                encounter_id,
            ),
        )

    def data(self, image_id: ImageId) -> bytes | None:
        """The encoded bytes; None when there is no such picture, or when it cannot be decrypted."""
        row = self._transaction.one("SELECT kind, sha256, data, day_key FROM image WHERE image_id = ?", (image_id,))
        return None if row is None else self._opened(image_id, *row)

    def erased(self, image_id: ImageId) -> bool:
        """Whether this picture was let go while its record stays."""
        return self._transaction.one("SELECT 1 FROM erased_image WHERE image_id = ?", (image_id,)) is not None

    def recorded_hashes(self) -> Iterator[tuple[ImageId, str]]:
        """Every picture in the order it was kept, with the hex SHA-256 of the bytes that stand there now.

        What cannot be decrypted has the hash of what stands there, which is none that was ever recorded.
        """
        serial = 0
        while row := self._transaction.one(
            "SELECT serial, image_id, kind, sha256, data, day_key FROM image WHERE serial > ? ORDER BY serial LIMIT 1",
            (serial,),
        ):
            serial, image_id, kind, sha256, stored, day_key = row
            data = self._opened(image_id, kind, sha256, stored, day_key)
            yield ImageId(image_id), hashlib.sha256(stored if data is None else data).hexdigest()

    def _sealed(self, reference: ImageReference, data: bytes) -> tuple[str | None, bytes]:
        if self._day_keys is None:
            return None, data
        day = reference.provenance.captured_at.astimezone().date()  # of the computer's time zone, which is the post's
        try:
            return self._day_keys.encrypt(
                day.isoformat(), data, _context(reference.image_id, reference.kind.value, reference.sha256)
            )
        except OSError as problem:
            failure = unwritable()
            self._transaction.fail(failure)
            raise failure from problem

    def _opened(self, image_id: str, kind: str, sha256: str, stored: bytes, day_key: str | None) -> bytes | None:
        if day_key is None:
            return stored
        if self._day_keys is None:
            return None
        return self._day_keys.decrypt(day_key, stored, _context(image_id, kind, sha256))


def _context(image_id: str, kind: str, sha256: str) -> bytes:
    """What a picture is bound to: put under another identifier, its bytes do not open."""
    return to_json(["hbm-station picture 1", image_id, kind, sha256])
