# SPDX-License-Identifier: Apache-2.0
"""Which scanners are there: SANE's list as devices with lasting names, and the look that disturbs no scan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.isolation.frames import Header

USB_NODES: Final = Path("/dev/bus/usb")

_NODE: Final = re.compile(r"libusb:(\d{3}):(\d{3})")
_PROTOCOLS: Final = frozenset({"eSCL", "WSD"})  # what sane-airscan gives in place of the maker


@dataclass(frozen=True, slots=True)
class FoundScanner:
    """A scanner as SANE lists it. Its SANE name changes with each plugging in; ``in_network`` is for its messages."""

    sane_name: str
    name: str
    in_network: bool = False


def scanners(answer: Header, *, in_network: bool = False) -> list[FoundScanner]:
    """The helper's list; an entry that is none is left out."""
    devices = answer.get("devices")
    return [
        FoundScanner(str(entry[0]), _readable(str(entry[1]), str(entry[2])), in_network)
        for entry in (devices if isinstance(devices, list) else ())
        if isinstance(entry, list) and len(entry) == 4 and not (in_network and _NODE.search(str(entry[0])))
    ]


def _readable(maker: str, model: str) -> str:
    return model if maker in _PROTOCOLS else f"{maker} {model}"


def by_lasting_name(found: Iterable[FoundScanner]) -> dict[str, FoundScanner]:
    """By maker, model and number, which stay the same when a scanner is plugged in again."""
    seen: dict[str, FoundScanner] = {}
    for scanner in found:
        name = f"sane:network:{scanner.name}" if scanner.in_network else f"sane:{scanner.name}"
        seen[f"{name}:{1 + sum(1 for key in seen if key.rpartition(':')[0] == name)}"] = scanner
    return seen


def still_attached(found: Mapping[str, FoundScanner], *, nodes: Path = USB_NODES) -> dict[str, FoundScanner]:
    """Those whose cable was not pulled, as far as the system's own files tell: asking SANE would disturb a scan."""
    return {device_id: scanner for device_id, scanner in found.items() if not _pulled(scanner.sane_name, nodes)}


def _pulled(sane_name: str, nodes: Path) -> bool:
    place = _NODE.search(sane_name)
    return place is not None and nodes.is_dir() and not (nodes / place[1] / place[2]).exists()
