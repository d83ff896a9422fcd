# SPDX-License-Identifier: Apache-2.0
"""The anchors of one store as two files in a folder beside the store's, and how they meet the store at its opening."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from station.access import checkpoints
from station.access.anchoring import Found, Noted, behind, compared, without_sums
from station.access.counting import counter_findings, counter_memory, counts, seen_of
from station.access.store_settings import PUBLIC_KEY
from station.domain.errors import BundleRefused, StoreFull
from station.domain.words import say
from station.ports.anchors import AnchorFinding, AnchorLog, Mark, MarksRead, SignedCheckpoint, TokenCounter
from station.ports.storage import AuditEntry, Store, StoreName
from storage.anchors.checkpoint_file import CheckpointFile, number_in
from storage.anchors.mark_file import KEY_BYTES, MarkFile
from storage.durable import sync_folder
from storage.sealed.minisign import PublicKey, Signature
from storage.sqlcipher.store import SqlcipherStore

#: The setting that holds the key of the marks; it never leaves the database.
KEY_SETTING = "anchors.key"


def anchors_folder(place: Path) -> Path:
    """Where the anchors of the stores in ``place`` lie: beside it, so that copying the one leaves the other."""
    return place.with_name(f"{place.name}-anchors")


class AnchorFiles(AnchorLog):
    """``<store>.checkpoints`` and ``<store>.marks``. Any thread.

    ``slots`` tells the generation of the store's key file; it raises StoreError kinds.
    """

    def __init__(self, folder: Path, store: StoreName, key: bytes, slots: Callable[[], int]) -> None:
        self._folder = folder
        self._checkpoints = CheckpointFile(folder / f"{store.value}.checkpoints")
        self._marks = MarkFile(folder / f"{store.value}.marks", store, key)
        self._slots = slots
        self._one_at_a_time = threading.Lock()

    def newest(self) -> SignedCheckpoint | None:
        """See the port."""
        with self._one_at_a_time, _on_disk():
            return self._checkpoints.newest()

    def newest_number(self) -> int:
        """See the port."""
        newest = self.newest()
        return 0 if newest is None else number_in(newest)

    def checkpoints(self) -> Iterator[SignedCheckpoint | None]:
        """See the port. One that is being added meanwhile may be left out."""
        with _on_disk():
            yield from self._checkpoints.all()

    def append(self, signed: SignedCheckpoint, number: int, generation: int, size: int) -> None:
        """See the port."""
        with self._one_at_a_time, _on_disk():
            if not self._folder.is_dir():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                sync_folder(self._folder.parent)
            self._checkpoints.append(signed)
            self._marks.begin(number, generation, size)

    def marks(self) -> MarksRead:
        """See the port."""
        with self._one_at_a_time, _on_disk():
            return self._marks.read()

    def slots(self) -> int:
        """See the port."""
        return self._slots()

    def resume(self) -> None:
        """Take up the marks where they ended. Raises StoreFull."""
        with self._one_at_a_time, _on_disk():
            self._marks.resume()

    def note(self, sequence: int, hash_: str) -> None:
        """A commit is durable whose newest entry this is. Never fails: what was saved is saved."""
        with self._one_at_a_time:
            self._marks.add(Mark(sequence, hash_))

    def close(self) -> None:
        """Let go of the files. Calling it again does nothing."""
        with self._one_at_a_time:
            self._marks.close()


def hold_against_anchors(
    store: SqlcipherStore,
    place: Path,
    *,
    home: SqlcipherStore,
    slots: Callable[[], int],
    counter: TokenCounter | None = None,
) -> None:
    """Compare a store that was just opened with the anchors of ``place``; where it does not fit, it is read only.

    ``home``: the border store, which holds the station's key; ``slots``: tells the generation of the store's key file
    as it lies there. A new store is given the key of its marks. ``counter``: of the computer, for the border store; it
    is waited for some seconds. Raises StoreError kinds.
    """
    files = AnchorFiles(anchors_folder(place), store.name, _key_of(store), slots)
    with home.reading() as unit:
        public_key = (unit.settings.get(PUBLIC_KEY) or b"").decode("utf-8", "replace")
    with store.reading() as unit:
        head = unit.audit.head()
        trail = unit.audit
        found = Found(
            identity=store.identity,
            memory=checkpoints.memory_of(unit.settings),
            slots=slots(),
            size=0 if head is None else head.sequence,
            hash_at=lambda sequence: _hash_of(trail.entry(sequence)),
        )
        noted = Noted(newest=files.newest(), marks=files.marks(), signed_by_us=lambda one: _signed(one, public_key))
        findings = compared(found, noted)
    sums = () if store.has_sums() else (without_sums(),)
    store.anchoring.met(files, (*findings, *sums, *_beyond_files(store, home, counter)))
    if store.read_only is None:
        files.resume()


def _beyond_files(
    store: SqlcipherStore, home: SqlcipherStore, counter: TokenCounter | None
) -> tuple[AnchorFinding, ...]:
    """What does not fit although all files of the store fit each other."""
    if store is not home:
        with home.reading() as unit:
            known = checkpoints.others_of(unit.settings).get(store.name.value)
        with store.reading() as unit:
            return behind(checkpoints.memory_of(unit.settings), known)
    if not counts(store.identity):
        return ()
    with store.reading() as unit:
        memory = counter_memory(unit.settings)
    return counter_findings(memory, seen_of(counter))


def _key_of(store: Store) -> bytes:
    with store.reading() as unit:
        key = unit.settings.get(KEY_SETTING)
    if key is None:
        key = secrets.token_bytes(KEY_BYTES)
        with store.unit_of_work() as unit:
            unit.settings.put(KEY_SETTING, key)
            unit.commit()
    return key


def _hash_of(entry: AuditEntry | None) -> str | None:
    return None if entry is None else entry.hash


def _signed(one: SignedCheckpoint, public_key: str) -> bool:
    try:
        signature = Signature.from_file_text(one.signature.encode())
        signature.verify(hashlib.blake2b(one.text.encode()).digest(), PublicKey.from_file_text(public_key))
    except BundleRefused:
        return False
    return True


@contextmanager
def _on_disk() -> Iterator[None]:
    """Says what a refusal of the disk means for the anchors."""
    try:
        yield
    except OSError as problem:
        raise StoreFull(
            say("The notes beside the store cannot be read or written: {reason}.", reason=problem.strerror or "?"),
            say("Check the disk and the rights of its folders, then sign in again. Saved records are safe."),
        ) from problem
