# SPDX-License-Identifier: Apache-2.0
"""Every parser that is fuzzed, by name; a target is made in the process that needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.fuzz.material import Material
from tests.fuzz.target import Target

#: Given the keys of the state and an empty folder in memory.
Maker = Callable[[Material, Path], Target]


def _written(name: str) -> Maker:
    def make(_material: Material, folder: Path) -> Target:
        from tests.fuzz import written_targets as here

        makers: Mapping[str, Callable[[], Target]] = {
            "mrz": here.mrz,
            "settings": lambda: here.settings(folder),
            "slots": lambda: here.slots(folder),
            "manifest": here.manifest,
        }
        return makers[name]()

    return make


def _sealed(name: str) -> Maker:
    def make(material: Material, folder: Path) -> Target:
        from tests.fuzz import sealed_targets as here

        makers: Mapping[str, Callable[[], Target]] = {
            "minisign-signature": here.minisign_signature,
            "minisign-key": here.minisign_key,
            "age": lambda: here.age_seal(material),
            "tar": here.tar,
            "bundle": lambda: here.bundle(material, folder),
        }
        return makers[name]()

    return make


def _wire(name: str) -> Maker:
    def make(material: Material, _folder: Path) -> Target:
        from tests.fuzz import wire_targets as here

        makers: Mapping[str, Callable[[], Target]] = {
            "serial": here.serial,
            "sbi-messages": here.sbi_messages,
            "sbi-signatures": lambda: here.sbi_signatures(material),
            "frames": here.frames,
        }
        return makers[name]()

    return make


def _pictures(name: str) -> Maker:
    def make(_material: Material, _folder: Path) -> Target:
        from tests.fuzz import picture_targets as here

        return {"picture-header": here.picture_header, "picture": here.picture}[name]()

    return make


def _backups(name: str) -> Maker:
    def make(_material: Material, folder: Path) -> Target:
        from tests.fuzz import backup_targets as here

        return here.backup(folder) if name == "backup" else here.recovery_words()

    return make


def _headquarters(name: str) -> Maker:
    def make(material: Material, _folder: Path) -> Target:
        from tests.fuzz import headquarters_targets as here

        return here.receipt() if name == "receipt" else here.headquarters_key(material)

    return make


def _planted(name: str) -> Maker:
    def make(_material: Material, _folder: Path) -> Target:
        from tests.fuzz import planted

        return planted.target(name)

    return make


TARGETS: Mapping[str, Maker] = {
    **{name: _written(name) for name in ("mrz", "settings", "slots", "manifest")},
    **{name: _sealed(name) for name in ("bundle", "tar", "age", "minisign-signature", "minisign-key")},
    **{name: _wire(name) for name in ("serial", "sbi-messages", "sbi-signatures", "frames")},
    **{name: _backups(name) for name in ("backup", "recovery-words")},
    **{name: _headquarters(name) for name in ("receipt", "headquarters-key")},
    **{name: _pictures(name) for name in ("picture-header", "picture")},
}
#: Parsers with a fault put into them, to see that faults are found.
PLANTED: Mapping[str, Maker] = {name: _planted(name) for name in ("planted-error", "planted-hang", "planted-hunger")}
