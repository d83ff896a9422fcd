# SPDX-License-Identifier: Apache-2.0
"""``hbm-station verify BUNDLE``: who signed a bundle, and with headquarters' identity whether all of it is there."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

from station.domain.errors import BundleRefused, FileRefused
from station.domain.secrets import Secret
from station.domain.wire import from_json, to_json
from station.domain.words import Text, say, say_count
from station.exporting.manifest import Manifest
from station.exporting.succession import breaks
from station.isolation.intake import open_regular, read_regular
from station.ports.anchors import SignedCheckpoint
from station.ports.sealing import OpenedBundle
from ui.bootstrap.house import new_sealer
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice

MAX_KEY_BYTES = 16 * 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the .tar.age file; its .minisig lies beside it")
    parser.add_argument("--signer", required=True, type=Path, metavar="MINISIGN.PUB", help="the station's public key")
    parser.add_argument("--identity", type=Path, metavar="AGE.KEY", help="headquarters' age identity file")
    parser.add_argument(
        "--after",
        type=Path,
        metavar="PREVIOUS",
        help="the bundle before this one: does this one continue it? Needs --identity",
    )


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Check the bundle; a bundle that does not hold ends with 4 and the reason."""
    identity = None if arguments.identity is None else _identity(key_file(arguments.identity))
    signer = key_file(arguments.signer).decode("utf-8", "replace")
    opened = new_sealer().open(arguments.bundle, signer=signer, identity=identity)
    if opened.manifest is None:
        voice.tell(
            say("The signature holds. Without an identity nothing inside was checked."),
            signature="good",
            contents="not checked",
            signer=opened.signer_key_id,
            comment=opened.trusted_comment,
        )
        _signed(voice, opened)
        return Exit.GOOD
    broken = _broken(arguments, opened, signer, identity)
    voice.tell(
        say_count(
            "Signature, seal and manifest hold: {count} file.",
            "Signature, seal and manifest hold: {count} files.",
            count=len(opened.members),
        ),
        signature="good",
        contents="good",
        signer=opened.signer_key_id,
        comment=opened.trusted_comment,
        manifest=dict(opened.manifest),
        members=list(opened.members),
        breaks=[text.in_english() for text in broken],
    )
    _signed(voice, opened)
    _outside(voice, opened)
    for text in broken:
        voice.remark(text)
    if opened.manifest.get("distress"):
        voice.remark(say("Somebody at this station acted under duress. Do not let the station notice that you know."))
    return Exit.NOT_ALL_GOOD if broken else Exit.GOOD


def _broken(arguments: argparse.Namespace, opened: OpenedBundle, signer: str, identity: Secret | None) -> list[Text]:
    """How this bundle fails to continue the one before it. Raises BundleRefused for that one, too."""
    if arguments.after is None or opened.manifest is None:
        return []
    sealer = new_sealer()
    before = sealer.open(arguments.after, signer=signer, identity=identity)
    try:
        with open_regular(arguments.after) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except FileRefused as problem:
        raise BundleRefused(problem.cause, problem.next_step) from None
    except OSError as problem:
        raise BundleRefused(
            say("The key file {file} cannot be read: {why}.", file=str(arguments.after), why=problem.strerror or "?"),
            say("Name the right file."),
        ) from problem

    def signed(one: SignedCheckpoint) -> bool:
        try:
            sealer.verify_text(one.text, one.signature, signer=signer)
        except BundleRefused:
            return False
        return True

    return list(breaks(_manifest(before), sha256, _manifest(opened), signed))


def _manifest(opened: OpenedBundle) -> Manifest:
    return from_json(Manifest, to_json(opened.manifest))


def _outside(voice: Voice, opened: OpenedBundle) -> None:
    """Say for whom and why a bundle left outside the plan. What was typed at the station is data, not our words."""
    plan = _manifest(opened).outside
    if plan is not None:
        voice.remark(
            say(
                "This bundle is outside the plan: for {whom}, purpose {purpose}. Asked for by {asked_by}, approved by "
                "{approved_by}, request {request}.",
                whom=_printable(plan.whom),
                purpose=_printable(plan.purpose),
                asked_by=plan.asked_by,
                approved_by=plan.approved_by,
                request=plan.request,
            )
        )


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _signed(voice: Voice, opened: OpenedBundle) -> None:
    """Whose it is and whether it is real: the comment was signed, too, but anybody's key may have signed anything."""
    comment = _printable(opened.trusted_comment)
    voice.remark(say("Signed with key {key}: {comment}", key=opened.signer_key_id, comment=comment))


def _identity(file: bytes) -> Secret:
    """The secret key in an identity file; ``age-keygen`` writes comments above it."""
    lines = [line.strip() for line in file.splitlines()]
    keys = [line for line in lines if line and not line.startswith(b"#")]
    if len(keys) > 1:
        raise BundleRefused(
            say("The identity file holds more than one key."), say("Give a file with one line AGE-SECRET-KEY-1….")
        )
    return Secret(keys[0] if keys else b"")


def key_file(path: Path) -> bytes:
    """The bytes of a key file that a command names. Raises BundleRefused."""
    try:
        return read_regular(path, most_bytes=MAX_KEY_BYTES)
    except FileRefused as problem:
        raise BundleRefused(problem.cause, say("Name the right file.")) from None
    except OSError as problem:
        raise BundleRefused(
            say("The key file {file} cannot be read: {why}.", file=str(path), why=problem.strerror or "unknown"),
            say("Name the right file."),
        ) from problem
