# SPDX-License-Identifier: Apache-2.0
"""A printer that writes PDF files to a folder: for posts without a printer, for training and for demonstration."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devices.base import DriverListener
from devices.printing.reasons import fault
from devices.shell import Shell, Use
from devices.watching import Watch
from station.config.declared import seconds, setting
from station.domain.errors import DeviceError, DeviceFault, DeviceRemoved
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import (
    PRINTER,
    DeviceInfo,
    Health,
    PrinterCondition,
    PrinterFinding,
    PrintJob,
    PrintProgress,
    PrintReceipt,
    PrintStage,
    PrintWatcher,
    Role,
)
from station.ports.tasks import CancelToken

DRIVER: Final = "pdf_file"
ROOM: Final = 4 << 20  # bytes: a sheet, and what the disk itself needs
#: How a file system says that it has no links: FAT and exFAT of sticks say EPERM.
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})

_FULL: Final = PrinterFinding(
    PrinterCondition.OTHER,
    True,
    say("The disk of the folder for printed files is full."),
    say("Free some space, or choose another printer with F8."),
)
_CLOSED: Final = PrinterFinding(
    PrinterCondition.STOPPED,
    True,
    say("The folder for printed files cannot be written."),
    say("Ask the technician for the right to write there, or choose another printer with F8."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfFileSettings:
    """The folder that gets the files; no folder, no such printer."""

    folder: Path | None = setting(
        None,
        say("The folder for printed files. They can be read by whoever can read the folder. None: no such printer."),
        bench=False,
    )
    look_seconds: float = seconds(2.0, say("How often the folder is looked for, in seconds."), shown=False)


class PdfFileDriver:
    """Watches that the folder is there, and can be written."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: PdfFileSettings, *, clock: Clock) -> None:
        self._folder = settings.folder
        self._clock = clock
        self._watch: Watch[tuple[PrinterFinding, ...]] = Watch(
            DRIVER, look=self._look, make=self._make, seconds=settings.look_seconds
        )

    def start(self, listener: DriverListener) -> None:
        """Begin to watch."""
        if self._folder is not None:
            self._watch.start(listener)

    def why_nothing(self) -> Text | None:
        """The folder is not there."""
        return self._watch.nothing(
            say("The folder for printed files is not there. Make it, or change it in the settings.")
        )

    def close(self) -> None:
        """End the threads."""
        self._watch.close()

    def _look(self) -> Mapping[str, tuple[PrinterFinding, ...]]:
        folder = self._folder
        return {} if folder is None or not folder.is_dir() else {f"pdf:{folder}": findings(folder)}

    def _make(
        self, device_id: str, _found: tuple[PrinterFinding, ...], changed: Callable[[str], None]
    ) -> PdfFilePrinter:
        assert self._folder is not None
        return PdfFilePrinter(device_id, self._folder, clock=self._clock, changed=changed)


class PdfFilePrinter:
    """The folder as a device."""

    def __init__(self, device_id: str, folder: Path, *, clock: Clock, changed: Callable[[str], None]) -> None:
        self.folder = folder
        self.info = DeviceInfo(device_id, "PDF file", DRIVER, (PRINTER,))
        self._clock = clock
        self._shell = Shell(self.info, clock=clock, changed=changed, fills={PRINTER.name: self._sheets})

    @property
    def gone(self) -> bool:
        """Whether the folder is away."""
        return self._shell.gone

    def came(self, found: tuple[PrinterFinding, ...]) -> None:
        """The folder is there, or whether it can be written is new."""
        if self._shell.gone:
            self._shell.returned()
        if found:
            self._shell.trouble(fault(found[0]))
        else:
            self._shell.well()

    def went(self) -> None:
        """The folder is gone: whoever waits gets DeviceRemoved."""
        self._shell.went(say("The folder for printed files is gone. Make it again."), error=self._removed())

    def close(self) -> None:
        """End the thread."""
        self._shell.close()

    def health(self) -> Health:
        """Ready, in use, gone, or what has to be done."""
        return self._shell.health()

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use."""
        return self._shell.open(role)

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use."""
        self._shell.end_session(role)

    def _sheets(self, use: Use) -> _Sheets:
        return _Sheets(self, use)

    def write(self, pdf: bytes, token: CancelToken) -> Path:
        """All of it under its final name, or nothing. The name has no personal data: folders are listed."""
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
        """Give the whole file its name, and overwrite nothing."""
        number = 1
        while True:
            path = self.folder / f"sheet-{stamp}-{number:03d}.pdf"
            try:
                _move(unfinished, path)
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

    def __init__(self, printer: PdfFilePrinter, use: Use) -> None:
        self._printer = printer
        self._use = use

    def preflight(self, *, cancel: CancelToken) -> tuple[PrinterFinding, ...]:
        """Whether the disk has room and the folder can be written. Raises DeviceRemoved."""
        return self._use.run(lambda _token: findings(self._printer.folder), cancel=cancel)

    def print(self, job: PrintJob, *, cancel: CancelToken, progress: PrintWatcher | None = None) -> PrintReceipt:
        """Write the file; ``place`` is its path. Raises DeviceRemoved, DeviceFault (full, not writable)."""
        if progress is not None:
            progress(PrintProgress(PrintStage.SENDING))
        path = self._use.run(lambda token: self._printer.write(job.pdf, token), cancel=cancel, undo=Path.unlink)
        if progress is not None:
            progress(PrintProgress(PrintStage.OUT))
        return PrintReceipt(str(path), self._use.provenance())


def _move(unfinished: Path, path: Path) -> None:
    """Rename a whole file to a name that is free. Raises FileExistsError where it is not."""
    try:
        os.link(unfinished, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # the name is ours from here on
    try:
        os.replace(unfinished, path)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def findings(folder: Path) -> tuple[PrinterFinding, ...]:
    """What keeps a folder from taking a sheet. A folder that vanished is found by who watches it."""
    try:
        full = shutil.disk_usage(folder).free < ROOM
    except OSError:
        return ()
    if not os.access(folder, os.W_OK | os.X_OK):
        return (_CLOSED,)
    return (_FULL,) if full else ()
