# SPDX-License-Identifier: Apache-2.0
"""Who opens files or lists folders without the intake, and why that file is not somebody else's.

Whatever comes from outside (a stick, a shared folder, a name on the command line) is opened by
``station/isolation/intake.py`` and by nothing else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.house_rules import Breach, SourceFile

OWN_STORE = "a file of the station's own store, which only its own account writes"
SYSTEM = "what the kernel says of the machine: no file that anybody wrote"
SHIPPED = "part of the program"
WRITTEN = "only writes, a file that was not there before"

#: Each file, and why it may.
ALLOWED: dict[str, str] = {
    "station/isolation/intake.py": "the intake itself",
    "station/isolation/own_memory.py": SYSTEM,
    "station/config/settings.py": "the machine's own settings, on a floor that knows no intake; at most 256 KB of it",
    "station/config/settings_file.py": WRITTEN,
    "devices/cameras/discovery.py": SYSTEM,
    "devices/serial_lines/discovery.py": SYSTEM,
    "devices/watched_folder/folder.py": "lists at most 10,000 names of a shared folder; the intake opens them",
    "devices/simulators/printer.py": WRITTEN,
    "devices/simulators/specimens/fonts.py": SHIPPED,
    "devices/printing/pdf_file.py": WRITTEN,
    "storage/anchors/mark_file.py": OWN_STORE,
    "storage/anchors/checkpoint_file.py": OWN_STORE,
    "storage/durable.py": WRITTEN,
    "storage/door.py": "looks whether the folder for a new store is empty",
    "storage/sealed/writer.py": WRITTEN,
    "storage/doors/wiping.py": OWN_STORE,
    "storage/bench_files.py": "lists and writes the station's own records; the intake reads what comes from a stick",
    "storage/sqlcipher/rekeying.py": OWN_STORE,
    "storage/sqlcipher/migration.py": SHIPPED,
    "storage/sqlcipher/store.py": OWN_STORE,
    "storage/sqlcipher/exclusive.py": OWN_STORE,
    "storage/backup/members.py": "the copy of a store that the station has just made",
    "storage/backup/copies.py": OWN_STORE,
    "storage/backup/reader.py": WRITTEN,
    "storage/backup/restorer.py": "lists the folder it has just made, and looks whether the place is empty",
    "storage/backup/vault.py": "has the system forget a file that the station has just written; reads nothing of it",
    "storage/keys/day_keys.py": OWN_STORE,
    "storage/keys/destroying.py": OWN_STORE,
    "storage/keys/wrong_tries.py": OWN_STORE,
    "storage/keys/slot_file.py": OWN_STORE,
    "ui/mounted.py": SYSTEM,
    "ui/memory_remarks.py": SYSTEM,
    "ui/translation.py": SHIPPED,
    "ui/extract_texts.py": "a tool of the house, run over the program's own source",
    "ui/command_line/main.py": "closes standard output: opens the null device",
    "ui/command_line/demo.py": "looks whether its folder is empty, and reads back what it has just written there",
    "ui/desktop/bench_shots.py": "the pictures of the handbook: reads what it has just made",
}

_READERS = {"read_bytes", "read_text"}
_LISTERS = {"iterdir", "glob", "rglob", "scandir", "listdir", "walk"}
_LIBRARIES = {"imread", "fromfile", "memmap", "loadtxt", "copyfile", "copytree", "copy2"}
_MODE = re.compile(r"[rwxa][bt+]{0,2}")


def opens_nothing_itself(file: SourceFile) -> Iterator[Breach]:
    """Every call that opens a file by its name or lists a folder."""
    within = {
        id(item.context_expr) for node in ast.walk(file.tree) if isinstance(node, ast.With) for item in node.items
    }
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call) and _opens(node, inside_with=id(node) in within):
            yield node.lineno, "Read what comes from outside with station/isolation/intake.py; else say why in ALLOWED."


def _opens(call: ast.Call, *, inside_with: bool) -> bool:
    match call.func:
        case ast.Name(id="open"):
            return True
        case ast.Attribute(value=ast.Name(id="os"), attr="walk" | "open" | "scandir" | "listdir"):
            return True
        case ast.Attribute(value=ast.Name(id="ast" | "os"), attr="walk"):
            return False
        case ast.Attribute(value=ast.Name(id="Image" | "tarfile" | "zipfile" | "gzip"), attr="open"):
            return not any(word.arg == "fileobj" for word in call.keywords) and not _of_bytes(call)
        case ast.Attribute(attr="open"):
            return _has_mode(call) or (inside_with and not call.args and not call.keywords)
        case ast.Attribute(attr=name):
            return name in _READERS | _LISTERS | _LIBRARIES
    return False


def _has_mode(call: ast.Call) -> bool:
    modes = [*call.args[:2], *(word.value for word in call.keywords if word.arg == "mode")]
    return any(isinstance(one, ast.Constant) and _MODE.fullmatch(str(one.value)) is not None for one in modes)


def _of_bytes(call: ast.Call) -> bool:
    """``Image.open(io.BytesIO(…))``: no file."""
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Call) and isinstance(first.func, ast.Attribute) and first.func.attr == "BytesIO"
