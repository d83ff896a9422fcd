# SPDX-License-Identifier: Apache-2.0
"""Which V4L2 cameras are plugged in, read from the system's device files without opening a camera."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from devices.hotplug import udev_is_done


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A capture node. ``key`` stays the same over a re-plug where the camera has a serial or a fixed socket."""

    node: Path
    key: str
    name: str
    serial_number: str = ""
    version: str = ""  # USB vendor, product and release, where the camera is on USB


def cameras(*, nodes: Path = Path("/dev"), classes: Path = Path("/sys/class/video4linux")) -> list[FoundCamera]:
    """The cameras attached now, by node. One camera has several nodes; the one with index 0 gives pictures."""
    done = [node for node in nodes.glob("video*") if udev_is_done(node, root=nodes.parent)]
    keys = _stable_keys(nodes / "v4l")  # only now: udev makes the names before it is done
    found = []
    for node in sorted(done, key=lambda path: (len(path.name), path.name)):
        about = classes / node.name
        if _text(about / "index", "0") != "0":
            continue
        name = _text(about / "name", node.name)
        usb = about / "device" / ".."  # the node belongs to an interface, the interface to the camera
        numbers = [_text(usb / part, "") for part in ("idVendor", "idProduct", "bcdDevice")]
        version = f"{numbers[0]}:{numbers[1]} {numbers[2]}".strip() if numbers[0] else ""
        key = keys.get(node.name, f"{node.name}:{name}")
        found.append(FoundCamera(node, key, name, _text(usb / "serial", ""), version))
    return found


def _stable_keys(links: Path) -> dict[str, str]:
    """Node name to link name: by-id carries the serial, by-path the socket. By-id wins."""
    keys: dict[str, str] = {}
    for kind in ("by-path", "by-id"):
        folder = links / kind
        if folder.is_dir():
            keys.update({link.resolve().name: link.name for link in folder.iterdir()})
    return keys


def _text(path: Path, missing: str) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or missing
    except OSError:
        return missing
