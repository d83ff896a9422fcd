# SPDX-License-Identifier: Apache-2.0
"""The officer fills in a pre-printed form by hand, so that a dead printer never keeps a notice from a traveller."""

from __future__ import annotations

import threading
from typing import Final

from devices.base import DriverListener
from devices.shell import Shell, Use
from station.domain.errors import DeviceFault
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import (
    PRINTER,
    DeviceInfo,
    PrinterFinding,
    PrintJob,
    PrintProgress,
    PrintReceipt,
    PrintStage,
    PrintWatcher,
)
from station.ports.tasks import CancelToken

DRIVER: Final = "manual"
DEVICE_ID: Final = "manual:hand-form"
_WAITS: Final = say("The officer fills in the form by hand.")


class HandForm:
    """The driver; its one device is a shell: hand and pen are always there, and stand in last.

    A face shows ``boxes`` and calls ``confirm`` or ``decline`` on its own thread; whoever prints waits on another.
    """

    name = DRIVER
    simulated = False

    def __init__(self, *, clock: Clock) -> None:
        self.info = DeviceInfo(DEVICE_ID, "Form filled in by hand", DRIVER, (PRINTER,), manual=True)
        self._listener: DriverListener | None = None
        self._lock = threading.Lock()
        self._writing: _Writing | None = None
        self._shell = Shell(self.info, clock=clock, changed=self._changed, fills={PRINTER.name: self._form})

    # --- what the registry asks ---

    def start(self, listener: DriverListener) -> None:
        """Offer hand and pen."""
        self._listener = listener
        listener.attached(self._shell)

    def why_nothing(self) -> Text | None:
        """They are always there."""
        return None

    def close(self) -> None:
        """Whoever waits gets DeviceRemoved."""
        self._shell.close()

    # --- what a face does (station.ports.paper.FormByHand) ---

    @property
    def boxes(self) -> tuple[tuple[Text, str], ...]:
        """Label and value of each box to copy now; empty while nothing is to be written. Any thread."""
        with self._lock:
            return () if self._writing is None else self._writing.job.by_hand

    def confirm(self) -> bool:
        """The form is written and signed. False when nothing is to be written (any more)."""
        return self._answer(written=True)

    def decline(self) -> bool:
        """The form will not be written: whoever prints is told. False when nothing is to be written."""
        return self._answer(written=False)

    def _answer(self, *, written: bool) -> bool:
        with self._lock:
            writing = self._writing
            if writing is None or writing.answered.is_set():
                return False
            writing.written = written
            writing.answered.set()
            return True

    # --- work ---

    def _form(self, use: Use) -> _Form:
        return _Form(self, use)

    def written(self, job: PrintJob, use: Use, token: CancelToken) -> None:
        """Wait for the officer. On the device's thread. Raises Cancelled, DeviceFault when they decline."""
        writing = _Writing(job)
        with self._lock:
            self._writing = writing
        forget = token.on_cancel(writing.answered.set)
        try:
            with use.awaiting(_WAITS):
                writing.answered.wait()
            token.raise_if_cancelled()
            if not writing.written:
                raise NotWritten(
                    say("The form was not filled in by hand."),
                    say("Print again with Ctrl+P, or choose another printer with F8."),
                )
        finally:
            forget()
            with self._lock:
                self._writing = None

    def _changed(self, device_id: str) -> None:
        if self._listener is not None:
            self._listener.health_changed(device_id)


class NotWritten(DeviceFault):
    """The officer declined; hand and pen are well."""

    troubles_the_device = False


class _Writing:
    """One form on the desk."""

    def __init__(self, job: PrintJob) -> None:
        self.job = job
        self.answered = threading.Event()
        self.written = False


class _Form:
    """One session's Printer."""

    def __init__(self, device: HandForm, use: Use) -> None:
        self._device = device
        self._use = use

    def preflight(self, *, cancel: CancelToken) -> tuple[PrinterFinding, ...]:
        """Nothing keeps a hand from writing. Raises DeviceRemoved when the session has ended."""
        cancel.raise_if_cancelled()
        self._use.check()
        return ()

    def print(self, job: PrintJob, *, cancel: CancelToken, progress: PrintWatcher | None = None) -> PrintReceipt:
        """Show the boxes and wait until they are copied. Raises DeviceFault, when declined or nothing can be copied."""
        if not job.by_hand:
            raise NotWritten(
                say("This paper cannot be filled in by hand."), say("Plug a printer in, or choose another with F8.")
            )
        self._use.run(lambda token: self._device.written(job, self._use, token), cancel=cancel)
        if progress is not None:
            progress(PrintProgress(PrintStage.OUT))
        return PrintReceipt("by hand", self._use.provenance(manual=True))
