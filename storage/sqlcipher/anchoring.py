# SPDX-License-Identifier: Apache-2.0
"""Where an open store keeps its anchors: commits are noted in them, and a store that does not fit is not written."""

from __future__ import annotations

from typing import Protocol

from station.access.anchoring import reason
from station.domain.errors import StoreReadOnly
from station.domain.words import Text, say
from station.ports.anchors import AnchorFinding, AnchorLog
from station.ports.storage import AuditEntry


class NotedAnchors(AnchorLog, Protocol):
    """Anchors that commits are noted in."""

    def note(self, sequence: int, hash_: str) -> None:
        """The newest entry of a commit that is durable."""
        ...

    def resume(self) -> None:
        """Take up the marks where they ended. Raises StoreFull."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


class Anchoring:
    """The anchors of one open store; none until it was held against them. Any thread."""

    __slots__ = ("_anchors", "findings", "read_only")

    def __init__(self) -> None:
        self._anchors: NotedAnchors | None = None
        self.findings: tuple[AnchorFinding, ...] = ()
        self.read_only: Text | None = None

    @property
    def log(self) -> AnchorLog | None:
        """The anchors, for checkpoints."""
        return self._anchors

    def met(self, anchors: NotedAnchors, findings: tuple[AnchorFinding, ...]) -> None:
        """The store was held against its anchors, and this does not fit."""
        self._anchors = anchors
        self.findings = findings
        self.read_only = reason(findings)

    def accepted(self) -> None:
        """Two people go on with the store as it is."""
        self.findings = ()
        self.read_only = None

    def refuse_writing(self) -> None:
        """Raise StoreReadOnly while the store does not fit its anchors."""
        if self.read_only is not None:
            raise StoreReadOnly(
                say("The store can only be read: {reason}", reason=self.read_only),
                say("Nothing was saved. A supervisor and a second person decide on the page Audit what to do."),
            )

    def note(self, entry: AuditEntry) -> None:
        """A commit with this newest entry is durable."""
        if self._anchors is not None and self.read_only is None:
            self._anchors.note(entry.sequence, entry.hash)

    def close(self) -> None:
        """Let go of the files."""
        if self._anchors is not None:
            self._anchors.close()
