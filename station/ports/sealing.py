# SPDX-License-Identifier: Apache-2.0
"""Sealing what leaves the station so that only headquarters opens it and everybody can check who sealed it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from station.domain.secrets import Secret
from station.ports.tasks import CancelToken

#: A larger file is written into no bundle and accepted from none.
MOST_MEMBER_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BundleMember:
    """One file of a bundle: ``name`` is ours (never from data), ``data`` its whole content."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedBundle:
    """A bundle on its target: the sealed file, its signature beside it, and what can be said of it."""

    path: Path
    signature_path: Path
    sha256: str  # hex, of the sealed file
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBundle:
    """What a check of a bundle found. Members and manifest only when an identity opened the seal."""

    signer_key_id: str
    trusted_comment: str
    manifest: Mapping[str, object] | None = field(default=None, repr=False)
    members: tuple[str, ...] = ()


class BundleSealer(Protocol):
    """tar → age (X25519 recipients) → minisign signature, streamed; nothing half-written stays."""

    def new_signing_key(self) -> Secret:
        """A fresh station signing key (Ed25519), in this sealer's own form."""
        ...

    def public_key(self, signing_key: Secret) -> str:
        """The minisign public key file's text for a signing key."""
        ...

    def check_recipient(self, recipient: str) -> None:
        """Raise RecipientRefused, with what is wrong, when this is not an age X25519 recipient."""
        ...

    def seal(
        self,
        target: Path,
        name: str,
        members: Iterable[BundleMember],
        manifest: Callable[[Sequence[tuple[str, int, str]]], Mapping[str, object]],
        *,
        recipients: Sequence[str],
        signing_key: Secret,
        trusted_comment: str,
        cancel: CancelToken,
    ) -> SealedBundle:
        """Write ``name.tar.age`` and ``name.tar.age.minisig`` into the folder ``target``.

        ``manifest`` is called with (member name, size, hex SHA-256) of every member written, in order; its JSON
        becomes the last member, ``manifest.json``. Raises TargetUnusable, RecipientRefused, Cancelled.
        """
        ...

    def open(self, bundle: Path, *, signer: str, identity: Secret | None) -> OpenedBundle:
        """Check signature, then seal, members and manifest when there is an ``identity``. Raises BundleRefused."""
        ...


class TextSigner(Protocol):
    """Signing and checking of small texts in minisign's form, with the station's signing key."""

    def sign_text(self, text: str, *, signing_key: Secret, trusted_comment: str) -> str:
        """The text of the signature file for ``text`` in UTF-8."""
        ...

    def key_id(self, public_key: str) -> str:
        """The key identifier of a minisign public key file's text, as minisign prints it. Raises BundleRefused."""
        ...

    def verify_text(self, text: str, signature: str, *, signer: str) -> str:
        """The trusted comment, when the key of the public key file ``signer`` signed this. Raises BundleRefused."""
        ...


class OpenBundler(Protocol):
    """tar → minisign signature: for what everybody may read, and nobody may change."""

    def bundle(
        self,
        target: Path,
        name: str,
        members: Iterable[BundleMember],
        manifest: Callable[[Sequence[tuple[str, int, str]]], Mapping[str, object]],
        *,
        signing_key: Secret,
        trusted_comment: str,
        cancel: CancelToken,
    ) -> SealedBundle:
        """As ``BundleSealer.seal``, into ``name.tar`` and its signature. Raises TargetUnusable, Cancelled."""
        ...


class AuditBundler(BundleSealer, TextSigner, OpenBundler, Protocol):
    """Everything that an exported audit log needs."""
