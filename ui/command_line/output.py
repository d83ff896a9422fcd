# SPDX-License-Identifier: Apache-2.0
"""Says things to a person or to a machine: plain sentences, or one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

from station.domain.errors import StationError
from station.domain.words import Text
from ui.translation import END_ISOLATE, ISOLATE, Translator

_ISOLATES = dict.fromkeys(map(ord, ISOLATE + END_ISOLATE))


@dataclass(frozen=True, slots=True)
class Voice:
    """Where a command speaks to. In JSON every sentence is in English: machines compare them."""

    translator: Translator
    as_json: bool
    # Looked up when a command begins: a default taken at import would miss whoever redirected the streams.
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def tell(self, text: Text, **facts: object) -> None:
        """One sentence for a person, or one object ``{"says": …, **facts}`` for a machine."""
        if self.as_json:
            self.give({"says": text.in_english(), **facts})
        else:
            self.plain(self.words(text))

    def remark(self, text: Text) -> None:
        """A further sentence for a person; a machine has it among the facts."""
        self.plain(self.words(text))

    def finding(self, about: str, text: Text, *, good: bool | None) -> None:
        """One line of a list: good, not good, or only worth knowing (``None``)."""
        if self.as_json:
            self.give({"about": about, "good": good, "says": text.in_english()})
        else:
            mark = {True: "●", False: "■", None: "○"}[good]
            self.plain(f"{mark} {self.words(text)}")

    def plain(self, line: str) -> None:
        """A line of data for a person: MRZ lines, paths. Nothing for a machine."""
        if not self.as_json:
            _write(line, self.out)

    def give(self, facts: Mapping[str, object]) -> None:
        """One JSON object on a line of its own."""
        _write(json.dumps(facts, ensure_ascii=False), self.out)

    def complain(self, problem: StationError) -> None:
        """Cause and next step: for a person on standard error, for a machine as its answer on standard output."""
        if self.as_json:
            english = {"cause": problem.cause.in_english(), "next_step": problem.next_step.in_english()}
            self.give({"error": {"kind": type(problem).__name__, **english}})
            return
        _write(f"{self.words(problem.cause)} {self.words(problem.next_step)}", self.err)

    def warn(self, text: Text) -> None:
        """A sentence on standard error, whoever listens."""
        _write(self.words(text), self.err)

    def words(self, text: Text) -> str:
        """The sentence. Marks of direction go only where they are needed: a path is copied from a terminal."""
        sentence = self.translator.text(text)
        return sentence if self.translator.right_to_left else sentence.translate(_ISOLATES)


def _write(line: str, stream: TextIO) -> None:
    """A line, whatever the terminal can show: a file name need not be text at all."""
    encoding = stream.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
