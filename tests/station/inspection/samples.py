# SPDX-License-Identifier: Apache-2.0
"""Specimen values of an inspection, for tests that look at rules and not at devices."""

from __future__ import annotations

from datetime import UTC, date, datetime

from station.domain.checks import Check, CheckFamily, CheckResult, CheckWeight
from station.domain.crossing import Crossing, Direction
from station.domain.dates import PartialDate
from station.domain.decision import Decision, DecisionKind, RefusalGround
from station.domain.document import TravelDocument
from station.domain.encounter import ImageKind, ImageReference
from station.domain.identifiers import EncounterId, ImageId, OfficerId, PersonId
from station.domain.person import PersonName, Sex
from station.domain.provenance import Provenance
from station.domain.words import say
from station.inspection import events as ev
from station.inspection.state import InspectionState

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)
OFFICER = OfficerId("officer-1")
MRZ = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F3104150ZE184226B<<<<<16",
)
PROVENANCE = Provenance(role="document_scanner", device_id="scanner-1", driver="simulator", captured_at=NOW)


BIRTH = PartialDate(1974, 8, 12)


def document(
    *, number: str = "L898902C3", birth: PartialDate = BIRTH, code: str = "P", issuer: str = "UTO"
) -> TravelDocument:
    return TravelDocument(
        document_code=code,
        issuing_state=issuer,
        document_number=number,
        name=PersonName(primary="ERIKSSON", secondary="ANNA MARIA"),
        nationality="UTO",
        birth_date=birth,
        sex=Sex.FEMALE,
        expiry_date=PartialDate(2031, 4, 15),
        mrz_lines=MRZ,
    )


def image(kind: ImageKind = ImageKind.PAGE) -> ImageReference:
    return ImageReference(
        image_id=ImageId(f"image-{kind.value}"),
        kind=kind,
        media_type="image/jpeg",
        sha256="00" * 32,
        provenance=PROVENANCE,
    )


def decision(kind: DecisionKind) -> Decision:
    ground = RefusalGround.NO_VALID_DOCUMENT if kind is DecisionKind.REFUSE else None
    return Decision(kind=kind, decided_by=OFFICER, decided_at=NOW, ground=ground)


def fresh(direction: Direction = Direction.ENTRY) -> InspectionState:
    return InspectionState(
        encounter_id=EncounterId("encounter-1"),
        opened_at=NOW,
        opened_by=OFFICER,
        crossing=Crossing(direction=direction),
    )


CHECK = Check(
    name="mrz.check_digits",
    family=CheckFamily.OPTICAL,
    result=CheckResult.SUCCESSFUL,
    weight=CheckWeight.MANDATORY,
    says=say("Every check digit of the MRZ holds."),
)

#: One event of every kind.
EVENTS: dict[type[ev.Event], ev.Event] = {
    type(event): event
    for event in (
        ev.PageCaptured(image=image()),
        ev.KeyingChosen(),
        ev.DocumentRead(document=document(), provenance=PROVENANCE, engine="test"),
        ev.DocumentDoubtful(
            document=document(),
            provenance=PROVENANCE,
            engine="test",
            reason=say("One character is in doubt."),
            raw_lines=MRZ,
            doubts=(),
            corrected=(),
        ),
        ev.ReadingFailed(cause=say("No MRZ."), next_step=say("Scan again.")),
        ev.ReadAgain(),
        ev.DocumentConfirmed(document=document(), provenance=PROVENANCE, changed_characters=("0,1,<,K",)),
        ev.ChecksDone(checks=(CHECK,), same_person=PersonId("person-1"), last_seen=say("entry on {date}", date="x")),
        ev.ChecksFailed(cause=say("The store is busy."), next_step=say("Repeat.")),
        ev.CheckAgain(),
        ev.PortraitTaken(image=image(ImageKind.PORTRAIT)),
        ev.PortraitFailed(cause=say("No camera."), next_step=say("Plug it in.")),
        ev.TakeAgain(),
        ev.PortraitOmitted(reason="camera broken"),
        ev.DetailsEntered(crossing=Crossing(direction=Direction.EXIT)),
        ev.Admitted(decision=decision(DecisionKind.ADMIT)),
        ev.Refused(decision=decision(DecisionKind.REFUSE)),
        ev.Referred(decision=decision(DecisionKind.SECOND_LINE)),
        ev.SecondLineOpened(),
        ev.EncounterRecorded(person_id=PersonId("person-1")),
        ev.RecordFailed(cause=say("The disk is full."), next_step=say("Make room.")),
        ev.RecordAgain(),
        ev.Parked(),
        ev.Resumed(),
        ev.Abandoned(reason="left the queue"),
    )
}
