# SPDX-License-Identifier: Apache-2.0
"""Every byte that whoever holds the key could read of a store: all pages, free ones too, and every frame of the log.

SQLCipher 4 with a raw key: AES-256-CBC for each page of 4096 bytes, whose last 80 hold the vector and the MAC; the
first page begins with 16 bytes of salt in the open.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_PAGE, _RESERVED, _SALT = 4096, 80, 16
_LOG_HEADER, _FRAME_HEADER = 32, 24


def readable(folder: Path, key: bytes, database: str = "border.db") -> bytes:
    """What the database and its log hold, decrypted, free pages and outdated frames included."""
    path = folder / database
    data = path.read_bytes()
    pages = [data[at : at + _PAGE] for at in range(0, len(data), _PAGE)]
    found = [_page(page, key, first=number == 0) for number, page in enumerate(pages)]
    log = path.with_name(f"{database}-wal")
    if log.exists():
        found += _frames(log.read_bytes(), key)
    return b"".join(found)


def _frames(log: bytes, key: bytes) -> Iterator[bytes]:
    for at in range(_LOG_HEADER, len(log), _FRAME_HEADER + _PAGE):
        number = int.from_bytes(log[at : at + 4], "big")
        yield _page(log[at + _FRAME_HEADER : at + _FRAME_HEADER + _PAGE], key, first=number == 1)


def _page(page: bytes, key: bytes, *, first: bool) -> bytes:
    end = _PAGE - _RESERVED
    decryptor = Cipher(algorithms.AES256(key), modes.CBC(page[end : end + 16])).decryptor()
    return decryptor.update(page[_SALT if first else 0 : end]) + decryptor.finalize()
