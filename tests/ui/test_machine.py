# SPDX-License-Identifier: Apache-2.0
"""What the machine tells for a bundle: lists of our own, and mistakes by kind and place, never by message."""

from __future__ import annotations

import logging
import sys

from station.bench.diagnostics import Sources, compose
from station.ports.storage import StoreKind
from tests.conftest import ExpectedLogs
from ui.bug_log import log_bug
from ui.host import SystemClock
from ui.machine import RecentBugs, module_of, own_words, this_machine


def test_a_bug_is_kept_by_kind_and_place(expected_logs: ExpectedLogs) -> None:
    log = logging.getLogger("ui.test_machine")
    expected_logs.expect("ui.test_machine", logging.ERROR, "a bug: KeyError")
    expected_logs.expect("ui.test_machine", logging.ERROR, "Anna Eriksson")
    bugs = RecentBugs()
    log.addHandler(bugs)
    try:
        try:
            module_of(None)  # type: ignore[arg-type]  # the mistake that is looked for
        except TypeError:
            log_bug(log, KeyError, sys.exc_info()[2])
        log.error("something with the name Anna Eriksson in it")
    finally:
        log.removeHandler(bugs)
    (bug,) = bugs()
    assert bug.kind == "KeyError"
    modules = [module for module, _line in bug.places]
    assert "ui.machine" in modules
    assert "" in modules  # pathlib is none of ours


def test_only_our_own_files_have_a_name() -> None:
    assert module_of("/opt/somebody/station/bench/hands.py") == "station.bench.hands"
    assert module_of("/home/anna/secret.py") == ""


def test_this_machine_makes_a_bundle() -> None:
    machine = this_machine()
    assert machine.python
    assert dict(machine.packages)["numpy"]
    sources = Sources(
        at=SystemClock().now(),
        kind=StoreKind.TRAINING,
        machine=machine,
        devices=(),
        acceptances=(),
        settings=(),
        bugs=(),
        words=own_words(["sane"]),
    )
    text = "".join(entry.text for entry in compose(sources))
    assert f"python: {machine.python}" in text
    assert "KeyError" in sources.words.errors
    assert "DeviceBusy" in sources.words.errors
