# SPDX-License-Identifier: Apache-2.0
"""Admitting against a failed check takes two people: what they both see, and how one asks the other.

Refusing and referring never need it, nor does a check that only could not be certain: those the officer weighs alone.
docs/decisions/0019-overrides.md gives the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from station.access.approval_rules import ApprovalKind, Verdict
from station.access.approvals import ApprovalService, Request
from station.access.roles import Permission
from station.access.shown_facts import Fact, Shown
from station.access.sign_in import Session
from station.domain.checks import CheckResult, CheckWeight
from station.domain.crossing import CROSSING_FIELDS, Crossing, Direction, Purpose, Transport
from station.domain.decision import Decision
from station.domain.document import TravelDocument
from station.domain.errors import IncompleteRecord, NotPermitted
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.inspection.completing import completed, listed
from station.inspection.rules import PostRules
from station.inspection.state import InspectionState
from station.ports.clock import Clock
from station.ports.storage import UnitOfWork


def override_facts(state: InspectionState, crossing: Crossing, reason: str) -> Shown:
    """What both people see: bearer, document, crossing, every check that speaks against it, and the reason.

    The permitted stay counts in days and not to a date, so that an approval outlives midnight.
    """
    facts: dict[str, Fact] = {"decision": say("Admit although a check failed"), "reason": reason.strip()}
    if state.document is not None:
        facts |= {"person": _bearer(state.document), "document": _document(state.document)}
    facts["direction"] = _DIRECTIONS[crossing.direction]
    details = _details(crossing)
    if details:
        facts["crossing"] = listed(details)
    speaking = {}
    for check in state.checks:
        prefix, sentence = _SPEAKS.get(check.result, ("", None))
        if sentence is not None and check.weight is not CheckWeight.EVALUATORY:
            speaking[f"{prefix}.{check.name}"] = Text(sentence.source, {"check": check.says})
    facts |= dict(sorted(speaking.items()))  # the failed ones first
    return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An officer's newest request for one encounter. ``fits``: what it shows is still what would be done."""

    request: Request
    fits: bool

    @property
    def reason(self) -> str:
        """The reason as it was typed."""
        return _reason(self.request)


class OverrideService:
    """Requests of one officer to admit against failed checks. Blocks on the disk; ``sign`` also about a second."""

    def __init__(self, session: Session, approvals: ApprovalService, rules: PostRules, clock: Clock) -> None:
        self._session = session
        self._approvals = approvals
        self._rules = rules
        self._clock = clock

    def ask(self, state: InspectionState, crossing: Crossing, reason: str) -> Request:
        """Ask a second person; the same request again while nobody decided it. Needs DECIDE.

        Raises IncompleteRecord without a reason or with mandatory fields empty, NotPermitted when this role may
        not ask.
        """
        self._session.require(Permission.DECIDE)
        if not reason.strip():
            raise IncompleteRecord(
                say("Admitting against a failed check needs a reason."), say("Say it in a few words, then ask.")
            )
        facts = override_facts(state, completed(crossing, self._rules, self._clock.now()), reason)
        waiting = [one for one in self._approvals.inbox() if self._is_mine(one, state) and one.shown == facts]
        return waiting[-1] if waiting else self._approvals.ask(ApprovalKind.OVERRIDE, state.encounter_id, facts)

    def standing(self, state: InspectionState, crossing: Crossing) -> Standing | None:
        """This officer's newest request for this encounter, whatever came of it; None where there is none.

        Needs DECIDE.
        """
        self._session.require(Permission.DECIDE)
        newest = next((one for one in self._approvals.history() if self._is_mine(one, state)), None)
        if newest is None:
            return None
        facts = override_facts(state, crossing, _reason(newest))
        return Standing(request=newest, fits=newest.shown == facts)

    def sign(self, request_id: str, name: str, password: Secret, *, pin: Secret | None = None) -> Request:
        """The second person ``name`` approves at this window. Needs DECIDE; raises as ApprovalService.decide."""
        self._session.require(Permission.DECIDE)
        return self._approvals.decide(request_id, Verdict.APPROVED, name, password, pin=pin)

    def seconded(self, decision: Decision, request_id: str, state: InspectionState, crossing: Crossing) -> Decision:
        """The decision with the approval it rests on, which is looked at and not used yet. Needs DECIDE.

        Raises NotPermitted with the cause when it does not hold, or is for anything else than this.
        """
        self._session.require(Permission.DECIDE)
        request = self._approvals.get(request_id)
        facts = override_facts(state, crossing, _reason(request))
        self._approvals.require_approved(request_id, ApprovalKind.OVERRIDE, state.encounter_id, facts)
        return replace(
            decision,
            reason=_reason(request),
            approval=request.request_id,
            approved_by=None if request.decider is None else request.decider.officer_id,
        )

    def use(self, unit: UnitOfWork, state: InspectionState, crossing: Crossing, decision: Decision) -> None:
        """Use the approval of ``decision`` up inside the unit that keeps it: both stay, or neither. Needs DECIDE.

        Raises as ``seconded``: between the two the time may have run out.
        """
        self._session.require(Permission.DECIDE)
        facts = override_facts(state, crossing, decision.reason)
        self._approvals.use(unit, decision.approval, ApprovalKind.OVERRIDE, state.encounter_id, facts)

    def _is_mine(self, request: Request, state: InspectionState) -> bool:
        return (
            request.kind is ApprovalKind.OVERRIDE
            and request.subject == state.encounter_id
            and request.asker.officer_id == self._session.officer.officer_id
        )


def second_person_needed() -> NotPermitted:
    """Why an officer alone cannot admit. That nobody else is there must never end as a refusal."""
    return NotPermitted(
        say("A check failed: admitting needs a second person."),
        say(
            "Ask with F5. If nobody is there, park with F4 or refer with F6. "
            "That no second person was there is never a ground to refuse."
        ),
    )


_DIRECTIONS = {Direction.ENTRY: say("entry"), Direction.EXIT: say("exit")}
_SPEAKS: dict[CheckResult, tuple[str, Text | None]] = {
    CheckResult.FAILED: ("check.1", say("Failed: {check}")),
    CheckResult.ABORTED: ("check.2", say("Broken off: {check}")),
    CheckResult.UNDETERMINED: ("check.3", say("Not certain: {check}")),
}


def _reason(request: Request) -> str:
    reason = request.shown.get("reason", "")
    return reason if isinstance(reason, str) else ""


def _bearer(document: TravelDocument) -> str:
    parts = (
        document.name.primary,
        document.name.secondary,
        document.birth_date.iso(),
        document.sex.value,
        document.nationality,
    )
    return ", ".join(part for part in parts if part)


def _document(document: TravelDocument) -> str:
    parts = (document.document_code, document.document_number, document.issuing_state, document.expiry_date.iso())
    return ", ".join(part for part in parts if part) or "–"


def _details(crossing: Crossing) -> list[Text]:
    """What is known of the crossing, each with its name."""
    values = {
        "transport": _plain(crossing.transport),
        "transport_detail": crossing.transport_detail,
        "coming_from": crossing.coming_from,
        "destination": crossing.destination,
        "purpose": _plain(crossing.purpose),
        "intended_stay_days": crossing.intended_stay_days,
        "permitted_stay_days": crossing.permitted_stay_days,
        "address": crossing.address,
    }
    return [
        say("{label}: {value}", label=CROSSING_FIELDS[name], value=value)
        for name, value in values.items()
        if value not in (None, "")
    ]


def _plain(code: Transport | Purpose | None) -> str:
    """A code as a word, which two people can read."""
    return "" if code is None else code.name.lower().replace("_", " ")
