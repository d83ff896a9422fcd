# SPDX-License-Identifier: Apache-2.0
"""Parsers of what people and stations write: MRZ lines, the settings file, the key slot file, a bundle's manifest."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path

from devices.catalogue import SETTINGS
from station.config.settings import load_settings
from station.config.settings_file import explained
from station.domain.errors import BundleRefused, StoreError
from station.domain.wire import to_json
from station.mrtd.check_digits import check_digit
from station.mrtd.mrz import parse, recognise_format
from station.mrtd.mrz_formats import layout
from storage.keys.keeper import SlotKeeper
from storage.keys.slot_file import FILE_NAME, SlotFile
from storage.keys.slots import SlotTable, StoreKeys, without
from storage.sealed.manifest import checked_manifest
from tests.fuzz.mutation import json_shape
from tests.fuzz.target import Target
from tests.open_station import LIGHT, SUPERVISOR_PASSWORD, SeededRandomness, people
from tests.station.mrtd.specimens import SPECIMENS, TODAY
from tests.storage.keys.tables import border_table
from tests.storage.sealed.bundles import FILES, seen, with_manifest

_SHORT = (
    b'[post]\ntime_zone = "Africa/Lubumbashi"\ncountry = "UTO"\nmandatory_fields = ["purpose"]\n',
    b'[desk]\nlanguage = "fr"\ntext_scale = 1.5\n[devices.serial_lines]\nports = ["/dev/ttyS0"]\nbaud = 9600\n',
    b"[devices]\nsbi = {enabled = true}\n[[devices.sane]]\nenabled = 1979-05-27T07:32:00Z\n",
)


def mrz() -> Target:
    """Lines of a document; every string is an answer, none an error."""

    def take(data: bytes) -> None:
        parse(data.decode("utf-8", "surrogateescape").split("\n"), today=TODAY)

    corpus = [("\n".join(lines)).encode() for lines in SPECIMENS.values()]
    words = [b"<<", b"P<UTO", b"I<", b"V<", b"AC", b"<" * 9, b"000000", b"991332", b"X", "Ä".encode()]
    return Target(name="mrz", corpus=corpus, take=take, words=words, shapes=[_right_digits], few=3_000)


def _right_digits(dice: random.Random, data: bytes) -> bytes:
    """Some characters changed, and the check digits made right again."""
    lines = data.decode("ascii", "replace").split("\n")
    fmt = recognise_format(lines)
    if fmt is None or any(len(line) != fmt.columns for line in lines):
        return data
    rows = [list(line) for line in lines]
    for _ in range(dice.choice((1, 3, 12))):
        rows[dice.randrange(fmt.rows)][dice.randrange(fmt.columns)] = dice.choice("ABCXYZ0123456789<<<<")
    table = layout(fmt)
    for protected, check in table.checks.items():
        span, place = table.fields[protected], table.fields[check]
        try:
            rows[place.line][place.start] = str(check_digit("".join(rows[span.line][span.start : span.end])))
        except ValueError:
            continue
    return "\n".join("".join(row) for row in rows).encode("utf-8", "replace")


def settings(folder: Path) -> Target:
    """The whole file, with the settings of every driver; what is wrong is told, never raised."""
    path = folder / "settings.toml"

    def take(data: bytes) -> None:
        path.write_bytes(data)
        load_settings(path, SETTINGS)

    whole = explained(SETTINGS)
    set_ones = re.sub(r"(?m)^#\s*(\w+ = .*)$", r"\1", whole)
    groups = [
        b"[post]\n",
        b"[desk]\n",
        b"[devices.serial_lines]\n",
        *(f"[devices.{name}]\n".encode() for name in SETTINGS),
    ]
    values = [
        *(b"true", b"1.5", b"inf", b"nan", b"-1", b"9" * 5_000, b"0x7fffffffffffffff", b"1979-05-27", b"[1, 2]"),
        *(b'""', b'"~x"', b'"""', b"'''", b"{a = 1}", b"[[]]", b"\\u0000", b"= ", b"ports = ", b"language = "),
    ]
    return Target(
        name="settings",
        corpus=[whole.encode(), set_ones.encode(), *_SHORT],
        take=take,
        words=[*groups, *values],
        few=500,
    )


def slots(folder: Path) -> Target:
    """The key file without its copy; what is let through is checked, and opened by somebody who had a slot in it."""
    keeper = SlotKeeper(SeededRandomness(), profile=LIGHT)
    file = SlotFile(folder, keeper)
    key = keeper.new_key()
    table = border_table(keeper, key, people())
    both = keeper.wrapped_again(table, StoreKeys(current=key, following=keeper.new_key()))
    person = keeper.recognise(table, "irina", SUPERVISOR_PASSWORD)

    def take(data: bytes) -> None:
        (folder / FILE_NAME).write_bytes(data)
        read = file.read().table
        for slot in read.all_of("irina"):
            keeper.keys_of(read, slot, person)
            if in_order(read) not in known:
                raise AssertionError("a changed key file was opened")

    def in_order(read: SlotTable) -> bytes:
        """The slots are a set: nothing is meant by their order, and the seal does not hold it."""
        return to_json(replace(read, slots=tuple(sorted(read.slots, key=to_json)), gone=tuple(sorted(read.gone))))

    known = {in_order(one) for one in (table, both, without(table, table.slots[1]))}
    corpus = [to_json(table), to_json(both), to_json(without(table, table.slots[1]))]
    words = [b'"format":2', b'"slots":[]', b'"kdf":{', b'"memory_kib":', b"1e400", b'"role":"officer"', b"null"]
    return Target(
        name="slots",
        corpus=corpus,
        take=take,
        declared=(StoreError,),
        words=words,
        shapes=[_one_spelling],
        few=3_000,
    )


def _one_spelling(dice: random.Random, data: bytes) -> bytes:
    """Another shape, spelt as the key file is: only so does it come past the reading."""
    shaped = data
    try:
        shaped = json_shape(dice, data)
        return json.dumps(json.loads(shaped), separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return shaped


def manifest() -> Target:
    """A bundle's manifest against the files that were in it."""
    there = seen(FILES)
    ((_, right),) = with_manifest(FILES)[-1:]
    return Target(
        name="manifest",
        corpus=[right],
        take=lambda data: checked_manifest(data, there),
        declared=(BundleRefused,),
        words=[b'"format":1', b'"files":[]', b'"kind":"live"', b'"sequence":-1', b"1e400"],
        shapes=[json_shape],
        few=3_000,
    )
