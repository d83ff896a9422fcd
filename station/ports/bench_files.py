# SPDX-License-Identifier: Apache-2.0
"""The files that the bench leaves behind or takes: signed acceptance records, profiles, diagnostics."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from station.domain.secrets import Secret


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """One signed record: the bytes that were signed, and where they stand."""

    place: str
    document: bytes = field(repr=False)


class SignedRecords(Protocol):
    """Small signed documents beside the store. Blocks on the disk: never on the window's thread."""

    def keep(self, name: str, document: bytes, *, signing_key: Secret, trusted_comment: str) -> KeptRecord:
        """Write ``name.json`` and ``name.json.minisig``, durably, both or none; ``minisign -V`` checks the pair.

        ``name`` has letters, digits and dashes. Raises TargetUnusable, also when the name is taken.
        """
        ...

    def drop(self, name: str) -> None:
        """Take a pair away again whose act did not come to be. Nothing when it is not there."""
        ...

    def all(self, *, public_key: str) -> tuple[KeptRecord, ...]:
        """Every record whose signature by this key holds, in the order of their names; others do not count."""
        ...


class CarriedFiles(Protocol):
    """Small files on a stick or in a folder that a technician named. Blocks on the device."""

    def write(self, folder: Path, name: str, data: bytes) -> Path:
        """Write a new file, whole or not at all. Raises TargetUnusable, also when the name is taken."""
        ...

    def read(self, path: Path, *, most_bytes: int) -> bytes:
        """The content of a file. Raises TargetUnusable when it is not there, no file, or larger than allowed."""
        ...
