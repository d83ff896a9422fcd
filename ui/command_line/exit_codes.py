# SPDX-License-Identifier: Apache-2.0
"""What the command's exit codes mean; scripts of a post rely on them (docs/cli/README.md)."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """How a command ended."""

    GOOD = 0  # everything that was asked for was done, and is good
    USAGE = 2  # the command was not understood
    NOT_ALL_GOOD = 3  # it was done, and something in the result is not good
    COULD_NOT = 4  # it could not be done
    STOPPED = 130  # Ctrl+C, as shells count it
    NOBODY_LISTENS = 141  # whoever read the output went away, as shells count it
