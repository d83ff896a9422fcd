# SPDX-License-Identifier: Apache-2.0
"""A station with a shift: real store and trail, real signatures; only the stretching of passwords is left out."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from station.access.sign_in import Session
from station.domain.errors import SignInRefused
from station.domain.identifiers import OfficerId
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.keys import Confirmed
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


@dataclass(slots=True)
class SigningDesk:
    """A desk whose keys come straight from the password: the same form of signature, without the second of work."""

    people_here: dict[str, tuple[Secret, RoleName]] = field(default_factory=dict)
    asked: int = 0

    def confirm(self, name: str, password: Secret, message: bytes, *, pin: Secret | None = None) -> Confirmed:
        assert pin is None
        self.asked += 1
        known = self.people_here.get(name)
        if known is None or known[0].reveal() != password.reveal():
            raise SignInRefused(say("Name or password is wrong."), say("Try again."))
        key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode() + password.reveal()).digest())
        return Confirmed(
            name=name,
            role=known[1],
            public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode(),
            signature=base64.b64encode(key.sign(message)).decode(),
        )


class PostRoom(OpenStation):
    """Irina and Nadia are supervisors, Omar is an officer, Tariq a technician."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.time = TwoClocks(self.clock.now() + timedelta(seconds=1))
        self.desk = SigningDesk(
            {
                "irina": (SUPERVISOR_PASSWORD, RoleName.SUPERVISOR),
                "nadia": (SECOND_PASSWORD, RoleName.SUPERVISOR),
                "omar": (OFFICER_PASSWORD, RoleName.OFFICER),
                "tariq": (TECHNICIAN_PASSWORD, RoleName.TECHNICIAN),
            }
        )
        self.steady = SteadyClock(self.time)
        self.session = self.signed_in()
        with self.session.store.unit_of_work() as unit:
            for name, role in (("nadia", RoleName.SUPERVISOR), ("tariq", RoleName.TECHNICIAN)):
                unit.officers.add(
                    Officer(
                        officer_id=OfficerId(f"officer-{name}"),
                        name=name,
                        display_name=f"{name.title()} Specimen",
                        role=role,
                    )
                )
            unit.commit()
        self.shifts = self.desk_of(self.session)

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
