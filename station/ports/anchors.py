# SPDX-License-Identifier: Apache-2.0
"""What the station asks of the anchors of a store: notes about its audit trail that lie outside of its database.

Whoever puts an old database back cannot put it back in the anchors as well, unless every local file is put back
together: that is found at headquarters and on paper (docs/decisions/0012-anchors.md).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from station.domain.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint's text (station.access.checkpoints) and its detached minisign signature, as they lie in files."""

    text: str
    signature: str

    @property
    def whole(self) -> str:
        """Both, with an empty line between them: what goes on paper and into the file of anchors."""
        return f"{self.text}\n{self.signature}"


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest entry of the trail after one commit, noted between two checkpoints."""

    sequence: int
    hash: str  # hex SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class MarksRead:
    """The marks since the last checkpoint. ``checkpoint`` is its number, 0 when there is no file.

    ``damaged``: lines in between that are no marks of this store; the last line may be torn and is not counted.
    """

    checkpoint: int
    generation: int
    marks: tuple[Mark, ...]
    damaged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the database itself remembers of its anchors.

    ``generation`` is raised when an older state is accepted or restored; ``begun`` is False until the first
    checkpoint of a generation lies outside. ``number`` and ``sha256`` are of the newest checkpoint's text.
    ``slots`` is the newest generation of the key file that was seen.
    """

    generation: int = 1
    begun: bool = False
    number: int = 0
    sha256: str = ""
    slots: int = 0


class AnchorKind(enum.Enum):
    """What does not fit between a store and its anchors."""

    OLD_STORE = "old store"  # the database lacks entries, or a generation, that were noted
    OTHER_STORE = "other store"  # an entry that was noted has another hash now
    OLD_KEYS = "old keys"  # the key file is older than one that was seen
    ANCHORS_MISSING = "anchors missing"  # the files beside the store are not there
    ANCHORS_OLD = "anchors old"  # they know less than the database remembers of them
    ANCHORS_CHANGED = "anchors changed"  # they are not what the station signed
    ANCHORS_DAMAGED = "anchors damaged"  # a note in between cannot be read; everything else fits
    SUMS_MISSING = "sums missing"  # a table has no sum of its rows: the page with the sums was put back or emptied
    COUNTER_AHEAD = "counter ahead"  # the token's counter was raised further than the store knows
    COUNTER_UNKNOWN = "counter unknown"  # the token's counter was raised for a store, and this one does not know it
    COUNTER_SILENT = "counter silent"  # the store knows a counter, and none answers
    COUNTER_OTHER = "counter other"  # the counter that answers is another one, or stands lower than it did


#: What is told and closes nothing: a damaged note proves nothing was put back, a computer's broken token must not
#: strand a post, and no acceptance brings sums back: a full check names their tables until a backup is restored.
_ONLY_TOLD = frozenset(
    {AnchorKind.ANCHORS_DAMAGED, AnchorKind.SUMS_MISSING, AnchorKind.COUNTER_SILENT, AnchorKind.COUNTER_OTHER}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorFinding:
    """One thing that does not fit. ``sequence``: the entry that was noted, 0 when no entry belongs to it."""

    kind: AnchorKind
    happened: Text
    sequence: int = 0

    @property
    def closes(self) -> bool:
        """Whether the store is opened to be read only."""
        return self.kind not in _ONLY_TOLD


class AnchorLog(Protocol):
    """The anchors of one store. Any thread; calls block on the disk."""

    def newest(self) -> SignedCheckpoint | None:
        """The last whole checkpoint."""
        ...

    def newest_number(self) -> int:
        """The number that the last whole checkpoint gives itself; 0 without one, or when it cannot be read."""
        ...

    def checkpoints(self) -> Iterator[SignedCheckpoint | None]:
        """Every checkpoint, oldest first; None stands for a place that cannot be read as one.

        A last one that was not written to its end is left out.
        """
        ...

    def append(self, signed: SignedCheckpoint, number: int, generation: int, size: int) -> None:
        """Keep a checkpoint durably; marks begin anew after it. Raises StoreFull."""
        ...

    def marks(self) -> MarksRead:
        """The marks since the last checkpoint."""
        ...

    def slots(self) -> int:
        """The generation of the store's key file as it lies there now."""
        ...


@dataclass(frozen=True, slots=True)
class CounterView:
    """A token's counter as it stands. ``identity``: 64 hex digits that it was given when it was made and keeps.

    ``value`` is None until it was raised for the first time.
    """

    identity: str
    value: int | None


class TokenCounter(Protocol):
    """A counter inside a token that can only be raised (TPM 2 NV counter): an anchor that no file can put back.

    Calls block for at most about ``seconds``: never on the window's thread.
    """

    def look(self, *, seconds: float) -> CounterView:
        """The counter now. Raises DeviceError kinds; DeviceSilent when the time is over."""
        ...

    def increment(self, *, seconds: float) -> int:
        """One more; the new count. Raises DeviceError kinds. After one it may have been raised, or not."""
        ...
