# SPDX-License-Identifier: Apache-2.0
"""Parsers of what brings a post back: backups from anybody's medium, and words from anybody's sheet of paper."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from station.access.recovery import WordList
from station.domain.errors import BundleRefused, ShareRefused
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.wire import to_json
from station.ports.backup import SHARE_WORDS, BackedUpStore, BackupFile, BackupManifest
from station.ports.sealing import BundleMember
from station.ports.storage import StoreKind, StoreName
from station.ports.tasks import CancelToken
from station.safekeeping.manifest import FORMAT, WATERMARK
from storage.backup.judging import checked
from storage.backup.reader import Unpacking
from storage.keys.recovery import Slip39Shares
from storage.sealed.tar_format import Seen, TarFeed, TarReading
from tests.fuzz.target import Target
from ui.host import SeededRandomness

_MEMBERS = (
    BundleMember("border/slots.json", b'{"format": 2}'),
    BundleMember("border/day_keys.json", b"{}"),
    BundleMember("border/database-0001.bin", bytes(range(256)) * 4),
    BundleMember("border/log-0001.bin", b"log"),
    BundleMember("enforcement/slots.json", b"{}"),
    BundleMember("enforcement/database-0001.bin", b"one"),
    BundleMember("enforcement/database-0002.bin", b"two"),
)


def _manifest(seen: tuple[Seen, ...]) -> bytes:
    return to_json(
        BackupManifest(
            format=FORMAT,
            kind=StoreKind.TRAINING,
            watermark=WATERMARK,
            post="Utopia Harbour",
            station="Harbour 1",
            lane="1",
            name="backup",
            made_at=datetime(2026, 11, 22, tzinfo=UTC),
            made_by=OfficerId("officer-1"),
            public_key="untrusted comment: x\nRWQ\n",
            stores=(
                BackedUpStore(
                    name=StoreName.BORDER,
                    slot_generation=1,
                    audit_sequence=4,
                    audit_hash="00",
                    database=("border/database-0001.bin",),
                    write_ahead_log=("border/log-0001.bin",),
                ),
                BackedUpStore(
                    name=StoreName.ENFORCEMENT,
                    slot_generation=1,
                    audit_sequence=0,
                    audit_hash="",
                    database=("enforcement/database-0001.bin", "enforcement/database-0002.bin"),
                ),
            ),
            files=tuple(BackupFile(name=name, size=size, sha256=digest) for name, size, digest in seen),
        )
    )


def _tar() -> bytes:
    feed = TarFeed(_MEMBERS, lambda seen: _manifest(tuple(seen)), modified_at=0, cancel=CancelToken())
    return b"".join(iter(lambda: feed.read(65536), b""))


def backup(folder: Path) -> Target:
    """What comes out of a seal that anybody could have made: unpacked under names of our own, inside one folder."""
    places = (folder / f"place{number}" for number in itertools.count())

    def take(data: bytes) -> None:
        place = next(places)
        unpacking = Unpacking(place)
        reading = TarReading(unpacking.keep)
        try:
            reading.write(data)
            checked(reading.end(), reading.seen)
        finally:
            unpacking.close()
            _clear(place)

    return Target(
        name="backup",
        corpus=[_tar()],
        take=take,
        declared=(BundleRefused,),
        words=[b"border/", b"../", b"enforcement/database-0003.bin", b"database-9999.bin", b"manifest.json", b"-wal"],
        few=1_500,
    )


def _clear(place: Path) -> None:
    """Everything that was unpacked lies where a backup's files lie, and nowhere else."""
    allowed = {"slots.json", "day_keys.json"} | {f"{name.value}.db{end}" for name in StoreName for end in ("", "-wal")}
    for path in _bottom_up(place):
        if path.is_dir():
            path.rmdir()
        elif path.name in allowed:
            path.unlink()
        else:
            raise AssertionError(f"a file that no backup has: {path.name!r}")


def _bottom_up(place: Path) -> Iterator[Path]:
    if place.is_dir():
        for path in place.iterdir():
            yield from _bottom_up(path)
        yield place
    elif place.exists():
        yield place


def recovery_words() -> Target:
    """Two sheets as a file or as typed: whatever is accepted is the secret that was printed."""
    paper = Slip39Shares(SeededRandomness(1))
    words, master = WordList(paper.vocabulary()), Secret(bytes(range(32)))
    sheets = [" ".join(share.words()) for share in paper.split(master)]
    pairs = ["\n".join(pair) for pair in itertools.combinations(sheets, 2)]
    short = [" ".join(word[:4] for word in pair.split()) for pair in pairs]

    def take(data: bytes) -> None:
        typed = words.split(data.decode("utf-8", "replace"))
        given = [typed[start : start + SHARE_WORDS] for start in range(0, len(typed), SHARE_WORDS)]
        read = [paper.read(number, sheet) for number, sheet in enumerate(given[:3], start=1)]
        if paper.combine(read).reveal() != master.reveal():
            raise AssertionError("another secret than the one that was printed is good")

    return Target(
        name="recovery-words",
        corpus=[text.encode("ascii") for text in (*pairs, *short)],
        take=take,
        declared=(ShareRefused,),
        words=[b"academic", b"acid ", b"zero", b"1. ", b"\n", b" "],
        few=1_500,
    )
