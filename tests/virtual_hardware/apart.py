# SPDX-License-Identifier: Apache-2.0
"""Runs a service in an empty network and with mounts of its own, so that the machine's real one never notices.

In a chroot, too: there the root is no mount, so it cannot be made private, and a mount on /run might reach the machine.
"""

from __future__ import annotations

import shutil
import subprocess
from typing import Final

PROGRAMS: Final = ("unshare", "mount", "chroot", "ip")

# /proc is a mount everywhere. Once ours is private, all that is seen from here is mounted once more below it, and
# what is mounted there stays there. It ends with the last process in it.
_APART: Final = (
    "ip link set lo up && mount --make-private /proc && mount --rbind / /proc/tty && mount --make-rprivate /proc/tty &&"
    ' exec chroot /proc/tty sh -c "$0" sh "$@"'
)


def apart(script: str, *arguments: str) -> list[str]:
    """The command that runs a shell script with its arguments, as root. Its process is the one that is started."""
    return ["unshare", "--net", "--mount", "--propagation", "unchanged", "sh", "-c", _APART, script, *arguments]


def refused() -> str | None:
    """Why that cannot be done here, in the words of this machine; None when it can."""
    missing = [program for program in PROGRAMS if shutil.which(program, path="/usr/sbin:/sbin:/usr/bin:/bin") is None]
    if missing:
        return f"needs the programs {', '.join(missing)}"
    trial = subprocess.run(apart("mount -t tmpfs none /run"), capture_output=True, text=True, check=False)
    return None if trial.returncode == 0 else f"this machine permits no network of one's own: {trial.stderr.strip()}"
