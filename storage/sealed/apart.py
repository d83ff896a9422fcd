# SPDX-License-Identifier: Apache-2.0
"""Looks into a bundle in a helper process without network. Only the signature is judged here, before anything else:
what nobody known has signed is not even unsealed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, say
from station.exporting.manifest import Manifest
from station.isolation.child import HelperDied, HelperProcess, Stop
from station.isolation.limits import Limits
from station.ports.sealing import OpenedBundle
from station.ports.tasks import CancelToken
from storage.sealed.reader import open_bundle
from storage.sealed.tar_format import is_member_name, refused

CHILD: Final = "storage.sealed.opening_process"
#: An hour for a full stick on a slow machine; a manifest of 64 MiB and the hashes of 100,000 members fit.
LIMITS: Final = Limits(memory_bytes=1 << 30, cpu_seconds=3600, wall_seconds=3600)
_MOST_CHARACTERS: Final = 500
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")


def open_bundle_apart(
    bundle: Path, *, signer: str, identity: Secret | None, cancel: Stop | None = None
) -> OpenedBundle:
    """As ``reader.open_bundle``. Raises BundleRefused, Cancelled."""
    signed = open_bundle(bundle, signer=signer, identity=None)
    if identity is None:
        return signed
    with closing(HelperProcess(CHILD, LIMITS, name="bundle")) as helper:
        try:
            header, parts = helper.request(
                {"bundle": str(bundle.absolute()), "signer": signer},
                (identity.reveal(),),
                cancel=cancel or CancelToken(),
            )
        except HelperDied as died:
            raise refused(
                say("The bundle could not be read: the reading program ended ({reason}).", reason=died.reason.value)
            ) from None
    if header.get("opened") is not True:
        raise BundleRefused(sentence(header.get("cause")), sentence(header.get("next_step")))
    return _judged(signed, parts)


def _judged(signed: OpenedBundle, parts: tuple[bytes, ...]) -> OpenedBundle:
    """What came back has the shape of a manifest and of names; it may come from a process that was taken over."""
    try:
        manifest, members = parts
        checked = from_json(Manifest, manifest)
        names = from_json(tuple[str, ...], members)
    except (NotThisShape, ValueError, RecursionError):
        raise _nonsense() from None
    if not all(map(is_member_name, names)):
        raise _nonsense()
    return replace(signed, manifest=json.loads(to_json(checked)), members=names)


def sentence(spelled: object) -> Text:
    """A sentence of the child with its values, as plain text; one that is none is replaced."""
    match spelled:
        case {"source": str(source), "values": Mapping() as values} if len(source) <= _MOST_CHARACTERS:
            plain = {str(name): str(value)[:_MOST_CHARACTERS] for name, value in values.items()}
            if set(_PLACE.findall(source)) <= set(plain) and not re.search(r"[{}]", _PLACE.sub("", source)):
                return Text(source, plain)
    return _nonsense().cause


def _nonsense() -> BundleRefused:
    return refused(say("The program that reads bundles gave an answer that makes no sense."))
