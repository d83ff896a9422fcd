# SPDX-License-Identifier: Apache-2.0
"""The simulated scanner keeps to the interface towards any caller, also one that does not."""

from __future__ import annotations

import json

import pytest

from devices.sbi.wire import ask
from devices.simulators.sbi.faults import ScannerFault
from devices.simulators.sbi.server import SbiSimulator
from station.domain.errors import DeviceBusy, DeviceFault
from station.ports.devices import FINGERPRINT_SCANNER, HealthState
from station.ports.tasks import CancelToken
from tests.contract.benches import until
from tests.contract.calls import Call
from tests.devices.sbi.rig import LEFT_SLAP, found, simulated

REQUEST = {
    "env": "Developer",
    "purpose": "Registration",
    "transactionId": "t",
    "timeout": "1000",
    "bio": [{"type": "Finger", "deviceId": "1", "deviceSubId": "3", "exception": ["Left Thumb"]}],
}


def said(simulator: SbiSimulator, verb: str, path: str, body: object) -> object:
    assert simulator.port is not None
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = ask(simulator.port, verb, path, data, seconds=5.0, most=10**7, cancel=CancelToken())
    return json.loads(answer)


def code(answer: object) -> str:
    assert isinstance(answer, dict)
    return str(answer["biometrics"][0]["error"]["errorCode"])


def test_discovery_names_the_device_as_the_interface_describes() -> None:
    with simulated() as simulator:
        answer = said(simulator, "MOSIPDISC", "/device", {"type": "Biometric Device"})
        assert isinstance(answer, list)
        (device,) = answer
        assert device["deviceStatus"] == "Ready"
        assert device["deviceSubId"] == ["1", "2", "3"]
        assert device["callbackId"] == f"http://127.0.0.1:{simulator.port}"
        assert device["error"]["errorCode"] == "0"


def test_without_names_all_fingers_of_the_part_come_save_the_exceptions() -> None:
    with simulated() as simulator:
        answer = said(simulator, "RCAPTURE", "/capture", REQUEST)
        assert isinstance(answer, dict)
        assert len(answer["biometrics"]) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [({"purpose": "Auth"}, "706"), ({"bio": []}, "605"), ({"bio": [{**REQUEST["bio"][0], "deviceId": "9"}]}, "605")],  # type: ignore[dict-item]  # a list, as written above
)
def test_a_wrong_request_gets_its_code(change: dict[str, object], expected: str) -> None:
    with simulated() as simulator:
        assert code(said(simulator, "RCAPTURE", "/capture", {**REQUEST, **change})) == expected


def test_a_scanner_for_registration_refuses_to_authenticate() -> None:
    with simulated() as simulator:
        assert code(said(simulator, "CAPTURE", "/capture", REQUEST)) == "809"


@pytest.mark.parametrize("verb", ["RCAPTURE", "STREAM", "GET"])
def test_nonsense_is_refused_and_the_scanner_lives_on(verb: str) -> None:
    with simulated() as simulator:
        with pytest.raises(DeviceFault):
            said(simulator, verb, "/capture", b"{nonsense")
        assert said(simulator, "MOSIPDISC", "/device", {})


def test_a_scanner_that_another_program_uses_is_busy() -> None:
    with simulated() as simulator, found(simulator) as registry, registry.open(FINGERPRINT_SCANNER) as scanner:
        simulator.faults.switch(ScannerFault.MUTE, times=1)
        port, stop = simulator.port, CancelToken()
        assert port is not None
        body = json.dumps(REQUEST).encode()
        other = Call(lambda: ask(port, "RCAPTURE", "/capture", body, seconds=60.0, most=10**7, cancel=stop))
        until(lambda: simulator.faults.current is None)
        with pytest.raises(DeviceBusy) as refused:
            scanner.capture(LEFT_SLAP, cancel=CancelToken())
        assert "another program" in refused.value.cause.in_english()
        stop.cancel()
        other.end()
        until(
            lambda: '"111"' not in json.dumps(said(simulator, "RCAPTURE", "/capture", REQUEST))
        )  # it noticed the hang-up
        assert len(scanner.capture(LEFT_SLAP, cancel=CancelToken()).samples) == 4
        assert registry.states()[0].health.state is HealthState.BUSY
