# SPDX-License-Identifier: Apache-2.0
"""Which serial lines have something on them: those that USB brings, by names that survive a re-plug."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devices.hotplug import udev_is_done

_USB: Final = ("ttyUSB*", "ttyACM*")
#: Kernel drivers of modems: opening their lines disturbs a connection.
_MODEMS: Final = frozenset({"option", "option1", "sierra", "qcserial", "hso", "cdc_wdm"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """One line with a reader, or what may be one. ``path`` is the node to open now; ``usable``: this account may."""

    path: Path
    name: str
    serial_number: str = ""
    version: str = ""
    usable: bool = True


def find_lines(
    named: Sequence[str], *, discover: bool, ignored: Sequence[str] = (), root: Path = Path("/")
) -> dict[str, FoundLine]:
    """Lines by device id: those ``named`` in the settings that exist, then those of USB. Opens nothing.

    Names of nodes (``ttyUSB0``) in ``ignored`` are left alone. ``root`` is for tests.
    """
    found: dict[str, FoundLine] = {}
    taken: set[Path] = set()
    for path in (Path(text) for text in named):
        if path.exists():
            taken.add(path.resolve())
            found[f"serial:{path}"] = _described(path, root)
    lines = [path for path in _usb_lines(root) if udev_is_done(path, root=root)] if discover else []
    stable = _stable_names(root)  # only now: udev makes the names before it is done
    for path in lines:
        if path in taken or path.name in ignored or _driver(path, root) in _MODEMS:
            continue
        found[f"serial:{stable.get(path.resolve(), path.name)}"] = _described(path, root)
    return found


def _usb_lines(root: Path) -> Iterator[Path]:
    for pattern in _USB:
        yield from sorted((root / "dev").glob(pattern))


def _stable_names(root: Path) -> dict[Path, str]:
    folder = root / "dev/serial/by-id"
    try:
        return {link.resolve(): link.name for link in sorted(folder.iterdir())}
    except OSError:
        return {}


def _driver(path: Path, root: Path) -> str:
    return (root / "sys/class/tty" / path.name / "device/driver").resolve().name


def _described(path: Path, root: Path) -> FoundLine:
    """What the USB device says of itself, found above the line in the kernel's tree."""
    place = (root / "sys/class/tty" / path.resolve().name / "device").resolve()
    usable = os.access(path, os.R_OK | os.W_OK)
    for folder in (place, *place.parents):
        if (folder / "idVendor").is_file():
            words = [_said(folder, "manufacturer"), _said(folder, "product")]
            name = " ".join(word for word in words if word)
            return FoundLine(
                path=path,
                name=name or f"Reader on {path.name}",
                serial_number=_said(folder, "serial"),
                version=_said(folder, "bcdDevice"),
                usable=usable,
            )
    return FoundLine(path=path, name=f"Reader on {path.name}", usable=usable)


def _said(folder: Path, key: str) -> str:
    try:
        text = (folder / key).read_text("utf-8", "replace")
    except OSError:
        return ""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:80]
