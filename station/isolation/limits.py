# SPDX-License-Identifier: Apache-2.0
"""What a helper process may use. A hostile picture that breaks its decoder then breaks nothing else.

The child puts the limits on itself before it sees any data, because running code between fork and exec in a
program with threads can deadlock. A child that was taken over cannot raise them: hard limits stay.
"""

from __future__ import annotations

import ctypes
import enum
import errno
import math
import os
import resource
from dataclasses import dataclass

from station.isolation.own_memory import forbid_dumps

_CLONE_NEWUSER = 0x1000_0000  # linux/sched.h
_CLONE_NEWNET = 0x4000_0000
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h


class NetworkUse(enum.Enum):
    """Whether a helper process may reach the network."""

    NONE = "none"  # it gets an empty network of its own, where the kernel permits that
    ALLOWED = "allowed"  # its work is to talk to a device in the network


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one helper process may use.

    ``memory_bytes`` bounds the address space, ``cpu_seconds`` the processor time of one request,
    ``wall_seconds`` its duration (kept by the parent). ``file_bytes`` is the size of the largest file it may
    write: 0 means none at all.
    """

    memory_bytes: int
    cpu_seconds: float
    wall_seconds: float
    network: NetworkUse = NetworkUse.NONE
    open_files: int = 64
    file_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Enforcement:
    """What of the limits the kernel really enforces on a child, as the child found."""

    memory: bool
    files: bool
    network: bool  # False with NetworkUse.NONE: this kernel gave the child no network of its own


def apply(limits: Limits) -> Enforcement:
    """Put the limits on the calling process, for good. Called by the child, before any work."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    alone = limits.network is NetworkUse.NONE and _leave_network(libc)
    forbid_dumps()  # one would write the traveller's picture to the disk
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    files = _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    memory = _limit(resource.RLIMIT_AS, limits.memory_bytes)
    return Enforcement(memory=memory, files=files, network=alone)


def grant_processor_time(seconds: float) -> None:
    """Let the calling process use ``seconds`` more of processor time; then the kernel ends it (SIGXCPU).

    The kernel counts over the life of a process, so the limit is moved before each request. Whole seconds,
    rounded up.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _limit(which: int, value: int) -> bool:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(which, (value, value))
    return True


def _leave_network(libc: ctypes.CDLL) -> bool:
    """Move into an empty network namespace: permitted to root, or through a user namespace of one's own."""
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS, errno.EINVAL):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    # Refused where a distribution switches off user namespaces, or in a process that already has threads.
    return bool(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)
