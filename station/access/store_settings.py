# SPDX-License-Identifier: Apache-2.0
"""The names and shapes of the settings that a store carries inside itself."""

from __future__ import annotations

from collections.abc import Mapping

from station.domain.errors import StoreDamaged
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.ports.setting_rows import SettingRepository

RECIPIENTS = "export.recipients"
SIGNING_KEY = "station.signing_key"
PUBLIC_KEY = "station.public_key"
HEADQUARTERS_SIGNERS = "headquarters.signers"


def first_settings(*, recipient: str, signing_key: Secret, public_key: str) -> Mapping[str, bytes]:
    """What a new store begins with."""
    return {
        RECIPIENTS: to_json((recipient,)),
        SIGNING_KEY: signing_key.reveal(),
        PUBLIC_KEY: public_key.encode(),
    }


def recipients(settings: SettingRepository) -> tuple[str, ...]:
    """The age recipients of headquarters. Raises StoreDamaged."""
    return _texts(settings, RECIPIENTS)


def headquarters_signers(settings: SettingRepository) -> tuple[str, ...]:
    """The minisign public keys that sign receipts, each the key's line alone; none before the first. StoreDamaged."""
    return () if settings.get(HEADQUARTERS_SIGNERS) is None else _texts(settings, HEADQUARTERS_SIGNERS)


def signing_key(settings: SettingRepository) -> Secret:
    """The station's signing key in the sealer's own form. Raises StoreDamaged."""
    return Secret(_value(settings, SIGNING_KEY))


def public_key(settings: SettingRepository) -> str:
    """The text of the station's public minisign key. Raises StoreDamaged."""
    try:
        return _value(settings, PUBLIC_KEY).decode()
    except UnicodeDecodeError:
        raise damaged(PUBLIC_KEY) from None


def _texts(settings: SettingRepository, name: str) -> tuple[str, ...]:
    try:
        return from_json(tuple[str, ...], _value(settings, name))
    except NotThisShape:
        raise damaged(name) from None


def _value(settings: SettingRepository, name: str) -> bytes:
    value = settings.get(name)
    if value is None:
        raise damaged(name)
    return value


def damaged(name: str) -> StoreDamaged:
    """A setting that the store itself wrote cannot be used."""
    return StoreDamaged(
        say("A setting inside the store is missing or damaged: {name}.", name=name),
        say("Call a technician. The records are not touched."),
    )
