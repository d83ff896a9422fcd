# SPDX-License-Identifier: Apache-2.0
"""Bytes become the same messages however they were cut, and nothing that came is dropped without a word."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.serial_lines import parsing
from devices.serial_lines.framing import MOST_BYTES, PRESETS, Flaw, Message, Preset
from devices.serial_lines.parsing import MessageParser
from station.optical.reader_text import barcode, looks_like_mrz, mrz_lines
from station.ports.barcodes import Symbology
from tests.devices.serial_lines.wire import TD1, TD2, TD3, block_check


def text(lines: tuple[str, ...], ends: bytes = b"\r") -> bytes:
    return b"".join(line.encode() + ends for line in lines)


def marked(lines: tuple[str, ...], *, check: bytes | None = None, with_start: bool = False) -> bytes:
    core = b"\x02" + text(lines)[:-1] + b"\x03"
    if check is None:
        return core
    return core + (block_check(core if with_start else core[1:]) if check == b"" else check)


def rte(lines: tuple[str, ...]) -> bytes:
    body = b"0" + text(("",) * (3 - len(lines)) + lines)
    core = (len(body) + 9).to_bytes(2, "little") + b"OU\x02" + body + b"\x03"
    return b"\x01" + core + block_check(core)


def counted(lines: tuple[str, ...]) -> bytes:
    body = text(lines)
    return b"I" + len(body).to_bytes(2, "big") + body


def all_of(preset: Preset, data: bytes, cuts: tuple[int, ...] = ()) -> list[Message]:
    parser = MessageParser(PRESETS[preset])
    places = [0, *sorted({cut % (len(data) + 1) for cut in cuts}), len(data)]
    found = [m for a, b in pairwise(places) for m in parser.feed(data[a:b])]
    found += parser.silence()
    assert not parser.pending
    return found


ENDS = [b"\r", b"\n", b"\r\n", b"\n\r"]
DOCUMENTS = [TD1, TD2, TD3]
FRAMES: list[tuple[Preset, Callable[[tuple[str, ...]], bytes]]] = [
    *[(Preset.LINES, partial(text, ends=ends)) for ends in ENDS],
    (Preset.LINES, lambda lines: text(lines) + b"\r"),
    (Preset.LINES, lambda lines: "".join(lines).encode() + b"\r"),
    (Preset.STX_ETX, marked),
    (Preset.STX_ETX, lambda lines: marked(lines) + b"\r\n"),
    (Preset.STX_ETX_BCC, lambda lines: marked(lines, check=b"")),
    (Preset.STX_ETX_BCC, lambda lines: marked(lines, check=b"", with_start=True)),
    (Preset.RTE_NATIVE, rte),
    (Preset.IDBOX, counted),
]


@pytest.mark.parametrize("lines", DOCUMENTS, ids=["TD1", "TD2", "TD3"])
@pytest.mark.parametrize("auto", [False, True], ids=["named", "auto"])
@pytest.mark.parametrize(("preset", "build"), FRAMES)
def test_each_protocol_gives_the_lines_cut_at_every_byte(
    preset: Preset, build: Callable[[tuple[str, ...]], bytes], auto: bool, lines: tuple[str, ...]
) -> None:
    data = build(lines)
    used = Preset.AUTO if auto else preset
    whole = all_of(used, data + data)
    assert [mrz_lines(message.body) for message in whole] == [lines, lines]
    assert all(message.flaw is None for message in whole)
    for cut in range(len(data) * 2):
        assert all_of(used, data + data, (cut,)) == whole


@given(
    st.sampled_from(list(Preset)),
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([build(lines) for _, build in FRAMES for lines in DOCUMENTS]),
        ),
        max_size=5,
    ),
    st.lists(st.integers(0, 2000), max_size=12),
)
def test_the_way_the_bytes_were_cut_changes_nothing(preset: Preset, pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    assert all_of(preset, data, tuple(cuts)) == all_of(preset, data)


@given(st.sampled_from([p for p in Preset if p not in (Preset.IDBOX, Preset.AUTO)]), st.binary(max_size=300))
def test_every_byte_that_is_no_end_of_line_is_in_some_message(preset: Preset, data: bytes) -> None:
    came = b"".join(message.raw for message in all_of(preset, data))
    assert came.translate(None, b"\r\n") == data.translate(None, b"\r\n")


@given(st.sampled_from([p for p in Preset if p is not Preset.CODES]), st.binary(max_size=60))
def test_after_noise_and_silence_the_next_swipe_is_read(preset: Preset, noise: bytes) -> None:
    parser = MessageParser(PRESETS[preset])
    parser.feed(noise)
    parser.silence()
    builds = [build for used, build in FRAMES if used is preset] or [FRAMES[0][1]]
    found = parser.feed(builds[0](TD3)) + parser.silence()
    assert [mrz_lines(message.body) for message in found if message.flaw is None][-1] == TD3


@pytest.mark.parametrize("preset", [Preset.AUTO, Preset.LINES, Preset.STX_ETX, Preset.STX_ETX_BCC])
def test_a_swipe_begun_anew_gives_the_half_as_a_half_and_then_the_whole(preset: Preset) -> None:
    build = next(build for used, build in FRAMES if used is (Preset.LINES if preset is Preset.AUTO else preset))
    half, *whole = all_of(
        preset, build(TD3)[:30] + (b"\r" if preset in (Preset.AUTO, Preset.LINES) else b"") + build(TD3)
    )
    assert half.flaw in (Flaw.CUT, Flaw.STRAY)
    assert half.raw.startswith(build(TD3)[:30])
    assert [mrz_lines(message.body) for message in whole] == [TD3]


def test_a_wrong_check_byte_is_a_flaw_and_the_next_message_is_whole() -> None:
    good = marked(TD3, check=b"")
    bad = good[:10] + b"X" + good[11:]
    first, second = all_of(Preset.STX_ETX_BCC, bad + good)
    assert (first.flaw, first.raw) == (Flaw.CHECK, bad)
    assert (second.flaw, mrz_lines(second.body)) == (None, TD3)


def test_a_reader_that_never_stops_fills_no_memory() -> None:
    found = all_of(Preset.SILENCE, b"A" * (MOST_BYTES * 2 + 10))
    assert [message.flaw for message in found[:-1]] == [Flaw.TOO_LONG] * (len(found) - 1)
    assert sum(len(message.raw) for message in found) == MOST_BYTES * 2 + 10


def test_answers_of_a_box_to_commands_are_no_messages() -> None:
    assert all_of(Preset.IDBOX, b"C\x00\x00" + b"V\x00\x031.0" + b"I\x00\x00") == []


def test_codes_end_at_ends_of_line_or_at_silence_as_the_preset_says() -> None:
    driving_licence = b"]L2@\n\x1e\rANSI 636000\nDAQ1234"
    assert [m.body for m in all_of(Preset.AUTO, driving_licence + b"\r\n")] == [driving_licence]
    assert [m.body for m in all_of(Preset.SILENCE, driving_licence)] == [driving_licence]
    assert [m.body for m in all_of(Preset.CODES, b"B0001\r\nB0002\r\n")] == [b"B0001", b"B0002"]
    assert [m.body for m in all_of(Preset.AUTO, b"B0001\r\n")] == [b"B0001"]


@pytest.mark.parametrize("mark", "?*_#@~ ")
def test_an_unread_character_is_kept_as_unread(mark: str) -> None:
    line = TD3[1][:9] + mark + TD3[1][10:]
    expected = TD3[1][:9] + "?" + TD3[1][10:]
    assert mrz_lines(text((TD3[0], line))) == (TD3[0], expected)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\r\r", b"B00012345", b"1" * 72, b"P<UTO", text((TD3[0],)), text((TD3[0], TD3[1][:-1])),
        text((TD3[0], TD2[1])), "P<ÜTO".encode(), text((TD3[0].lower(), TD3[1])), b"7" + text(TD3)[1:],
    ],
)  # fmt: skip
def test_what_is_no_whole_mrz_is_none(body: bytes) -> None:
    assert mrz_lines(body) is None


def test_part_of_an_mrz_is_told_from_a_code() -> None:
    assert looks_like_mrz(b"P<UTOERIKSSON<<ANNA")
    assert not looks_like_mrz(b"M1ERIKSSON/ANNA")
    assert not looks_like_mrz(b"\xff<")


@pytest.mark.parametrize(
    ("body", "kind", "content"),
    [
        (b"]Q1https://uto", Symbology.QR, b"https://uto"),
        (b"]d2\x1d01", Symbology.DATA_MATRIX, b"\x1d01"),
        (b"]L0\x00\xff", Symbology.PDF417, b"\x00\xff"),
        (b"]z3M1", Symbology.AZTEC, b"M1"),
        (b"]C0B0001", Symbology.CODE_128, b"B0001"),
        (b"]A0B0001", Symbology.CODE_39, b"B0001"),
        (b"]E0401", Symbology.OTHER, b"401"),
        (b"]", Symbology.OTHER, b"]"),
        (b"B0001", Symbology.OTHER, b"B0001"),
    ],
)
def test_the_identifier_of_a_code_names_its_kind_and_is_taken_off(body: bytes, kind: Symbology, content: bytes) -> None:
    found = barcode(body)
    assert (found.symbology, found.content) == (kind, content)


def test_messages_do_not_show_what_they_hold() -> None:
    (message,) = all_of(Preset.AUTO, text(TD3))
    assert "ERIKSSON" not in repr(message)


@pytest.mark.parametrize(
    "noise",
    [
        b"A" * 16_000 + b"\r\n",
        b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n" * 900,
        b"\r\nA" * 20_000,
    ],
    ids=["one long line", "a satellite receiver", "many short lines"],
)
def test_a_stranger_on_the_line_costs_work_in_proportion_to_its_bytes(
    noise: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def counted_lines(body: bytes) -> tuple[str, ...] | None:
        tried.append(len(body))
        return mrz_lines(body)

    monkeypatch.setattr(parsing, "mrz_lines", counted_lines)
    found = all_of(Preset.AUTO, noise)
    assert sum(tried) < 10 * len(noise)
    came = b"".join(message.raw for message in found)
    assert came.translate(None, b"\r\n") == noise.translate(None, b"\r\n")


@pytest.mark.parametrize("lines", DOCUMENTS, ids=["TD1", "TD2", "TD3"])
def test_an_mrz_right_behind_much_of_something_else_is_read(lines: tuple[str, ...]) -> None:
    stray, whole = all_of(Preset.AUTO, b"$GPGGA,123519,4807.038\r\n" * 40 + text(lines))
    assert stray.flaw is Flaw.STRAY
    assert mrz_lines(whole.body) == lines
