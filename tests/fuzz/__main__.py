# SPDX-License-Identifier: Apache-2.0
"""``./run fuzz [--seconds N] [--inputs N] [--state FOLDER] [--seed N] [PARSER …]``: goes on where it stopped before.

Each parser gets the seconds for itself. Without --seconds and --inputs each runs for ten. The state is kept in the
cache of whoever runs it.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.fuzz.campaign import Campaign, State
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Run, print the table, and say by the exit code whether something was found."""
    asked = _asked()
    found = []
    states: list[State] = []
    for parser in asked.parser or TARGETS:
        campaign = Campaign(asked.state, parser, seed=asked.seed)
        found += campaign.run(inputs=asked.inputs, seconds=asked.seconds or (0.0 if asked.inputs else 10.0))
        states.append(campaign.state)
        print(f"{parser}: {campaign.state.inputs} inputs, {campaign.state.findings} findings", flush=True)
    print(_table(states))
    for finding in found:
        print(f"FOUND {finding.path}: {finding.cause}")
    return 1 if found else 0


def _asked() -> argparse.Namespace:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(prog="./run fuzz", description="Feed the parsers of untrusted bytes.")
    parser.add_argument("parser", nargs="*", choices=[*TARGETS, []], help="which; all without a name")
    parser.add_argument("--seconds", type=float, default=0.0, help="for each parser")
    parser.add_argument("--inputs", type=int, default=0, help="for each parser")
    parser.add_argument("--seed", type=int, default=1, help="for a state that is new")
    parser.add_argument("--state", type=Path, default=cache / "hbm-station" / "fuzz", help="the folder of the state")
    return parser.parse_args()


def _table(states: list[State]) -> str:
    rows = [
        f"fuzz, {datetime.now(UTC):%Y-%m-%d}; limits: 1 s of processor time, 256 MB, declared errors only",
        "| parser | seed | inputs | accepted | a second | slowest | helper's memory | findings |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for state in states:
        share = 100 * state.accepted / max(1, state.inputs)
        helper = f"{state.helper_bytes // 1024**2} MB" if state.helper_bytes else "none"
        rows.append(
            f"| {state.parser} | {state.seed} | {state.inputs} | {share:.1f} % | {state.rate:.0f} "
            f"| {state.slowest * 1000:.0f} ms | {helper} | {state.findings} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
