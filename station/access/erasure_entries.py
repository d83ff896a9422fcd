# SPDX-License-Identifier: Apache-2.0
"""What an entry says of something that was erased, so that it is told for ever from something that went missing."""

from __future__ import annotations

from station.access.side_by_side import SideBySide
from station.access.vouched import vouched_body, vouched_image
from station.domain.identifiers import EncounterId, ImageId
from station.ports.retention import Erased
from station.ports.storage import AuditEntry, Vouching

_PART = "part"
_RULE = "rule"
_ERASURE = "erasure"
_VERSION = "erased_version"
_BODY = "erased_body"
_STEPS = "erased_steps"
_IMAGE = "erased_image."


def erased_details(vouch: Vouching, erased: Erased, *, rule: str, erasure_id: str) -> dict[str, str]:
    """Details of an entry RECORD_ERASED, whose subject is the encounter: identifiers, numbers and keyed hashes only."""
    details = {_PART: erased.part.name.lower(), _RULE: rule, _ERASURE: erasure_id}
    if erased.version:
        body = vouched_body(vouch, erased.encounter_id, erased.version, erased.body_sha256)
        details |= {_VERSION: str(erased.version), _BODY: body}
    if erased.steps:
        details[_STEPS] = str(erased.steps)
    return details | {
        f"{_IMAGE}{image_id}": vouched_image(vouch, image_id, sha256) for image_id, sha256 in erased.images
    }


def forget_erased(
    entry: AuditEntry,
    *,
    versions: SideBySide[tuple[EncounterId, int]],
    steps: SideBySide[tuple[EncounterId, int]],
    images: SideBySide[ImageId],
) -> None:
    """Take what this entry says was erased out of what earlier entries vouch for."""
    record = EncounterId(entry.subject)
    for number in _numbers(entry, _VERSION):
        versions.forget((record, number))
    for number in _numbers(entry, _STEPS):
        steps.forget((record, number))
    for name in entry.details:
        if name.startswith(_IMAGE):
            images.forget(ImageId(name.removeprefix(_IMAGE)))


def _numbers(entry: AuditEntry, name: str) -> range:
    last = entry.details.get(name, "")
    return range(1, int(last) + 1) if last.isdecimal() and len(last) < 7 else range(0)
