# SPDX-License-Identifier: Apache-2.0
"""The victim: a station that lets specimen travellers cross until somebody kills it.

It runs as a process of its own. Whatever the service has acknowledged goes down a pipe at once, one JSON object
a line; the killer keeps that log. First it resumes what an earlier victim left unfinished.

    python -m tests.kill.station_at_work STORE PASSWORD_FILE FIRST_TRAVELLER
"""

from __future__ import annotations

import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw

from devices.simulators.faults import Fault
from station.access.approvals import RequestState
from station.domain.crossing import Crossing, Direction, Purpose, Transport
from station.domain.decision import RefusalGround
from station.domain.provenance import Illumination
from station.domain.secrets import Secret
from station.inspection import events as ev
from station.inspection.findings import failed_checks
from station.inspection.state import InspectionState
from station.inspection.table import Stage
from station.ports.devices import LitPage, PageCapture
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken
from tests.kill.killable import PROFILE, SECOND, SECOND_PASSWORD, USER, state_hash
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.house import House
from ui.bootstrap.workplace import Services, Workplace

CROSSING = Crossing(direction=Direction.ENTRY, transport=Transport.BUS, purpose=Purpose.FLEEING, permitted_stay_days=30)
MRZ_WHEN_UNREADABLE = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F3104150ZE184226B<<<<<16",
)

MRZ_EXPIRED = (MRZ_WHEN_UNREADABLE[0], "L898902C36UTO7408122F1204159ZE184226B<<<<<10")


def scratched(page: EncodedImage) -> EncodedImage:
    """The page with a scratch from top to bottom, which leaves characters of the MRZ in doubt."""
    picture = Image.open(io.BytesIO(page.data)).convert("RGB")
    left = int(picture.width * 0.42)
    ImageDraw.Draw(picture).rectangle((left, 0, left + 24, picture.height), fill="white")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return EncodedImage(out.getvalue(), "image/jpeg")


def lit(page: PageCapture) -> PageCapture:
    """The page with what infrared and ultraviolet see of it, as a scanner of several lights gives it at once."""
    picture = Image.open(io.BytesIO(page.image.data)).convert("RGB")
    further = []
    for light, seen in zip((Illumination.INFRARED, Illumination.ULTRAVIOLET), picture.split()[::2], strict=True):
        out = io.BytesIO()
        seen.save(out, "JPEG", quality=90)
        image = EncodedImage(out.getvalue(), "image/jpeg")
        further.append(LitPage(image, replace(page.provenance, illumination=light)))
    return replace(page, further=tuple(further))


def acknowledge(state: InspectionState) -> None:
    """Tell the killer what is promised: this many steps of this encounter are in the store."""
    line = json.dumps(
        {
            "encounter": state.encounter_id,
            "steps": state.steps,
            "stage": state.stage.name,
            "version": state.version,
            "state_sha256": state_hash(state),
            "images": [image.image_id for image in state.images],
        }
    )
    os.write(sys.stdout.fileno(), line.encode() + b"\n")


class Victim:
    """Works through every stage of the table, acknowledging each step."""

    def __init__(self, workplace: Workplace, services: Services) -> None:
        assert workplace.drivers.simulators is not None
        self._simulators = workplace.drivers.simulators
        self._hand = workplace.hand
        self._service = services.inspection

    def resume_all(self) -> None:
        """Finish what was left; a state that cannot be taken up ends this process with its error."""
        for row in self._service.unfinished():
            state = self._service.resume(row.encounter_id)
            acknowledge(state)
            self.finish(state, number=0)

    def traveller(self, number: int) -> None:
        """One traveller, by ways that differ from number to number."""
        if number % 4 == 3:
            state = self._service.begin_keying(CROSSING)
        else:
            self._hand.place(number)
            self._simulators.scanner.faults.switch(Fault.GARBAGE if number % 8 == 5 else None, times=1)
            self._simulators.camera.faults.switch(Fault.GARBAGE if number % 8 == 1 else None, times=1)
            page = self._service.scan(cancel=CancelToken())
            if number % 4 == 2:
                page = replace(page, image=scratched(page.image))
            if number % 8 in (0, 2):
                page = lit(page)
            state = self._service.begin(page, CROSSING)
        acknowledge(state)
        self.finish(state, number=number)

    def finish(self, state: InspectionState, *, number: int) -> None:
        """Whatever the stage asks of an officer, until the record stands."""
        referred = False
        while state.stage not in (Stage.RECORDED, Stage.ABANDONED):
            if state.pending:
                state = self._service.run(state, cancel=CancelToken(), on_step=acknowledge)
                continue
            state, referred = self._act(state, number, referred=referred)
            acknowledge(state)

    def _act(self, state: InspectionState, number: int, *, referred: bool) -> tuple[InspectionState, bool]:
        service = self._service
        match state.stage:
            case Stage.PARKED:
                return service.act(state, ev.Resumed()), referred
            case Stage.READ_TROUBLE:
                return service.act(state, ev.KeyingChosen()), referred
            case Stage.CONFIRMING | Stage.KEYING:
                keyed = MRZ_EXPIRED if number % 8 == 7 else MRZ_WHEN_UNREADABLE  # the first takes two people to admit
                lines = state.document.mrz_lines if state.document else keyed
                return service.confirm_lines(state, lines), referred
            case Stage.PORTRAIT_TROUBLE:
                return service.act(state, ev.PortraitOmitted(reason="camera")), referred
            case Stage.CHECK_TROUBLE:
                return service.act(state, ev.CheckAgain()), referred
            case Stage.RECORD_TROUBLE:
                return service.act(state, ev.RecordAgain()), referred
            case Stage.REFERRED:
                return service.act(state, ev.SecondLineOpened()), True
            case _:
                return self._decide(state, number, referred=referred)

    def _decide(self, state: InspectionState, number: int, *, referred: bool) -> tuple[InspectionState, bool]:
        if number % 3 == 1 and not referred and state.line == 1:
            return self._service.refer(state, CROSSING), True
        if number % 5 == 2 and not referred:
            return self._service.act(state, ev.Parked()), True
        if number % 7 == 5:
            return self._service.refuse(state, CROSSING, RefusalGround.NO_VALID_VISA), referred
        return self._service.admit(state, CROSSING, approval=self._seconded(state)), referred

    def _seconded(self, state: InspectionState) -> str:
        """Against a failed check the second person signs first; what an earlier victim had signed holds."""
        if not failed_checks(state.checks):
            return ""
        overrides = self._service.overrides
        standing = overrides.standing(state, CROSSING)
        if standing is not None and standing.fits and standing.request.state is RequestState.APPROVED:
            return standing.request.request_id
        asked = overrides.ask(state, CROSSING, "Both compared the faces.")
        return overrides.sign(asked.request_id, SECOND, Secret.of(SECOND_PASSWORD)).request_id


def main() -> None:
    """Work until killed."""
    store, password_file, first = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    house = House.around(store, profile=PROFILE)
    workplace = Workplace(house, demo_settings(store.parent / "papers"), seed=7)
    session = house.sign_in.sign_in(USER, Secret(password_file.read_bytes()), CancelToken())
    victim = Victim(workplace, workplace.services(session))
    os.write(sys.stdout.fileno(), b'{"ready": true}\n')
    victim.resume_all()
    number = first
    while True:
        victim.traveller(number)
        number += 1


if __name__ == "__main__":
    main()
