# SPDX-License-Identifier: Apache-2.0
"""Readers on serial lines as MRZ readers and barcode readers of this station."""

from __future__ import annotations

import contextlib
import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from devices.base import DriverListener
from devices.hotplug import HotPlug
from devices.serial_lines.discovery import FoundLine, find_lines
from devices.serial_lines.framing import PRESETS, Message, Preset
from devices.serial_lines.line import Inbox, OpenLine, meant_for_mrz
from devices.serial_lines.port import LineSpeed, Parity, no_right
from devices.shell import Shell, Use
from devices.watching import Watch
from station.config.declared import seconds, setting
from station.domain.errors import DeviceRemoved, LineRefused
from station.domain.words import Text, say
from station.optical.reader_text import barcode, mrz_lines
from station.ports.barcodes import BarcodeCapture
from station.ports.clock import Clock
from station.ports.devices import BARCODE_READER, MRZ_READER, DeviceInfo, Health, MrzLines, Role
from station.ports.tasks import CancelToken

DRIVER: Final = "serial_lines"
_SWIPE: Final = say("Waiting for a swipe.")
_SCAN: Final = say("Waiting for a code.")


class Fills(enum.Enum):
    """What the readers on serial lines are."""

    BOTH = "both"  # each message goes where it belongs: lines of an MRZ to the one role, all else to the other
    MRZ = "mrz"  # swipe readers only
    BARCODE = "barcode"  # barcode scanners only


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialSettings:
    """Readers on serial lines."""

    enabled: bool = setting(True, say("Whether readers on serial lines are looked for."))
    ports: tuple[str, ...] = setting((), say("Lines to use beside those that USB brings, such as /dev/ttyS0."))
    discover: bool = setting(True, say("Whether every serial line that USB brings is offered."))
    ignore: tuple[str, ...] = setting((), say("Lines to leave alone, such as ttyUSB1."))
    fills: Fills = setting(Fills.BOTH, say("What the readers are: swipe readers, barcode scanners, or both."))
    framing: Preset = setting(Preset.AUTO, say("How the reader marks where a line or code ends."))
    prefix: str = setting("", say("Characters that the reader puts before each message and that are taken off."))
    suffix: str = setting("", say("Characters that the reader puts after each message and that are taken off."))
    baud: int = setting(
        9600,
        say("Speed of the line in bits per second. Readers on USB ignore it."),
        possible=lambda value: 300 <= value <= 921_600,
        cure=say("Use a number from 300 to 921600. The manual of the reader has it."),
    )
    data_bits: int = setting(
        8, say("Data bits per character."), possible=lambda value: value in (7, 8), cure=say("Use 7 or 8.")
    )
    parity: Parity = setting(Parity.NONE, say("The parity bit."))
    stop_bits: int = setting(
        1, say("Stop bits per character."), possible=lambda value: value in (1, 2), cure=say("Use 1 or 2.")
    )
    look_seconds: float = seconds(5.0, say("Seconds between two looks."), shown=False)


class SerialDriver:
    """Finds the lines."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: SerialSettings, *, clock: Clock, hotplug: HotPlug) -> None:
        self._settings = settings
        self._clock = clock
        self._watch: Watch[FoundLine] = Watch(
            DRIVER,
            look=self._look,
            make=self._make,
            seconds=settings.look_seconds,
            hotplug=hotplug,
            subsystems=("tty",),
            identity=lambda found: (found.name, found.serial_number, found.version),
        )

    def start(self, listener: DriverListener) -> None:
        """Begin to look for lines."""
        if self._settings.enabled and (self._settings.ports or self._settings.discover):
            self._watch.start(listener)

    def why_nothing(self) -> Text | None:
        """No reader is attached, or the line named in the settings is not there."""
        if self._settings.ports:
            return self._watch.nothing(
                say("The line {path} is not there. Check the cable and the settings.", path=self._settings.ports[0])
            )
        return self._watch.nothing(say("No reader with a serial line is attached."))

    def close(self) -> None:
        """End the threads and let every line go."""
        self._watch.close()

    def _look(self) -> dict[str, FoundLine]:
        settings = self._settings
        return find_lines(settings.ports, discover=settings.discover, ignored=settings.ignore)

    def _make(self, device_id: str, found: FoundLine, changed: Callable[[str], None]) -> SerialReader:
        return SerialReader(
            device_id, found, self._settings, clock=self._clock, changed=changed, look=self._watch.look_soon
        )


class SerialReader:
    """One reader. The line is open while a session of any of its roles is."""

    def __init__(
        self,
        device_id: str,
        found: FoundLine,
        settings: SerialSettings,
        *,
        clock: Clock,
        changed: Callable[[str], None],
        look: Callable[[], None],
    ) -> None:
        fills: dict[str, Callable[[Use], object]] = {}
        if settings.fills is not Fills.BARCODE:
            fills[MRZ_READER.name] = lambda use: _Mrz(self, use, self._begin(MRZ_READER))
        if settings.fills is not Fills.MRZ:
            fills[BARCODE_READER.name] = lambda use: _Codes(self, use, self._begin(BARCODE_READER))
        self.info = DeviceInfo(
            device_id,
            found.name,
            DRIVER,
            tuple(role for role in (MRZ_READER, BARCODE_READER) if role.name in fills),
            serial_number=found.serial_number,
            version=found.version,
        )
        self._found = found
        self._settings = settings
        self._look = look
        self._lock = threading.Lock()
        self._line_lock = threading.Lock()  # held while the line is opened or closed
        self._inboxes: dict[str, Inbox] = {}
        self._line: OpenLine | None = None
        self._last: Use | None = None  # of the session that ended last
        self._shell = Shell(self.info, clock=clock, changed=changed, fills=fills, ended=self._session_ended)

    # --- devices.base.Device, and what the watch tells ---

    def health(self) -> Health:
        """As the shell says."""
        return self._shell.health()

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use of one role."""
        return self._shell.open(role)

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use of one role."""
        self._shell.end_session(role)

    @property
    def gone(self) -> bool:
        """Whether it is away."""
        return self._shell.gone

    def came(self, found: FoundLine) -> None:
        """It is there, perhaps on another node."""
        self._found = found
        self._shell.returned()
        if not found.usable:
            self._shell.trouble(no_right(found.path.name))

    def went(self) -> None:
        """It is gone."""
        self._shell.went()

    def close(self) -> None:
        """End the threads."""
        self._shell.close()
        self._let_go()

    # --- the line ---

    def _begin(self, role: Role[object]) -> Inbox:
        inbox = Inbox()
        with self._lock:
            self._inboxes[role.name] = inbox
        return inbox

    def listen(self) -> None:
        """Open the line unless it is open. On a role's own thread. Raises as SerialPort does."""
        with self._line_lock:
            if self._line is not None and self._line.dead:
                self._line.close()
                self._line = None
            if self._line is None:
                settings = self._settings
                self._line = OpenLine(
                    self._found.path,
                    LineSpeed(
                        baud=settings.baud,
                        data_bits=settings.data_bits,
                        parity=settings.parity,
                        stop_bits=settings.stop_bits,
                    ),
                    PRESETS[settings.framing],
                    deliver=self._deliver,
                    gone=self._line_gone,
                )

    def _session_ended(self, use: Use, _error: DeviceRemoved) -> None:
        with self._lock:
            inbox = self._inboxes.pop(use.role.name, None)
        self._last = use
        if inbox is not None:
            if inbox.left():
                self._unused()
            inbox.wake()
        with contextlib.suppress(DeviceRemoved):  # closed before
            use.worker.begin(lambda _token: self._close_if_unused(), whatever_happens=True)

    def _close_if_unused(self) -> None:
        with self._lock:
            used = bool(self._inboxes)
        if not used:
            self._let_go()

    def _let_go(self) -> None:
        with self._line_lock:
            line, self._line = self._line, None
            lost = line is not None and line.close()
        if lost:
            self._unused()

    def _unused(self) -> None:
        """Something was read that nobody took: never given to the next session, and never dropped without a word."""
        if self._last is not None and not self._shell.gone:
            self._last.trouble(
                LineRefused(
                    say("The reader read one more while nothing was expected. It was not used."),
                    say("Read that document again when its turn comes."),
                    raw=b"",
                )
            )

    def _deliver(self, message: Message) -> None:
        """On the line's thread. With one role open it gets everything: what is not for it is refused aloud."""
        role = MRZ_READER if meant_for_mrz(message) else BARCODE_READER
        with self._lock:
            inbox = self._inboxes.get(role.name) or next(iter(self._inboxes.values()), None)
            if inbox is not None:
                inbox.items.put(message)
        if inbox is None:
            self._unused()

    def give_back(self, use: Use, inbox: Inbox, message: Message) -> None:
        """A message that was taken for a call that nobody waits for any more."""
        with self._lock:
            ours = self._inboxes.get(use.role.name) is inbox
            if ours:
                inbox.items.put(message)
        if not ours:
            self._unused()

    def _line_gone(self, error: DeviceRemoved) -> None:
        self._shell.went(error=error)
        self._look()

    def take(self, inbox: Inbox, token: CancelToken) -> Message:
        """The next message of a session. On a role's own thread. Raises Cancelled, DeviceRemoved."""
        self.listen()
        forget = token.on_cancel(inbox.wake)
        try:
            while True:
                token.raise_if_cancelled()
                item = inbox.items.get()
                if isinstance(item, Message):
                    return item
                if item is not None:
                    raise item
        finally:
            forget()

    def bare(self, message: Message) -> bytes:
        """The body without what the settings say to take off."""
        prefix, suffix = self._settings.prefix.encode(), self._settings.suffix.encode()
        return message.body.removeprefix(prefix).removesuffix(suffix) if suffix else message.body.removeprefix(prefix)


class _Mrz:
    """One session's MrzReader."""

    def __init__(self, reader: SerialReader, use: Use, inbox: Inbox) -> None:
        self._reader, self._use, self._inbox = reader, use, inbox
        self._unread = partial(reader.give_back, use, inbox)

    def read(self, *, cancel: CancelToken) -> MrzLines:
        """Wait for the next swipe. Raises LineRefused with the bytes that made no MRZ."""

        def work(token: CancelToken) -> Message:
            with self._use.awaiting(_SWIPE):
                return self._reader.take(self._inbox, token)

        message = self._use.run(work, cancel=cancel, undo=self._unread)
        lines = mrz_lines(self._reader.bare(message)) if message.flaw is None else None
        if lines is None:
            raise LineRefused(
                say("The reader could not read the lines of the document whole."),
                say("Swipe the document again, slowly and without lifting it, or key in by hand with F2."),
                raw=message.raw,
            )
        return MrzLines(lines, self._use.provenance(), message.raw)


class _Codes:
    """One session's BarcodeReader."""

    def __init__(self, reader: SerialReader, use: Use, inbox: Inbox) -> None:
        self._reader, self._use, self._inbox = reader, use, inbox
        self._unread = partial(reader.give_back, use, inbox)

    def read(self, *, cancel: CancelToken) -> BarcodeCapture:
        """Wait for the next code. Raises LineRefused with the bytes when they were damaged on the line."""

        def work(token: CancelToken) -> Message:
            with self._use.awaiting(_SCAN):
                return self._reader.take(self._inbox, token)

        message = self._use.run(work, cancel=cancel, undo=self._unread)
        if message.flaw is not None:
            raise LineRefused(
                say("The code arrived damaged from the scanner."), say("Scan the code again."), raw=message.raw
            )
        return BarcodeCapture(codes=(barcode(self._reader.bare(message)),), provenance=self._use.provenance())
