# SPDX-License-Identifier: Apache-2.0
"""Says things to a person or to a machine: plain sentences, or one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from station.domain.errors import StationError
from station.domain.words import Text
from ui.translation import Translator


@dataclass(frozen=True, slots=True)
class Voice:
    """Where a command speaks to. In JSON every sentence is in English: machines compare them."""

    translator: Translator
    as_json: bool
    out: TextIO = sys.stdout
    err: TextIO = sys.stderr

    def tell(self, text: Text, **facts: object) -> None:
        """One sentence for a person, or one object ``{"says": …, **facts}`` for a machine."""
        if self.as_json:
            self.give({"says": text.in_english(), **facts})
        else:
            print(self.translator.text(text), file=self.out, flush=True)

    def remark(self, text: Text) -> None:
        """A further sentence for a person; a machine has it among the facts."""
        self.plain(self.translator.text(text))

    def finding(self, about: str, text: Text, *, good: bool | None) -> None:
        """One line of a list: good, not good, or only worth knowing (``None``)."""
        if self.as_json:
            self.give({"about": about, "good": good, "says": text.in_english()})
        else:
            mark = {True: "●", False: "■", None: "○"}[good]
            self.plain(f"{mark} {self.translator.text(text)}")

    def plain(self, line: str) -> None:
        """A line of data for a person: MRZ lines, paths. Nothing for a machine."""
        if not self.as_json:
            print(line, file=self.out, flush=True)

    def give(self, facts: Mapping[str, object]) -> None:
        """One JSON object on a line of its own."""
        print(json.dumps(facts, ensure_ascii=False), file=self.out, flush=True)

    def complain(self, problem: StationError) -> None:
        """Cause and next step, on standard error; as JSON also on standard output for the machine."""
        if self.as_json:
            english = {"cause": problem.cause.in_english(), "next_step": problem.next_step.in_english()}
            self.give({"error": {"kind": type(problem).__name__, **english}})
            return
        cause, step = self.translator.text(problem.cause), self.translator.text(problem.next_step)
        print(f"{cause} {step}", file=self.err, flush=True)
