# SPDX-License-Identifier: Apache-2.0
"""What stands in the way of an inspection: cause, next step, and where on the page it happened."""

from __future__ import annotations

from dataclasses import dataclass, replace

from station.domain.errors import Cancelled, IncompleteRecord, PrintStopped, StationError
from station.domain.words import Text, say
from station.inspection.state import InspectionState
from station.ports.devices import PRINTER, Role
from ui.presenters.inspect_view import Spot
from ui.presenters.inspect_words import TROUBLE_SPOTS


@dataclass(frozen=True, slots=True)
class Woe:
    """What stands in the way, the next step, and where on the page it happened."""

    cause: Text
    next_step: Text
    spot: Spot
    role: Role[object] | None = None  # whose device it was, where F8 helps


WITHOUT_SCANNER = say("Plug it in again, choose another with F8, or key in by hand with F2.")
INTERRUPTED = Woe(say("This step was interrupted."), say("Go on with Enter."), Spot.DECISION)
OWED = Woe(
    say("This traveller was refused, and no notice is on record."),
    say("Look at the printer. If none came out, Enter prints it, and Ctrl+W is for writing it by hand."),
    Spot.DECISION,
    PRINTER,
)
_BUG = (
    say("The program made a mistake. What you confirmed is kept."),
    say("Go on with Enter, or park with F4. Tell the technician what you did last."),
)
_STOPPED = (
    say("You stopped the printing. Nothing was printed."),
    say("Repeat with F11, choose another printer with F8, or write it by hand with Ctrl+W."),
)


def woe_of(problem: BaseException, spot: Spot) -> Woe:
    """An error of the station in its own words; anything else is a mistake of the program."""
    if isinstance(problem, StationError):
        return Woe(problem.cause, problem.next_step, Spot.CROSSING if isinstance(problem, IncompleteRecord) else spot)
    return Woe(*_BUG, spot)


def woe_of_print(problem: BaseException, spot: Spot) -> Woe | None:
    """Why no sheet came out, or perhaps did not; blank ones that were stopped are no trouble."""
    if isinstance(problem, PrintStopped):
        return Woe(problem.cause, problem.next_step, spot, PRINTER)
    if isinstance(problem, Cancelled):
        return None if spot is Spot.IDLE else Woe(*_STOPPED, spot, PRINTER)
    return replace(woe_of(problem, spot), role=PRINTER)


def woe_of_note(problem: BaseException) -> Woe:
    """The notice is on paper, and its audit entry could not be kept."""
    woe = woe_of(problem, Spot.DECISION)
    return replace(
        woe,
        cause=say("The notice is on paper, but that could not be noted. {cause}", cause=woe.cause),
        next_step=say("{next_step} Enter notes it, and prints nothing.", next_step=woe.next_step),
    )


def woe_of_state(state: InspectionState) -> Woe | None:
    """The trouble of a state; work that is still pending with nobody at it was interrupted."""
    spot = TROUBLE_SPOTS.get(state.stage, Spot.DECISION)
    if state.trouble is not None:
        return Woe(state.trouble.cause, state.trouble.next_step, spot)
    return replace(INTERRUPTED, spot=spot) if state.pending or spot is not Spot.DECISION else None
