# SPDX-License-Identifier: Apache-2.0
"""A station with a shift: real store, real keys and signatures; only the stretching of passwords is light."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from station.access.sign_in import Session
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.ports.keys import NewOfficer
from station.ports.storage import AuditEntry, Officer, RoleName
from station.post.clock import ClockWatch, SteadyClock
from station.post.shift_desk import ShiftDesk, Signer
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD, OpenStation

SECOND_PASSWORD = Secret.of("harvest pebble comet four")
TECHNICIAN_PASSWORD = Secret.of("button glacier tunnel six")


@dataclass(slots=True)
class TwoClocks:
    """A wall clock that people can turn, and seconds that only run."""

    wall: datetime
    running: float = 1_000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.running

    def run(self, span: timedelta) -> None:
        """Time passes."""
        self.wall += span
        self.running += span.total_seconds()

    def turn(self, to: datetime) -> None:
        """Somebody sets the clock."""
        self.wall = to


class PostRoom(OpenStation):
    """Irina and Nadia are supervisors, Omar is an officer, Tariq a technician."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.desk = self.door.desk
        self.session = self.signed_in()
        self.add("nadia", RoleName.SUPERVISOR, SECOND_PASSWORD)
        self.add("tariq", RoleName.TECHNICIAN, TECHNICIAN_PASSWORD)
        self.time = TwoClocks(self.clock.now() + timedelta(seconds=1))
        self.steady = SteadyClock(self.time)
        self.shifts = self.desk_of(self.session)

    def add(self, name: str, role: RoleName, password: Secret, *, distress_password: Secret | None = None) -> None:
        """Somebody more, with a password of their own."""
        shown = f"{name.title()} Specimen"
        person = NewOfficer(
            name=name, display_name=shown, role=role, password=password, distress_password=distress_password
        )
        with self.desk.keys("irina", SUPERVISOR_PASSWORD) as ring:
            key = ring.add(person)
        with self.session.store.unit_of_work() as unit:
            officer_id = OfficerId(f"officer-{name}")
            unit.officers.add(Officer(officer_id=officer_id, name=name, display_name=shown, role=role, public_key=key))
            unit.commit()

    def desk_of(self, session: Session) -> ShiftDesk:
        return ShiftDesk(session, self.desk, self.time)

    def watch(self, session: Session | None = None) -> ClockWatch:
        """A new look-out, as after signing in."""
        return ClockWatch(session or self.session, self.time, self.steady, self.desk)

    def restarted(self) -> ClockWatch:
        """A new process: its seconds begin anew, and it knows only what the store says."""
        self.time.running = 5.0
        self.steady = SteadyClock(self.time)
        return self.watch()

    def entries(self, act: str | None = None) -> list[AuditEntry]:
        with self.session.store.reading() as unit:
            return list(unit.audit.entries(act=act))


NADIA = Signer(name="nadia", password=SECOND_PASSWORD)
OMAR = Signer(name="omar", password=OFFICER_PASSWORD)
TARIQ = Signer(name="tariq", password=TECHNICIAN_PASSWORD)
IRINA = Signer(name="irina", password=SUPERVISOR_PASSWORD)
