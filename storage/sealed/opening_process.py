# SPDX-License-Identifier: Apache-2.0
"""The helper process that looks into a bundle: whatever its seal, tar and manifest hold can only end this process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from station.domain.words import Text
from station.isolation.frames import Header
from station.isolation.serving import serve
from storage.sealed.reader import open_bundle


def answer(header: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
    """Open ``bundle`` with the identity of the first attachment; manifest and names of members come back."""
    identity = Secret.of(attachments[0].decode("ascii", "replace"))
    try:
        opened = open_bundle(Path(str(header["bundle"])), signer=str(header["signer"]), identity=identity)
    except BundleRefused as refused:
        return {"cause": spelled(refused.cause), "next_step": spelled(refused.next_step)}, ()
    finally:
        identity.forget()
    return {"opened": True}, (json.dumps(opened.manifest).encode(), json.dumps(opened.members).encode())


def spelled(text: Text) -> dict[str, object]:
    plain = {name: value.in_english() if isinstance(value, Text) else str(value) for name, value in text.values.items()}
    return {"source": text.source, "values": plain}


if __name__ == "__main__":
    serve(answer)
