# SPDX-License-Identifier: Apache-2.0
"""Finds the print queues of CUPS: whatever printer the system can print on, the station can."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from devices.base import DriverListener
from devices.printing.child import GOOD, NO_LIBRARY
from devices.printing.cups_printer import CupsPrinter, Manner
from devices.printing.reasons import QueueState, queue_state
from devices.watching import Watch
from station.config.declared import seconds, setting
from station.domain.errors import Cancelled
from station.domain.words import Text, say
from station.isolation.child import HelperDied, HelperProcess
from station.isolation.limits import Limits, NetworkUse
from station.ports.clock import Clock
from station.ports.tasks import CancelToken

DRIVER: Final = "cups"
CHILD: Final = "devices.printing.child"
_PASSED_ON: Final = ("HOME", "CUPS_SERVER")  # where CUPS finds its client's settings
_MEDIA: Final = re.compile(r"|[a-z0-9][a-z0-9_.-]{1,80}")
_SECONDS: Final = say("Write a number of seconds from 1 to 3600.")


def _in_an_hour(value: float) -> bool:
    return 1.0 <= value <= 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CupsSettings:
    """How print queues are found and used."""

    enabled: bool = setting(True, say("Print on the queues of the print service CUPS."))
    server: str = setting(
        "",
        say("The print service: a host, host:port or the path of its socket. Empty: the one of this computer."),
        bench=False,
    )
    queues: tuple[str, ...] = setting((), say("Only the queues with these names. Empty: all of them."))
    media: str = setting(
        "iso_a4_210x297mm",
        say("The size of paper by its standard name (PWG 5101.1). Empty: what the queue says."),
        possible=lambda value: _MEDIA.fullmatch(value) is not None,
        cure=say("Write a name as in iso_a4_210x297mm, na_letter_8.5x11in or iso_id-1_53.98x85.6mm."),
    )
    look_seconds: float = seconds(1.5, say("How often queues are looked for, in seconds."))
    ask_seconds: float = seconds(
        60.0, say("How often a printer in the network is itself asked for its state, in seconds.")
    )
    patience_seconds: float = seconds(
        60.0, say("How long a sheet under way waits for a print service that does not answer, in seconds.")
    )
    poll_seconds: float = seconds(0.5, say("How often a sheet under way is looked at, in seconds."), shown=False)


class CupsDriver:
    """Every queue by its name: CUPS keeps it over a re-plug of the printer."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: CupsSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._nothing: Text | None = None
        self._library_missing = False
        self._closing = CancelToken()
        self._asked_at = float("-inf")
        self._known: dict[str, QueueState] = {}
        self._printers: dict[str, CupsPrinter] = {}
        self._lister = self._helper("CUPS list")
        self._watch: Watch[QueueState] = Watch(DRIVER, look=self._look, make=self._make, seconds=settings.look_seconds)

    def start(self, listener: DriverListener) -> None:
        """Begin to look for queues."""
        if self._settings.enabled:
            self._watch.start(listener)

    def why_nothing(self) -> Text | None:
        """No library, no print service, or no queue in it."""
        return self._nothing

    def close(self) -> None:
        """End the threads and the helper processes."""
        self._closing.cancel()
        self._watch.close()
        self._lister.close()

    @property
    def _in_use(self) -> bool:
        return any(printer.in_use for printer in tuple(self._printers.values()))

    def _look(self) -> Mapping[str, QueueState] | None:
        if self._library_missing:
            return None
        # Who waits for paper wants to hear of it soon; of a printer that is well it is enough to hear now and then.
        news = self._in_use or any(printer.has_news for printer in tuple(self._printers.values()))
        ask = news or time.monotonic() - self._asked_at >= self._settings.ask_seconds
        request = {"do": "look", "server": self._settings.server, "ask": ask}
        try:
            answer, _ = self._lister.request(request, cancel=self._closing)
        except Cancelled:
            return None
        except HelperDied:
            self._nothing = say("The print service of this computer does not answer. Ask the technician to restart it.")
            return None
        if answer.get("status") == NO_LIBRARY:
            self._library_missing = True
            self._nothing = say("The library for printing (pycups) is not installed. Ask the technician to install it.")
            return None
        if answer.get("status") != GOOD:
            self._nothing = say("The print service CUPS is not running. Ask the technician to start it.")
            # A sheet under way is looked for by its own number as soon as the service is back.
            in_use = {key for key, printer in self._printers.items() if printer.in_use}
            return {key: state for key, state in self._known.items() if key in in_use}
        if ask:
            self._asked_at = time.monotonic()
        self._known = self._found(answer, asked=ask)
        for device_id, state in self._known.items():
            printer = self._printers.get(device_id)
            if printer is not None and not printer.gone:
                printer.came(state)  # also when nothing is new to the watch: a preflight may have heard otherwise
        self._nothing = None if self._known else say("No print queue is set up. Ask the technician to add the printer.")
        return self._known

    def _found(self, answer: Mapping[str, object], *, asked: bool) -> dict[str, QueueState]:
        queues = answer.get("queues")
        found: dict[str, QueueState] = {}
        for said in queues if isinstance(queues, list) else ():
            state = queue_state(said)
            if self._settings.queues and state.name not in self._settings.queues:
                continue
            device_id = f"{DRIVER}:{state.name}"
            before = self._known.get(device_id)
            if not asked and before is not None and before.answers is not None:
                # What the printer said for itself holds until it is asked again.
                own = tuple(reason for reason in before.reasons if reason not in state.reasons)
                state = replace(state, reasons=(*state.reasons, *own), markers=before.markers, answers=before.answers)
            found[device_id] = replace(state, queued=0, up_seconds=-1)  # news of these are no news of its health
        return found

    def _make(self, device_id: str, found: QueueState, changed: Callable[[str], None]) -> CupsPrinter:
        settings = self._settings
        printer = CupsPrinter(
            device_id,
            found,
            driver=DRIVER,
            manner=Manner(
                server=settings.server,
                media=settings.media,
                poll=settings.poll_seconds,
                ask_itself=4 * settings.poll_seconds,
                patience=settings.patience_seconds,
            ),
            helper=self._helper(device_id),
            clock=self._clock,
            changed=changed,
        )
        self._printers[device_id] = printer
        return printer

    def _helper(self, name: str) -> HelperProcess:
        environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        limits = Limits(
            memory_bytes=1 << 30,
            cpu_seconds=30.0,
            wall_seconds=30.0,
            network=NetworkUse.ALLOWED,  # printers and print services in the network
            file_bytes=1 << 20,  # the certificate of a print service
        )
        return HelperProcess(CHILD, limits, environment=environment, name=name)
