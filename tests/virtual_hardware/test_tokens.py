# SPDX-License-Identifier: Apache-2.0
"""A second factor in a real token library: SoftHSM2, and a TPM that is a program (swtpm) behind tpm2-pkcs11."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from station.domain.errors import DeviceFault, NoDevice, SignInRefused
from station.domain.secrets import Secret
from station.ports.tasks import CancelToken
from storage.keys.hardware import Pkcs11Tokens

pytestmark = pytest.mark.virtual

PIN = Secret(b"260974")
SO_PIN = "12345678"
CHALLENGE = bytes(range(32))
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
TPM_LIBRARIES = ("/usr/lib/x86_64-linux-gnu/libtpm2_pkcs11.so.1", "/usr/lib/aarch64-linux-gnu/libtpm2_pkcs11.so.1")


@dataclass(frozen=True)
class Bench:
    """One library, and tokens with these labels in it."""

    tokens: Pkcs11Tokens
    labels: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.labels[0]


def softhsm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    store = folder / "tokens"
    store.mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {store}\nobjectstore.backend = file\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(settings))
    labels = ("irina", "spare")
    for label in labels:
        _run("softhsm2-util", "--init-token", "--free", "--label", label, "--pin", _pin(), "--so-pin", SO_PIN)
    return Bench(Pkcs11Tokens(str(SOFTHSM)), labels)


def software_tpm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    library = next(path for path in TPM_LIBRARIES if Path(path).exists())
    state, objects, line = folder / "state", folder / "objects", folder / "tpm"
    state.mkdir()
    objects.mkdir()
    service = subprocess.Popen(
        [
            *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--flags", "startup-clear"),
            *("--ctrl", f"type=unixio,path={line}.ctrl", "--server", f"type=unixio,path={line}"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until(lambda: Path(f"{line}.ctrl").exists() and line.exists())
        monkeypatch.setenv("TPM2_PKCS11_STORE", str(objects))
        monkeypatch.setenv("TPM2_PKCS11_TCTI", f"swtpm:path={line}")
        tool = ("pkcs11-tool", "--module", library)
        _run(*tool, "--slot-index", "0", "--init-token", "--label", "irina", "--so-pin", SO_PIN)
        _run(
            *tool,
            *("--token-label", "irina", "--login", "--login-type", "so", "--so-pin", SO_PIN),
            *("--init-pin", "--pin", _pin()),
        )
        yield Bench(Pkcs11Tokens(library), ("irina",))
    finally:
        service.terminate()
        service.wait(20)


@pytest.fixture(params=["softhsm", "software tpm"])
def bench(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bench]:
    made = iter([softhsm(tmp_path, monkeypatch)]) if request.param == "softhsm" else software_tpm(tmp_path, monkeypatch)
    found = next(made)
    yield found
    found.tokens.close()
    for _ in made:
        raise AssertionError("one bench each")


def test_a_token_gives_the_same_answer_to_the_same_challenge_and_to_no_other(bench: Bench) -> None:
    spec = bench.tokens.enrol(bench.label, PIN, cancel=CancelToken())
    first = bench.tokens.factor(spec).answer(CHALLENGE, PIN).reveal()
    bench.tokens.close()  # another process of the same library: nothing is remembered
    assert bench.tokens.factor(spec).answer(CHALLENGE, PIN).reveal() == first
    assert len(first) == 32
    assert bench.tokens.factor(spec).answer(CHALLENGE[::-1], PIN).reveal() != first


def test_what_the_key_file_says_of_a_token_is_no_secret(bench: Bench) -> None:
    spec = bench.tokens.enrol(bench.label, PIN, cancel=CancelToken())
    answer = bench.tokens.factor(spec).answer(CHALLENGE, PIN).reveal()
    assert answer.hex() not in repr(spec)
    other = bench.tokens.enrol(bench.label, PIN, cancel=CancelToken())
    assert other != spec, "each enrolment has a secret of its own"
    assert bench.tokens.factor(other).answer(CHALLENGE, PIN).reveal() != answer


def test_a_wrong_pin_is_called_one(bench: Bench) -> None:
    spec = bench.tokens.enrol(bench.label, PIN, cancel=CancelToken())
    with pytest.raises(SignInRefused, match="PIN"):
        bench.tokens.factor(spec).answer(CHALLENGE, Secret(b"999999"))
    assert bench.tokens.factor(spec).answer(CHALLENGE, PIN).reveal()


def test_tokens_that_are_there_are_named(bench: Bench) -> None:
    assert {token.label for token in bench.tokens.present(cancel=CancelToken())} >= set(bench.labels)


def test_a_token_that_is_not_there_is_missed_by_its_name(bench: Bench) -> None:
    spec = bench.tokens.enrol(bench.label, PIN, cancel=CancelToken())
    with pytest.raises(NoDevice) as missed:
        bench.tokens.factor(replace(spec, label="another")).answer(CHALLENGE, PIN)
    assert missed.value.cause.values == {"token": "another"}


def test_a_secret_sealed_to_another_token_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = softhsm(tmp_path, monkeypatch)
    spec = bench.tokens.enrol("irina", PIN, cancel=CancelToken())
    bench.tokens.enrol("spare", PIN, cancel=CancelToken())
    with pytest.raises((NoDevice, DeviceFault)):
        bench.tokens.factor(replace(spec, label="spare")).answer(CHALLENGE, PIN)
    bench.tokens.close()


def test_a_library_that_is_none_is_the_technicians_to_correct(tmp_path: Path) -> None:
    for module in ("/nowhere/lib.so", str(tmp_path)):
        tokens = Pkcs11Tokens(module)
        with pytest.raises(DeviceFault, match="library"):
            tokens.present(cancel=CancelToken())
        tokens.close()


def _pin() -> str:
    return PIN.reveal().decode()


def _run(*words: str) -> None:
    assert shutil.which(words[0]) is not None, f"{words[0]} is not installed"
    subprocess.run(words, check=True, capture_output=True, timeout=60, env=os.environ)


def _until(condition: object, seconds: float = 20.0) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the service did not come up"
        time.sleep(0.02)
