# SPDX-License-Identifier: Apache-2.0
"""What no change of people may do: lock everybody out, with or without a token, or take somebody else's name."""

from __future__ import annotations

from collections.abc import Sequence

from station.domain.errors import DeviceFault, NotPermitted, RecordConflict
from station.domain.words import say
from station.ports.keys import FactorSpec
from station.ports.storage import RoleName
from storage.keys.keeper import Member
from storage.keys.slots import MAX_SLOTS, SlotTable


def refuse_locking_out(after: Sequence[Member], border: SlotTable) -> None:
    """Raise NotPermitted when of the people ``after`` a change none is a supervisor, or all of them need a token."""
    supervisors = [member for member in after if member.role is RoleName.SUPERVISOR]
    if not supervisors:
        raise NotPermitted(
            say("This is the last supervisor: nobody could manage the station any more."),
            say("Make somebody else a supervisor first."),
        )
    if border.recovery is None and all(member.lock.factor is not None for member in supervisors):
        raise NotPermitted(
            say("Every supervisor would need a token: a lost one would lock everybody out."),
            say("Let at least one supervisor sign in with a password alone."),
        )


def refuse_other_token(now: FactorSpec | None, wanted: FactorSpec | None) -> None:
    """Under distress the token stays as it is, because the ordinary password needs the same; said as any token's fault.

    Raises DeviceFault.
    """
    if now is not None and wanted is None:
        raise DeviceFault(
            say("The token {token} is not ready.", token=now.label), say("Plug it in, then try once more.")
        )
    if wanted is not None and (now is None or now.label != wanted.label):
        raise DeviceFault(
            say("The token {token} reports a fault that the station does not know.", token=wanted.label),
            say("Unplug it, plug it in again, and try once more."),
        )


def refuse_too_many(border: SlotTable) -> None:
    """Raise NotPermitted when no further person has room."""
    if len(border.slots) >= MAX_SLOTS:
        raise NotPermitted(
            say("The station has {most} people, and no room for more.", most=MAX_SLOTS),
            say("Remove somebody who does not work here any more."),
        )


def held_by_somebody(name: str) -> RecordConflict:
    """A sign-in name that is taken."""
    return RecordConflict(
        say("The sign-in name {name} belongs to somebody else already.", name=name), say("Choose another sign-in name.")
    )


def unknown_person(name: str) -> RecordConflict:
    """A sign-in name that nobody has."""
    return RecordConflict(
        say("Nobody has the sign-in name {name}.", name=name), say("Look at the list of people again.")
    )
