# SPDX-License-Identifier: Apache-2.0
"""A process to be killed, and the pipe with its acknowledgements."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE = 60.0  # seconds without a word from a victim: it hangs, which is a failure of its own


class Victim:
    """One process to be killed, and its pipe."""

    def __init__(self, module: str, *words: object) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *(str(word) for word in words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._fd = self._process.stdout.fileno()
        self._rest = b""

    def said(self) -> Iterator[dict[str, object]]:
        """Lines as they come, until the pipe ends; fails when the victim falls silent or dies by itself."""
        while True:
            while b"\n" in self._rest:
                line, self._rest = self._rest.split(b"\n", 1)
                yield json.loads(line)
            readable, _, _ = select.select([self._fd], [], [], PATIENCE)
            if not readable:
                os.killpg(self._process.pid, signal.SIGKILL)
                pytest.fail(f"the victim was silent for {PATIENCE:.0f} s")
            chunk = os.read(self._fd, 65536)
            if not chunk:
                return
            self._rest += chunk

    def kill(self) -> list[dict[str, object]]:
        """SIGKILL the victim and everything it started; what the pipe still held was acknowledged."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        left = list(self.said())
        self.close()
        return left

    def close(self) -> None:
        """Let the pipes go."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._process.stdout.close()
        self._process.stderr.close()

    def last_words(self) -> str:
        """Why it ended by itself."""
        self._process.wait()
        assert self._process.stderr is not None
        return self._process.stderr.read().decode(errors="replace")[-2000:]
