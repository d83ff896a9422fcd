# SPDX-License-Identifier: Apache-2.0
"""The window at which overrides are tried, opened for one person after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.registry import Registry
from station.access.approvals import ApprovalService
from station.access.sign_in import Session
from station.domain.secrets import Secret
from station.inspection.effects import Outside
from station.inspection.rules import PostRules
from station.inspection.service import InspectionService
from station.inspection.state import Place
from tests.open_station import OpenStation
from tests.station.inspection.override_window import (
    PASSWORDS,
    Open,
    Window,
)
from tests.ui.desk import KnownEngine, PlainPress


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Open]:
    station = OpenStation(tmp_path)
    sessions: dict[str, Session] = {}

    def open_it(name: str = "omar") -> Window:
        for session in sessions.values():
            station.sign_ins.sign_out(session)
        sessions.clear()
        session = sessions[name] = station.signed_in(name, Secret(PASSWORDS[name].reveal()))
        identity = session.store.identity
        approvals = ApprovalService(session, station.door.desk, station.clock, station.randomness)
        outside = Outside(
            devices=Registry((), allow_simulated=True),
            engine=KnownEngine(lambda: ()),
            press=PlainPress(),
            clock=station.clock,
            randomness=station.randomness,
            checkpoints=station.checkpoints,
        )
        place = Place(post=identity.post, station=identity.station, lane=identity.lane)
        rules = replace(PostRules(), specimens_allowed=True)
        return Window(station, session, InspectionService(session, outside, place, rules, approvals), approvals)

    yield open_it
    for session in sessions.values():
        station.sign_ins.sign_out(session)
