# SPDX-License-Identifier: Apache-2.0
"""Holds a bundle's manifest against what the bundle really contains."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import say
from station.exporting.manifest import FORMAT, WATERMARK, Manifest
from station.ports.storage import StoreKind
from storage.sealed.tar_format import Seen, refused


def checked_manifest(data: bytes, seen: Sequence[Seen]) -> Mapping[str, object]:
    """The manifest as a mapping. Raises BundleRefused when it is not one or does not fit the files ``seen``."""
    try:
        manifest = from_json(Manifest, data)
    except (NotThisShape, RecursionError):
        raise refused(say("The manifest of the bundle cannot be read.")) from None
    if manifest.format != FORMAT:
        raise refused(
            say("The manifest has a format that this program does not know: {format}.", format=manifest.format)
        )
    if (manifest.kind is StoreKind.TRAINING) != (manifest.watermark == WATERMARK):
        raise refused(say("The manifest is not sure whether the bundle is live or training."))
    _compare_files(manifest, seen)
    _compare_counts(manifest, seen)
    # Made from what was understood: fields that no station writes are not handed on.
    return cast("Mapping[str, object]", json.loads(to_json(manifest)))


def _compare_files(manifest: Manifest, seen: Sequence[Seen]) -> None:
    listed = {file.name: (file.size, file.sha256) for file in manifest.files}
    if len(listed) != len(manifest.files):
        raise refused(say("The manifest lists the same file twice."))
    for name, size, sha256 in seen:
        if name not in listed:
            raise refused(say("The bundle holds a file that its manifest does not list: {name}.", name=name))
        if listed.pop(name) != (size, sha256):
            raise refused(say("A file in the bundle is not the one its manifest lists: {name}.", name=name))
    for name in listed:
        raise refused(say("A file that the manifest lists is missing from the bundle: {name}.", name=name))


def _compare_counts(manifest: Manifest, seen: Sequence[Seen]) -> None:
    encounters = {name.split(".")[0] for name, _, _ in seen if name.startswith("encounters/")}
    images = [name for name, _, _ in seen if name.startswith("images/")]
    if (len(encounters), len(images)) != (manifest.counts.encounters, manifest.counts.images):
        raise refused(say("The manifest counts other files than the bundle holds."))
