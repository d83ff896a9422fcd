# SPDX-License-Identifier: Apache-2.0
"""Puts everything the presenter holds into one InspectView. Reads only; decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, tzinfo

from station.domain.checks import CheckResult, combined
from station.domain.decision import DecisionKind
from station.domain.words import Text, say
from ui.presenters import inspect_words as words
from ui.presenters.code_words import DIRECTIONS
from ui.presenters.inspect_desk import Tally, Unfinished
from ui.presenters.inspect_flow import InspectFlow
from ui.presenters.inspect_forms import CrossingForm, DocumentForm
from ui.presenters.inspect_lights import PageLights
from ui.presenters.inspect_prompts import Prompt
from ui.presenters.inspect_view import (
    ActionView,
    Banner,
    Focus,
    InspectView,
    LogLine,
    Mode,
    PersonView,
    PromptKind,
    Spot,
)
from ui.presenters.keymap import Act
from ui.presenters.mrz_editor import MrzEditor, MrzView
from ui.presenters.pictures import Pictures
from ui.translation import Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything that stands on the officer's desk at one moment."""

    mode: Mode
    flow: InspectFlow
    crossing: CrossingForm
    document_form: DocumentForm | None
    editor: MrzEditor | None
    prompt: Prompt | None
    hint: Text | None
    details: bool
    focus: Focus
    log: LogLine | None
    approval: Text | None  # who agreed already that this traveller crosses, and the key
    unfinished: Unfinished
    tally: Tally
    pictures: Pictures
    lights: PageLights
    translator: Translator
    has_printer: bool  # besides the officer's own hand
    today: date
    zone: tzinfo


def draw(desk: Desk) -> InspectView:
    """The page as it stands."""
    state, flow = desk.flow.state, desk.flow
    idle = desk.mode is Mode.IDLE
    return InspectView(
        mode=desk.mode,
        banner=_banner(desk),
        line=state.line if state else 1,
        focus=desk.focus,
        trouble_at=flow.woe.spot if flow.woe else None,
        page=desk.pictures.of(desk.lights.shown(state), otherwise=_no_page(desk)),
        light=desk.lights.name(state),
        remark=state.page.remark if state and state.page else None,
        portrait=desk.pictures.of(state.portrait if state else None, otherwise=_no_portrait(desk)),
        person=_person(desk),
        mrz=_mrz(desk),
        mrz_hint=_mrz_hint(desk),
        document_form=desk.document_form.view() if desk.document_form else (),
        checks=words.checks_of(state.checks) if state else (),
        activities=() if idle else flow.progress.view(),
        direction=DIRECTIONS[desk.crossing.direction],
        crossing=desk.crossing.view(),
        prompt=desk.prompt.view() if desk.prompt else None,
        actions=_actions(desk),
        log=desk.log,
        unfinished=desk.unfinished.view(desk.zone) if idle else (),
        unfinished_span=desk.unfinished.span if idle else None,
        counts=desk.tally.view() if idle else (),
        details=desk.details,
    )


def _person(desk: Desk) -> PersonView | None:
    state = desk.flow.state
    if state is None or state.document is None or desk.document_form is not None:
        return None
    return words.person_of(state.document, state.last_seen, desk.today, desk.translator)


def _mrz(desk: Desk) -> MrzView | None:
    if desk.editor is not None:
        view = desk.editor.view()
        return replace(view, cursor=None) if desk.mode is Mode.WORKING else view
    state = desk.flow.state
    lines = state.document.mrz_lines if state and state.document else ()
    return MrzView(lines=lines) if lines else None


def _mrz_hint(desk: Desk) -> Text | None:
    if desk.hint is not None or desk.editor is None or desk.mode not in (Mode.DOUBT, Mode.KEYING):
        return desk.hint
    view = desk.editor.view()
    doubt = next((doubt for doubt in view.doubts if doubt.place == view.cursor), None)
    if doubt is None:
        if desk.mode is Mode.KEYING:
            return say("{form}. PgUp and PgDn change the form.", form=view.form)
        return None
    if doubt.confirmed:
        return say("Confirmed. {reason}", reason=doubt.reason)
    if not doubt.alternatives:
        return doubt.reason
    return say("{characters}? {reason}", characters=" / ".join(dict.fromkeys(doubt.alternatives)), reason=doubt.reason)


def _no_page(desk: Desk) -> Text:
    return say("One moment.") if desk.mode is Mode.WORKING else say("No page was captured.")


def _no_portrait(desk: Desk) -> Text:
    state, woe = desk.flow.state, desk.flow.woe
    if woe is not None and woe.spot is Spot.FACES:
        return woe.cause
    if state is not None and state.portrait_omitted:
        return say("No portrait, with a reason.")
    return say("No portrait yet.")


def _banner(desk: Desk) -> Banner:
    woe = desk.flow.woe
    if woe is not None and desk.mode is not Mode.WORKING:
        return Banner(says=woe.cause, next_step=woe.next_step, result=CheckResult.UNDETERMINED)
    return _BANNERS[desk.mode](desk)


def _idle(desk: Desk) -> Banner:
    if desk.flow.has_page_in_hand:
        return Banner(says=say("The captured page is not in the store yet."), next_step=say("Enter tries again."))
    if desk.flow.waiting:
        by_itself = say("The rest starts by itself. If it does not, press Enter.")
        return Banner(says=say("Place the document."), next_step=by_itself)
    return Banner(says=say("Place the document."), next_step=say("Then press Enter."))


def _working(desk: Desk) -> Banner:
    if desk.prompt is not None and desk.prompt.kind is PromptKind.BY_HAND:
        return Banner(
            says=say("Write the notice by hand."),
            next_step=say("Enter when it is written and signed. Esc goes back to the printers."),
        )
    printing = desk.flow.printing.banner() if desk.flow.printing is not None else None
    if printing is not None:
        return printing
    running = [activity for activity in desk.flow.progress.view() if activity.running]
    if not running:
        return Banner(says=say("One moment."), next_step=say("Esc stops."))
    return Banner(says=say("{what}…", what=running[-1].does), next_step=say("Esc stops."))


def _doubt(desk: Desk) -> Banner:
    state = desk.flow.state
    reason = state.doubt.reason if state and state.doubt else say("Look at the MRZ.")
    return Banner(
        result=CheckResult.UNDETERMINED,
        says=reason,
        next_step=say("Compare with the page. Type what is printed, or Enter if it is right. ← → moves."),
    )


def _keying(desk: Desk) -> Banner:
    if desk.document_form is not None:
        return Banner(
            says=say("Key in what is printed, or what the traveller says."),
            next_step=say("Leave empty what is not known. Enter goes on."),
        )
    return Banner(
        says=say("Key in the MRZ as it is printed."),
        next_step=say("Enter fills the rest of a line with <. F3 keys in without an MRZ."),
    )


def _deciding(desk: Desk) -> Banner:
    state = desk.flow.state
    banner = words.verdict_banner(state.checks if state else ())
    return banner if desk.approval is None else replace(banner, next_step=desk.approval)


def _trouble(_desk: Desk) -> Banner:
    return Banner(says=say("This step was interrupted."), next_step=say("Go on with Enter."))


def _done(desk: Desk) -> Banner:
    notice = desk.flow.notice
    if notice is None:
        return Banner(says=say("Refused. The record is kept."), next_step=say("Ctrl+P prints the notice."))
    if notice.provenance.manual:
        return Banner(
            says=say("Refused. The notice is written by hand."),
            next_step=say("Hand it over and explain the way to appeal. Then Enter."),
        )
    if not notice.confirmed:
        return Banner(
            says=say("Refused. The notice is handed to the printer: {place}.", place=notice.place),
            next_step=say("Take the sheet. If none comes, repeat with F11. Hand it over, then Enter."),
        )
    return Banner(
        says=say("Refused. The notice is out: {place}.", place=notice.place),
        next_step=say("Hand it over and explain the way to appeal. Then Enter."),
    )


_BANNERS: dict[Mode, Callable[[Desk], Banner]] = {
    Mode.IDLE: _idle,
    Mode.WORKING: _working,
    Mode.DOUBT: _doubt,
    Mode.KEYING: _keying,
    Mode.TROUBLE: _trouble,
    Mode.DECIDING: _deciding,
    Mode.DONE: _done,
}


def _actions(desk: Desk) -> tuple[ActionView, ...]:
    if desk.prompt is not None:
        return ()
    wanted = desk.flow.notice_acts if desk.mode is Mode.DONE else words.acts_of(desk.mode, desk.flow.state)
    acts = [act for act in wanted if _fits(act, desk)]
    if desk.flow.woe is not None and desk.mode is Mode.IDLE and Act.OTHER_DEVICE not in acts:
        acts.append(Act.OTHER_DEVICE)
    return words.actions_of(acts, desk.mode, obvious=_obvious(desk, acts))


def _obvious(desk: Desk, acts: list[Act]) -> Act | None:
    """What comes next; with a failed check that is second line, and stopping or parking it never is."""
    state = desk.flow.state
    if desk.mode is Mode.DECIDING and state is not None:
        unsound = combined(state.checks) in (CheckResult.FAILED, CheckResult.ABORTED)
        return Act.SECOND_LINE if unsound and desk.approval is None else Act.ADMIT
    first = acts[0] if acts else None
    return None if first in (Act.LEAVE, Act.PARK, Act.BLANK_FORMS, Act.PRINT_NOTICE) else first


def _fits(act: Act, desk: Desk) -> bool:
    """Leaves out what is the case already."""
    if desk.mode is Mode.KEYING and act is Act.UNDO:
        return desk.editor is not None
    if desk.mode is Mode.KEYING and act in (Act.KEY_IN, Act.NO_DOCUMENT):
        return (act is Act.KEY_IN) is (desk.document_form is not None)
    if desk.mode is Mode.IDLE and act is Act.NEXT:
        return not desk.flow.waiting
    if desk.mode is Mode.IDLE and act is Act.BLANK_FORMS:
        return desk.has_printer and not desk.flow.has_page_in_hand
    if desk.mode is Mode.IDLE and act is Act.PRINT_NOTICE:
        return bool(desk.unfinished.owed)
    if desk.mode is Mode.DONE and act is Act.OTHER_DEVICE:
        return desk.has_printer
    if desk.mode is Mode.DONE and act is Act.PRINT_NOTICE:
        state = desk.flow.state
        last = state.inspections[-1].decision if state is not None and state.inspections else None
        return last is not None and last.kind is DecisionKind.REFUSE
    return True
