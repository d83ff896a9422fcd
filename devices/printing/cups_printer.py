# SPDX-License-Identifier: Apache-2.0
"""One CUPS queue as a device: what it says of itself, and how a sheet is put on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from devices.printing.child import GOOD, NO_SERVER
from devices.printing.cups_sheet import Sheet
from devices.printing.reasons import QueueState, fault, findings, queue_state
from devices.shell import Shell, Use
from station.domain.errors import Cancelled, DeviceFault, DeviceRemoved, PrintStopped
from station.domain.words import Text, say
from station.isolation.child import HelperDied, HelperProcess
from station.ports.clock import Clock
from station.ports.devices import (
    PRINTER,
    DeviceInfo,
    Health,
    HealthState,
    PrinterFinding,
    PrintJob,
    PrintReceipt,
    PrintWatcher,
    Role,
)
from station.ports.tasks import CancelToken

ANSWERS: Final = 10.0  # seconds for one question to CUPS; a question to the printer itself is shorter
SETTLES: Final = 0.12  # seconds that a stop waits to hear whether it came in time


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How sheets are put on a queue: the server, the size of paper, and seconds; see CupsSettings."""

    server: str
    media: str
    poll: float
    ask_itself: float
    patience: float


class CupsPrinter:
    """A queue found by the driver. ``helper`` is this queue's own, so that one mute printer holds up no other."""

    def __init__(
        self,
        device_id: str,
        found: QueueState,
        *,
        driver: str,
        manner: Manner,
        helper: HelperProcess,
        clock: Clock,
        changed: Callable[[str], None],
    ) -> None:
        self.info = DeviceInfo(device_id, found.title, driver, (PRINTER,), version=found.model)
        self._queue = found.name
        self._manner = manner
        self._helper = helper
        self.has_news = False  # it had something to say when it was last heard of: ask it again soon
        self._remark: Text | None = None
        self._changed = changed
        self._shell = Shell(
            self.info, clock=clock, changed=changed, fills={PRINTER.name: self._sheets}, ended=self._let_go
        )

    # --- what the registry asks ---

    def health(self) -> Health:
        """Ready (with what will soon be needed), in use, gone, or what has to be done."""
        health, remark = self._shell.health(), self._remark
        if health.state is HealthState.READY and remark is not None:
            return Health(HealthState.READY, remark)
        return health

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use: of this station's sheets; others' may be in the queue all the same."""
        return self._shell.open(role)

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use. A sheet under way is withdrawn."""
        self._shell.end_session(role)

    # --- what the driver tells (devices.watching.Watched) ---

    @property
    def gone(self) -> bool:
        """Whether the queue is away."""
        return self._shell.gone

    @property
    def in_use(self) -> bool:
        """Whether a session holds it."""
        return self._shell.in_use

    def came(self, found: QueueState) -> None:
        """The queue is there, or something about it is new."""
        if self._shell.gone:
            self._shell.returned()
        told = findings(found)
        self.has_news = bool(told)
        low = next((each for each in told if not each.blocks), None)
        remark = None if low is None else say("Ready. {cause} {next_step}", cause=low.cause, next_step=low.next_step)
        if remark != self._remark:
            self._remark = remark
            self._changed(self.info.device_id)
        blocking = next((each for each in told if each.blocks), None)
        if blocking is None:
            self._shell.well()
        else:
            self._shell.trouble(fault(blocking))

    def went(self) -> None:
        """The queue was taken away, or CUPS was ended: whoever waits gets DeviceRemoved."""
        self._shell.went(say("The print queue is gone. Ask the technician to set it up again."), error=self._removed())

    def close(self) -> None:
        """End the threads and the helper process."""
        self._shell.close()
        self._helper.close()

    # --- work ---

    def _sheets(self, use: Use) -> _Sheets:
        return _Sheets(self, use)

    def _let_go(self, use: Use, _error: DeviceRemoved) -> None:
        use.worker.begin(lambda _token: self._helper.close())

    def state(self, _token: CancelToken) -> QueueState:
        """Ask queue and printer how they are; on the device's thread. Raises DeviceFault, DeviceRemoved."""
        answer = self._ask({"do": "state", "queue": self._queue, "ask": True}, ())
        if answer["status"] == GOOD:
            said = answer.get("queue")
            return queue_state(said if isinstance(said, Mapping) else {})
        if answer["status"] == NO_SERVER:
            raise DeviceFault(
                say("The print service of this computer does not answer."),
                say("Choose another printer with F8, or ask the technician to start the print service."),
            )
        raise self._removed()

    def sheet(self, job: PrintJob, progress: PrintWatcher | None) -> Sheet:
        """A job for this queue, not sent yet."""
        manner = self._manner
        return Sheet(
            job,
            queue=self._queue,
            media=manner.media,
            ask=self._ask,
            progress=progress,
            poll=manner.poll,
            ask_itself=manner.ask_itself,
            patience=manner.patience,
        )

    def _ask(self, request: Mapping[str, object], parts: Sequence[bytes]) -> Mapping[str, object]:
        """Short, and never stopped half-way: nobody would know what came of it."""
        try:
            answer, _ = self._helper.request(
                {**request, "server": self._manner.server}, parts, cancel=CancelToken(), timeout=ANSWERS
            )
        except HelperDied:
            return {"status": NO_SERVER}
        return answer if "status" in answer else {"status": NO_SERVER}

    def _removed(self) -> DeviceRemoved:
        return DeviceRemoved(
            say("The print queue of {device} is gone.", device=self.info.name),
            say("Choose another printer with F8, or ask the technician to set the queue up again."),
        )


class _Sheets:
    """One session's Printer."""

    def __init__(self, printer: CupsPrinter, use: Use) -> None:
        self._printer = printer
        self._use = use

    def preflight(self, *, cancel: CancelToken) -> tuple[PrinterFinding, ...]:
        """Ask the queue, and the printer itself where it is in the network. Raises DeviceFault, DeviceRemoved."""
        state = self._use.run(self._printer.state, cancel=cancel)
        self._printer.came(state)  # after the call, which ended the trouble that a look may have found meanwhile
        return findings(state, before=state.queued)

    def print(self, job: PrintJob, *, cancel: CancelToken, progress: PrintWatcher | None = None) -> PrintReceipt:
        """Print and follow. Raises DeviceFault, DeviceRemoved; PrintStopped when a stop may have come too late."""
        sheet = self._printer.sheet(job, progress)
        try:
            self._use.run(sheet.run, cancel=cancel)
        except Cancelled:
            if sheet.begun:
                sheet.settled.wait(SETTLES)
            if sheet.may_be_out:
                raise PrintStopped(
                    say("You stopped the printing, but the sheet may be out already."),
                    say("Look at the printer. Destroy what you do not hand over."),
                ) from None
            raise
        return PrintReceipt(self._printer.info.name, self._use.provenance(), confirmed=sheet.confirmed)
