# SPDX-License-Identifier: Apache-2.0
"""A process that seals a bundle and stops at a named point, to be killed there by a test."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from station.domain.wire import to_json
from station.ports.sealing import BundleMember
from station.ports.tasks import CancelToken
from tests.storage.sealed.bundles import NAME, SEALER, SIGNING_KEY, manifest_of


def stop(point: str, wanted: str) -> None:
    """Say where we are and wait for the end, when this is the wanted point."""
    if point == wanted:
        print(point, flush=True)
        sys.stdin.read()


def main(target: Path, recipient: str, wanted: str) -> None:
    """Seal four megabytes into ``target``."""
    real_rename = os.rename
    renamed = 0

    def watched_rename(source: Path, destination: Path) -> None:
        nonlocal renamed
        renamed += 1
        stop(f"before name {renamed}", wanted)
        real_rename(source, destination)
        stop(f"after name {renamed}", wanted)

    os.rename = watched_rename  # type: ignore[assignment]  # the real one, with a stop before and after

    def members() -> Iterator[BundleMember]:
        for number in range(4):
            yield BundleMember(f"images/{number}.jpg", os.urandom(1_000_000))
            stop(f"member {number}", wanted)

    SEALER.seal(
        target,
        NAME,
        members(),
        lambda files: json.loads(to_json(manifest_of(files))),
        recipients=(recipient,),
        signing_key=SIGNING_KEY,
        trusted_comment="by a child",
        cancel=CancelToken(),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
