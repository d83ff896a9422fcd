# SPDX-License-Identifier: Apache-2.0
"""Signatures: one changed bit anywhere is refused, and so is every key that nobody vouches for."""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from devices.sbi.driver import SIMULATED_PROVIDER, SbiSettings
from devices.sbi.signatures import Anchors, load_anchors, verify
from devices.simulators.sbi.identity import PROVIDER, SimulatedIdentity, base64url
from station.domain.errors import DeviceFault
from station.ports.devices import FINGERPRINT_SCANNER, HealthState
from station.ports.tasks import CancelToken
from tests.devices.sbi.rig import LEFT_SLAP, found, root_file, session, simulated

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def identity() -> SimulatedIdentity:
    return SimulatedIdentity(serial="000000000001", now=NOW)


@pytest.fixture(scope="module")
def anchors(identity: SimulatedIdentity) -> Anchors:
    return Anchors(certificates=(x509.load_der_x509_certificate(identity.root),), required=True)


def test_a_right_signature_names_who_vouches(identity: SimulatedIdentity, anchors: Anchors) -> None:
    signed = verify(identity.sign({"a": 1}), anchors, now=NOW)
    assert msgspec.json.decode(signed.payload) == {"a": 1}
    assert signed.certified_by == "Simulated maker of scanners"
    assert verify(identity.sign({"a": 1}), Anchors(), now=NOW).certified_by == ""


def test_every_changed_bit_of_every_part_is_refused(identity: SimulatedIdentity) -> None:
    """Without anchors, so that the signature alone has to notice. Sweep over letters: each of six bits of each."""
    token = identity.sign({"transactionId": "t", "bioValue": "AAAA"})
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    places = [place for place, letter in enumerate(token) if letter != "."]
    chosen = places if len(places) < 400 else random.Random(3).sample(places, 400) + places[-350:] + places[:40]
    for place in chosen:
        for bit in range(6):
            other = letters[letters.index(token[place]) ^ (1 << bit)]
            with pytest.raises(DeviceFault):
                verify(token[:place] + other + token[place + 1 :], Anchors(), now=NOW)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # the library's word to those who make certificates
def test_no_changed_byte_of_a_certificate_is_more_than_a_refusal(identity: SimulatedIdentity, anchors: Anchors) -> None:
    """The library has errors of its own for damaged certificates, as of a version that none has."""
    header, payload, signature = identity.sign({"a": 1}).split(".")
    told = msgspec.json.decode(base64.urlsafe_b64decode(header + "=="))
    whole = base64.b64decode(told["x5c"][0])
    for place in range(len(whole)):
        for change in (0x01, 0x05, 0x80, 0xFF):
            damaged = whole[:place] + bytes([whole[place] ^ change]) + whole[place + 1 :]
            told["x5c"][0] = base64.b64encode(damaged).decode("ascii")
            with pytest.raises(DeviceFault):
                verify(f"{base64url(msgspec.json.encode(told))}.{payload}.{signature}", anchors, now=NOW)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_missing_part_is_refused(identity: SimulatedIdentity, part: int) -> None:
    parts = identity.sign({"a": 1}).split(".")
    parts[part] = ""
    with pytest.raises(DeviceFault):
        verify(".".join(parts), Anchors(), now=NOW)
    del parts[part]
    with pytest.raises(DeviceFault):
        verify(".".join(parts), Anchors(), now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS512"},
        {"x5c": []},
        {"x5c": ["AAAA"]},
        {"x5c": "not base64!"},
        {"crit": ["b64"]},
        {"x5c": ["AAAA"] * 40},
    ],
    ids=str,
)
def test_no_other_algorithm_and_no_missing_certificate(identity: SimulatedIdentity, change: dict[str, object]) -> None:
    header, payload, signature = identity.sign({"a": 1}).split(".")
    changed = {**msgspec.json.decode(base64.urlsafe_b64decode(header + "==")), **change}
    with pytest.raises(DeviceFault):
        verify(f"{base64url(msgspec.json.encode(changed))}.{payload}.{signature}", Anchors(), now=NOW)


def test_a_key_that_nobody_knows_is_refused_where_somebody_has_to_vouch(anchors: Anchors) -> None:
    foreign = SimulatedIdentity(serial="000000000001", now=NOW)
    with pytest.raises(DeviceFault) as said:
        verify(foreign.sign({"a": 1}), anchors, now=NOW)
    assert "vouches" in said.value.cause.in_english()


def test_a_certificate_out_of_its_time_vouches_for_nothing(identity: SimulatedIdentity, anchors: Anchors) -> None:
    for moment in (NOW - timedelta(days=9), NOW + timedelta(days=9)):
        with pytest.raises(DeviceFault):
            verify(identity.sign({"a": 1}), anchors, now=moment)


def certificate(
    subject: str, issuer: str, key: rsa.RSAPublicKey, signer: rsa.RSAPrivateKey, *, authority: bool
) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )


def test_the_chain_goes_over_authorities_only() -> None:
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(3)]
    root = certificate("root", "root", keys[0].public_key(), keys[0], authority=True)
    leaf = certificate("leaf", "middle", keys[2].public_key(), keys[1], authority=False)
    anchors = Anchors(certificates=(root,), required=True)
    for authority in (True, False):
        middle = certificate("middle", "root", keys[1].public_key(), keys[0], authority=authority)
        if authority:
            assert anchors.vouching([leaf, middle], now=NOW) == "root"
            assert anchors.vouching([leaf, middle, root], now=NOW) == "root"
        else:
            with pytest.raises(DeviceFault):
                anchors.vouching([leaf, middle], now=NOW)
    with pytest.raises(DeviceFault):
        anchors.vouching([leaf], now=NOW)
    assert Anchors(certificates=(leaf,), required=True).vouching([leaf], now=NOW) == "leaf"


def test_authorities_that_vouch_for_each_other_lead_nowhere() -> None:
    one, two, far = (rsa.generate_private_key(65537, 2048) for _ in range(3))
    first = certificate("one", "two", one.public_key(), two, authority=True)
    second = certificate("two", "one", two.public_key(), one, authority=True)
    anchor = certificate("far", "far", far.public_key(), far, authority=True)
    with pytest.raises(DeviceFault):
        Anchors(certificates=(anchor,), required=True).vouching([first, second], now=NOW)


def test_other_kinds_of_keys_and_short_keys_are_refused() -> None:
    short = rsa.generate_private_key(65537, 1024)
    weak = certificate("short", "short", short.public_key(), short, authority=False)
    curve = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "curve")])
    bent = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(curve.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(curve, hashes.SHA256())
    )
    for one in (weak, bent):
        x5c = base64.b64encode(one.public_bytes(serialization.Encoding.DER))
        header = base64url(msgspec.json.encode({"alg": "RS256", "x5c": [x5c.decode()]}))
        with pytest.raises(DeviceFault):
            verify(f"{header}.{base64url(b'{}')}.{base64url(b'0' * 128)}", Anchors(), now=NOW)


def test_anchors_are_read_from_files_and_a_wrong_file_lets_nobody_in(
    identity: SimulatedIdentity, tmp_path: Path
) -> None:
    good = tmp_path / "maker.der"
    good.write_bytes(identity.root)
    bad = tmp_path / "letter.pem"
    bad.write_text("-----BEGIN NOTHING-----")
    found_anchors, unusable = load_anchors((good, bad, tmp_path / "away.pem"), required=False)
    assert len(found_anchors.certificates) == 1
    assert unusable == (bad, tmp_path / "away.pem")
    only_bad, _ = load_anchors((bad,), required=False)
    assert only_bad.required
    with pytest.raises(DeviceFault):
        verify(identity.sign({"a": 1}), only_bad, now=NOW)


# --- through the driver ---


def test_with_the_makers_certificate_the_capture_says_who_vouches(tmp_path: Path) -> None:
    with simulated() as simulator:
        settings = SbiSettings(trust=(root_file(simulator, tmp_path),))
        with found(simulator, settings) as registry, registry.open(FINGERPRINT_SCANNER) as scanner:
            fingers = scanner.capture(LEFT_SLAP, cancel=CancelToken())
            assert fingers.certified_by == "Simulated maker of scanners"


def test_without_certificates_a_scanner_works_and_says_that_nobody_vouches() -> None:
    with simulated() as simulator, found(simulator) as registry:
        assert registry.states()[0].health.says.in_english() == "Ready. It is not proven who made this scanner."
        with registry.open(FINGERPRINT_SCANNER) as scanner:
            assert scanner.capture(LEFT_SLAP, cancel=CancelToken()).certified_by == ""


def test_a_scanner_of_another_maker_is_refused_and_says_why(tmp_path: Path) -> None:
    with simulated() as other:
        settings = SbiSettings(trust=(root_file(other, tmp_path),))
    for refusing in (settings, SbiSettings(require_certified=True)):
        with simulated() as simulator, found(simulator, refusing, state=HealthState.TROUBLE) as registry:
            assert "vouches" in registry.states()[0].health.says.in_english()
            with registry.open(FINGERPRINT_SCANNER) as scanner, pytest.raises(DeviceFault) as said:
                scanner.capture(LEFT_SLAP, cancel=CancelToken())
            assert "vouches" in said.value.cause.in_english()


@pytest.mark.parametrize("minutes", [-12.0, 12.0])
def test_a_clock_that_is_off_is_named_as_the_cause(minutes: float) -> None:
    with simulated(minutes=minutes) as simulator, session(simulator) as scanner:
        with pytest.raises(DeviceFault) as said:
            scanner.capture(LEFT_SLAP, cancel=CancelToken())
        assert "12 minutes" in said.value.cause.in_english()
        assert "clock" in said.value.next_step.in_english()


def test_driver_and_simulator_agree_on_the_name_by_which_a_simulator_is_known() -> None:
    assert PROVIDER == SIMULATED_PROVIDER
