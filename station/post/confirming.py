# SPDX-License-Identifier: Apache-2.0
"""The one thing this room asks of the key desk: proof of who types. It can neither open a store nor change a key."""

from __future__ import annotations

from typing import Protocol

from station.domain.secrets import Secret
from station.ports.keys import Confirmed


class Confirms(Protocol):
    """Part of station.ports.keys.KeyDesk."""

    def confirm(self, name: str, password: Secret, message: bytes, *, pin: Secret | None = None) -> Confirmed:
        """Prove who types; the signature binds the person to ``message``. About a second. Raises SignInRefused."""
        ...
