# SPDX-License-Identifier: Apache-2.0
"""A whole audit trail held against everything that is known of it from outside.

The chain alone finds whoever cannot compute hashes. A checkpoint or mark that lies elsewhere also finds whoever can:
each says which hash the entry of one number had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from station.access import checkpoint_text
from station.access.audit import Act, AuditFinding, AuditHead, FindingKind, finding, judged
from station.access.checkpoint_text import Checkpoint, NotACheckpoint
from station.access.erasure_grounds import EarlyErasures
from station.domain.words import Text, say
from station.ports.anchors import MarksRead, SignedCheckpoint
from station.ports.storage import AuditEntry

#: The acts with which a trail goes on from an older state, openly; their details name the new generation.
_FORKS = frozenset({Act.GENERATION_BEGUN, Act.RESTORED})
_GENERATION = "generation"
#: The detail that names the last entry which both generations agree on.
KEPT = "kept"


@dataclass(frozen=True, slots=True)
class KnownHead:
    """An entry's hash as it was noted outside, in one generation of the store."""

    sequence: int
    hash: str
    generation: int


@dataclass(frozen=True, slots=True)
class _Fork:
    """Where a new generation began. ``began``: the first entry that is not of the generation before."""

    generation: int
    began: int
    act: str

    def gives_up(self, head: KnownHead) -> bool:
        """Whether an entry that was noted outside is one of those that do not lead here."""
        return self.generation > head.generation and self.began <= head.sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """What the anchors of one store say, read from their beginning."""

    checkpoints: tuple[Checkpoint, ...]
    heads: tuple[KnownHead, ...]
    findings: tuple[AuditFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailVerdict:
    """``gaps``: what was given up openly, in words: entries, and records that went before their time. No finding, but
    an auditor asks about them."""

    findings: tuple[AuditFinding, ...]
    gaps: tuple[Text, ...]
    entries: int
    head: AuditHead | None
    anchors: int  # how many notes from outside the trail agrees with


def read_anchors(
    checkpoints: Iterable[SignedCheckpoint | None], marks: MarksRead, signed: Callable[[SignedCheckpoint], bool]
) -> Anchored:
    """All checkpoints and marks. ``signed`` tells whether the station's key signed one."""
    findings: list[AuditFinding] = []
    good: list[Checkpoint] = []
    for one in checkpoints:
        number = good[-1].number if good else 0
        checkpoint = None if one is None else _read(one)
        if one is None or checkpoint is None:
            findings.append(finding(number, FindingKind.CHECKPOINT_DAMAGED))
        elif not signed(one):
            findings.append(finding(checkpoint.number, FindingKind.CHECKPOINT_FORGED))
        else:
            if _skipped(good[-1] if good else None, checkpoint):
                findings.append(finding(checkpoint.number, FindingKind.CHECKPOINT_MISSING))
            good.append(checkpoint)
    heads = [KnownHead(one.size, one.head, one.generation) for one in good]
    heads += [KnownHead(mark.sequence, mark.hash, marks.generation) for mark in marks.marks]
    return Anchored(checkpoints=tuple(good), heads=tuple(heads), findings=tuple(findings))


def _read(signed: SignedCheckpoint) -> Checkpoint | None:
    try:
        return checkpoint_text.read(signed.text)
    except NotACheckpoint:
        return None


def _skipped(before: Checkpoint | None, now: Checkpoint) -> bool:
    """Whether checkpoints are missing in between; a new generation may begin without the files of the one before."""
    if before is not None and before.generation == now.generation:
        return now.number != before.number + 1
    return before is None and now.generation == 1 and now.number != 1


@dataclass(slots=True)
class TrailCheck:
    """Judges a trail that passes through it, from its first entry on."""

    heads: Iterable[KnownHead]
    _wanted: dict[int, list[KnownHead]] = field(default_factory=dict)
    _findings: list[AuditFinding] = field(default_factory=list)
    _unmet: list[KnownHead] = field(default_factory=list)
    _forks: list[_Fork] = field(default_factory=list)
    _early: EarlyErasures = field(default_factory=EarlyErasures)
    _previous: AuditEntry | None = None
    _met: int = 0

    def __post_init__(self) -> None:
        for head in self.heads:
            self._wanted.setdefault(head.sequence, []).append(head)

    def through(self, entries: Iterable[AuditEntry]) -> Iterator[AuditEntry]:
        """The same entries, each judged on its way."""
        for entry in entries:
            self._findings += judged(self._previous, entry)
            for head in self._wanted.pop(entry.sequence, ()):
                if head.hash == entry.hash:
                    self._met += 1
                else:
                    self._unmet.append(head)
            if entry.act == Act.RECORD_ERASED:
                self._early.count(entry)
            if entry.act in _FORKS and entry.details.get(_GENERATION, "").isdecimal():
                kept = entry.details.get(KEPT, "")
                began = int(kept) + 1 if kept.isdecimal() else entry.sequence
                self._forks.append(_Fork(int(entry.details[_GENERATION]), began, entry.act))
            self._previous = entry
            yield entry

    def verdict(self) -> TrailVerdict:
        """What came of it, after the last entry."""
        missing = [head for heads in self._wanted.values() for head in heads]
        given_up: dict[_Fork, int] = {}
        findings = list(self._findings)
        for head, kind in (
            *((head, FindingKind.REWRITTEN) for head in self._unmet),
            *((head, FindingKind.TRUNCATED) for head in missing),
        ):
            fork = next((one for one in self._forks if one.gives_up(head)), None)
            if fork is None:
                findings.append(finding(head.sequence, kind))
            else:
                given_up[fork] = max(given_up.get(fork, 0), head.sequence)
        last = self._previous
        return TrailVerdict(
            findings=tuple(findings),
            gaps=(*(_gap(fork, given_up.get(fork)) for fork in self._forks), *self._early.said()),
            entries=0 if last is None else last.sequence,
            head=None if last is None else AuditHead(last.sequence, last.hash),
            anchors=self._met,
        )


def _gap(fork: _Fork, last_given_up: int | None) -> Text:
    if last_given_up is None:
        return say(
            "Generation {generation} of the store began with entry {began}.",
            generation=fork.generation,
            began=fork.began,
        )
    if fork.act == Act.RESTORED:
        return say(
            "Generation {generation} of the store began with entry {began}: the store was restored from a backup. "
            "Entries {began} to {last} of the generation before it are not in the backup.",
            generation=fork.generation,
            began=fork.began,
            last=last_given_up,
        )
    return say(
        "Generation {generation} of the store began with entry {began}. Entries {began} to {last} of the generation "
        "before it were given up; two people accepted that.",
        generation=fork.generation,
        began=fork.began,
        last=last_given_up,
    )


def check_trail(entries: Iterable[AuditEntry], heads: Iterable[KnownHead] = ()) -> TrailVerdict:
    """Judge a whole trail, given from its first entry on."""
    check = TrailCheck(heads)
    for _ in check.through(entries):
        pass
    return check.verdict()
