# SPDX-License-Identifier: Apache-2.0
"""One sheet on its way through CUPS, followed by its job's own state until it is out.

The queue alone tells nothing: when a printer gives a job up, the queue is idle again as if all were well.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from devices.printing.child import GOOD, NO_SERVER, NOT_FOUND
from devices.printing.reasons import QueueState, fault, findings, forgot_job, of_reasons, queue_state
from station.domain.errors import Cancelled, DeviceError, DeviceFault, DeviceRemoved
from station.domain.words import Text, say
from station.ports.devices import (
    PrinterCondition,
    PrinterFinding,
    PrintJob,
    PrintProgress,
    PrintStage,
    PrintWatcher,
)
from station.ports.tasks import CancelToken

Ask = Callable[[Mapping[str, object], Sequence[bytes]], Mapping[str, object]]
"""Asks the helper, whatever happens meanwhile; a helper that gave no answer says NO_SERVER."""

# job-state (RFC 8011, 5.3.7)
_PENDING, _HELD, _PROCESSING, _STOPPED, _CANCELED, _ABORTED, _COMPLETED = range(3, 10)

_AWAY: Final = PrinterFinding(
    PrinterCondition.OTHER,
    True,
    say("The print service of this computer does not answer."),
    say("Wait: the sheet is looked for as soon as it answers."),
)
_TWICE: Final = PrinterFinding(
    PrinterCondition.OTHER,
    False,
    say("The print service was started again while it printed."),
    say("The sheet may come out twice. Destroy the second one."),
)
_LOOK: Final = say("Look at the printer whether the sheet came out. If it did not, print again.")
_ON_HOLD: Final = PrinterFinding(
    PrinterCondition.STOPPED,
    True,
    say("Somebody put the sheet on hold."),
    say("Release it in the print queue, or ask the technician."),
)


class Sheet:
    """One job. ``run`` is called once, on the device's thread; the rest from any thread.

    ``poll`` and ``ask_itself`` are seconds between looks at the job, and between questions to the printer itself;
    ``patience`` is how long a print service may be away.
    """

    def __init__(
        self,
        job: PrintJob,
        *,
        queue: str,
        media: str,
        ask: Ask,
        progress: PrintWatcher | None,
        poll: float,
        ask_itself: float,
        patience: float,
    ) -> None:
        self.settled = threading.Event()
        self.may_be_out = False  # whether a stop may have come too late
        self.begun = False
        self.confirmed = False  # whether the printer itself said that the sheet is out
        self._job = job
        self._title = f"{job.title}-{secrets.token_hex(3)}"  # its own at the printer, however often it is printed
        self._queue = queue
        self._media = media
        self._ask = ask
        self._progress = progress
        self._poll, self._ask_itself, self._patience = poll, ask_itself, patience
        self._told: PrintProgress | None = None
        self._number = 0
        self._uuid = ""
        self._saw_end = False
        self._restarted = self._was_mute = self._was_away = False
        self._up_seconds = -1
        self._last: tuple[PrinterFinding, ...] = ()
        self._own: tuple[PrinterFinding, ...] | None = None

    def run(self, token: CancelToken) -> None:
        """Send the sheet and wait until it is out. Raises DeviceFault; Cancelled after the job was withdrawn."""
        self.begun = True
        try:
            self._tell(PrintStage.SENDING)
            self._create()
            try:
                token.raise_if_cancelled()
                self._send()
                self._follow(token)
            except Cancelled:
                self._withdraw()
                raise
            finally:
                # CUPS would keep the page, readable, for a day.
                self._ask({"do": "purge", "job": self._number}, ())
        finally:
            self.settled.set()

    def _create(self) -> None:
        answer = self._ask(
            {"do": "create", "queue": self._queue, "title": self._title, "media": self._media},
            (),
        )
        if answer["status"] != GOOD:
            raise _not_sent(str(answer["status"]))
        self._number, self._uuid = int(str(answer["job"])), str(answer.get("job-uuid", ""))

    def _send(self) -> None:
        self.may_be_out = True  # until a withdrawal says otherwise
        request = {"do": "send", "queue": self._queue, "title": self._title, "job": self._number}
        status = str(self._ask(request, (self._job.pdf,))["status"])
        if status not in (GOOD, NO_SERVER):  # a service that died with the answer may have taken it: followed below
            self._withdraw()
            raise _not_sent(status)

    def _follow(self, token: CancelToken) -> None:
        heard = time.monotonic()
        asked = float("-inf")
        while True:
            token.raise_if_cancelled()
            now = time.monotonic()
            itself = now - asked >= self._ask_itself
            asked = now if itself else asked
            answer = self._ask({"do": "job", "job": self._number, "queue": self._queue, "ask": itself}, ())
            if answer["status"] == GOOD:
                heard = time.monotonic()
                if answer.get("job-state") == _COMPLETED and not itself:
                    asked = float("-inf")  # the printer's own word first: was it restarted?
                    continue
                if self._over(answer):
                    self.may_be_out = True
                    self._tell(PrintStage.OUT if self.confirmed else PrintStage.HANDED_OVER)
                    return
            elif answer["status"] == NOT_FOUND:
                raise self._lost()
            elif time.monotonic() - heard > self._patience:
                raise _unknown(say("The print service of this computer does not answer any more."))
            else:
                self._was_away = True
                self._tell(PrintStage.HELD_UP, (_AWAY,))
            token.wait(self._poll)

    def _over(self, answer: Mapping[str, object]) -> bool:
        """Whether the sheet is out, or with a printer that cannot be asked. Raises DeviceFault for every other end."""
        if self._uuid and str(answer.get("job-uuid", self._uuid)) != self._uuid:
            raise _unknown(say("The print service does not know the sheet any more."))
        state = queue_state(answer)
        self._notice_restart(state)
        reasons = _strings(answer.get("job-printer-state-reasons"))
        if state.answers is not None:
            self._own = findings(state)  # the printer's own word holds until it is asked again
        found = _joined(self._own if self._own is not None else findings(state), of_reasons(reasons))
        match answer.get("job-state"):
            case 9:
                forgot = forgot_job(reasons) and (self._was_mute or state.answers is None)
                if self._restarted or forgot:  # CUPS takes a job that its printer forgot for completed
                    raise _unknown(say("The printer was restarted while it printed."))
                fate = self._fate()
                if fate.get("ended") in (_CANCELED, _ABORTED):  # and, now and then, one that its printer gave up
                    raise self._given_up(_CANCELED, {}, found)
                self.confirmed = fate.get("itself") is True
                return True
            case 7 if not self._saw_end:
                self._saw_end = True  # who did it stands in the reasons of the next look at the latest
            case 8 | 7 as ended:
                raise self._given_up(int(ended), answer, found)
        self._last = found
        self._tell_stage(answer, found, state)
        return False

    def _fate(self) -> Mapping[str, object]:
        """How the printer itself says the job ``ended``, and whether CUPS could follow it there at all."""
        return self._ask({"do": "fate", "queue": self._queue, "title": self._title}, ())

    def _notice_restart(self, state: QueueState) -> None:
        self._was_mute |= state.answers is False
        if state.up_seconds >= 0:
            self._restarted |= state.up_seconds < self._up_seconds
            self._up_seconds = state.up_seconds

    def _tell_stage(self, answer: Mapping[str, object], found: tuple[PrinterFinding, ...], state: QueueState) -> None:
        kind = answer.get("job-state")
        if kind == _CANCELED:
            return
        blocked = any(each.blocks for each in found)
        if kind == _HELD:
            if "job-incoming" in _strings(answer.get("job-state-reasons")) and self._was_away:
                self._withdraw()
                raise _not_sent(NO_SERVER)
            self._tell(PrintStage.HELD_UP, (_ON_HOLD,))
        elif blocked or kind == _STOPPED:
            self._tell(PrintStage.HELD_UP, found)
        elif kind == _PENDING:
            self._tell(PrintStage.QUEUED, _joined(found, findings(state, before=max(0, state.queued - 1))))
        else:
            self._tell(PrintStage.PRINTING, (*found, *((_TWICE,) if self._was_away else ())))

    def _given_up(self, ended: int, answer: Mapping[str, object], found: tuple[PrinterFinding, ...]) -> DeviceFault:
        reasons = _strings(answer.get("job-state-reasons"))
        if ended == _CANCELED and "job-canceled-by-user" in reasons:
            return DeviceFault(
                say("Somebody took the sheet out of the print queue."),
                say("Ask who did it. Then print again, or choose another printer with F8."),
            )
        cause = next((each for each in (*found, *self._last) if each.blocks), None)
        if cause is not None:
            return fault(cause)
        if ended == _CANCELED:
            return DeviceFault(
                say("The printer gave the sheet up, or somebody cancelled it there."),
                say("Look at the printer. Then print again, or choose another printer with F8."),
            )
        return DeviceFault(
            say("The print service gave the sheet up."),
            say("Print again, or choose another printer with F8. If it happens again, ask the technician."),
        )

    def _lost(self) -> DeviceError:
        """What became of a job that CUPS does not know: was the queue taken away with it?"""
        answer = self._ask({"do": "state", "queue": self._queue, "ask": False}, ())
        if answer["status"] == NOT_FOUND:
            return DeviceRemoved(say("The print queue was taken away while it printed."), _LOOK)
        return _unknown(say("The print service does not know the sheet any more."))

    def _withdraw(self) -> None:
        answer = self._ask({"do": "withdraw", "job": self._number}, ())
        waited = answer.get("job-state") in (_PENDING, _HELD)
        if answer["status"] == GOOD and answer.get("withdrawn") is True and waited:
            self.may_be_out = False

    def _tell(self, stage: PrintStage, found: tuple[PrinterFinding, ...] = ()) -> None:
        told = PrintProgress(stage, found)
        if told != self._told and self._progress is not None:
            self._progress(told)
        self._told = told


def _not_sent(status: str) -> DeviceFault:
    if status == NO_SERVER:
        return DeviceFault(
            say("The print service of this computer does not answer. The sheet was not printed."),
            say("Print again, or choose another printer with F8. If it happens again, ask the technician."),
        )
    return DeviceFault(
        say("The print queue did not take the sheet."),
        say("Choose another printer with F8, or ask the technician to look at the print queue."),
    )


def _unknown(cause: Text) -> DeviceFault:
    return DeviceFault(cause, _LOOK)


def _joined(first: tuple[PrinterFinding, ...], more: tuple[PrinterFinding, ...]) -> tuple[PrinterFinding, ...]:
    known = {each.condition for each in first}
    found = (*first, *(each for each in more if each.condition not in known))
    return tuple(sorted(found, key=lambda each: not each.blocks))


def _strings(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(each) for each in (value if isinstance(value, list | tuple) else [value]))
