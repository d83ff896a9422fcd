# SPDX-License-Identifier: Apache-2.0
"""What a unit of work keeps of small named values."""

from __future__ import annotations

from typing import Protocol


class SettingRepository(Protocol):
    """Small named values of this store: the identity, the recipients, the signing key."""

    def get(self, name: str) -> bytes | None:
        """The value, or None."""
        ...

    def put(self, name: str, value: bytes) -> None:
        """Keep or replace a value."""
        ...
