# SPDX-License-Identifier: Apache-2.0
"""The station's port for sealing, made of age and minisign: two public tools open and check what it writes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from station.domain.secrets import Secret
from station.domain.wire import to_json
from station.ports.clock import Clock, Randomness
from station.ports.sealing import AuditBundler, BundleMember, OpenedBundle, SealedBundle
from station.ports.tasks import CancelToken
from storage.sealed import age
from storage.sealed.minisign import MAX_SIGNATURE_FILE, PublicKey, Signature, SigningKey
from storage.sealed.reader import open_bundle
from storage.sealed.tar_format import TarFeed
from storage.sealed.writer import write_bundle, write_open_bundle


class Opener(Protocol):
    """Judges a bundle. Raises BundleRefused."""

    def __call__(self, bundle: Path, /, *, signer: str, identity: Secret | None) -> OpenedBundle: ...


class AgeMinisignSealer(AuditBundler):
    """tar → age (X25519 recipients) → minisign. Holds no key; any thread may use it.

    ``opener`` looks into bundles: here, or in a process of its own (``apart.open_bundle_apart``).
    """

    def __init__(self, clock: Clock, randomness: Randomness, *, opener: Opener = open_bundle) -> None:
        self._clock = clock
        self._randomness = randomness
        self._opener = opener

    def new_signing_key(self) -> Secret:
        """8 bytes of key identifier, 32 of Ed25519 seed."""
        return Secret(self._randomness.bytes(40))

    def public_key(self, signing_key: Secret) -> str:
        """The minisign public key file's text. Raises ValueError for what is not a signing key."""
        return SigningKey.of(signing_key).public_key_file()

    def check_recipient(self, recipient: str) -> None:
        """Raise RecipientRefused, with what is wrong, when this is not an age X25519 recipient."""
        age.check_recipient(recipient)

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
        """See the port. Every file in the tar carries the time of sealing and nothing else of this computer."""
        return write_bundle(
            target,
            name,
            self._feed(members, manifest, cancel),
            recipients=recipients,
            signing_key=SigningKey.of(signing_key),
            trusted_comment=trusted_comment,
            cancel=cancel,
        )

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
        """See the port."""
        return write_open_bundle(
            target,
            name,
            self._feed(members, manifest, cancel),
            signing_key=SigningKey.of(signing_key),
            trusted_comment=trusted_comment,
            cancel=cancel,
        )

    def _feed(
        self,
        members: Iterable[BundleMember],
        manifest: Callable[[Sequence[tuple[str, int, str]]], Mapping[str, object]],
        cancel: CancelToken,
    ) -> TarFeed:
        return TarFeed(
            members,
            lambda seen: to_json(manifest(seen)),
            modified_at=int(self._clock.now().timestamp()),
            cancel=cancel,
        )

    def open(self, bundle: Path, *, signer: str, identity: Secret | None) -> OpenedBundle:
        """Check signature, then seal, members and manifest when there is an ``identity``. Raises BundleRefused."""
        return self._opener(bundle, signer=signer, identity=identity)

    def sign_text(self, text: str, *, signing_key: Secret, trusted_comment: str) -> str:
        """See the port."""
        return SigningKey.of(signing_key).sign(hashlib.blake2b(text.encode()).digest(), trusted_comment)

    def key_id(self, public_key: str) -> str:
        """See the port. Raises BundleRefused."""
        return PublicKey.from_file_text(public_key).readable_id

    def verify_text(self, text: str, signature: str, *, signer: str) -> str:
        """See the port. Raises BundleRefused."""
        taken = Signature.from_file_text(signature.encode()[: MAX_SIGNATURE_FILE + 1])
        taken.verify(hashlib.blake2b(text.encode()).digest(), PublicKey.from_file_text(signer))
        return taken.trusted_comment
