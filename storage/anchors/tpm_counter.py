# SPDX-License-Identifier: Apache-2.0
"""A counter in the computer's TPM 2 (an NV index of type counter), asked through the programs of tpm2-tools.

A program can be killed when a TPM hangs, and no foreign code runs in the station's process. Each call is a program with
fixed words, without a shell; the counter is told from others by a random policy that it was given when it was made.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.domain.errors import DeviceBusy, DeviceError, DeviceFault, DeviceSilent, NoDevice
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.anchors import CounterView, TokenCounter

_PROGRAMS: Final = "/usr/bin:/bin:/usr/local/bin"
_ENVIRONMENT: Final = {"PATH": _PROGRAMS, "LC_ALL": "C"}
_DEVICE: Final = "device:"
_IDENTITY_BYTES: Final = 32
_VALUE_BYTES: Final = 8
_MOST_OUTPUT: Final = 16 * 1024
_CREATING_SECONDS: Final = 20.0

# Part 2 of the TPM 2.0 library, 6.6.3, as tpm2-tools print them.
_NOT_THERE: Final = 0x18B  # TPM_RC_HANDLE of the first handle
_NEVER_RAISED: Final = 0x14A  # TPM_RC_NV_UNINITIALIZED
_NO_SESSION_LEFT: Final = 0x903  # TPM_RC_SESSION_MEMORY
_ATTRIBUTES: Final = frozenset({"authread", "authwrite", "ownerread", "no_da", "nt=0x1"})
_WRITTEN: Final = "written"
_CODE: Final = re.compile(r"\(0x0*([0-9A-Fa-f]{3,8})\)")
_FRIENDLY: Final = re.compile(r"^  attributes:\n    friendly: (\S+)$", re.MULTILINE)
_SIZE: Final = re.compile(r"^  size: (\d+)$", re.MULTILINE)
_POLICY: Final = re.compile(r"^  authorization policy: ([0-9A-Fa-f]{64})$", re.MULTILINE)

_CALL: Final = say("Call a technician: docs/technicians.md says what to look at.")
_OTHER_INDEX: Final = say("Choose another number for counter.index in the settings.")
_CODES: Final[dict[int, tuple[type[DeviceError], Text, Text]]] = {
    0x14B: (
        DeviceFault,
        say("The TPM has no room for one more counter."),
        say("Look with tpm2_getcap handles-nv-index what is in it. Take away only what you know."),
    ),
    0x14C: (DeviceFault, say("Something else lies at the counter's place in the TPM already."), _OTHER_INDEX),
    0x9A2: (
        DeviceFault,
        say("The TPM has an owner's password, and it was not given, or not the right one."),
        say("Do it again with --owner-password-file."),
    ),
    0x920: (
        DeviceBusy,
        say("The TPM slows down: its memory was written too often in a short time."),
        say("It goes on by itself."),
    ),
    0x921: (
        DeviceBusy,
        say("The TPM has locked itself after too many wrong passwords."),
        say("Wait some hours, or unlock it with tpm2_dictionarylockout."),
    ),
}
_CODES[0x98E] = _CODES[0x9A2]


class _NotThere(NoDevice):
    """Nothing lies at the counter's place."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """What a program left: its exit code, and what it wrote."""

    code: int
    out: bytes
    said: str

    @property
    def codes(self) -> frozenset[int]:
        return frozenset(int(code, 16) for code in _CODE.findall(self.said))


class TpmCounter(TokenCounter):
    """The counter at ``index`` of the TPM that ``tpm`` reaches (a TCTI). Any thread; nothing is kept open."""

    def __init__(self, index: str, tpm: str) -> None:
        self._index = index
        self._tpm = tpm

    def look(self, *, seconds: float) -> CounterView:
        """See the port. Raises NoDevice, DeviceSilent, DeviceFault, DeviceBusy."""
        end = time.monotonic() + seconds
        identity, raised = self._public(seconds)
        return CounterView(identity, self._value(_left(end)) if raised else None)

    def increment(self, *, seconds: float) -> int:
        """See the port. Raises as ``look``."""
        end = time.monotonic() + seconds
        self._good(self._run("tpm2_nvincrement", "-C", self._index, self._index, seconds=seconds))
        return self._value(_left(end))

    def create(self, owner: Secret | None = None) -> CounterView:
        """Make the counter. ``owner``: the password of the TPM's owner, where one is set.

        Raises DeviceFault when something lies at its place already, no room is left or the password is not right, and
        as ``look``.
        """
        with suppress(_NotThere):
            self._public(_CREATING_SECONDS)
            raise DeviceFault(
                say("There is a counter at {index} in the TPM already. It stays as it is.", index=self._index),
                say("Look at it with hbm-station counter show, or choose another number for counter.index."),
            )
        # The programs take a policy from a file only. It is no secret: it says which counter this is.
        with tempfile.NamedTemporaryFile(prefix="counter-") as policy:
            policy.write(secrets.token_bytes(_IDENTITY_BYTES))
            policy.flush()
            words = ["-C", "o", "-s", str(_VALUE_BYTES), "-a", "authread|authwrite|ownerread|no_da|nt=counter"]
            words += ["-L", policy.name, *(() if owner is None else ("-P", "file:-")), self._index]
            given = b"" if owner is None else owner.reveal()
            self._good(self._run("tpm2_nvdefine", *words, seconds=_CREATING_SECONDS, given=given))
        return self.look(seconds=_CREATING_SECONDS)

    def _public(self, seconds: float) -> tuple[str, bool]:
        """The identity, and whether it was raised before."""
        ended = self._run("tpm2_nvreadpublic", self._index, seconds=seconds)
        if _NOT_THERE in ended.codes:  # asked before the exit code: version 5.4 crashes where nothing is
            raise _NotThere(
                say("There is no counter at {index} in the TPM.", index=self._index),
                say("A technician makes it: hbm-station counter create."),
            )
        text = self._good(ended).out.decode("ascii", "replace")
        friendly, size, policy = _FRIENDLY.search(text), _SIZE.search(text), _POLICY.search(text)
        kinds = frozenset() if friendly is None else frozenset(friendly[1].split("|"))
        if size is None or policy is None or int(size[1]) != _VALUE_BYTES or kinds - {_WRITTEN} != _ATTRIBUTES:
            raise DeviceFault(
                say("What lies at {index} in the TPM is no counter of a station.", index=self._index), _OTHER_INDEX
            )
        return policy[1].lower(), _WRITTEN in kinds

    def _value(self, seconds: float) -> int:
        ended = self._run("tpm2_nvread", "-C", self._index, "-s", str(_VALUE_BYTES), self._index, seconds=seconds)
        if _NEVER_RAISED in ended.codes or len(self._good(ended).out) != _VALUE_BYTES:
            raise DeviceFault(say("The TPM gives no value of its counter."), _CALL)
        return int.from_bytes(ended.out)

    def _good(self, ended: _Ended) -> _Ended:
        """What a program left that did its work. Raises DeviceError kinds."""
        if ended.code == 0:
            return ended
        known = next((_CODES[code] for code in ended.codes if code in _CODES), None)
        if known is not None:
            kind, cause, next_step = known
            raise kind(cause, next_step)
        if "Could not load tcti" in ended.said:
            raise NoDevice(say("The TPM cannot be reached."), say("Look at counter.tpm in the settings."))
        code = max(ended.codes, default=0)
        raise DeviceFault(
            say("The TPM reports a fault that the station does not know: {code}.", code=f"{code:#x}"), _CALL
        )

    def _run(self, program: str, *words: str, seconds: float, given: bytes = b"") -> _Ended:
        """Run one program. Raises NoDevice, DeviceFault, DeviceSilent."""
        path = _program(program)
        self._refuse_what_cannot_be_opened()
        end = time.monotonic() + seconds
        command = [path, "-T", self._tpm, *words]
        ended = _bounded(command, given, seconds)
        if ended is not None and _NO_SESSION_LEFT in ended.codes and not self._tpm.startswith(_DEVICE):
            # The kernel clears away what a killed program left in the TPM; a TPM that is a program has nobody for it.
            _bounded([_program("tpm2_flushcontext"), "-T", self._tpm, "-l"], b"", _left(end))
            ended = _bounded(command, given, _left(end))
        if ended is None:
            raise DeviceSilent(
                say("The TPM did not answer in time."),
                say("Start the computer anew. If it happens again, call a technician."),
            )
        return ended

    def _refuse_what_cannot_be_opened(self) -> None:
        """Say it before a program says it in its own words."""
        if not self._tpm.startswith(_DEVICE):
            return
        device = Path(self._tpm.removeprefix(_DEVICE))
        if not os.path.exists(device):  # unlike Path.exists it raises nothing
            raise NoDevice(
                say("This computer has no TPM 2, or it is switched off: there is no {device}.", device=str(device)),
                say("Look for TPM or security chip in the computer's own setup (BIOS)."),
            )
        if not os.access(device, os.R_OK | os.W_OK):
            raise DeviceFault(
                say("This account may not use the TPM."),
                say("An administrator adds it to the group tss. Then sign in to the computer again."),
            )


def _program(name: str) -> str:
    path = shutil.which(name, path=_PROGRAMS)
    if path is None:
        raise NoDevice(
            say("The programs that talk to a TPM are not installed."), say("Install the package tpm2-tools.")
        )
    return path


def _cannot_be_started() -> DeviceFault:
    return DeviceFault(
        say("The programs that talk to a TPM cannot be started."), say("Install the package tpm2-tools.")
    )


def _left(end: float) -> float:
    return max(end - time.monotonic(), 0.01)


def _bounded(command: Sequence[str], given: bytes, seconds: float) -> _Ended | None:
    """What a program left, or None when it did not end in time: it is killed then, and not waited for if it hangs.

    Raises DeviceFault when it cannot be run: an update that was cut short leaves empty files, a full computer no room.
    """
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
        )
    except OSError as problem:
        raise _cannot_be_started() from problem
    try:
        out, said = child.communicate(given, timeout=seconds)
    except OSError as problem:
        child.kill()
        raise _cannot_be_started() from problem
    except subprocess.TimeoutExpired:
        child.kill()
        with suppress(subprocess.TimeoutExpired):  # inside the kernel even a kill has to wait
            child.communicate(timeout=0.2)
        return None
    return _Ended(child.returncode, out[:_MOST_OUTPUT], said[:_MOST_OUTPUT].decode("utf-8", "replace"))
