# SPDX-License-Identifier: Apache-2.0
"""Reading files from the command line: the documented object for every file, and the true cause where there is none."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from devices.simulators.specimens.people import SpecimenStock, SpecimenTraveller
from devices.simulators.specimens.wear import Wear
from station.ports.images import MOST_IMAGE_BYTES
from tests.ui.command_line.commands import Said, command, fitting
from ui.bootstrap.engines import engine_names

STOCK = SpecimenStock(11, today=date.today())  # noqa: DTZ011 (the reader judges by the machine's day as well)


@pytest.fixture(scope="module")
def traveller() -> SpecimenTraveller:
    """A specimen whose document is good today."""
    return STOCK.traveller(0)


@pytest.fixture(scope="module")
def page(traveller: SpecimenTraveller, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page, scanned upside down."""
    file = tmp_path_factory.mktemp("pages") / "page.jpg"
    file.write_bytes(traveller.page_image(Wear.LIGHT, orientation=180).data)
    return file


def read(*files: str | Path) -> Said:
    said = command("read", *files, "--json")
    for answer in said.answers:
        fitting(answer, "read")
    return said


def test_a_specimen_page_is_read_as_it_is_printed(page: Path, traveller: SpecimenTraveller) -> None:
    said = read(page)
    assert said.code == 0, said
    (answer,) = said.answers
    documents = answer["documents"]
    assert isinstance(documents, list)
    (document,) = documents
    assert tuple(document["lines"]) == traveller.mrz_lines
    assert document["valid"] is True
    fields = document["fields"]
    assert fields["document_number"]["value"] == traveller.papers.number
    assert fields["document_number"]["check"] == "valid"
    assert fields["birth_date"]["value"] == traveller.person.birth_date.iso()
    assert answer["status"] == "read"
    assert answer["engine"] == engine_names()[0]


@pytest.mark.parametrize("engine", engine_names())
def test_every_engine_answers_in_the_documented_shape(page: Path, engine: str) -> None:
    said = command("read", page, "--json", "--engine", engine)
    assert said.answer("read")["engine"] == engine


def test_one_file_that_is_not_read_makes_3_of_it(page: Path, tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    Image.new("L", (1200, 800), 230).save(blank)
    said = read(page, blank)
    assert said.code == 3
    assert [answer["status"] for answer in said.answers] == ["read", "not_read"]
    assert str(said.answers[1]["reason"]).startswith("No machine readable zone was found")
    assert read(blank).code == 3, "it could be opened"


def png_of(width: int, height: int) -> bytes:
    """A picture that claims a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pieces = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in pieces
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "The picture file is empty. Scan or photograph the document again.", id="empty"),
        pytest.param(
            b"Dear Sir or Madam",
            "This file is not a picture that the station can open. Use JPEG, PNG or TIFF.",
            id="letter",
        ),
        pytest.param(
            png_of(30_000, 30_000),
            "The picture is too large: 30000 x 30000 pixels. The limit is 40 million pixels. "
            "Scan at 300 dpi, or crop the picture to the document.",
            id="huge",
        ),
        pytest.param(
            bytes(MOST_IMAGE_BYTES + 1),
            "The picture file is too large. The limit is 32 MB. Scan at 300 dpi, or crop the picture to the document.",
            id="heavy",
        ),
    ],
)
def test_what_is_no_picture_says_why_and_is_not_opened(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "page.jpg"
    file.write_bytes(content)
    said = read(file)
    assert said.code == 4
    assert [answer["reason"] for answer in said.answers] == [reason]


def test_a_picture_cut_short_says_so(page: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(page.read_bytes()[:20_000])
    said = read(cut)
    assert said.code == 4
    assert str(said.answers[0]["reason"]).startswith("The picture file is not complete: its end is missing.")


@pytest.mark.parametrize(
    ("name", "why"),
    [("none.jpg", "The file cannot be opened: No such file or directory."), (".", "This is not an ordinary file: ")],
)
def test_a_file_that_cannot_be_opened_says_why(tmp_path: Path, name: str, why: str) -> None:
    said = read(tmp_path / name)
    assert said.code == 4
    assert str(said.answers[0]["reason"]).startswith(why)


def test_4_only_when_nothing_could_be_opened(page: Path, tmp_path: Path) -> None:
    assert read(tmp_path / "none.jpg", page).code == 3


def test_a_file_name_that_is_no_text_is_still_one_line_of_json(tmp_path: Path) -> None:
    name = tmp_path / b"p\xffge.jpg".decode("utf-8", "surrogateescape")
    try:
        name.write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes only names that are text")
    ended = subprocess.run(
        [sys.executable, "-m", "ui", "read", name, "--json"], check=False, capture_output=True, text=True
    )
    assert ended.returncode == 4, ended
    assert fitting(json.loads(ended.stdout), "read")["status"] == "not_read"


def test_a_person_sees_the_lines_and_a_mark_under_each_doubt(tmp_path: Path, traveller: SpecimenTraveller) -> None:
    file = tmp_path / "worn.jpg"
    file.write_bytes(traveller.page_image(Wear.WORN, dpi=110).data)
    (answer,) = read(file).answers
    said = command("read", file)
    verdicts = {"read": "read.", "doubt": "read with doubt.", "not_read": "not read."}
    lines = said.out.splitlines()
    assert lines[0] == f"{file}: {verdicts[str(answer['status'])]}"
    assert lines[1] == f"    {answer['reason']}"
    for document in answer["documents"]:  # type: ignore[attr-defined] # the schema says that it is a list
        for number, line in enumerate(document["lines"]):
            columns = sorted(doubt["column"] for doubt in document["doubts"] if doubt["line"] == number)
            below = lines[lines.index(f"    {line}") + 1] if columns else ""
            assert [place - 4 for place, mark in enumerate(below) if mark == "?"] == columns


def test_photographs_of_specimens_are_read_or_it_says_honestly_that_it_cannot(vectors: Path) -> None:
    names = ("fm__td1.jpg", "fm__td2.jpg", "fm__td3.jpg", "fm__mrva.jpg", "fm__mrvb.jpg", "fm__nomrz.jpg")
    truth = json.loads((vectors / "mrz" / "truth.json").read_text())
    for name, answer in zip(names, read(*(vectors / "mrz" / name for name in names)).answers, strict=True):
        printed = truth[name].get("lines") or None
        documents = answer["documents"]
        assert isinstance(documents, list)
        if answer["status"] == "read":
            assert documents[0]["lines"] == printed, f"{name} was called read and is wrong"
        if not printed:
            assert answer["status"] == "not_read"
