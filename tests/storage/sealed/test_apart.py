# SPDX-License-Identifier: Apache-2.0
"""A bundle is looked into by a process that can be lost; what it says is judged before it is believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from station.domain.errors import BundleRefused, Cancelled
from station.isolation.child import HelperProcess
from station.isolation.frames import Header
from station.ports.tasks import CancelToken
from storage.sealed import apart
from storage.sealed.apart import open_bundle_apart
from storage.sealed.reader import open_bundle
from tests.storage.sealed.bundles import FILES, IDENTITY, IMAGE, PUBLIC_KEY, sealed, tar_of, with_manifest

GOOD = tar_of(with_manifest(list(FILES)))


def _both(bundle: Path) -> tuple[str, str]:
    """How the bundle is refused here, and apart."""
    said = []
    for opener in (open_bundle, open_bundle_apart):
        with pytest.raises(BundleRefused) as caught:
            opener(bundle, signer=PUBLIC_KEY, identity=IDENTITY)
        said.append(f"{caught.value.cause.in_english()} {caught.value.next_step.in_english()}")
    return said[0], said[1]


def test_a_good_bundle_opens_apart_as_it_does_here(tmp_path: Path) -> None:
    bundle = sealed(tmp_path, GOOD)
    here = open_bundle(bundle, signer=PUBLIC_KEY, identity=IDENTITY)
    assert open_bundle_apart(bundle, signer=PUBLIC_KEY, identity=IDENTITY) == here
    assert open_bundle_apart(bundle, signer=PUBLIC_KEY, identity=None).manifest is None


@pytest.mark.parametrize(
    "tar", [b"", GOOD[:1024], tar_of([("../a.jpg", b"")]), tar_of([(IMAGE, b"1")]), tar_of([(IMAGE, b"1")] * 2)]
)
def test_a_refusal_has_the_same_words(tmp_path: Path, tar: bytes) -> None:
    here, away = _both(sealed(tmp_path, tar))
    assert here == away


def test_what_nobody_signed_starts_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = sealed(tmp_path, GOOD)
    bundle.write_bytes(bundle.read_bytes() + b"1")
    monkeypatch.setattr(apart, "CHILD", "there.is.no.such.module")
    with pytest.raises(BundleRefused, match="signed"):
        open_bundle_apart(bundle, signer=PUBLIC_KEY, identity=IDENTITY)


def test_a_process_that_ends_is_told_and_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = sealed(tmp_path, GOOD)
    monkeypatch.setattr(apart, "CHILD", "there.is.no.such.module")
    with pytest.raises(BundleRefused, match="reading program ended"):
        open_bundle_apart(bundle, signer=PUBLIC_KEY, identity=IDENTITY)


def test_a_stop_stops_it(tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        open_bundle_apart(sealed(tmp_path, GOOD), signer=PUBLIC_KEY, identity=IDENTITY, cancel=cancel)


_LIES: dict[str, tuple[Header, tuple[bytes, ...]]] = {
    "nothing": ({"opened": True}, ()),
    "no manifest": ({"opened": True}, (b"{}", b"[]")),
    "no JSON": ({"opened": True}, (b"[" * 100_000, b"\xff")),
    "a sentence that asks for more than its values": (
        {"cause": {"source": "{a.__class__} {b!r:>99}", "values": {"a": "1"}}, "next_step": 7},
        (),
    ),
    "a sentence without end": ({"cause": {"source": "x" * 10_000, "values": {}}}, ()),
}


@pytest.mark.parametrize("lie", _LIES)
def test_a_process_that_was_taken_over_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    def lying(*_words: object, **_options: object) -> tuple[Header, tuple[bytes, ...]]:
        return _LIES[lie]

    monkeypatch.setattr(HelperProcess, "request", lying)
    with pytest.raises(BundleRefused, match="makes no sense"):
        open_bundle_apart(sealed(tmp_path, GOOD), signer=PUBLIC_KEY, identity=IDENTITY)


def test_names_that_no_bundle_has_are_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., tuple[Header, tuple[bytes, ...]]] = HelperProcess.request

    def lying(*words: object, **options: object) -> tuple[Header, tuple[bytes, ...]]:
        header, (manifest, _) = real(*words, **options)
        return header, (manifest, b'["../../etc/passwd"]')

    monkeypatch.setattr(HelperProcess, "request", lying)
    with pytest.raises(BundleRefused, match="makes no sense"):
        open_bundle_apart(sealed(tmp_path, GOOD), signer=PUBLIC_KEY, identity=IDENTITY)
