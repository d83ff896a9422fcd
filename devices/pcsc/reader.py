# SPDX-License-Identifier: Apache-2.0
"""One chip reader as a device: its own thread here, its own helper process behind it, and a watchdog.

A mute chip blocks PC/SC without limit, and killing who asked does not free the reader: the service lets go when its
driver returns. Until then the reader's health says so, with the seconds; every other reader works.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from devices.pcsc.faults import (
    Meaning,
    contact_lost,
    died,
    fault,
    garbled,
    meaning,
    service_gone,
    silent,
    still_silent,
    taken_away,
    unplugged,
)
from devices.pcsc.names import ReaderSlot, interface_of
from devices.pcsc.presence import Presence, left_since
from devices.shell import Shell, Use
from devices.worker import PATIENCE
from station.domain.errors import Cancelled, ChipRemoved, DeviceRemoved
from station.domain.words import say
from station.isolation.child import DeathReason, HelperDied, HelperProcess
from station.ports.chip import SHORT_COMMAND, SHORT_RESPONSE, ChipPresence
from station.ports.clock import Clock
from station.ports.devices import CHIP_READER, DeviceInfo, Health, HealthState, Role
from station.ports.tasks import CancelToken

POWER_SECONDS: Final = 5.0  # a chip gets its reset answered within one second (ISO/IEC 7816-3, 8.1), drivers try thrice
NOTICED: Final = 0.8  # seconds until the service tells of a document taken away: it looks every 0.4 s
SETTLES: Final = 0.6  # seconds from the first sight of a chip until it has power enough to answer
LET_GO: Final = 0.25  # seconds between two looks whether the driver let go of a mute chip
RELEASE_SECONDS: Final = 1.0
DESCRIBE_SECONDS: Final = 2.0
EXTENDED_DATA: Final = 65535  # bytes (ISO/IEC 7816-4, 5.1)
_AWAITS_CHIP: Final = say("Waiting for a document on the chip reader.")


class PcscReader:
    """A reader found by the driver. ``service_runs``: whether the service could be asked when last looked."""

    def __init__(
        self,
        slot: ReaderSlot,
        *,
        driver: str,
        helper: HelperProcess,
        presence: Presence,
        service_runs: Callable[[], bool],
        transmit_seconds: float,
        longest_data: int,
        clock: Clock,
        changed: Callable[[str], None],
    ) -> None:
        self._slot = slot
        self._helper = helper
        self._presence = presence
        self._service_runs = service_runs
        self._transmit_seconds = transmit_seconds
        self._longest_data = longest_data
        self._clock = clock
        self._changed = changed
        self._closing = CancelToken()
        self._lock = threading.Lock()
        self._silent_from: float | None = None
        self._recovery: threading.Thread | None = None
        self._changes: int | None = None  # of the slot, when its chip was powered
        serial, version = self._described()
        self.info = DeviceInfo(
            slot.device_id, slot.shown, driver, (CHIP_READER,), serial_number=serial, version=version
        )
        self._shell = Shell(
            self.info,
            clock=clock,
            changed=changed,
            fills={CHIP_READER.name: lambda use: _ChipReader(self, use)},
            ended=self._ended,
        )

    # --- what the registry asks (devices.base.Device) ---

    def health(self) -> Health:
        """Ready, in use, gone, or for how long a chip holds it up."""
        health, since = self._shell.health(), self._silent_from
        if since is None or health.state is HealthState.GONE:
            return health
        seconds = self._clock.monotonic() - since
        return health if seconds < PATIENCE else Health(HealthState.TROUBLE, still_silent(seconds))

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use. Raises DeviceBusy, DeviceRemoved."""
        return self._shell.open(role)

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use: calls under way end with DeviceRemoved, the chip is let go."""
        self._shell.end_session(role)

    # --- what the watch tells (devices.watching.Watched) ---

    @property
    def gone(self) -> bool:
        """Whether it is unplugged, or the service does not run."""
        return self._shell.gone

    def came(self, found: ReaderSlot) -> None:
        """Listed, perhaps under a new number."""
        self._slot = found
        if self._shell.gone:
            self._shell.returned()

    def went(self) -> None:
        """Not listed any more: whoever waits gets DeviceRemoved."""
        if self._service_runs():
            self._shell.went(say("Unplugged. Plug it in again."), error=unplugged(self.info.name))
        else:
            self._shell.went(
                say("The service for chip readers (pcscd) does not run."), error=service_gone(self.info.name)
            )

    def close(self) -> None:
        """End the threads and the helper process."""
        self._closing.cancel()
        self._shell.close()
        with self._lock:
            recovery = self._recovery
        if recovery is not None:
            recovery.join()
        self._helper.close()

    # --- the work, on the device's thread ---

    def wait_for_chip(self, use: Use, token: CancelToken) -> ChipPresence:
        """See ChipReader."""
        while True:
            with use.awaiting(_AWAITS_CHIP):
                self._presence.wait(self._slot.pcsc_name, lambda slot: slot.occupied, cancel=token)
            presence = self._power(use, token)
            if presence is not None:
                return presence
            # Taken off again in between: its absence is told soon, and the wait begins anew.
            self._presence.wait(self._slot.pcsc_name, lambda slot: not slot.occupied, cancel=token, seconds=NOTICED)

    def _power(self, use: Use, token: CancelToken) -> ChipPresence | None:
        """Power the chip; None when none is there any more.

        What we ourselves left hanging gets PATIENCE, a chip that is just being laid down SETTLES.
        """
        began = self._clock.monotonic()
        while True:
            code, answer, atr = self._ask({"do": "power", "reader": self._slot.pcsc_name}, token, POWER_SECONDS)
            if not code:
                break
            what, since, tried = meaning(code), self._silent_from, self._clock.monotonic() - began
            if what in (Meaning.REMOVED, Meaning.LOST):
                return None
            if what is Meaning.OCCUPIED and since is not None:
                if tried > PATIENCE:
                    raise silent(self._clock.monotonic() - since)
            elif what is not Meaning.UNPOWERED or tried > SETTLES:
                raise fault(code, self.info.name)
            token.wait(LET_GO)
        counter, said = answer.get("counter"), answer.get("longest")
        self._changes = counter if isinstance(counter, int) else None
        longest = self._longest_data or (said if isinstance(said, int) else EXTENDED_DATA)
        extended = min(longest, EXTENDED_DATA) if longest >= 256 else 0
        return ChipPresence(
            interface=interface_of(self._slot, atr),
            atr=atr,
            longest_command=extended + 9 if extended else SHORT_COMMAND,  # header 4, Lc 3, Le 2
            longest_response=extended + 3 if extended else SHORT_RESPONSE,  # Le 0000 is 65,536; status word 2
            provenance=use.provenance(),
        )

    def transmit(self, command: bytes, token: CancelToken) -> bytes:
        """See ChipReader."""
        code, _, response = self._ask({"do": "transmit"}, token, self._transmit_seconds, command)
        if not code and len(response) >= 2 and response[-2] >> 4 in (6, 9):
            return response
        if not code and response:
            raise garbled()
        if code and meaning(code) not in (Meaning.LOST, Meaning.REMOVED):
            raise fault(code, self.info.name)
        raise self._taken_away_or_lost(token)

    def wait_for_removal(self, use: Use, token: CancelToken) -> None:
        """See ChipReader. A document exchanged for another is a removal, however quick."""
        with use.awaiting(say("Waiting until the document is taken off the chip reader.")):
            known = self._changes
            self._presence.wait(
                self._slot.pcsc_name,
                (lambda slot: not slot.occupied) if known is None else (lambda slot: left_since(slot, known)),
                cancel=token,
            )

    def _taken_away_or_lost(self, token: CancelToken) -> ChipRemoved:
        """The driver says first that nothing came through, and only a moment later why."""
        known = self._changes or 0
        away = self._presence.wait(
            self._slot.pcsc_name, lambda slot: left_since(slot, known), cancel=token, seconds=NOTICED
        )
        return taken_away() if away else contact_lost()

    def _ask(
        self, request: dict[str, object], token: CancelToken, seconds: float, command: bytes | None = None
    ) -> tuple[int, dict[str, object], bytes]:
        """Ask the helper. A stop or the watchdog kills it, which frees us and not the reader."""
        began = self._clock.monotonic()
        try:
            answer, parts = self._helper.request(
                request, () if command is None else (command,), cancel=token, timeout=seconds
            )
        except Cancelled:
            self._hold(began)
            raise
        except HelperDied as death:
            if death.reason is not DeathReason.NOT_STARTED:
                self._hold(began)
            raise died(death, self.info.name, self._clock.monotonic() - began) from None
        code = answer.get("code")
        return code if isinstance(code, int) else -1, answer, parts[0] if parts else b""

    def _described(self) -> tuple[str, str]:
        """Serial number and version where the reader says. A reader that does not answer has none."""
        request = {"do": "describe", "reader": self._slot.pcsc_name}
        try:
            answer, _ = self._helper.request(request, cancel=self._closing, timeout=DESCRIBE_SECONDS)
        except (HelperDied, Cancelled):
            return "", ""
        return str(answer.get("serial", "")), str(answer.get("version", ""))

    def _ended(self, use: Use, _error: DeviceRemoved) -> None:
        """Let the chip go, after what is under way and before the next session's first call."""
        self._changes = None
        use.worker.begin(self._release, whatever_happens=True)

    def _release(self, _token: CancelToken) -> None:
        """Also while the station closes: a helper that is killed instead lets the service reset the chip."""
        if self._helper.process_id is None:
            return
        try:
            self._helper.request({"do": "release"}, cancel=CancelToken(), timeout=RELEASE_SECONDS)
        except HelperDied:
            return  # the helper is gone, and with it the hold on the chip

    # --- a reader that its driver does not let go ---

    def _hold(self, began: float) -> None:
        with self._lock:
            if self._silent_from is not None or self._closing.cancelled:
                return
            self._silent_from = began
            self._recovery = threading.Thread(target=self._recover, name=f"recover {self.info.name}", daemon=True)
            self._recovery.start()

    def _recover(self) -> None:
        """Look until the driver let go: nobody tells of it. Meanwhile the next helper starts."""
        request = {"do": "occupied", "reader": self._slot.pcsc_name}
        held = True
        try:
            while held:
                try:
                    answer, _ = self._helper.request(request, cancel=self._closing, timeout=POWER_SECONDS)
                    held = bool(answer.get("occupied"))
                    pause = LET_GO
                except HelperDied:
                    pause = POWER_SECONDS
                if held:
                    self._closing.wait(pause)
        except Cancelled:
            return
        with self._lock:
            self._silent_from = None
        self._shell.well()
        self._changed(self.info.device_id)


class _ChipReader:
    """One session's ChipReader."""

    def __init__(self, reader: PcscReader, use: Use) -> None:
        self._reader = reader
        self._use = use

    def wait_for_chip(self, *, cancel: CancelToken) -> ChipPresence:
        """Wait for a document and power its chip. Raises DeviceBusy when another program holds it."""
        return self._use.run(lambda token: self._reader.wait_for_chip(self._use, token), cancel=cancel)

    def transmit(self, command: bytes, *, cancel: CancelToken) -> bytes:
        """One command and its response."""
        if len(command) < 4:
            raise ValueError("a command has at least four bytes")
        return self._use.run(lambda token: self._reader.transmit(command, token), cancel=cancel)

    def wait_for_removal(self, *, cancel: CancelToken) -> None:
        """Wait until the document is off the reader."""
        self._use.run(lambda token: self._reader.wait_for_removal(self._use, token), cancel=cancel)
