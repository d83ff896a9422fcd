# SPDX-License-Identifier: Apache-2.0
"""What killer and victim agree on."""

from __future__ import annotations

import hashlib
from pathlib import Path

from station.access.first_start import FirstStart, set_up
from station.access.recovery import RecoverySet
from station.domain.secrets import Secret
from station.domain.wire import to_json
from station.inspection.state import InspectionState
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from storage.keys.stretching import KdfProfile
from ui.bootstrap.house import House, new_headquarters_identity

#: The cheapest password the slots accept: here the disk is tested, not the key stretching.
PROFILE = KdfProfile(memory_kib=8 * 1024, passes=1, lanes=1)
USER = "supervisor.b"
SECOND, SECOND_PASSWORD = "officer.a", "another long specimen password"


def state_hash(state: InspectionState) -> str:
    """Hex SHA-256 of everything a state says: what victim and killer compare."""
    return hashlib.sha256(to_json(state)).hexdigest()


def make_post(folder: Path, *, recovery: RecoverySet | None = None) -> tuple[Path, Path]:
    """A training store with two people; its path, and the path of the supervisor's password."""
    store, password_file = folder / "store", folder / "password"
    password_file.write_bytes(b"a long specimen password")
    house = House.around(store, profile=PROFILE)
    _, recipient = new_headquarters_identity()
    people = (
        NewOfficer(
            name=USER,
            display_name="B. Supervisor",
            role=RoleName.SUPERVISOR,
            password=Secret(password_file.read_bytes()),
        ),
        NewOfficer(
            name=SECOND,
            display_name="A. Officer",
            role=RoleName.OFFICER,
            password=Secret.of(SECOND_PASSWORD),
        ),
    )
    first = FirstStart(
        post="Utopia East", station="kill-1", lane="1", kind=StoreKind.TRAINING, recipient=recipient, people=people
    )
    set_up(first, door=house.door, sealer=house.sealer, clock=house.clock, recovery=recovery)
    (folder / "papers").mkdir()
    return store, password_file
