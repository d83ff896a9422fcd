# SPDX-License-Identifier: Apache-2.0
"""Pictures on their way from a device: encoded and not yet trusted, or live and already plain pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

#: A larger picture is taken from no device, opened by no helper and put into no bundle.
MOST_IMAGE_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """A picture as a device or file gave it: encoded bytes, not yet trusted, not yet decoded."""

    data: bytes = field(repr=False)
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class PreviewFrame:
    """One live picture: ``rgb`` holds height x width x 3 bytes, rows top down, no padding."""

    width: int
    height: int
    rgb: bytes = field(repr=False)


class PhotoChooser(Protocol):
    """A photo in a file, in place of a camera. Any thread may call."""

    @property
    def device_id(self) -> str:
        """The device that gives the photo while a file is chosen."""
        ...

    def choose_file(self, file: Path | None) -> None:
        """Offer this file, or nothing any more: no photo is left for the next traveller."""
        ...
