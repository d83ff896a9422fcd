# SPDX-License-Identifier: Apache-2.0
"""Picks the face: the desktop when nothing else is asked for, the command line otherwise."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the station; the exit code is one of ``ui.command_line.exit_codes``."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    from ui.command_line.main import run

    return run(given)


if __name__ == "__main__":
    sys.exit(main())
