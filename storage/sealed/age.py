# SPDX-License-Identifier: Apache-2.0
"""The one module that knows the age library: streams in, streams out, and errors that keep their cause.

The library turns every exception of a stream into its own without the original, and forgets one of the last write
altogether; the streams are wrapped here so that a full stick stays a full stick and a stop stays a stop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import pyrage

from station.domain.errors import BundleRefused, RecipientRefused
from station.domain.secrets import Secret
from station.domain.words import Text, say

#: A recipient takes some 100 bytes.
MOST_HEADER_BYTES = 12 * 1024
_HEADER_END = b"\n---"


class Source(Protocol):
    """Where bytes come from; an empty answer is the end."""

    def read(self, size: int = -1, /) -> bytes: ...


class Sink(Protocol):
    """Where bytes go, all of them or an exception."""

    def write(self, data: bytes, /) -> object: ...


class _Kept:
    """Remembers the exception that ended a stream."""

    problem: BaseException | None = None


class _KeptSource(_Kept):
    def __init__(self, source: Source, begun: bytes = b"") -> None:
        self._source = source
        self._begun = begun  # what was read ahead

    def read(self, size: int = -1) -> bytes:
        try:
            if self._begun:
                wanted = len(self._begun) if size < 0 else size
                piece, self._begun = self._begun[:wanted], self._begun[wanted:]
                return piece if size >= 0 else piece + self._source.read(size)
            return self._source.read(size)
        except BaseException as problem:
            self.problem = problem
            raise


class _KeptSink(_Kept):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, data: bytes) -> int:
        try:
            self._sink.write(data)
        except BaseException as problem:
            self.problem = problem
            raise
        return len(data)

    def flush(self) -> None:
        """Durability is the business of whoever owns the file."""


def check_recipient(recipient: str) -> None:
    """Raise RecipientRefused, with what is wrong, when this is not an age X25519 recipient."""
    _recipient(recipient)


def encrypt(source: Source, sink: Sink, recipients: Sequence[str]) -> None:
    """Seal all of ``source`` for every one of ``recipients``. Raises RecipientRefused and what the streams raise."""
    if not recipients:
        raise _not_a_recipient(say("No recipient key is set."))
    keys = [_recipient(recipient) for recipient in recipients]
    reading, writing = _KeptSource(source), _KeptSink(sink)
    try:
        pyrage.encrypt_io(reading, writing, keys)
    except pyrage.EncryptError as problem:
        raise reading.problem or writing.problem or problem from None
    _raise_forgotten(writing)


def decrypt(source: Source, sink: Sink, identity: Secret) -> None:
    """Open a seal. What reached ``sink`` counts only when this returns.

    Raises BundleRefused for a wrong identity and for a damaged seal, and what the streams raise.
    """
    key = _identity(identity)
    reading, writing = _KeptSource(source, _header(source)), _KeptSink(sink)
    try:
        pyrage.decrypt_io(reading, writing, [key])
    except (pyrage.DecryptError, OSError) as problem:
        kept = reading.problem or writing.problem
        if kept is not None:
            raise kept from None
        if "No matching keys" in str(problem):
            raise BundleRefused(
                say("The bundle is not sealed for this identity."), say("Use the identity of the recipient.")
            ) from None
        raise _damaged() from None
    _raise_forgotten(writing)


def _header(source: Source) -> bytes:
    """The beginning of a seal, up to the end of its header or a little more. Raises BundleRefused when it has no end.

    The library reads a header from its start again with each further line: a bundle of some megabytes whose header
    never ends would keep it busy for hours.
    """
    begun = b""
    while _HEADER_END not in begun:
        if len(begun) >= MOST_HEADER_BYTES:
            raise _damaged()
        piece = source.read(MOST_HEADER_BYTES - len(begun))
        if not piece:
            break  # cut off: the library says so
        begun += piece
    return begun


def _damaged() -> BundleRefused:
    return BundleRefused(
        say("The seal of the bundle is damaged."),
        say("Do not use this bundle. Ask the station to export again."),
    )


def _raise_forgotten(writing: _KeptSink) -> None:
    """The last piece is written while the library tidies up, where it has no way to report a failure."""
    if writing.problem is not None:
        raise writing.problem


def _identity(identity: Secret) -> Any:
    try:
        return pyrage.x25519.Identity.from_str(identity.reveal().decode("ascii").strip())
    except (pyrage.IdentityError, UnicodeDecodeError):
        raise BundleRefused(
            say("The identity is not an age secret key."), say("Give a file with one line AGE-SECRET-KEY-1….")
        ) from None


def _recipient(recipient: str) -> object:
    if not recipient:
        raise _not_a_recipient(say("The recipient key is empty."))
    if recipient.upper().startswith("AGE-SECRET-KEY-"):
        raise _not_a_recipient(say("This is a secret key. It must never leave headquarters."))
    if not recipient.startswith("age1"):
        raise _not_a_recipient(say("A recipient key begins with age1; this one does not."))
    try:
        return pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise _not_a_recipient(
            say("The recipient key has a typing error or is cut off: its check characters do not fit.")
        ) from None


def _not_a_recipient(cause: Text) -> RecipientRefused:
    return RecipientRefused(cause, say("Ask headquarters for its public recipient key, and paste all of it."))


def recipient_of(identity: Secret) -> str:
    """The public recipient of an X25519 identity. Raises BundleRefused when it is not one."""
    return str(_identity(identity).to_public())


def new_identity() -> tuple[Secret, str]:
    """A fresh X25519 identity and its recipient: for demonstration, training and tests.

    Headquarters makes its own with ``age-keygen`` and never lets a station see the identity.
    """
    identity = pyrage.x25519.Identity.generate()
    return Secret.of(str(identity)), str(identity.to_public())
