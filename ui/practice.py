# SPDX-License-Identifier: Apache-2.0
"""A practice post in one key: a training station with generated people, so that a first look needs no form.

Never for a live store: ``make_practice_post`` founds a training store only.
"""

from __future__ import annotations

import secrets

from station.access.first_start import FirstStart, set_up
from station.access.recovery import new_set
from station.domain.secrets import Secret
from station.domain.words import say
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from ui.bootstrap.house import House, new_headquarters_identity
from ui.bootstrap.recovery import new_paper_shares, write_practice_sheets
from ui.presenters.first_start import Credential, Practice

_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"
_SYLLABLES = 10  # 14 * 5 choices each: about 61 bits


def spoken_password() -> str:
    """A password of invented words that can be read aloud and typed on any keyboard."""
    syllables = [secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(_SYLLABLES)]
    return "-".join("".join(syllables[at : at + 2]) for at in range(0, _SYLLABLES, 2))


def make_practice_post(house: House) -> Practice:
    """Found a training store with a person of each role that works. Some three seconds. Raises StoreError kinds."""
    identity, recipient = new_headquarters_identity()
    people = (
        Credential(name="supervisor", role=say("supervisor"), password=spoken_password()),
        Credential(name="officer", role=say("officer"), password=spoken_password()),
        Credential(name="technician", role=say("technician"), password=spoken_password()),
    )
    roles = (RoleName.SUPERVISOR, RoleName.OFFICER, RoleName.TECHNICIAN)
    shown = ("B. Supervisor", "A. Officer", "T. Technician")
    first = FirstStart(
        post="Utopia East",
        station="practice-1",
        lane="2",
        kind=StoreKind.TRAINING,
        recipient=recipient,
        people=tuple(
            NewOfficer(name=person.name, display_name=name, role=role, password=Secret.of(person.password))
            for person, name, role in zip(people, shown, roles, strict=True)
        ),
    )
    made = new_set(new_paper_shares())
    try:
        set_up(first, door=house.door, sealer=house.sealer, clock=house.clock, recovery=made)
        write_practice_sheets(house.place.parent / f"{house.place.name}-recovery-sheets", made)
    finally:
        made.forget()
    key_file = house.place.parent / f"{house.place.name}-headquarters.age"
    key_file.touch(0o600)
    key_file.write_bytes(identity.reveal() + b"\n")
    return Practice(people=people, key_file=str(key_file))
