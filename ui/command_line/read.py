# SPDX-License-Identifier: Apache-2.0
"""``hbm-station read FILE…``: what the engine makes of pictures, one result a file, without any store."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from station.domain.errors import EngineUnavailable, FileRefused, ImageRefused
from station.domain.words import Text, say
from station.isolation.intake import open_regular
from station.mrtd.mrz import parse
from station.ports.images import MOST_IMAGE_BYTES, EncodedImage
from station.ports.recognition import CorrectedCharacter, DoubtfulCharacter, MrzEngine, ReadStatus, RecognisedZone
from station.ports.tasks import CancelToken
from ui.bootstrap.engines import engine_names, open_engine
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
_NO_TIME: Mapping[str, float] = {"decode": 0.0, "locate": 0.0, "recognise": 0.0}
_HEADLINES: Mapping[ReadStatus, Text] = {
    ReadStatus.READ: say("{file}: read."),
    ReadStatus.DOUBT: say("{file}: read with doubt."),
    ReadStatus.NOT_READ: say("{file}: not read."),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="a picture: JPEG, PNG or TIFF")
    parser.add_argument(
        "--engine", choices=engine_names(), default=None, help=f"which engine reads; {engine_names()[0]} if not given"
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Read every file. 3 if any is not read for sure, 4 if none could be opened."""
    engine = open_engine(arguments.engine)
    results = []
    try:
        for file in arguments.files:
            results.append(read_file(engine, file))
            if voice.as_json:
                voice.give(_facts(results[-1]))
            else:
                _show(results[-1], voice)
    finally:
        engine.close()
    if not any(result.opened for result in results):
        return Exit.COULD_NOT
    return Exit.GOOD if all(result.status is ReadStatus.READ for result in results) else Exit.NOT_ALL_GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What came of one file. ``opened`` is whether it was a picture that an engine looked at."""

    file: Path
    status: ReadStatus
    reason: Text
    next_step: Text | None
    zones: tuple[RecognisedZone, ...]
    engine: str
    milliseconds: Mapping[str, float]
    opened: bool


def read_file(engine: MrzEngine, file: Path) -> FileResult:
    """One file, read or not, with the reason. Raises Cancelled."""
    try:
        with open_regular(file) as stream:
            data = stream.read(MOST_IMAGE_BYTES + 1)
    except FileRefused as problem:
        return _unopened(engine, file, problem.cause, problem.next_step)
    except OSError as problem:
        return _unopened(
            engine,
            file,
            say("The file cannot be opened: {why}.", why=problem.strerror or "unknown"),
            say("Check its name and whether you may read it."),
        )
    if len(data) > MOST_IMAGE_BYTES:
        return _unopened(
            engine,
            file,
            say("The picture file is too large. The limit is {limit} MB.", limit=MOST_IMAGE_BYTES // 1024**2),
            say("Scan at 300 dpi, or crop the picture to the document."),
        )
    try:
        recognition = engine.recognise(EncodedImage(data), cancel=CancelToken())
    except (ImageRefused, EngineUnavailable) as problem:
        return _unopened(engine, file, problem.cause, problem.next_step)
    return FileResult(
        file=file,
        status=recognition.status,
        reason=recognition.reason,
        next_step=None,
        zones=recognition.zones,
        engine=recognition.engine,
        milliseconds={name: round(recognition.milliseconds.get(name, 0.0), 1) for name in _NO_TIME},
        opened=True,
    )


def _unopened(engine: MrzEngine, file: Path, reason: Text, next_step: Text) -> FileResult:
    return FileResult(
        file=file,
        status=ReadStatus.NOT_READ,
        reason=reason,
        next_step=next_step,
        zones=(),
        engine=engine.name,
        milliseconds=_NO_TIME,
        opened=False,
    )


def _facts(result: FileResult) -> dict[str, object]:
    """The documented object (docs/cli/read.schema.json)."""
    reason = result.reason.in_english()
    if result.next_step is not None:
        reason = f"{reason} {result.next_step.in_english()}"
    return {
        "file": str(result.file),
        "status": result.status.value,
        "reason": reason,
        "documents": [_document(zone, result) for zone in result.zones],
        "engine": result.engine,
        "ms": dict(result.milliseconds),
    }


def _document(zone: RecognisedZone, result: FileResult) -> dict[str, object]:
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
        "engine": result.engine,
        "ms": dict(result.milliseconds),
    }


def _show(result: FileResult, voice: Voice) -> None:
    """For a person: the verdict, the lines with a mark under each doubtful character, and every doubt in words."""
    headline = _HEADLINES[result.status]
    voice.remark(Text(headline.source, {"file": str(result.file)}))
    voice.plain(f"    {voice.words(result.reason)}")
    if result.next_step is not None:
        voice.plain(f"    {voice.words(result.next_step)}")
    for zone in result.zones:
        for number, line in enumerate(zone.lines):
            voice.plain(f"    {line}")
            marked = {doubt.column for doubt in zone.doubts if doubt.line == number}
            if marked:
                voice.plain("    " + "".join("?" if column in marked else " " for column in range(max(marked) + 1)))
        for remark in _remarks(zone.doubts, zone.corrected):
            voice.plain(f"    {voice.words(remark)}")


def _remarks(doubts: tuple[DoubtfulCharacter, ...], changes: tuple[CorrectedCharacter, ...]) -> Iterator[Text]:
    """What else a character may be, what was changed, and each reason once: an engine may doubt a whole line."""
    for doubt in doubts:
        if doubt.alternatives:
            yield say(
                "Line {line}, character {column}: {read}, perhaps {others}.",
                line=doubt.line + 1,
                column=doubt.column + 1,
                read=doubt.read,
                others=" ".join(doubt.alternatives),
            )
    for change in changes:
        yield say(
            "Line {line}, character {column}: {seen} was seen, {suggested} is suggested.",
            line=change.line + 1,
            column=change.column + 1,
            seen=change.seen,
            suggested=change.suggested,
        )
    reasons = {reason.source: reason for reason in (*(one.reason for one in doubts), *(one.reason for one in changes))}
    yield from reasons.values()
