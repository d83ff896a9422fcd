# SPDX-License-Identifier: Apache-2.0
"""A bundle that is not exactly what a station sealed is refused, with what is wrong with it."""

from __future__ import annotations

import base64
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from station.domain.wire import to_json
from station.exporting.manifest import ManifestCounts, ManifestFile
from station.ports.storage import StoreKind
from storage.sealed import age, reader, tar_format
from storage.sealed.minisign import SigningKey
from storage.sealed.tar_format import TarReading
from tests.storage.sealed.bundles import (
    ENCOUNTER,
    FILES,
    IDENTITY,
    IMAGE,
    PUBLIC_KEY,
    RECIPIENT,
    SEALER,
    SIGNING_KEY,
    manifest_of,
    opened,
    sealed,
    seen,
    sign,
    tar_of,
    with_manifest,
)

GOOD = tar_of(with_manifest(FILES))
# Without the zeros that fill up to 20 blocks: every bit of it is tried.
SMALL = tar_of(with_manifest([("audit.jsonl", b"{}\n")])).rstrip(b"\0")
SMALL += bytes(-len(SMALL) % 512 + 1024)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return sealed(tmp_path, GOOD)


def refusal(path: Path, *, signer: str = PUBLIC_KEY, identity: Secret | None = IDENTITY) -> str:
    """Why a bundle is refused."""
    with pytest.raises(BundleRefused) as refused:
        opened(path, signer=signer, identity=identity)
    assert refused.value.next_step.in_english()
    return refused.value.cause.in_english()


def signature_of(path: Path) -> Path:
    return path.with_name(path.name + ".minisig")


def test_a_good_bundle_opens(bundle: Path) -> None:
    assert opened(bundle).members == tuple(name for name, _ in FILES)


def test_without_an_identity_only_the_signature_is_judged(tmp_path: Path) -> None:
    found = opened(sealed(tmp_path, b"not even a tar"), identity=None)
    assert (found.manifest, found.members, found.trusted_comment) == (None, (), "by a test")


def test_the_second_line_of_the_public_key_file_is_enough(bundle: Path) -> None:
    assert opened(bundle, signer=PUBLIC_KEY.splitlines()[1]).members


# Every single bit of a small bundle and of its signature.


def test_no_flipped_bit_of_the_bundle_is_accepted(tmp_path: Path) -> None:
    bundle = sealed(tmp_path, SMALL)
    assert opened(bundle).members == ("audit.jsonl",)
    accepted = [flip for flip in every_flip_of(bundle) if is_accepted(bundle)]
    assert accepted == []


def test_no_flipped_bit_inside_the_seal_is_accepted_even_when_it_was_signed_again(tmp_path: Path) -> None:
    path = sealed(tmp_path, SMALL)
    data = path.read_bytes()
    for at in range(0, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        path.write_bytes(changed)
        sign(path)
        refusal(path)


def test_only_the_untrusted_comment_of_a_signature_can_change_unnoticed(bundle: Path) -> None:
    signature = signature_of(bundle)
    comment = range(len(b"untrusted comment: "), signature.read_bytes().index(b"\n"))
    accepted = [at for at, _ in every_flip_of(signature) if is_accepted(bundle)]
    assert accepted
    assert set(accepted) <= set(comment)


def every_flip_of(path: Path) -> Iterator[tuple[int, int]]:
    """Flip each bit of a file in turn, in place, and put it back."""
    with path.open("r+b", buffering=0) as file:
        data = file.read()
        for at, byte in enumerate(data):
            for bit in range(8):
                file.seek(at)
                file.write(bytes([byte ^ (1 << bit)]))
                yield at, bit
            file.seek(at)
            file.write(bytes([byte]))


def is_accepted(bundle: Path) -> bool:
    """Whether headquarters opens it."""
    try:
        opened(bundle)
    except BundleRefused:
        return False
    return True


@pytest.mark.parametrize("kept", [0, 1, 100, 200, -1, -17])
def test_a_cut_off_bundle_is_refused(bundle: Path, kept: int) -> None:
    bundle.write_bytes(bundle.read_bytes()[:kept])
    assert "changed after it was signed" in refusal(bundle)
    sign(bundle)  # the seal knows as well
    refusal(bundle)


def test_bytes_after_the_seal_are_refused(bundle: Path) -> None:
    bundle.write_bytes(bundle.read_bytes() + b"more")
    sign(bundle)
    refusal(bundle)


# Files that are missing, of somebody else, or no files.


def test_a_missing_signature_is_named(bundle: Path) -> None:
    signature_of(bundle).unlink()
    assert "signature file is missing" in refusal(bundle)


def test_a_missing_bundle_is_not_called_a_missing_signature(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "nothing.tar.age")


def test_an_error_of_the_disk_is_told(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise OSError("odd")

    monkeypatch.setattr(reader, "hash_of", broken)
    assert "cannot be read" in refusal(bundle)


def test_a_disk_that_fails_while_the_seal_is_opened_is_not_called_a_damaged_seal() -> None:
    class Broken:
        def read(self, size: int = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        age.decrypt(Broken(), TarReading(), IDENTITY)


def test_a_seal_whose_header_never_ends_is_refused_without_reading_on() -> None:
    # The library alone takes seconds for 50 kB of this, and the square of that for more.
    endless = b"age-encryption.org/v1\n-> X25519 " + b"E\n" * 1_000_000
    for hostile in (endless, endless + b"\n--- " + b"A" * 43 + b"\n"):
        source = io.BytesIO(hostile)
        with pytest.raises(BundleRefused, match="damaged"):
            age.decrypt(source, io.BytesIO(), IDENTITY)
        assert source.tell() <= age.MOST_HEADER_BYTES


def test_a_seal_for_a_hundred_recipients_opens() -> None:
    plain, sealed, opened_again = io.BytesIO(b"for many"), io.BytesIO(), io.BytesIO()
    age.encrypt(plain, sealed, [*(age.new_identity()[1] for _ in range(99)), RECIPIENT])
    sealed.seek(0)
    age.decrypt(sealed, opened_again, IDENTITY)
    assert opened_again.getvalue() == b"for many"


def test_another_station_is_named_by_its_key(bundle: Path) -> None:
    other = SEALER.public_key(SEALER.new_signing_key())
    assert "Somebody else signed" in refusal(bundle, signer=other)


def test_the_right_key_number_on_a_wrong_key_does_not_help(bundle: Path) -> None:
    forged = SigningKey(SIGNING_KEY.reveal()[:8], Secret(bytes(32)))
    assert "changed after it was signed" in refusal(bundle, signer=forged.public_key_file())


@pytest.mark.parametrize(
    "signer", ["", "x", "a\nb\nc", "!!!", "untrusted comment: k\nAAAA", pytest.param(RECIPIENT, id="recipient")]
)
def test_a_signer_key_that_is_none_is_named(bundle: Path, signer: str) -> None:
    assert "not a minisign public key" in refusal(bundle, signer=signer)


def test_a_comment_moved_from_another_signature_is_refused(bundle: Path) -> None:
    lines = signature_of(bundle).read_text().splitlines()
    lines[2] = "trusted comment: sequence:2"
    signature_of(bundle).write_text("\n".join(lines) + "\n")
    assert "comment of the signature was changed" in refusal(bundle)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe\n\n\n\n",
        b"untrusted comment: a\n!!!!\ntrusted comment: b\n!!!!\n",
        b"untrusted comment: a\nAAAA\ntrusted comment: b\nAAAA\n",
        b"a\nb\nc\nd\n",
        b"untrusted comment: a\nb\nc\nd\n",
        b"untrusted comment: " + b"x" * 20_000,
    ],
)
def test_what_is_no_signature_is_called_so(bundle: Path, text: bytes) -> None:
    signature_of(bundle).write_bytes(text)
    assert "not a minisign signature" in refusal(bundle)


def test_a_signature_that_was_not_prehashed_is_called_old(bundle: Path) -> None:
    lines = signature_of(bundle).read_text().splitlines()
    raw = bytearray(base64.b64decode(lines[1]))
    raw[:2] = b"Ed"
    lines[1] = base64.b64encode(raw).decode()
    signature_of(bundle).write_text("\n".join(lines) + "\n")
    assert "old kind" in refusal(bundle)


def test_another_identity_is_not_called_damage(bundle: Path) -> None:
    other, _ = age.new_identity()
    assert "not sealed for this identity" in refusal(bundle, identity=other)


@pytest.mark.parametrize("identity", [b"", b"x", b"\xff", pytest.param(RECIPIENT.encode(), id="recipient")])
def test_an_identity_that_is_none_is_named(bundle: Path, identity: bytes) -> None:
    assert "not an age secret key" in refusal(bundle, identity=Secret(identity))


def test_a_bundle_changed_between_the_two_readings_is_refused(bundle: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    replacement = sealed(other, GOOD).read_bytes()
    assert len(replacement) >= len(bundle.read_bytes()) - 300
    real_hash = reader.hash_of

    def swapping(file: object) -> bytes:
        digest = real_hash(file)  # type: ignore[arg-type]  # the open bundle
        bundle.write_bytes(replacement)
        return digest

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "hash_of", swapping)
        assert "changed after it was signed" in refusal(bundle)


# The public tools as writers.


@pytest.mark.skipif(shutil.which("minisign") is None or shutil.which("age") is None, reason="minisign and age wanted")
def test_a_bundle_made_with_the_public_tools_opens(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, data in with_manifest(FILES):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    (tmp_path / "plain.tar").touch()
    order = [*(name for name, _ in FILES), "manifest.json"]
    subprocess.run(["tar", "--format=ustar", "-cf", "../plain.tar", *order], cwd=folder, check=True)
    path = tmp_path / "Utopia-000001.tar.age"
    subprocess.run(["age", "-r", RECIPIENT, "-o", path, tmp_path / "plain.tar"], check=True)
    subprocess.run(
        ["minisign", "-G", "-W", "-s", tmp_path / "key", "-p", tmp_path / "key.pub"], check=True, capture_output=True
    )
    subprocess.run(
        ["minisign", "-S", "-s", tmp_path / "key", "-m", path, "-t", "from the tool"], check=True, capture_output=True
    )
    found = opened(path, signer=(tmp_path / "key.pub").read_text())
    assert (found.members, found.trusted_comment) == (tuple(order[:-1]), "from the tool")


# Hostile tars, sealed and signed by somebody who could.


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE,
             tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, b"\0"]
)  # fmt: skip
def test_only_plain_files_are_accepted(tmp_path: Path, kind: bytes) -> None:
    tar = tar_of([("audit.jsonl", b"")], type=kind, linkname="../../outside" if kind in b"12" else "")
    # A zero type is how old tars marked a file; Python reads it as one, and so it only lacks its manifest.
    assert ("not a file" in refusal(sealed(tmp_path, tar))) or kind == b"\0"


def test_a_plain_file_with_a_link_name_is_refused(tmp_path: Path) -> None:
    assert "not a file" in refusal(sealed(tmp_path, tar_of([("audit.jsonl", b"")], linkname="/etc/passwd")))


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../audit.jsonl", "images/../audit.jsonl", "audit", "audit.sh", "AUDIT.JSONL", "a//b.json",
     "a/b/c.json", "images\\x.jpg", ".json", "audit.jsonl.", "c:a.json", "images/.hidden.jpg",
     "x" * 90 + "/" + "y" * 20 + ".json"],
)  # fmt: skip
def test_a_name_no_station_writes_is_refused(tmp_path: Path, name: str) -> None:
    assert "name a station never writes" in refusal(sealed(tmp_path, tar_of([(name, b"")])))


def test_letters_outside_ascii_in_a_name_are_refused(tmp_path: Path) -> None:
    assert "not a file" in refusal(sealed(tmp_path, tar_of([("é.json", b"")])))


def test_a_renamed_member_is_found(tmp_path: Path) -> None:
    renamed = [(IMAGE.replace("db.jpg", "da.jpg") if name == IMAGE else name, data) for name, data in FILES]
    tar = tar_of([*renamed, with_manifest(FILES)[-1]])
    assert "does not list" in refusal(sealed(tmp_path, tar))


def test_a_changed_member_is_found(tmp_path: Path) -> None:
    changed = [(name, data.upper()) for name, data in FILES]
    assert "is not the one" in refusal(sealed(tmp_path, tar_of([*changed, with_manifest(FILES)[-1]])))


def test_a_missing_member_is_found(tmp_path: Path) -> None:
    assert "is missing" in refusal(sealed(tmp_path, tar_of([*FILES[1:], with_manifest(FILES)[-1]])))


def test_a_member_twice_is_found(tmp_path: Path) -> None:
    assert "twice" in refusal(sealed(tmp_path, tar_of([FILES[0], *FILES, with_manifest(FILES)[-1]])))


def test_a_second_manifest_or_anything_after_it_is_refused(tmp_path: Path) -> None:
    files = with_manifest(FILES)
    assert "after its manifest" in refusal(sealed(tmp_path, tar_of([*files, files[-1]])))
    assert "after its manifest" in refusal(sealed(tmp_path, tar_of([*files, ("late.json", b"")])))


def test_a_bundle_without_manifest_is_refused(tmp_path: Path) -> None:
    assert "no manifest" in refusal(sealed(tmp_path, tar_of(FILES)))


@pytest.mark.parametrize("tar", [b"", GOOD[:100], GOOD[:512], GOOD[:1024], GOOD[: len(GOOD) // 2]])
def test_a_tar_cut_off_before_it_was_sealed_is_refused(tmp_path: Path, tar: bytes) -> None:
    refusal(sealed(tmp_path, tar))


def test_data_after_the_end_is_refused(tmp_path: Path) -> None:
    assert "after its end" in refusal(sealed(tmp_path, GOOD + GOOD))


def test_endless_zeros_after_the_end_are_refused(tmp_path: Path) -> None:
    assert "after its end" in refusal(sealed(tmp_path, GOOD + bytes(1_000_000)))


def test_data_hidden_in_the_padding_is_refused(tmp_path: Path) -> None:
    tar = bytearray(GOOD)
    tar[512 + 300] = 1  # behind the 18 bytes of the first file
    assert "hides data" in refusal(sealed(tmp_path, bytes(tar)))


def test_a_wrong_header_checksum_is_refused(tmp_path: Path) -> None:
    tar = bytearray(GOOD)
    tar[100] ^= 1
    assert "not a file" in refusal(sealed(tmp_path, bytes(tar)))


def test_a_tar_bomb_is_refused_at_its_header(tmp_path: Path) -> None:
    header = tarfile.TarInfo("images/bomb.jpg")
    header.size = 8 * 1024**3 - 1
    tar = header.tobuf(tarfile.USTAR_FORMAT) + bytes(1_000_000)
    assert "larger than a station writes" in refusal(sealed(tmp_path, tar))


def test_a_negative_size_is_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("images/less.jpg")
    header.size = -512
    assert "larger" in refusal(sealed(tmp_path, header.tobuf(tarfile.GNU_FORMAT)))


def test_a_giant_manifest_is_refused_at_its_header(tmp_path: Path) -> None:
    header = tarfile.TarInfo("manifest.json")
    header.size = tar_format.MAX_MANIFEST_BYTES + 1
    assert "larger" in refusal(sealed(tmp_path, header.tobuf(tarfile.USTAR_FORMAT)))


def test_more_members_than_a_station_writes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    tar = TarReading()
    for number in range(tar_format.MAX_MEMBERS):
        tar.write(_empty_file(f"images/{number}.jpg"))
    with pytest.raises(BundleRefused, match="more files"):
        tar.write(_empty_file("images/one-too-many.jpg"))


@given(data=st.binary(max_size=2_000))
def test_random_bytes_as_tar_are_refused_in_words(data: bytes) -> None:
    tar = TarReading()
    with pytest.raises(BundleRefused):
        tar.write(data)
        tar.end()


@given(at=st.integers(min_value=0, max_value=len(GOOD) - 1), value=st.integers(min_value=1, max_value=255))
def test_a_changed_byte_in_the_tar_never_ends_in_a_traceback(at: int, value: int) -> None:
    changed = bytearray(GOOD)
    changed[at] ^= value
    tar = TarReading()
    try:
        tar.write(bytes(changed))
        tar.end()
    except BundleRefused:
        pass


@given(size=st.integers(min_value=1, max_value=3_000))
def test_it_does_not_matter_how_the_tar_is_cut_into_pieces(size: int) -> None:
    tar = TarReading()
    for at in range(0, len(GOOD), size):
        tar.write(GOOD[at : at + size])
    tar.end()
    assert tar.seen == seen(FILES)


# Manifests that do not fit.


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2}, "format that this program does not know"),
        ({"watermark": ""}, "live or training"),
        ({"kind": StoreKind.LIVE}, "live or training"),
        ({"files": ()}, "does not list"),
        ({"files": tuple(ManifestFile(name="a.json", size=0, sha256="") for _ in range(2))}, "same file twice"),
        ({"counts": ManifestCounts(encounters=2, images=1, audit_entries=1)}, "counts other files"),
        ({"counts": ManifestCounts(encounters=1, images=0, audit_entries=1)}, "counts other files"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    assert words in refusal(sealed(tmp_path, tar_of(with_manifest(FILES, **changes))))


@pytest.mark.parametrize("manifest", [b"", b"{}", b"[]", b"\xff", b"[" * 100_000])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, manifest: bytes) -> None:
    tar = tar_of([*FILES, ("manifest.json", manifest)])
    assert "cannot be read" in refusal(sealed(tmp_path, tar))


def test_a_field_no_station_writes_is_not_handed_on(tmp_path: Path) -> None:
    whole = to_json(manifest_of(seen(FILES)))
    tar = tar_of([*FILES, ("manifest.json", b'{"extra":"\xff",' + whole[1:])])
    manifest = opened(sealed(tmp_path, tar)).manifest
    assert manifest is not None
    assert "extra" not in manifest


def test_an_extra_file_in_the_manifest_is_refused(tmp_path: Path) -> None:
    whole = manifest_of(seen(FILES))
    extra = replace(whole, files=(*whole.files, ManifestFile(name="more.json", size=0, sha256="")))
    tar = tar_of([*FILES, ("manifest.json", to_json(extra))])
    assert "missing" in refusal(sealed(tmp_path, tar))


def test_several_versions_of_an_encounter_count_once(tmp_path: Path) -> None:
    files = [*FILES, (ENCOUNTER.replace("v1", "v2"), b"{}")]
    assert len(opened(sealed(tmp_path, tar_of(with_manifest(files)))).members) == 4


def test_opening_writes_nothing(bundle: Path, tmp_path: Path) -> None:
    before = sorted(os.listdir(tmp_path))
    opened(bundle)
    assert sorted(os.listdir(tmp_path)) == before


def _empty_file(name: str) -> bytes:
    header = tarfile.TarInfo(name)
    return header.tobuf(tarfile.USTAR_FORMAT)
