# SPDX-License-Identifier: Apache-2.0
"""Counters for tests: bytes in a file, which nothing protects, and a TPM that is a program (swtpm)."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from station.domain.errors import DeviceError, DeviceSilent
from station.domain.words import say
from station.ports.anchors import CounterView, TokenCounter

SILENT = DeviceSilent(say("The TPM did not answer in time."), say("Start the computer anew."))


class FileCounter(TokenCounter):
    """A part of the tests, not of the product: whoever can write the file can put it back. ``problem`` is raised."""

    def __init__(self, file: Path, identity: str = "ab" * 32) -> None:
        self._file = file
        self.identity = identity
        self.problem: DeviceError | None = None
        self.raised = 0
        self.asked = 0

    def look(self, *, seconds: float) -> CounterView:
        assert seconds > 0
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        return CounterView(self.identity, int(self._file.read_text()) if self._file.exists() else None)

    def increment(self, *, seconds: float) -> int:
        value = (self.look(seconds=seconds).value or 0) + 1
        self._file.write_text(str(value))
        self.raised += 1
        return value


class SoftwareTpm:
    """A TPM 2 that is a program; its memory lies in ``folder`` and outlives it."""

    def __init__(self, folder: Path) -> None:
        self._state = folder / "tpm-state"
        self._state.mkdir(exist_ok=True)
        self._line = folder / "tpm"
        self._service: subprocess.Popen[bytes] | None = None

    @property
    def tcti(self) -> str:
        return f"swtpm:path={self._line}"

    def start(self) -> None:
        for stale in (self._line, self._line.with_name("tpm.ctrl")):
            stale.unlink(missing_ok=True)
        self._service = subprocess.Popen(
            [
                *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self._state}", "--flags", "startup-clear"),
                *("--ctrl", f"type=unixio,path={self._line}.ctrl", "--server", f"type=unixio,path={self._line}"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 20
        while not self._line.exists():
            assert time.monotonic() < end, "the software TPM did not come up"
            time.sleep(0.02)

    @property
    def process_id(self) -> int:
        assert self._service is not None
        return self._service.pid

    def stop(self) -> None:
        if self._service is not None:
            self._service.terminate()
            self._service.wait(20)
            self._service = None

    def tool(self, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        """One of tpm2-tools, as a technician or a thief types it."""
        return subprocess.run([program, "-T", self.tcti, *words], capture_output=True, timeout=30, check=True)
