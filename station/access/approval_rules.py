# SPDX-License-Identifier: Apache-2.0
"""Which acts need a second pair of eyes, who may ask, and who counts as the second person: one table.

Whatever is not in it cannot be approved. docs/decisions/0013-four-eyes.md gives the reasons.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from station.access.roles import ROLE_TITLES, Permission, allowed
from station.domain.errors import NotPermitted
from station.domain.identifiers import OfficerId
from station.domain.words import Text, say
from station.ports.storage import Officer, RoleName


class ApprovalKind(enum.StrEnum):
    """What can be asked for. The names are stable: they stand in stores and on the trail for years."""

    OVERRIDE = "override"  # decide against a check that failed
    ERASURE = "erasure"  # erase records whose time is over
    EARLY_ERASURE = "early_erasure"  # erase one record before its time is over, with a ground
    RETENTION_CHANGE = "retention_change"  # keep a kind of record for another time
    HOLD_LIFT = "hold_lift"  # let the time of a record run again that somebody asked to keep
    EXPORT_OUTSIDE_PLAN = "export_outside_plan"  # seal something for somebody who is not on the plan
    REMOVAL_WITH_SUSPICION = "removal_with_suspicion"  # remove a person and give the stores new keys
    NEW_SHARES = "new_shares"  # print new recovery sheets from two old ones, which are destroyed
    RESTORE = "restore"  # put a backup in the place of the store
    RECIPIENT_CHANGE = "recipient_change"  # seal exports for another headquarters key
    TRAVEL_DOCUMENT = "travel_document"  # issue an emergency travel document
    CRISIS_MODE = "crisis_mode"  # put the post into crisis mode, or end it
    ACCEPT_STORE = "accept_store"  # go on with a store that looks put back to an older state
    VOUCH = "vouch"  # two people know that an account is in its owner's hands


class Verdict(enum.StrEnum):
    """What the second person says."""

    APPROVED = "approved"  # the act may be done, once
    REFUSED = "refused"  # it may not


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRule:
    """One row: ``pairs`` maps the role that asks to the roles that may then decide; ``valid`` counts from asking."""

    title: Text
    pairs: Mapping[RoleName, frozenset[RoleName]]
    valid: timedelta = timedelta(minutes=30)


_OFFICER, _SUPERVISOR, _FOCAL = RoleName.OFFICER, RoleName.SUPERVISOR, RoleName.FOCAL_POINT

# One of the two is a supervisor, always. A post may have only one: then an officer is the second person.
_SUPERVISOR_ASKS = {_SUPERVISOR: frozenset({_SUPERVISOR, _OFFICER})}
_ANY_LINE_ASKS = {_OFFICER: frozenset({_SUPERVISOR}), **_SUPERVISOR_ASKS}

APPROVALS: dict[ApprovalKind, ApprovalRule] = {
    ApprovalKind.OVERRIDE: ApprovalRule(title=say("Decide against a failed check"), pairs=_ANY_LINE_ASKS),
    ApprovalKind.TRAVEL_DOCUMENT: ApprovalRule(
        title=say("Issue an emergency travel document"), pairs=_ANY_LINE_ASKS, valid=timedelta(hours=2)
    ),
    ApprovalKind.CRISIS_MODE: ApprovalRule(title=say("Begin or end crisis mode"), pairs=_ANY_LINE_ASKS),
    ApprovalKind.ERASURE: ApprovalRule(
        title=say("Erase records whose time is over"), pairs=_SUPERVISOR_ASKS, valid=timedelta(hours=8)
    ),
    ApprovalKind.EARLY_ERASURE: ApprovalRule(
        title=say("Erase one record before its time"), pairs=_SUPERVISOR_ASKS, valid=timedelta(hours=8)
    ),
    ApprovalKind.RETENTION_CHANGE: ApprovalRule(
        title=say("Change how long records are kept"), pairs=_SUPERVISOR_ASKS, valid=timedelta(hours=8)
    ),
    ApprovalKind.HOLD_LIFT: ApprovalRule(
        title=say("Lift a legal hold"), pairs=_SUPERVISOR_ASKS, valid=timedelta(hours=8)
    ),
    ApprovalKind.EXPORT_OUTSIDE_PLAN: ApprovalRule(title=say("Export outside the plan"), pairs=_SUPERVISOR_ASKS),
    ApprovalKind.REMOVAL_WITH_SUSPICION: ApprovalRule(
        title=say("Remove a person with suspicion"), pairs=_SUPERVISOR_ASKS
    ),
    ApprovalKind.NEW_SHARES: ApprovalRule(title=say("Print new recovery sheets"), pairs=_SUPERVISOR_ASKS),
    ApprovalKind.RESTORE: ApprovalRule(title=say("Restore a backup"), pairs=_SUPERVISOR_ASKS),
    ApprovalKind.RECIPIENT_CHANGE: ApprovalRule(
        title=say("Change the key of headquarters"), pairs=_SUPERVISOR_ASKS, valid=timedelta(hours=8)
    ),
    ApprovalKind.ACCEPT_STORE: ApprovalRule(
        title=say("Go on with an older store"),
        pairs={**_SUPERVISOR_ASKS, _FOCAL: frozenset({_SUPERVISOR})},  # no supervisor has the protection store
    ),
    ApprovalKind.VOUCH: ApprovalRule(
        title=say("Say that an account is in its owner's hands"),
        pairs={**_SUPERVISOR_ASKS, _FOCAL: frozenset({_SUPERVISOR})},
        valid=timedelta(hours=8),
    ),
}


#: What may still be used under distress. Everything else gives something away or destroys it for good.
USABLE_UNDER_DISTRESS = frozenset({ApprovalKind.OVERRIDE})


def stands_for(officer: Officer) -> OfficerId:
    """The one person who is known to be behind an account: its owner, or whoever gave out its password."""
    return officer.given_by or officer.officer_id


def independent(one: Officer, other: Officer) -> bool:
    """Whether two accounts are known to be two people. Sign-in names and names shown do not matter."""
    return stands_for(one) != stands_for(other) and one.officer_id != other.officer_id


def objection_to_asking(kind: ApprovalKind, asker: Officer) -> NotPermitted | None:
    """Why this person may not ask for this, or None."""
    if kind not in APPROVALS or asker.role not in APPROVALS[kind].pairs:
        return NotPermitted(
            say("The role {role} may not ask for this approval.", role=ROLE_TITLES[asker.role]),
            say("Ask for: {role}.", role=ROLE_TITLES[_SUPERVISOR]),
        )
    return _objection_to_account(asker)


def objection_to_decider(kind: ApprovalKind, asker: Officer, decider: Officer) -> NotPermitted | None:
    """Why this person is no second pair of eyes for that one, or None."""
    if decider.officer_id == asker.officer_id:
        return NotPermitted(
            say("Whoever asks cannot approve."), say("Call another person, who types their own name and password.")
        )
    if kind not in APPROVALS or decider.role not in APPROVALS[kind].pairs.get(asker.role, frozenset()):
        return _role_cannot(decider)
    if Permission.APPROVE not in allowed(decider.role):
        return _role_cannot(decider)
    if not independent(asker, decider):
        return NotPermitted(
            say("The password of one of these two people was given out by the other, or by the same person."),
            say("Let a third person decide, or first let two people confirm the account on the page People."),
        )
    return _objection_to_account(decider)


def _role_cannot(decider: Officer) -> NotPermitted:
    return NotPermitted(
        say("The role {role} may not decide this request.", role=ROLE_TITLES[decider.role]),
        say("Ask for: {role}.", role=ROLE_TITLES[_SUPERVISOR]),
    )


def _objection_to_account(officer: Officer) -> NotPermitted | None:
    if officer.removed:
        return NotPermitted(say("This person was removed."), say("Ask another person."))
    if officer.suspended:
        return NotPermitted(say("This person is suspended."), say("Ask another person."))
    if officer.one_time:
        return NotPermitted(
            say("This person still has a one-time password."), say("Let them sign in and choose their own first.")
        )
    return None
