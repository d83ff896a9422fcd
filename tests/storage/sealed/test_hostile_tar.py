# SPDX-License-Identifier: Apache-2.0
"""The attacks on readers of archives that are known by name, inside a seal and a signature that are good.

The eight kinds are those that SecureDrop's export is tested against, and what else tar can say.
"""

from __future__ import annotations

import io
import os
import resource
import tarfile
import time
from pathlib import Path

import pytest

from station.domain.errors import BundleRefused
from storage.sealed.reader import open_bundle
from storage.sealed.tar_format import MAX_MEMBERS, TarReading
from tests.storage.sealed.bundles import ENCOUNTER, IDENTITY, IMAGE, NAME, PUBLIC_KEY, sealed, tar_of

_NAMES = {
    "path traversal": "../images/a.jpg",
    "path traversal in the middle": "images/../../a.jpg",
    "path traversal, other bar": "..\\a.jpg",
    "absolute path": "/images/a.jpg",
    "absolute path, drive": "c:/a.jpg",
    "two folders": "images/b/a.jpg",
    "a dot first": "images/.a.jpg",
    "a folder's end": "images/a.jpg/",
    "capitals": "images/A.jpg",
    "a blank": "images/a .jpg",
    "another ending": "images/a.jpg.exe",
    "an ending that runs": "a.py",
    "a device of Windows": "images/con",
    "a dash first": "-rf.json",
}
_UNICODE = {
    "composed": "images/\u00e9.jpg",
    "decomposed": "images/e\u0301.jpg",
    "full width": "images/\uff41.jpg",
    "turned around": "images/\u202egpj.a.jpg",
    "two dots in one letter": "images/\u2025a.jpg",
    "a slash that is none": "images\u2215a.jpg",
    "a letter that looks the same": "images/\u0430.jpg",
}
_TYPES = {
    "hard link": tarfile.LNKTYPE,
    "symbolic link": tarfile.SYMTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "pipe": tarfile.FIFOTYPE,
    "folder": tarfile.DIRTYPE,
    "contiguous": tarfile.CONTTYPE,
    "sparse": tarfile.GNUTYPE_SPARSE,
    "long name": tarfile.GNUTYPE_LONGNAME,
    "long link": tarfile.GNUTYPE_LONGLINK,
    "extended header": tarfile.XHDTYPE,
    "header for all": tarfile.XGLTYPE,
    "extended header of Solaris": tarfile.SOLARIS_XHDTYPE,
    "old plain file": tarfile.AREGTYPE,
    "a letter nobody knows": b"Z",
}


def _refused_whole(folder: Path, tar: bytes) -> str:
    """Why a bundle with this tar is refused; nothing may have been written meanwhile."""
    bundle = sealed(folder, tar)
    before = sorted(path for path in folder.rglob("*"))
    with pytest.raises(BundleRefused) as caught:
        open_bundle(bundle, signer=PUBLIC_KEY, identity=IDENTITY)
    assert sorted(path for path in folder.rglob("*")) == before
    return caught.value.cause.in_english()


def _raw(name: bytes, *, kind: bytes = b"0", size: bytes = b"00000000000\0", link: bytes = b"") -> bytes:
    """One header, byte for byte, with a checksum that is good."""
    block = bytearray(512)
    block[0 : len(name)] = name
    block[100:108] = b"0000400\0"
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = size
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[157 : 157 + len(link)] = link
    block[257:265] = b"ustar\00000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize("attack", _NAMES)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, attack: str) -> None:
    assert "name" in _refused_whole(tmp_path, _raw(_NAMES[attack].encode()) + bytes(1024))


@pytest.mark.parametrize("attack", _UNICODE)
def test_a_name_in_other_letters_is_refused(tmp_path: Path, attack: str) -> None:
    _refused_whole(tmp_path, _raw(_UNICODE[attack].encode()) + bytes(1024))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:  # as most programs write such a name
        tar.addfile(tarfile.TarInfo(_UNICODE[attack]))
    _refused_whole(tmp_path, out.getvalue())


@pytest.mark.parametrize("attack", _TYPES)
def test_a_member_that_is_no_plain_file_is_refused(tmp_path: Path, attack: str) -> None:
    said = _refused_whole(tmp_path, _raw(IMAGE.encode(), kind=_TYPES[attack], link=b"/etc/passwd") + bytes(1024))
    assert "not a file" in said
    if attack != "old plain file":  # which tarfile takes for a plain one, and a station never writes
        assert "not a file" in _refused_whole(tmp_path, _raw(IMAGE.encode(), kind=_TYPES[attack]) + bytes(1024))


def test_an_extended_header_cannot_rename_the_member_behind_it(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo(IMAGE)
        info.pax_headers = {"path": "../../outside.jpg", "GNU.sparse.realsize": "99999999999"}
        tar.addfile(info)
    assert "not a file" in _refused_whole(tmp_path, out.getvalue())


@pytest.mark.parametrize(
    "size",
    [
        b"77777777777\0",  # 8 GiB
        b"00400000001\0",  # a byte more than a member may have
        b"\x80" + b"\0" * 3 + (1 << 62).to_bytes(8, "big"),  # in the form of GNU for great numbers
        b"\xff" * 12,  # below nothing
        b"            ",
        b"9z\0\0\0\0\0\0\0\0\0\0",
    ],
)
def test_a_size_that_no_station_writes_is_refused_at_the_header(tmp_path: Path, size: bytes) -> None:
    assert _refused_whole(tmp_path, _raw(IMAGE.encode(), size=size) + bytes(1024)) != "The bundle is cut off."


def test_a_seal_does_not_unpack_anything(tmp_path: Path) -> None:
    """There is no compression, so nothing can grow a thousandfold: what is taken in is what lay on the stick."""
    zeros = tar_of([(IMAGE, bytes(32 << 20))])
    bundle = sealed(tmp_path, zeros)
    assert bundle.stat().st_size > len(zeros)
    assert _refused_whole(tmp_path, zeros) == "The bundle has no manifest."


def test_a_million_members_are_refused_early_and_in_little_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    tar = TarReading()
    taken = 0
    with pytest.raises(BundleRefused, match="more files"):
        for number in range(1_000_000):
            tar.write(_raw(b"images/%d.jpg" % number))
            taken = number
    spent, grown = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert taken in (MAX_MEMBERS - 1, MAX_MEMBERS)
    assert grown < 256 * 1024  # KiB
    print(f"refused after {taken + 1} members, {spent:.1f} s of processor time, {grown // 1024} MiB more memory")


def test_a_name_twice_is_refused_also_when_it_differs_behind_its_end(tmp_path: Path) -> None:
    again = _raw(ENCOUNTER.encode() + b"\0hidden")
    assert "twice" in _refused_whole(tmp_path, _raw(ENCOUNTER.encode()) + again + bytes(1024))


def test_a_prefix_of_ustar_cannot_put_a_folder_before_a_good_name(tmp_path: Path) -> None:
    header = bytearray(_raw(b"a.jpg"))
    header[345:350] = b"/etc\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert "name" in _refused_whole(tmp_path, bytes(header) + bytes(1024))


@pytest.mark.parametrize("what", ["bundle", "signature"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_a_bundle_or_signature_that_is_no_ordinary_file_is_refused_at_once(
    tmp_path: Path, what: str, kind: str
) -> None:
    bundle = sealed(tmp_path, tar_of([(IMAGE, b"1")]))
    path = bundle if what == "bundle" else bundle.with_name(bundle.name + ".minisig")
    path.rename(tmp_path / "elsewhere")
    match kind:
        case "link":
            path.symlink_to(tmp_path / "elsewhere")
        case "pipe":
            os.mkfifo(path)
        case _:
            path.mkdir()
    with pytest.raises(BundleRefused) as caught:
        open_bundle(bundle, signer=PUBLIC_KEY, identity=IDENTITY)
    assert NAME in caught.value.cause.in_english()
    assert "not an ordinary file" in caught.value.cause.in_english()
