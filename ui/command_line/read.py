# SPDX-License-Identifier: Apache-2.0
"""``hbm-station read FILE…``: what the engine makes of pictures, one result a file, without any store."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from station.domain.errors import EngineUnavailable, ImageRefused, StationError
from station.domain.words import Text, say
from station.mrtd.mrz import parse
from station.optical.safe_images import MAX_BYTES
from station.ports.devices import EncodedImage
from station.ports.recognition import MrzEngine, ReadStatus, RecognisedZone, Recognition
from station.ports.tasks import CancelToken
from ui.bootstrap import engine_names, open_engine
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice

FIELDS = (
    "document_code",
    "issuing_state",
    "primary_identifier",
    "secondary_identifier",
    "document_number",
    "nationality",
    "birth_date",
    "sex",
    "expiry_date",
    "optional_data",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="a picture: JPEG, PNG or TIFF")
    parser.add_argument("--engine", choices=engine_names(), default=None, help="which engine reads")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Read every file. 3 if any is not read for sure, 4 if none could be opened."""
    engine = open_engine(arguments.engine)
    opened = sure = 0
    try:
        for file in arguments.files:
            result = read_file(engine, file)
            opened += bool(result["opened"])
            sure += result["status"] == ReadStatus.READ.value
            del result["opened"]
            if voice.as_json:
                voice.give(result)
            else:
                _show(result, voice)
    finally:
        engine.close()
    if not opened:
        return Exit.COULD_NOT
    return Exit.GOOD if sure == len(arguments.files) else Exit.NOT_ALL_GOOD


def read_file(engine: MrzEngine, file: Path) -> dict[str, object]:
    """One file as the documented object (docs/cli/read.schema.json), and whether it could be opened at all."""
    try:
        if file.stat().st_size > MAX_BYTES:
            return _nothing(file, engine, "The file is larger than any page.", opened=False)
        data = file.read_bytes()
    except OSError as problem:
        return _nothing(file, engine, f"The file cannot be opened: {problem.strerror}.", opened=False)
    try:
        recognition = engine.recognise(EncodedImage(data), cancel=CancelToken())
    except (ImageRefused, EngineUnavailable) as problem:
        return _nothing(file, engine, _sentence(problem), opened=False)
    return {
        "file": str(file),
        "status": recognition.status.value,
        "reason": recognition.reason.in_english(),
        "documents": [_document(zone, recognition) for zone in recognition.zones],
        "engine": recognition.engine,
        "ms": _milliseconds(recognition),
        "opened": True,
    }


def _document(zone: RecognisedZone, recognition: Recognition) -> dict[str, object]:
    mrz = parse(zone.lines, today=datetime.now(UTC).date())
    fields = {}
    for name in FIELDS:
        field = getattr(mrz.fields, name)
        fields[name] = {"raw": field.raw, "value": field.value, "check": field.check.value}
    return {
        "format": zone.format.value,
        "lines": list(zone.lines),
        "raw_lines": list(zone.raw_lines),
        "valid": mrz.valid,
        "fields": fields,
        "doubts": [
            {
                "line": doubt.line,
                "column": doubt.column,
                "read": doubt.read,
                "alternatives": list(doubt.alternatives),
                "reason": doubt.reason.in_english(),
            }
            for doubt in zone.doubts
        ],
        "corrected": [
            {"line": change.line, "column": change.column, "from": change.seen, "to": change.suggested}
            for change in zone.corrected
        ],
        "engine": recognition.engine,
        "ms": _milliseconds(recognition),
    }


def _milliseconds(recognition: Recognition) -> dict[str, float]:
    return {name: round(spent, 1) for name, spent in recognition.milliseconds.items()}


def _nothing(file: Path, engine: MrzEngine, reason: str, *, opened: bool) -> dict[str, object]:
    return {
        "file": str(file),
        "status": ReadStatus.NOT_READ.value,
        "reason": reason,
        "documents": [],
        "engine": engine.name,
        "ms": {"decode": 0.0, "locate": 0.0, "recognise": 0.0},
        "opened": opened,
    }


def _sentence(problem: StationError) -> str:
    return f"{problem.cause.in_english()} {problem.next_step.in_english()}"


def _headline(status: object, file: str) -> Text:
    if status == ReadStatus.READ.value:
        return say("{file}: read.", file=file)
    if status == ReadStatus.DOUBT.value:
        return say("{file}: read with doubt.", file=file)
    return say("{file}: not read.", file=file)


def _show(result: dict[str, object], voice: Voice) -> None:
    voice.tell(_headline(result["status"], str(result["file"])))
    voice.plain(f"    {result['reason']}")
    documents = result["documents"]
    if isinstance(documents, list):
        for document in documents:
            for number, line in enumerate(document["lines"]):
                voice.plain(f"    {line}")
                marks = {doubt["column"]: "?" for doubt in document["doubts"] if doubt["line"] == number}
                if marks:
                    voice.plain("    " + "".join(marks.get(column, " ") for column in range(len(line))).rstrip())
