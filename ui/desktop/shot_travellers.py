# SPDX-License-Identifier: Apache-2.0
"""A morning at a practice post, so that the pictures of records and export have something to show."""

from __future__ import annotations

from station.domain.crossing import Crossing, Direction, Purpose, Transport
from station.domain.decision import RefusalGround
from station.inspection.service import InspectionService
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.ports.tasks import CancelToken
from ui.bootstrap.workplace import Workplace
from ui.desktop.desk import Desk

#: Traveller and direction, in the order of the morning; the first one goes out again and comes back.
_MORNING: tuple[tuple[int, Direction], ...] = (
    (0, Direction.ENTRY),
    (1, Direction.ENTRY),
    (2, Direction.EXIT),
    (3, Direction.ENTRY),
    (0, Direction.EXIT),
    (4, Direction.ENTRY),
    (0, Direction.ENTRY),
)
_REFUSED = 3


def record_travellers(desk: Desk) -> None:
    """Let the morning's travellers cross, through the same services as by hand."""
    workplace, session = desk.workplace, desk.session
    if workplace is None or session is None:
        raise ValueError("somebody has to be signed in")
    service = workplace.services(session).inspection
    for number, direction in _MORNING:
        _cross(workplace, service, number, direction)


def _cross(workplace: Workplace, service: InspectionService, number: int, direction: Direction) -> None:
    cancel = CancelToken()
    crossing = Crossing(
        direction=direction,
        transport=list(Transport)[7 + number],
        coming_from="UTO",
        destination="KEN" if direction is Direction.EXIT else "UTO",
        purpose=list(Purpose)[number],
        permitted_stay_days=30 if direction is Direction.ENTRY else None,
    )
    workplace.hand.place(number)
    state = service.run(service.begin(service.scan(cancel=cancel), crossing), cancel=cancel)
    state = _settled(workplace, service, state, number)
    if number == _REFUSED:
        state = service.refuse(state, crossing, RefusalGround.PURPOSE_NOT_JUSTIFIED, reason="No invitation was shown.")
    else:
        state = service.admit(state, crossing)
    service.run(state, cancel=cancel)
    workplace.hand.remove()


def _settled(workplace: Workplace, service: InspectionService, state: InspectionState, number: int) -> InspectionState:
    """A doubtful reading is confirmed by the eye that compares with the page: the specimen's true lines."""
    if state.stage is Stage.CONFIRMING:
        lines = workplace.hand.traveller(number).mrz_lines
        return service.run(service.confirm_lines(state, lines), cancel=CancelToken())
    return state
