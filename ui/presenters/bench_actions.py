# SPDX-License-Identifier: Apache-2.0
"""Which acts the bench offers in each state, in one place and one order."""

from __future__ import annotations

from station.bench.kit import BenchKit
from station.domain.words import Text, say
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA, PRINTER
from ui.presenters.bench_rows import TRY, TRY_PRINTER
from ui.presenters.bench_view import BenchMode, BenchState, DeviceRow
from ui.presenters.inspect_view import ActionView
from ui.presenters.keymap import KEYMAP, Act

_MEASURED = frozenset({DOCUMENT_SCANNER.name, FACE_CAMERA.name})
_ON_TARGET = _MEASURED | {PRINTER.name}


def actions_of(state: BenchState, row: DeviceRow | None, kit: BenchKit) -> tuple[ActionView, ...]:
    """The row of actions at the foot of the page."""
    if state.mode is BenchMode.WORKING:
        return (_action(Act.LEAVE, say("Stop")),)
    if state.mode is BenchMode.LIVE:
        return (_action(Act.NEXT, say("Capture"), primary=True), _action(Act.LEAVE, say("Stop")))
    if state.panel is not None:
        return (_action(Act.NEXT, state.panel.confirm, primary=True), _action(Act.LEAVE, say("Back")))
    if state.mode is BenchMode.TESTING:
        if state.steps is not None and state.steps.asks is None:  # it could not be kept: nothing of it is lost yet
            return (
                _action(Act.NEXT, say("Sign the record again"), primary=True),
                _action(Act.LEAVE, say("Give the test up")),
            )
        return (
            _action(Act.NEXT, say("Do this step"), primary=True),
            _action(Act.BENCH_SKIP),
            _action(Act.LEAVE, say("Give the test up")),
        )
    return (*_of_device(row, kit), _action(Act.BENCH_DIAGNOSTICS), _action(Act.BENCH_PROFILE))


def _of_device(row: DeviceRow | None, kit: BenchKit) -> tuple[ActionView, ...]:
    if row is None:
        return (_action(Act.BENCH_SETTINGS, primary=True),)
    made = [_action(Act.NEXT, TRY.get(row.role.name, TRY_PRINTER), primary=True), _action(Act.BENCH_TEST)]
    made.append(_action(Act.BENCH_SETTINGS))
    # Offered for the one in use too: it may be so only because it was found first, and another at the next start.
    made.append(_action(Act.BENCH_DEFAULT))
    if kit.means.calibrate is not None and row.role.name in _MEASURED:
        made.append(_action(Act.BENCH_TARGET))
    if kit.means.sheet is not None and row.role.name in _ON_TARGET:
        made.append(_action(Act.BENCH_PRINT_TARGET))
    if row.record is not None:
        made.append(_action(Act.BENCH_RECORD))
    if kit.faults is not None and kit.faults.choices(row.device_id):  # a film has none
        made.append(_action(Act.BENCH_FAULTS))
    return tuple(made)


def _action(act: Act, word: Text | None = None, *, primary: bool = False) -> ActionView:
    key = KEYMAP[act]
    return ActionView(act=act, key=key.label, word=word or key.word, primary=primary)
