# SPDX-License-Identifier: Apache-2.0
"""A printer that writes PDF files to a folder: for posts without a printer, for training and for demonstration."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devices.base import Attendance, DriverListener, Poller, Session
from devices.worker import DeviceWorker
from station.domain.errors import DeviceError, DeviceFault, DeviceRemoved
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import PRINTER, DeviceInfo, Health, PrintJob, PrintReceipt, Role
from station.ports.tasks import CancelToken

DRIVER = "pdf_file"


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfFileSettings:
    """The folder that gets the files; no folder, no such printer."""

    folder: Path | None = None
    look_seconds: float = 2.0


class PdfFileDriver:
    """Watches that the folder is there."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: PdfFileSettings, *, clock: Clock) -> None:
        self._listener: DriverListener | None = None
        self._there = False
        self._printer: PdfFilePrinter | None = None
        if settings.folder is not None:
            self._printer = PdfFilePrinter(settings.folder, clock=clock, changed=self._changed)
        self._poller = Poller(DRIVER, self._look, seconds=settings.look_seconds)

    def start(self, listener: DriverListener) -> None:
        """Begin to watch."""
        self._listener = listener
        if self._printer is not None:
            self._poller.start()

    def why_nothing(self) -> Text | None:
        """The folder is not there."""
        if self._printer is None or self._there:
            return None
        return say("The folder for printed files is not there. Make it, or change it in the settings.")

    def close(self) -> None:
        """End the threads."""
        self._poller.close()
        if self._printer is not None:
            self._printer.close()

    def _look(self) -> None:
        printer = self._printer
        if printer is None or self._listener is None:
            return
        there = printer.folder.is_dir()
        if there and not self._there:
            printer.came()
            self._listener.attached(printer)
        elif self._there and not there:
            printer.went()
            self._listener.detached(printer.info.device_id)
        self._there = there

    def _changed(self, device_id: str) -> None:
        if self._listener is not None:
            self._listener.health_changed(device_id)


class PdfFilePrinter:
    """The folder as a device."""

    def __init__(self, folder: Path, *, clock: Clock, changed: Callable[[str], None]) -> None:
        self.folder = folder
        self.info = DeviceInfo(f"pdf:{folder}", "PDF file", DRIVER, (PRINTER,))
        self._clock = clock
        self._attendance = Attendance(self.info, clock=clock, changed=changed)
        self._worker = DeviceWorker("pdf file")

    def came(self) -> None:
        """The folder is there."""
        self._attendance.returned()

    def went(self) -> None:
        """The folder is gone: whoever waits gets DeviceRemoved."""
        self._attendance.went(say("The folder for printed files is gone. Make it again."))
        self._worker.fail_waiting(self._removed())

    def close(self) -> None:
        """End the thread."""
        self._attendance.went(say("The station is closing."))
        self._attendance.release()
        self._worker.close()

    def health(self) -> Health:
        """Ready, in use, gone, or what has to be done."""
        return self._attendance.health(complaint=self._worker.complaint())

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use."""
        return _Sheets(self, self._attendance.claim())

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use."""
        self._attendance.end(self._worker.fail_waiting)

    def print(self, job: PrintJob, session: Session, cancel: CancelToken) -> PrintReceipt:
        """Write the file under a name of its own; see _Sheets."""
        session.check()
        try:
            work = session.bound(lambda token: self._write(job.pdf, token))
            path = self._worker.run(work, cancel=cancel, undo=Path.unlink)
        except DeviceError as error:
            self._attendance.trouble(error)
            raise
        self._attendance.well()
        return PrintReceipt(str(path), self._attendance.provenance(PRINTER))

    def _write(self, pdf: bytes, token: CancelToken) -> Path:
        """All of it under its final name, or nothing. The name has no personal data: folders are listed."""
        self._worker.assert_on_worker()
        stamp = self._clock.now().strftime("%Y%m%d-%H%M%S")
        unfinished = self.folder / f".{stamp}-{os.getpid()}.part"
        try:
            # A notice names a traveller: the owner of the file alone may read it.
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as stream:
                stream.write(pdf)
                stream.flush()
                os.fsync(stream.fileno())
            token.raise_if_cancelled()
            return self._name(unfinished, stamp)
        except OSError as error:
            raise self._translated(error) from None
        finally:
            unfinished.unlink(missing_ok=True)

    def _name(self, unfinished: Path, stamp: str) -> Path:
        """Give the whole file its name; a link overwrites nothing."""
        number = 1
        while True:
            path = self.folder / f"sheet-{stamp}-{number:03d}.pdf"
            try:
                os.link(unfinished, path)
            except FileExistsError:
                number += 1
            else:
                return path

    def _translated(self, error: OSError) -> DeviceError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DeviceFault(
                say("The disk is full: the sheet was not written."), say("Free some space, then print again.")
            )
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            return DeviceFault(
                say("The folder for printed files cannot be written."),
                say("Ask the technician for the right to write there, then print again."),
            )
        if not self.folder.is_dir():
            return self._removed()
        return DeviceFault(say("The sheet could not be written."), say("Print again, or choose another printer."))

    def _removed(self) -> DeviceRemoved:
        return DeviceRemoved(
            say("The folder for printed files is gone."), say("Make it again, or choose another printer with F8.")
        )


class _Sheets:
    """One session's Printer."""

    def __init__(self, printer: PdfFilePrinter, session: Session) -> None:
        self._printer = printer
        self._session = session

    def print(self, job: PrintJob, *, cancel: CancelToken) -> PrintReceipt:
        """Write the file; ``place`` is its path. Raises DeviceRemoved, DeviceFault (full, not writable)."""
        return self._printer.print(job, self._session, cancel)
