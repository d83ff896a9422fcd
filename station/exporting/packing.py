# SPDX-License-Identifier: Apache-2.0
"""What goes into a bundle, one file at a time, so that a day of pictures never stands in memory at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from station.domain.encounter import Encounter, EncounterStatus, ImageReference
from station.domain.errors import ExportError, RecordConflict
from station.domain.identifiers import EncounterId, ImageId
from station.domain.wire import to_json
from station.domain.words import say
from station.exporting.manifest import Pictures
from station.ports.sealing import MOST_MEMBER_BYTES, BundleMember
from station.ports.storage import UnitOfWork

#: Called on the exporting thread with (encounters done, encounters in all). Must not use the store.
Progress = Callable[[int, int], None]

# Below the limits of readers (100,000 files) and of sticks formatted as FAT32 (4 GiB a file).
MAX_FILES = 90_000
MAX_BYTES = 3_500_000_000
ENTRIES_PER_FILE = 50_000
AUDIT_FILE_BYTES = MOST_MEMBER_BYTES // 2  # a file ends after the entry that reaches it

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/tiff": "tif", "image/jp2": "jp2"}


@dataclass(slots=True)
class Packing:
    """Yields the members of one bundle from one consistent view of the store, and keeps count of what went in.

    ``unit`` is a reading unit of work that stays open meanwhile. An encounter that no longer fits is left for
    the next bundle; the audit trail always fits.
    """

    unit: UnitOfWork
    wanted: Sequence[EncounterId]
    audit_after: int
    progress: Progress
    included: list[tuple[EncounterId, int]] = field(default_factory=list)
    damaged_images: list[ImageId] = field(default_factory=list)
    images: int = 0
    audit_entries: int = 0
    _files: int = 0
    _bytes: int = 0
    _images_seen: set[ImageId] = field(default_factory=set)

    def members(self) -> Iterator[BundleMember]:
        """Every recorded version of each wanted encounter with its pictures, then the audit trail."""
        for encounter_id in self.wanted:
            if self._files >= MAX_FILES or self._bytes >= MAX_BYTES:
                break
            for member in self._encounter(encounter_id):
                self._files += 1
                self._bytes += len(member.data)
                yield member
            self.progress(len(self.included), len(self.wanted))
        yield from self._audit()

    def _encounter(self, encounter_id: EncounterId) -> Iterator[BundleMember]:
        # Earlier versions go along: a correction is understood only beside what it corrects.
        versions = [each for each in self.unit.encounters.versions(encounter_id) if is_recorded(each)]
        for encounter in versions:
            name = f"encounters/{encounter.encounter_id}.v{encounter.version}.json"
            yield BundleMember(name, to_json(encounter))
        for reference in (image for encounter in versions for image in encounter.images):
            yield from self._image(reference)
        self.included.append((encounter_id, versions[-1].version))

    def _image(self, reference: ImageReference) -> Iterator[BundleMember]:
        if reference.image_id in self._images_seen:
            return
        self._images_seen.add(reference.image_id)
        data = self.unit.images.data(reference.image_id)
        if data is None and self.unit.images.erased(reference.image_id):
            return  # its time was over; an earlier export took it along
        too_large = data is not None and len(data) > MOST_MEMBER_BYTES
        if data is None or too_large or hashlib.sha256(data).hexdigest() != reference.sha256:
            # One picture that is damaged or too large must not keep everything else from leaving; the manifest says so.
            self.damaged_images.append(reference.image_id)
        if data is not None and not too_large:
            self.images += 1
            ending = _ENDINGS.get(reference.media_type, "bin")
            yield BundleMember(f"images/{reference.image_id}.{ending}", data)

    def _audit(self) -> Iterator[BundleMember]:
        lines: list[bytes] = []
        number = 1
        room = AUDIT_FILE_BYTES
        for entry in self.unit.audit.entries(after=self.audit_after):
            lines.append(to_json(entry))
            room -= len(lines[-1])
            self.audit_entries += 1
            if len(lines) == ENTRIES_PER_FILE or room <= 0:
                yield _audit_file(number, lines)
                number, lines, room = number + 1, [], AUDIT_FILE_BYTES
        if lines:
            yield _audit_file(number, lines)


@dataclass(slots=True)
class OutsidePacking(Packing):
    """Only the newest version of each record, pictures only when asked for, and no audit trail."""

    chosen: Sequence[tuple[EncounterId, int]] = ()
    pictures: Pictures = Pictures.LEFT_OUT

    def members(self) -> Iterator[BundleMember]:
        """The files of the bundle. Raises ExportError when it becomes too large: part of it is not what was agreed."""
        files = size = 0
        for encounter_id, version in self.chosen:
            for member in self._newest(encounter_id, version):
                files, size = files + 1, size + len(member.data)
                if files > MAX_FILES or size > MAX_BYTES:
                    raise ExportError(
                        say("The bundle becomes too large."), say("Ask again for fewer days, or without pictures.")
                    )
                yield member
            self.progress(len(self.included), len(self.chosen))

    def _newest(self, encounter_id: EncounterId, version: int) -> Iterator[BundleMember]:
        record = self.unit.encounters.get(encounter_id, version=version)
        if record is None:
            raise RecordConflict(say("A record is not there any more."), say("Ask for approval again."))
        if self.pictures is Pictures.LEFT_OUT:
            record = without_pictures(record)
        yield BundleMember(f"encounters/{record.encounter_id}.v{record.version}.json", to_json(record))
        for reference in record.images:
            yield from self._image(reference)
        self.included.append((record.encounter_id, record.version))


def without_pictures(record: Encounter) -> Encounter:
    """The record without what it says of pictures: whoever has none needs no names, hashes and captures of them.

    Each line of the inspection names what lay before the officer once more. Why there is no portrait goes as well.
    """
    lines = tuple(replace(line, images=()) for line in record.inspections)
    return replace(record, inspections=lines, images=(), portrait_omitted="")


def is_recorded(encounter: Encounter) -> bool:
    """Whether a version is a finished record: drafts of an inspection do not leave the station."""
    return encounter.status is EncounterStatus.RECORDED


def _audit_file(number: int, lines: Sequence[bytes]) -> BundleMember:
    name = "audit.jsonl" if number == 1 else f"audit.{number:04d}.jsonl"
    return BundleMember(name, b"".join(line + b"\n" for line in lines))
