# SPDX-License-Identifier: Apache-2.0
"""What a signed answer must fit besides its signature: device, transaction, fingers, chain of hashes, record."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cv2
import hypothesis.strategies as st
import msgspec
import numpy as np
import pytest
from hypothesis import given

from devices.sbi.capture import Asked, Checks, capture_body, check_info, fingers_of
from devices.sbi.messages import CaptureBody, DeviceInfo, DigitalId, parse, score
from devices.sbi.records import read_record
from devices.sbi.signatures import Anchors, verify
from devices.simulators.sbi.answers import Answers, CaptureRequest
from devices.simulators.sbi.faults import ScannerFaults
from devices.simulators.sbi.identity import SimulatedIdentity
from devices.simulators.sbi.ridges import HEIGHT, WIDTH
from devices.simulators.sbi.specimens import finger, record
from station.domain.errors import DeviceError, DeviceFault
from station.ports.fingers import FingerPosition, FingerSample
from tests.contract.benches import WallClock
from tests.devices.sbi.rig import LEFT_SLAP

NOW = datetime.now(UTC)
INFO = DeviceInfo(deviceId="1", deviceStatus="Ready", digitalId="", env="Developer", specVersion=["0.9.5", "1.0"])


class Conversation:
    """One capture between the driver's checks and the simulator's answers, without a line between them."""

    def __init__(self) -> None:
        self.identity = SimulatedIdentity(serial="000000000007", now=NOW)
        self.answers = Answers(self.identity, ScannerFaults(seed=1), seed=1, clock=WallClock(), traveller=lambda: 1)
        expected, part = fingers_of(LEFT_SLAP)
        self.asked = Asked(
            transaction="t-1",
            expected=expected,
            exceptions=(),
            sub_id=part,
            request=LEFT_SLAP,
            info=INFO,
            env="Developer",
        )
        self.checks = Checks(
            identity=msgspec.convert(self.identity.digital_id(NOW), DigitalId),
            signer=verify(self.identity.sign({}), Anchors(), now=NOW).signer,
            anchors=Anchors(),
            tolerance_seconds=60.0,
        )
        request = parse(CaptureRequest, capture_body(self.asked, now=NOW))
        self.body = json.loads(self.answers.capture(request, None))

    def judged(self, body: object) -> tuple[FingerSample, ...]:
        parsed = parse(CaptureBody, json.dumps(body).encode())
        return self.checks.samples(parsed, self.asked, now=datetime.now(UTC))[0]

    def resigned(self, number: int, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """The answer with one finger changed and signed again by the scanner itself, the chain made right."""
        body = json.loads(json.dumps(self.body))
        entry = body["biometrics"][number]
        data = json.loads(verify(entry["data"], Anchors(), now=NOW).payload)
        change(data)
        entry["data"] = self.identity.sign(data)
        return dict(body)


@pytest.fixture(scope="module")
def talk() -> Conversation:
    return Conversation()


def test_the_request_has_the_form_of_the_published_example(talk: Conversation) -> None:
    request = json.loads(capture_body(talk.asked, now=NOW))
    assert request["purpose"] == "Registration"
    assert request["specVersion"] == "1.0"
    assert request["timeout"] == "3000"
    assert request["captureTime"].endswith("Z")
    (bio,) = request["bio"]
    assert bio["type"] == "Finger"
    assert bio["count"] == "4"
    assert bio["deviceSubId"] == "1"
    assert bio["bioSubType"] == ["Left IndexFinger", "Left MiddleFinger", "Left RingFinger", "Left LittleFinger"]
    assert bio["previousHash"] == hashlib.sha256(b"").hexdigest()


def test_a_right_answer_gives_all_fingers(talk: Conversation) -> None:
    assert [sample.position for sample in talk.judged(talk.body)] == list(LEFT_SLAP.positions)


def test_hashes_joined_as_text_over_the_data_block_are_taken_too(talk: Conversation) -> None:
    """The published text reads so; MOSIP's own service does otherwise."""
    for upper in (False, True):
        body = json.loads(json.dumps(talk.body))
        before = hashlib.sha256(b"").hexdigest()
        for entry in body["biometrics"]:
            block = verify(entry["data"], Anchors(), now=NOW).payload
            joined = before + hashlib.sha256(block).hexdigest()
            before = hashlib.sha256((joined.upper() if upper else joined).encode()).hexdigest()
            entry["hash"] = before
        assert len(talk.judged(body)) == 4


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda body: body["biometrics"].reverse(), "mixed up"),
        (lambda body: body["biometrics"].insert(0, body["biometrics"][0]), "mixed up"),
        (lambda body: body["biometrics"][2].update(hash="00" * 32), "mixed up"),
        (lambda body: body["biometrics"][2].update(hash=""), "mixed up"),
        (lambda body: body["biometrics"].pop(1), "mixed up"),
        (lambda body: body["biometrics"].pop(), "got 3 of 4"),
        (lambda body: body["biometrics"][1].update(data="", error={"errorCode": "701", "errorInfo": ""}), "got 3 of 4"),
        (lambda body: body["biometrics"].clear(), "saw no finger"),
        (lambda body: body["biometrics"].extend(body["biometrics"] * 3), "no sense"),
        (lambda body: body.update(biometrics=[{"error": {"errorcode": "103", "errorinfo": "x"}}]), "tampered"),
    ],
    ids=[
        "reversed",
        "twice",
        "wrong hash",
        "no hash",
        "taken out",
        "one less",
        "one failed",
        "none",
        "too many",
        "draft's error",
    ],
)
def test_fingers_moved_doubled_or_taken_out_are_refused(
    talk: Conversation, spoil: Callable[[Any], object], says: str
) -> None:
    body = json.loads(json.dumps(talk.body))
    spoil(body)
    with pytest.raises(DeviceFault) as said:
        talk.judged(body)
    assert says in said.value.cause.in_english()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.update(transactionId="t-2"), "another capture"),
        (lambda data: data.update(purpose="Auth"), "another capture"),
        (lambda data: data.update(env="Production"), "another capture"),
        (lambda data: data.update(timestamp="2020-01-01T00:00:00Z"), "differ by"),
        (lambda data: data.update(timestamp="yesterday"), "no sense"),
        (lambda data: data.update(bioType="Iris"), "mixed up"),
        (lambda data: data.update(bioSubType="Right Thumb"), "mixed up"),
        (lambda data: data.update(bioSubType="UNKNOWN"), "mixed up"),
        (lambda data: data.update(bioSubType="Left MiddleFinger"), "mixed up"),
        (lambda data: data.update(bioValue="AAAA"), "no sense"),
        (lambda data: data.update(bioValue="not/url+safe"), "no sense"),
        (lambda data: data.update(digitalId="a.b.c"), "signature"),
        (lambda data: data.pop("transactionId"), "no sense"),
    ],
)
def test_what_the_scanner_itself_signed_must_fit_what_was_asked(
    talk: Conversation, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    with pytest.raises(DeviceFault) as said:
        talk.judged(talk.resigned(0, change))
    assert says in said.value.cause.in_english()


def test_a_label_that_contradicts_the_record_is_refused(talk: Conversation) -> None:
    first, second = (json.loads(verify(e["data"], Anchors(), now=NOW).payload) for e in talk.body["biometrics"][:2])
    with pytest.raises(DeviceFault, match="mixed up"):
        talk.judged(talk.resigned(0, lambda data: data.update(bioValue=second["bioValue"])))
    assert first["bioValue"] != second["bioValue"]


def test_another_scanner_and_another_key_are_refused(talk: Conversation) -> None:
    other = SimulatedIdentity(serial="000000000008", now=NOW)
    with pytest.raises(DeviceFault, match="another scanner"):
        talk.judged(talk.resigned(0, lambda data: data.update(digitalId=other.sign(other.digital_id(NOW)))))
    same_name = SimulatedIdentity(serial="000000000007", now=NOW)
    body = json.loads(json.dumps(talk.body))
    for entry in body["biometrics"]:
        data = json.loads(verify(entry["data"], Anchors(), now=NOW).payload)
        data["digitalId"] = same_name.sign(same_name.digital_id(NOW))
        entry["data"] = same_name.sign(data)
    with pytest.raises(DeviceFault, match="another scanner"):
        talk.judged(body)


def test_the_description_must_be_of_this_scanner_and_for_registration(talk: Conversation) -> None:
    identity = talk.checks.identity
    right = json.loads(talk.answers.info(4501, "Ready"))[0]["deviceInfo"]
    info, _ = check_info(right, identity, Anchors(), now=NOW)
    assert info.spec == "1.0"
    with pytest.raises(DeviceFault, match="another scanner"):
        check_info(right, DigitalId("other", identity.make, identity.model, "Finger"), Anchors(), now=NOW)
    described = json.loads(verify(right, Anchors(), now=NOW).payload)
    for wrong in ({"purpose": "Auth"}, {"deviceId": ""}, {"digitalId": described["digitalId"][:-4]}):
        with pytest.raises(DeviceFault):
            check_info(talk.identity.sign({**described, **wrong}), identity, Anchors(), now=NOW)


@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_no_answer_crashes_the_parser(data: bytes) -> None:
    for kind in (CaptureBody, DeviceInfo, DigitalId):
        try:
            parse(kind, data)
        except DeviceFault:
            continue


@pytest.mark.parametrize(("said", "means"), [("84", 84), (61.6, 62), (0, 0), ("", None), (101, None), ("nan", None)])
def test_a_quality_is_a_number_of_the_scale_or_none(said: str | float, means: int | None) -> None:
    assert score(said) == means


# --- records ---


@pytest.fixture(scope="module")
def whole() -> bytes:
    return record(finger(1, 1, FingerPosition.LEFT_INDEX, 0.0), FingerPosition.LEFT_INDEX, quality=80, now=NOW)


def test_a_record_gives_its_position_its_size_and_its_picture(whole: bytes) -> None:
    read = read_record(whole)
    assert (read.position, read.width, read.height, read.dots) == (7, WIDTH, HEIGHT, 500)
    picture = cv2.imdecode(np.frombuffer(read.image.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    assert np.array_equal(picture, finger(1, 1, FingerPosition.LEFT_INDEX, 0.0))


@given(st.data())
def test_a_cut_or_changed_record_is_refused_or_whole(whole: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(DeviceError):
        read_record(whole[:cut])
    place = data.draw(st.integers(0, 80))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        assert read_record(bytes(changed)).image.data
    except DeviceFault:
        return


def test_raw_pixels_become_a_picture_and_wrong_ones_are_refused(whole: bytes) -> None:
    pixels = bytes(range(200)) * 2
    header = bytearray(whole[: 16 + 24 + 17])

    def with_picture(data: bytes, *, compression: int, width: int, height: int) -> bytes:
        rest = struct.pack(">BBBHHHHBBBHH", 7, 0, 2, 197, 197, 197, 197, 8, compression, 0, width, height)
        view = bytes(header[20:40]) + rest + struct.pack(">I", len(data)) + data
        inner = struct.pack(">I", len(view) + 4) + view
        return struct.pack(">4s4sIHBB", b"FIR\0", b"020\0", 16 + len(inner), 1, 0, 1) + inner

    read = read_record(with_picture(pixels, compression=0, width=20, height=20))
    assert read.image.media_type == "image/png"
    assert read.dots == 500
    for compression, width, height in ((0, 21, 20), (0, 0, 20), (6, 20, 20), (9, 20, 20), (2, 20, 20), (0, 20, 65535)):
        with pytest.raises(DeviceFault):
            read_record(with_picture(pixels, compression=compression, width=width, height=height))


def test_equal_seeds_draw_equal_fingers_and_others_differ() -> None:
    position = FingerPosition.RIGHT_INDEX
    again = finger.__wrapped__
    assert np.array_equal(again(1, 1, position, 0.0), again(1, 1, position, 0.0))
    for other in ((2, 1, position, 0.0), (1, 2, position, 0.0), (1, 1, FingerPosition.LEFT_INDEX, 0.0)):
        assert float(np.mean(again(1, 1, position, 0.0) != again(*other))) > 0.2


def test_a_request_names_its_exceptions(talk: Conversation) -> None:
    asked = replace(talk.asked, exceptions=(FingerPosition.LEFT_RING,))
    (bio,) = json.loads(capture_body(asked, now=NOW))["bio"]
    assert bio["exception"] == ["Left RingFinger"]
