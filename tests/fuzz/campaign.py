# SPDX-License-Identifier: Apache-2.0
"""Runs the feeding process of one parser, keeps how far it came, and keeps every input that ended it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.fuzz.child import HEAD, ROOM
from tests.fuzz.material import material_in

REPOSITORY = Path(__file__).resolve().parents[2]
MOST_FINDINGS = 20  # in one run: after so many there is something to mend first
_CAUSES = {signal.SIGPROF: "more than a second of processor time", signal.SIGKILL: "killed"}


@dataclass(slots=True)
class State:
    """How far one parser is, over all runs: ``next`` is the number of the input to go on with."""

    parser: str
    seed: int
    next: int = 0
    inputs: int = 0
    accepted: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_number: int = 0
    helper_bytes: int = 0
    findings: int = 0

    @property
    def rate(self) -> float:
        """Inputs a second."""
        return self.inputs / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that ended the process."""

    number: int
    cause: str
    path: Path


class Campaign:
    """The state of one parser in a folder: ``PARSER.json``, and its findings under ``findings/PARSER``."""

    def __init__(self, folder: Path, parser: str, *, seed: int, most_findings: int = MOST_FINDINGS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        material_in(folder)
        self._folder = folder
        self._most_findings = most_findings
        self._path = folder / f"{parser}.json"
        kept = json.loads(self._path.read_text("utf-8")) if self._path.exists() else {"parser": parser, "seed": seed}
        self.state = State(**kept)
        self.findings: list[Finding] = []

    def run(self, *, inputs: int = 0, seconds: float = 0.0) -> list[Finding]:
        """Go on for so many inputs or seconds; what was found in this run."""
        until = self.state.inputs + inputs if inputs else 0
        left = seconds
        while len(self.findings) < self._most_findings:
            before = self.state.seconds
            if self._one_process(until - self.state.inputs if until else 0, left):
                break
            left -= self.state.seconds - before
            if (until and self.state.inputs >= until) or (seconds and left <= 0):
                break
        return self.findings

    def _one_process(self, inputs: int, seconds: float) -> bool:
        """Whether the process came to its own end."""
        state, shown = self.state, self._folder / f"{self.state.parser}.input"
        with shown.open("wb") as file:
            file.truncate(HEAD.size + ROOM)
        arguments = [state.parser, str(self._folder), str(state.seed), str(state.next), str(inputs), str(seconds)]
        begun = (state.inputs, state.accepted, state.seconds)
        with tempfile.TemporaryFile() as complaints, _started(arguments, complaints.fileno()) as child:
            done = False
            assert child.stdout is not None
            for line in child.stdout:
                done = self._note(json.loads(line), begun)
            status = child.wait()
            complaints.seek(0)
            said = complaints.read().decode(errors="replace")
        if not done:
            self._ended_badly(status, said, shown.read_bytes())
        shown.unlink()
        self._keep()
        return done

    def _note(self, told: dict[str, float], begun: tuple[int, int, float]) -> bool:
        state = self.state
        state.next = int(told["next"])
        state.inputs, state.accepted = begun[0] + int(told["inputs"]), begun[1] + int(told["accepted"])
        state.seconds = begun[2] + told["seconds"]
        state.helper_bytes = max(state.helper_bytes, int(told["helper_bytes"]))
        if told["slowest"] > state.slowest:
            state.slowest, state.slowest_number = told["slowest"], int(told["slowest_number"])
        self._keep()
        return bool(told["done"])

    def _ended_badly(self, status: int, said: str, shown: bytes) -> None:
        number, length = HEAD.unpack_from(shown)
        if not length and status and not number:
            raise RuntimeError(f"{self.state.parser} could not be started:\n{said}")
        cause = _CAUSES.get(signal.Signals(-status), f"signal {-status}") if status < 0 else _last_words(said)
        folder = self._folder / "findings" / self.state.parser
        folder.mkdir(parents=True, exist_ok=True)
        data = shown[HEAD.size : HEAD.size + length]
        path = folder / f"{number}-{hashlib.sha256(data).hexdigest()[:8]}.bin"
        path.write_bytes(data)
        path.with_suffix(".txt").write_text(f"seed {self.state.seed}, number {number}: {cause}\n\n{said}", "utf-8")
        self.findings.append(Finding(number, cause, path))
        self.state.findings += 1
        self.state.inputs += number + 1 - self.state.next
        self.state.next = number + 1

    def _keep(self) -> None:
        waiting = self._path.with_suffix(".new")
        waiting.write_text(json.dumps(asdict(self.state)), encoding="utf-8")
        os.replace(waiting, self._path)


@contextmanager
def _started(arguments: list[str], complaints: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.fuzz.child", *arguments]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True, cwd=REPOSITORY)
    try:
        with child:
            yield child
    finally:
        child.kill()


def _last_words(said: str) -> str:
    """The exception and the place in our own code that raised it."""
    lines = said.strip().splitlines()
    places = re.findall(r'File "[^"]*?((?:station|storage|devices)/[^"]+)", line (\d+)', said)
    where = f" at {places[-1][0]}:{places[-1][1]}" if places else ""
    return f"{lines[-1] if lines else 'no words'}{where}"[:400]
