# SPDX-License-Identifier: Apache-2.0
"""A reader that types, as MRZ reader and barcode reader. The face tells it of each burst of keys it kept from the page.

Off unless the settings switch it on: the computer cannot tell such a reader from a keyboard.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from devices.base import DriverListener
from devices.keyboard_wedge.layouts import Layout, as_meant, seems_garbled
from devices.shell import Shell, Use
from station.config.declared import setting
from station.domain.errors import DeviceRemoved, LineRefused
from station.domain.words import Text, say
from station.optical.reader_text import barcode, looks_like_mrz, mrz_lines
from station.ports.barcodes import BarcodeCapture
from station.ports.clock import Clock
from station.ports.devices import BARCODE_READER, MRZ_READER, DeviceInfo, MrzLines
from station.ports.tasks import CancelToken

DRIVER: Final = "keyboard_wedge"


@dataclass(frozen=True, slots=True, kw_only=True)
class WedgeSettings:
    """Readers that type as a keyboard does."""

    enabled: bool = setting(False, say("Whether a reader that types is attached. No computer can find that out."))
    layout: Layout = setting(Layout.AUTO, say("How the keyboard of the reader and that of this computer go together."))
    gap_ms: int = setting(
        25,
        say("Milliseconds between two keys up to which a reader may have typed them. Typing is delayed by as much."),
        possible=lambda value: 5 <= value <= 30,
        cure=say("Use a number from 5 to 30."),
    )
    least_keys: int = setting(
        6,
        say("So many fast keys in a row are a reader."),
        possible=lambda value: 4 <= value <= 30,
        cure=say("Use a number from 4 to 30."),
    )


class KeyboardWedge:
    """The driver; its one device, a shell, is attached while the settings say so. Any thread may call any method."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: WedgeSettings, *, clock: Clock) -> None:
        self.settings = settings
        self.info = DeviceInfo("wedge:keyboard", "Reader that types", DRIVER, (MRZ_READER, BARCODE_READER))
        self._listener: DriverListener | None = None
        self._lock = threading.Lock()
        self._inboxes: dict[str, queue.SimpleQueue[str | None]] = {}
        self._shell = Shell(
            self.info,
            clock=clock,
            changed=self._changed,
            fills={
                MRZ_READER.name: lambda use: _Mrz(use, self._begin(use)),
                BARCODE_READER.name: lambda use: _Codes(use, self._begin(use)),
            },
            ended=self._session_ended,
        )

    # --- the face tells ---

    @property
    def listens(self) -> bool:
        """Whether bursts of keys are to be kept from the page."""
        return self._listener is not None

    @property
    def gap(self) -> float:
        """Seconds between two keys up to which a reader may have typed both."""
        return self.settings.gap_ms / 1000

    @property
    def least(self) -> int:
        """So many fast keys in a row are a reader."""
        return self.settings.least_keys

    def begins_with_a_stray_key(self, text: str) -> bool:
        """Whether what follows the first character is a whole MRZ: time cannot tell a key pressed right before.

        In a code nothing tells it either; there it stays.
        """
        layout = self.settings.layout
        return mrz_lines(as_meant(text, layout).encode()) is None and (
            mrz_lines(as_meant(text[1:], layout).encode()) is not None
        )

    def burst(self, text: str) -> bool:
        """A reader typed this: printable characters, ``\\r`` and ``\\t``. False when nobody waits for it.

        An MRZ, whole or not, goes to the MRZ reader, all else to the barcode reader; when only one of the two is in
        use it gets both and refuses aloud what is not its own.
        """
        meant = as_meant(text, self.settings.layout)
        is_mrz = looks_like_mrz(meant.encode()) or seems_garbled(meant)
        with self._lock:
            wanted = self._inboxes.get((MRZ_READER if is_mrz else BARCODE_READER).name)
            inbox = wanted or next(iter(self._inboxes.values()), None)
        if inbox is None:
            return False
        inbox.put(meant)
        return True

    # --- devices.base.Driver ---

    def start(self, listener: DriverListener) -> None:
        """Offer the reader when the settings say that there is one."""
        if self.settings.enabled:
            self._listener = listener
            listener.attached(self._shell)

    def why_nothing(self) -> Text | None:
        """Switched off is no fault."""
        return None

    def close(self) -> None:
        """End the threads; whoever waits gets DeviceRemoved."""
        self._listener = None
        self._shell.close()

    def _begin(self, use: Use) -> queue.SimpleQueue[str | None]:
        inbox: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with self._lock:
            self._inboxes[use.role.name] = inbox
        return inbox

    def _session_ended(self, use: Use, _error: DeviceRemoved) -> None:
        with self._lock:
            inbox = self._inboxes.pop(use.role.name, None)
        if inbox is not None:
            if _left(inbox):
                use.trouble(
                    LineRefused(
                        say("The reader read one more while nothing was expected. It was not used."),
                        say("Read that document again when its turn comes."),
                        raw=b"",
                    )
                )
            inbox.put(None)

    def _changed(self, device_id: str) -> None:
        if self._listener is not None:
            self._listener.health_changed(device_id)


def _left(inbox: queue.SimpleQueue[str | None]) -> bool:
    """Throw away what nobody took. Returns whether there was anything."""
    found = False
    with suppress(queue.Empty):
        while True:
            found |= inbox.get_nowait() is not None
    return found


def _taker(inbox: queue.SimpleQueue[str | None], use: Use, says: Text) -> Callable[[CancelToken], str]:
    """Waits for the next burst on the device's thread. None in the queue only wakes it."""

    def work(token: CancelToken) -> str:
        forget = token.on_cancel(lambda: inbox.put(None))
        try:
            with use.awaiting(says):
                while (text := inbox.get()) is None:
                    token.raise_if_cancelled()
                return text
        finally:
            forget()

    return work


class _Mrz:
    """One session's MrzReader."""

    def __init__(self, use: Use, inbox: queue.SimpleQueue[str | None]) -> None:
        self._use = use
        self._inbox = inbox
        self._work = _taker(inbox, use, say("Waiting for a swipe."))

    def read(self, *, cancel: CancelToken) -> MrzLines:
        """Wait for the next swipe. Raises LineRefused with what made no MRZ."""
        text = self._use.run(self._work, cancel=cancel, undo=self._inbox.put)
        raw = text.encode()
        lines = mrz_lines(raw)
        if lines is None and seems_garbled(text):
            raise LineRefused(
                say("The reader types for another keyboard layout than that of this computer."),
                say("Set the layout of the reader with its own setting card, or ask a technician to set it here."),
                raw=raw,
            )
        if lines is None:
            raise LineRefused(
                say("The reader could not read the lines of the document whole."),
                say("Swipe the document again, slowly and without lifting it, or key in by hand with F2."),
                raw=raw,
            )
        return MrzLines(lines, self._use.provenance(), raw)


class _Codes:
    """One session's BarcodeReader."""

    def __init__(self, use: Use, inbox: queue.SimpleQueue[str | None]) -> None:
        self._use = use
        self._inbox = inbox
        self._work = _taker(inbox, use, say("Waiting for a code."))

    def read(self, *, cancel: CancelToken) -> BarcodeCapture:
        """Wait for the next code, without the Enter or tabulator after it. Keys cannot carry binary content."""
        text = self._use.run(self._work, cancel=cancel, undo=self._inbox.put)
        return BarcodeCapture(codes=(barcode(text.rstrip("\r\n\t").encode()),), provenance=self._use.provenance())
