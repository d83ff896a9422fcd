# SPDX-License-Identifier: Apache-2.0
"""A model of a disk whose power goes: what it certainly holds, and what it may or may not have got to.

- The sync of a file makes its earlier content and size durable, and not its name.
- The sync of a folder makes the earlier changes of its names durable: creations, renamings, removals.
- What was not synced may be there or not, each write by itself and each sector of 512 bytes by itself, in any order;
  a sector is never half written. A size that was set is a change of its own; gaps read as zeros.
- Changes of the names of one folder become durable in their order, a renaming whole (journals of ext4, XFS, btrfs).
- A file that was mapped into memory holds anything.
"""

from __future__ import annotations

import enum
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.power.recording import Event, Kind

SECTOR = 512


class Cut(enum.Enum):
    """What of the unsynced changes reached the disk."""

    NOTHING = "nothing"  # a disk with a large cache
    ALL = "all"  # as after the kill of the process
    ORDERED = "ordered"  # each file's changes in their order, up to some point within one
    SUBSET = "subset"  # whole writes, any of them
    TORN = "torn"  # single sectors, any of them


@dataclass(slots=True)
class _File:
    content: bytearray = field(default_factory=bytearray)
    pending: list[Event] = field(default_factory=list)
    mapped: bool = False


@dataclass(slots=True)
class _Folder:
    names: dict[str, _Node] = field(default_factory=dict)
    pending: list[dict[str, _Node | None]] = field(default_factory=list)
    now: dict[str, _Node] = field(default_factory=dict)


_Node = _File | _Folder


class Disk:
    """The state while events go by. It begins as what really stands in ``root``, all of it durable."""

    def __init__(self, root: Path) -> None:
        self._place = str(root)
        self._inodes: dict[int, _Node] = {}
        self._root = self._taken(root)

    def _taken(self, folder: Path) -> _Folder:
        node = _Folder()
        for path in folder.iterdir():
            inner: _Node = self._taken(path) if path.is_dir() else _File(bytearray(path.read_bytes()))
            self._inodes[path.stat().st_ino] = inner
            node.names[path.name] = inner
        node.now = dict(node.names)
        self._inodes[folder.stat().st_ino] = node
        return node

    @property
    def unsynced(self) -> bool:
        """Whether a cut now could leave more than one state."""
        return any(node.pending for node in self._inodes.values())

    def apply(self, event: Event) -> None:
        """One more change. Raises AssertionError for one that the model does not know."""
        match event.kind:
            case Kind.CREATED | Kind.FOLDER:
                node: _Node = _File() if event.kind is Kind.CREATED else _Folder()
                self._inodes[event.inode] = node
                folder, name = self._named(event.path)
                _change(folder, {name: node})
            case Kind.WRITTEN | Kind.CUT:
                self._file(event).pending.append(event)
            case Kind.SYNCED:
                _sync(self._inodes[event.inode])
            case Kind.RENAMED:
                (folder, old), (target, new) = self._named(event.path), self._named(event.to)
                assert folder is target, "a renaming from folder to folder is not in the model"
                _change(folder, {old: None, new: folder.now[old]})
            case Kind.REMOVED:
                folder, name = self._named(event.path)
                _change(folder, {name: None})
            case Kind.MAPPED:
                self._file(event).mapped = True
            case Kind.SAID:
                pass

    def _file(self, event: Event) -> _File:
        node = self._inodes[event.inode]
        assert isinstance(node, _File)
        return node

    def _named(self, path: str) -> tuple[_Folder, str]:
        node: _Node = self._root
        *above, name = Path(path).relative_to(self._place).parts
        for part in above:
            assert isinstance(node, _Folder)
            node = node.now[part]
        assert isinstance(node, _Folder)
        return node, name

    def cut(self, how: Cut, dice: random.Random, target: Path) -> None:
        """Write what the disk holds after a cut into the new folder ``target``."""
        _write_folder(self._root, how, dice, target)


def _change(folder: _Folder, change: dict[str, _Node | None]) -> None:
    folder.pending.append(change)
    _rename(folder.now, change)


def _rename(names: dict[str, _Node], change: dict[str, _Node | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def _sync(node: _Node) -> None:
    if isinstance(node, _File):
        for event in node.pending:
            _put(node.content, event)
    else:
        for change in node.pending:
            _rename(node.names, change)
    node.pending.clear()


def _put(content: bytearray, event: Event) -> None:
    end = event.at + len(event.data)
    if event.kind is Kind.CUT:
        del content[event.at :]
        end = event.at
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    if event.data:
        content[event.at : end] = event.data


def _write_folder(folder: _Folder, how: Cut, dice: random.Random, target: Path) -> None:
    target.mkdir(mode=0o700)
    names = dict(folder.names)
    for change in folder.pending[: _how_many(len(folder.pending), how, dice)]:
        _rename(names, change)
    for name, node in names.items():
        if isinstance(node, _Folder):
            _write_folder(node, how, dice, target / name)
            continue
        with open(os.open(target / name, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(_content(node, how, dice))


def _how_many(pending: int, how: Cut, dice: random.Random) -> int:
    if how in (Cut.NOTHING, Cut.ALL):
        return 0 if how is Cut.NOTHING else pending
    return dice.randint(0, pending)


def _content(file: _File, how: Cut, dice: random.Random) -> bytearray:
    content = bytearray(file.content)
    for event in _reached(file.pending, how, dice):
        _put(content, event)
    if file.mapped and dice.random() < 0.7:
        return bytearray(len(content)) if dice.random() < 0.3 else bytearray(dice.randbytes(len(content)))
    return content


def _reached(pending: list[Event], how: Cut, dice: random.Random) -> Iterator[Event]:
    match how:
        case Cut.NOTHING:
            return
        case Cut.ALL:
            yield from pending
        case Cut.ORDERED:
            count = dice.randint(0, len(pending))
            yield from pending[:count]
            if count < len(pending):
                sectors = list(_sectors(pending[count]))
                yield from sectors[: dice.randint(0, len(sectors))]
        case Cut.SUBSET:
            share = dice.random()
            yield from (event for event in pending if dice.random() < share)
        case Cut.TORN:
            share = dice.choice((0.03, 0.2, 0.5, 0.8, 0.97))
            for event in pending:
                yield from (part for part in _sectors(event) if dice.random() < share)


def _sectors(event: Event) -> Iterator[Event]:
    """The parts of a write that reach the disk one by one; a change of size is one part."""
    if event.kind is Kind.CUT:
        yield event
    place, end = event.at, event.at + len(event.data)
    while place < end:
        upto = min(place - place % SECTOR + SECTOR, end)
        yield Event(Kind.WRITTEN, event.inode, place, data=event.data[place - event.at : upto - event.at])
        place = upto
