# SPDX-License-Identifier: Apache-2.0
"""Every fault of the fingerprint scanner, in one capture over its real interface: no inspection takes fingers yet."""

from __future__ import annotations

import threading
from typing import Final

from devices.simulators.sbi.driver import SbiSimulatorDriver
from devices.simulators.sbi.faults import ScannerFault
from station.domain.errors import Cancelled, StationError
from station.ports.devices import FINGERPRINT_SCANNER, HealthState
from station.ports.fingers import FingerPosition, FingerRequest
from station.ports.tasks import CancelToken
from tests.journeys.faults.counter import Counter
from tests.journeys.faults.rows import Row

_A_MOMENT: Final = 0.5  # seconds until an officer has had enough of a mute scanner
_SLAP: Final = FingerRequest(
    positions=(
        FingerPosition.RIGHT_INDEX,
        FingerPosition.RIGHT_MIDDLE,
        FingerPosition.RIGHT_RING,
        FingerPosition.RIGHT_LITTLE,
    ),
    seconds=1.0,
)


def meet(counter: Counter, fault: ScannerFault) -> Row:
    """One capture that meets ``fault``."""
    desk = counter.place.drivers.faults
    assert desk is not None
    device = next(d for d in counter.place.drivers.drivers if isinstance(d, SbiSimulatorDriver)).simulator.device_id
    counter.elsewhere(lambda: desk.replug(device))

    def ready() -> bool:
        states = [state for state in counter.place.devices.states() if state.info.device_id == device]
        return bool(states) and states[0].health.state in (HealthState.READY, HealthState.TROUBLE)

    counter.until(ready, "the fingerprint scanner")
    counter.simulators.tray.place(0)
    said: list[str] = []
    if fault is ScannerFault.REPLAY:  # there has to be something to give once more
        counter.elsewhere(lambda: said.append(_capture(counter, device, CancelToken())))
    desk.switch(device, fault.value, times=1)
    counter.heart.rest()
    cancel = CancelToken()
    stop = threading.Timer(_A_MOMENT, cancel.cancel)
    if fault is ScannerFault.MUTE:
        stop.start()
    counter.elsewhere(lambda: said.append(_capture(counter, device, cancel)))
    stop.cancel()
    desk.switch(device, None)
    return Row(
        fault=fault.value.replace("_", " "),
        step="one call",
        device="fingerprint scanner",
        way_out="–",
        saw=said[-1],
        saved="nothing was to be saved",
        worst=counter.heart.rest(),
    )


def _capture(counter: Counter, device: str, cancel: CancelToken) -> str:
    try:
        with counter.place.devices.open_device(FINGERPRINT_SCANNER, device) as scanner:
            given = scanner.capture(_SLAP, cancel=cancel)
    except Cancelled:
        return "nothing until the officer stops it, which frees the device at once"
    except StationError as problem:
        return f"{problem.cause.in_english()} {problem.next_step.in_english()}"
    least = min((sample.quality or 0 for sample in given.samples), default=0)
    return f"{len(given.samples)} fingers, the least quality {least} of 100"
