# SPDX-License-Identifier: Apache-2.0
"""A password or key that cannot be printed by accident."""

from __future__ import annotations


class Secret:
    """Bytes that never appear in a repr, a log or a comparison message; ``reveal`` is the only way out."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self._data = bytearray(data)

    @classmethod
    def of(cls, text: str) -> Secret:
        """The UTF-8 bytes of ``text``."""
        return cls(text.encode())

    def reveal(self) -> bytes:
        """The bytes. Empty after ``forget``."""
        return bytes(self._data)

    def forget(self) -> None:
        """Overwrite this copy. Copies the interpreter made elsewhere may remain: see docs/security.md."""
        for index in range(len(self._data)):
            self._data[index] = 0
        self._data.clear()

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not pickled")
