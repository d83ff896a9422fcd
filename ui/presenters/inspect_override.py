# SPDX-License-Identifier: Apache-2.0
"""Admitting against a failed check, at the window: a second person signs here, or later while others are inspected."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping

from station.access.approvals import Request, RequestState
from station.domain.checks import CheckResult, combined
from station.domain.crossing import Crossing
from station.domain.errors import Cancelled, StationError, StoreError
from station.domain.words import Text, say
from station.inspection.findings import failed_checks
from station.inspection.overrides import Standing, override_facts
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.ports.tasks import CancelToken
from ui.presenters import inspect_prompts as prompts
from ui.presenters.approvals import fact_lines
from ui.presenters.asking import Secrets, missing
from ui.presenters.inspect_devices import InspectDevices
from ui.presenters.inspect_view import Mode, PromptKind
from ui.presenters.inspect_words import ENDS
from ui.presenters.keymap import Act

Found = Callable[[InspectionState, Crossing, Standing | None], None]

_CHANGED = say("Document, checks or crossing have changed since this was asked. Ask again.")
_EXPIRED = say("The request has expired. Enter asks again.")
_ASKED = say("Asked, and put aside. A second person decides on the page Approvals; its key here takes it up again.")
_STOPPED = say("You stopped. Nobody was admitted.")


class InspectOverriding(InspectDevices):
    """The part of the InspectPresenter that calls a second person."""

    _approved: tuple[Standing, Crossing] | None = None  # an approval that was found, and what it is for
    _last_words: Text | None = None  # said at the next end, instead of the usual

    @abstractmethod
    def _park_after(self, first: Callable[[InspectionState], object]) -> None:
        """Do something with the inspection in hand, then put it aside."""

    def _admit(self) -> None:
        state = self._flow.state
        if state is None:
            return
        self._crossing.settle_all()
        if self._crossing.first_missing:
            self._admit_now(state)  # which says what is missing
        elif failed_checks(state.checks):
            self._find(state, self._go_on_from)
        elif combined(state.checks) is CheckResult.ABORTED:
            self._ask(prompts.ask_admit_anyway())
        else:
            self._admit_now(state)

    def _admit_now(self, state: InspectionState, approval: str = "") -> None:
        crossing = self._crossing.crossing()
        self._flow.go(self._flow.then_run(lambda _cancel: self._service.admit(state, crossing, approval=approval)))

    # ── what was asked before ──────────────────────────────────────────────────────────────────────────────

    def _find(
        self, state: InspectionState, found: Callable[[InspectionState, Crossing, Standing | None], None]
    ) -> None:
        """Look for a request of before; a moment, in which keys wait."""
        crossing, overrides = self._crossing.crossing(), self._service.overrides
        self._flow.lane.start(
            lambda _cancel: overrides.standing(state, crossing),
            done=lambda standing: found(state, crossing, standing),
            failed=self._flow.fail,
            quiet=True,
        )

    def _look_for_approval(self) -> None:
        """Taken up again, an approval that came meanwhile is shown at once."""
        state = self._flow.state
        if state is not None and state.stage is Stage.DECIDING and failed_checks(state.checks):
            self._find(state, self._show_approval)

    def _show_approval(self, _state: InspectionState, crossing: Crossing, standing: Standing | None) -> None:
        self._approved = None if standing is None else (standing, crossing)
        self._draw()

    @property
    def _approval(self) -> Text | None:
        """Who approved what stands on the page now; None where nobody did, or it has changed since."""
        state = self._flow.state
        if self._approved is None or state is None or self._mode is not Mode.DECIDING:
            return None
        standing, crossing = self._approved
        request = standing.request
        mine = request.subject == state.encounter_id and crossing == self._crossing.crossing()
        if not (mine and standing.fits and request.state is RequestState.APPROVED and request.decider is not None):
            return None
        return say("{name} agreed. F5 admits.", name=request.decider.display_name)

    def _go_on_from(self, state: InspectionState, crossing: Crossing, standing: Standing | None) -> None:
        """F5: admit with an approval that fits, sign a request that waits, or ask."""
        if standing is not None and standing.fits and standing.request.state is RequestState.APPROVED:
            self._admit_now(state, standing.request.request_id)
        elif standing is not None and standing.fits and standing.request.state is RequestState.WAITING:
            self._open_signing(standing.request)
        else:
            self._open_asking(state, crossing, standing)

    # ── asking, and signing here ───────────────────────────────────────────────────────────────────────────

    def _open_asking(self, state: InspectionState, crossing: Crossing, standing: Standing | None = None) -> None:
        facts = override_facts(state, crossing, "")
        prompt = prompts.ask_second_person(fact_lines({name: fact for name, fact in facts.items() if fact}))
        if standing is not None:
            prompt.say_reason(standing.reason)
            prompt.object(_why_not(standing))
        self._ask(prompt)

    def _open_signing(self, request: Request) -> None:
        self._ask(prompts.ask_signature(request.request_id, fact_lines(request.shown)))

    def _do_in_override(self, prompt: prompts.Prompt, state: InspectionState, act: Act) -> None:
        """Enter asks, F4 asks and puts aside, Esc goes back or stops."""
        if self._flow.working:
            if act is Act.LEAVE:
                self._flow.lane.stop()
            return
        signing = prompt.kind is PromptKind.SIGNATURE
        if act is Act.LEAVE and signing:
            self._flow.lane.after_quiet(lambda: self._find(state, self._open_asking))
        elif act is Act.LEAVE:
            self._prompt = None
            self._focus_now()
        elif act is Act.NEXT and not signing and prompt.complete():
            self._flow.lane.after_quiet(lambda: self._ask_for(state, prompt.reason))
        elif act is Act.PARK and (signing or prompt.complete()):
            reason = prompt.reason
            self._prompt, self._last_words = None, _ASKED
            crossing, overrides = self._crossing.crossing(), self._service.overrides

            def first(kept: InspectionState) -> object:
                return None if signing else overrides.ask(kept, crossing, reason)

            self._flow.lane.after_quiet(lambda: self._park_after(first))
        self._draw()

    def _ask_for(self, state: InspectionState, reason: str) -> None:
        crossing, overrides = self._crossing.crossing(), self._service.overrides
        self._flow.lane.start(
            lambda _cancel: overrides.ask(state, crossing, reason),
            done=self._open_signing,
            failed=self._not_signed,
            quiet=True,
        )

    def sign(self, answers: Mapping[str, str]) -> None:
        """The second person typed name and password: check them, and admit."""
        prompt, state = self._prompt, self._flow.state
        if prompt is None or state is None or prompt.kind is not PromptKind.SIGNATURE or self._flow.lane.busy:
            return
        trouble = missing(prompts.SIGNATURE, answers)
        if trouble is not None:
            prompt.object(trouble.cause)
            self._draw()
            return
        request_id, crossing, service = prompt.request_id, self._crossing.crossing(), self._service
        secrets = Secrets(answers)
        name, password, pin = answers["name"].strip(), secrets.of("password"), secrets.optional("pin")
        signed = secrets.spent(lambda: service.overrides.sign(request_id, name, password, pin=pin))

        def admitted(cancel: CancelToken) -> InspectionState:
            signed()
            cancel.raise_if_cancelled()  # stopped while the password was checked: the approval stands, nobody crosses
            return service.admit(state, crossing, approval=request_id)

        prompt.object(None)
        self._flow.go(
            self._flow.then_run(admitted),
            begins=(say("Second person"), say("The password is being checked")),
            failed=self._not_signed,
        )

    def _drop_override_prompt(self) -> None:
        """Where nothing is to be decided any more nobody is asked to sign."""
        state, prompt = self._flow.state, self._prompt
        of_override = prompt is not None and prompt.kind in (PromptKind.SECOND_PERSON, PromptKind.SIGNATURE)
        if of_override and (state is None or state.stage is not Stage.DECIDING):
            self._prompt = None

    def _not_signed(self, problem: BaseException) -> None:
        """What is wrong with a name or a password is said where it was typed; everything else as ever."""
        prompt = self._prompt
        here = isinstance(problem, StationError) and not isinstance(problem, StoreError)
        if prompt is not None and here and isinstance(problem, StationError):
            self._flow.progress.end()
            prompt.object(say("{cause} {next_step}", cause=problem.cause, next_step=problem.next_step))
            self._ask(prompt)
            return
        self._prompt = None
        if isinstance(problem, Cancelled):
            self._note(_STOPPED)
        self._flow.fail(problem)

    def _said_at_end(self, stage: Stage) -> Text:
        words, self._last_words = self._last_words, None
        return words if words is not None and stage is Stage.PARKED else ENDS[stage]


def _why_not(standing: Standing) -> Text | None:
    """Why the request of before does not help any more."""
    request = standing.request
    if request.state is RequestState.REFUSED and request.decider is not None:
        return say(
            "{name} did not agree. Refer to second line, or ask again with another reason.",
            name=request.decider.display_name,
        )
    if request.state is RequestState.EXPIRED:
        return _EXPIRED
    return None if standing.fits else _CHANGED
