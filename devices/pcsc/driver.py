# SPDX-License-Identifier: Apache-2.0
"""Finds chip readers through PC/SC: the service tells of readers and documents, and nobody polls."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from devices.base import DriverListener
from devices.pcsc.faults import NO_READER, WATCHER_STOPPED, why_no_reader
from devices.pcsc.names import ReaderSlot, slots
from devices.pcsc.presence import Presence, Slot
from devices.pcsc.reader import PcscReader
from devices.watching import Watch
from station.config.declared import setting
from station.domain.errors import Cancelled
from station.domain.words import Text, say
from station.isolation.child import HelperDied, HelperProcess
from station.isolation.limits import Limits
from station.ports.clock import Clock
from station.ports.tasks import CancelToken

DRIVER: Final = "pcsc"
CHILD: Final = "devices.pcsc.child"
_PASSED_ON: Final = ("PCSCLITE_CSOCK_NAME", "LD_LIBRARY_PATH")  # where the library finds the service
_RETRY: Final = 1.0  # seconds between two tries to reach a service that does not run
_WATCH_SECONDS: Final = 60  # then the readers are listed anew, whatever the service told
_MEMORY: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PcscSettings:
    """What a technician may change of chip readers."""

    enabled: bool = setting(default=True, says=say("Look for chip readers."))
    transmit_seconds: float = setting(
        10.0,
        say("Seconds that a chip may take for one command before the reader is given up."),
        possible=lambda seconds: 1.0 <= seconds <= 120.0,
        cure=say("Give a number from 1 to 120."),
    )
    ignore: tuple[str, ...] = setting(
        (),
        say("Parts of the names of readers that are not for documents."),
        possible=all,
        cure=say("Give words that are not empty."),
    )
    longest_data: int = setting(
        0,
        say("Bytes of data in one command to a chip. 0: as the reader says. 255: short commands only."),
        possible=lambda count: count == 0 or 255 <= count <= 65535,
        cure=say("Give 0, or a number from 255 to 65535."),
    )


class PcscDriver:
    """Every slot of every reader that the operating system's PC/SC service knows, but those for security modules."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: PcscSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._presence = Presence()
        self._closing = CancelToken()
        self._why: Text | None = None
        self._retry = False
        self._watcher = self._helper("PC/SC watch")
        self._watch: Watch[ReaderSlot] = Watch(DRIVER, look=self._look, make=self._make, seconds=0.0, remade=True)

    def start(self, listener: DriverListener) -> None:
        """Begin to watch readers."""
        if self._settings.enabled:
            self._watch.start(listener)

    def why_nothing(self) -> Text | None:
        """No library, no service, no right, or no reader."""
        return self._why or self._watch.nothing(NO_READER)

    def close(self) -> None:
        """End the threads and the helper processes."""
        self._closing.cancel()
        self._watch.close()
        self._watcher.close()

    def _look(self) -> Mapping[str, ReaderSlot] | None:
        """The readers now, at once the first time and later when something changed: the watching helper waits."""
        try:
            if self._retry:
                self._retry = False
                self._closing.wait(_RETRY)
            request = {"do": "watch", "seconds": _WATCH_SECONDS}
            answer, _ = self._watcher.request(request, cancel=self._closing, timeout=_WATCH_SECONDS + 30.0)
        except Cancelled:
            return None
        except HelperDied:
            self._why, self._retry = WATCHER_STOPPED, True
            return None
        code, found = answer.get("code"), answer.get("slots")
        if code != 0 or not isinstance(found, dict):
            self._why, self._retry = why_no_reader(code if isinstance(code, int) else -1), True
            self._presence.update({})
            return {}
        self._why = None
        self._presence.update({name: Slot(bool(state[0]), int(state[1])) for name, state in found.items()})
        return slots(list(found), ignore=self._settings.ignore)

    def _make(self, _device_id: str, found: ReaderSlot, changed: Callable[[str], None]) -> PcscReader:
        return PcscReader(
            found,
            driver=DRIVER,
            helper=self._helper(found.shown),
            presence=self._presence,
            service_runs=lambda: self._why is None,
            transmit_seconds=self._settings.transmit_seconds,
            longest_data=self._settings.longest_data,
            clock=self._clock,
            changed=changed,
        )

    @staticmethod
    def _helper(name: str) -> HelperProcess:
        environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        limits = Limits(memory_bytes=_MEMORY, cpu_seconds=30.0, wall_seconds=30.0)  # the service is no network
        return HelperProcess(CHILD, limits, environment=environment, name=name)
