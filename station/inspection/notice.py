# SPDX-License-Identifier: Apache-2.0
"""The notice of refusal: its ground in words, from the standard form, and its way onto paper."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from station.domain.decision import DecisionKind, RefusalGround
from station.domain.errors import DeviceFault
from station.domain.words import Text, say
from station.inspection.rules import PostRules
from station.inspection.state import InspectionState, Place
from station.ports.devices import (
    PRINTER,
    DeviceRegistry,
    PrinterCondition,
    PrintJob,
    PrintProgress,
    PrintReceipt,
    PrintStage,
    PrintWatcher,
)
from station.ports.paper import RefusalNotice
from station.ports.tasks import CancelToken

#: With these a sheet sent now would lie in the queue until somebody else acts: better to choose another way at once.
_HOPELESS: Final = frozenset({PrinterCondition.STOPPED, PrinterCondition.OFFLINE})

GROUNDS: dict[RefusalGround, Text] = {
    RefusalGround.NO_VALID_DOCUMENT: say("You have no valid travel document."),
    RefusalGround.FALSE_DOCUMENT: say("Your travel document is false, counterfeit or forged."),
    RefusalGround.NO_VALID_VISA: say("You have no valid visa or residence permit."),
    RefusalGround.FALSE_VISA: say("Your visa or residence permit is false, counterfeit or forged."),
    RefusalGround.PURPOSE_NOT_JUSTIFIED: say(
        "You have no documents that justify the purpose and conditions of your stay."
    ),
    RefusalGround.STAY_EXHAUSTED: say("You have used up the stay that you were permitted."),
    RefusalGround.NO_MEANS: say("You do not have sufficient means for your stay and your return."),
    RefusalGround.ALERT: say("You are a person for whom an alert has been issued to refuse entry."),
    RefusalGround.THREAT: say(
        "You are considered a threat to public policy, security, public health or international relations."
    ),
}

#: How long the idle desk speaks of a refusal without its notice: for as long as the traveller may still be here.
OWED_FOR: Final = timedelta(days=1)

GROUND_BOX: Final = say("Ground: tick this letter")
#: The boxes of the notice, in their order and with their numbers on the blank form. The ground is a list to tick.
BOXES: Final = (
    say("Date"),
    say("Reference"),
    say("Name"),
    say("Date of birth"),
    say("Document"),
    say("Officer"),
    GROUND_BOX,
)


def refusal_notice(state: InspectionState, place: Place, rules: PostRules) -> RefusalNotice:
    """The notice for a refused inspection. Raises ValueError when the last decision is not a refusal."""
    decision = state.inspections[-1].decision if state.inspections else None
    if decision is None or decision.kind is not DecisionKind.REFUSE or decision.ground is None:
        raise ValueError("there is no refusal to give notice of")
    return RefusalNotice(
        post=place.post,
        on=rules.today(decision.decided_at),
        reference=state.encounter_id,
        ground_code=decision.ground.value,
        ground=GROUNDS[decision.ground],
        document=state.document,
        officer_number=decision.decided_by,
    )


def boxes(notice: RefusalNotice) -> tuple[tuple[Text, str], ...]:
    """What stands on the notice as label and value, for when it is copied by hand onto a blank one.

    Always the same boxes, in the order of ``BOXES``, as numbered on the blank form; empty where nothing is known.
    """
    document = notice.document
    name = birth = number = ""
    if document is not None:
        name = ", ".join(part for part in (document.name.primary, document.name.secondary) if part)
        birth = document.birth_date.iso()
        number = f"{document.document_code} {document.issuing_state} {document.document_number}".strip()
    values = (notice.on.isoformat(), notice.reference, name, birth, number, notice.officer_number, notice.ground_code)
    return tuple(zip(BOXES, values, strict=True))


def put_on_paper(
    job: PrintJob,
    devices: DeviceRegistry,
    *,
    device_id: str | None = None,
    cancel: CancelToken,
    progress: PrintWatcher | None = None,
) -> PrintReceipt:
    """Print on the chosen printer, or on ``device_id``, once it was asked how it is. Raises DeviceError.

    Nothing is sent to a printer that somebody stopped or that does not answer. One without paper gets the sheet: it
    goes on by itself when paper is there.
    """
    opened = devices.open(PRINTER) if device_id is None else devices.open_device(PRINTER, device_id)
    with opened as printer:
        found = printer.preflight(cancel=cancel)
        if progress is not None and found:
            progress(PrintProgress(PrintStage.SENDING, found))
        for finding in found:
            if finding.blocks and finding.condition in _HOPELESS:
                raise DeviceFault(
                    say("Nothing was printed. {cause}", cause=finding.cause),
                    say("{next_step} Or choose another printer with F8.", next_step=finding.next_step),
                )
        return printer.print(job, cancel=cancel, progress=progress)
