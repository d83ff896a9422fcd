# SPDX-License-Identifier: Apache-2.0
"""Takes in the receipts that headquarters signed: what they hold may be let go here when its time is over.

A receipt lets records be erased, so it is believed only with the signature of a key that two people agreed on
(``headquarters``), and only for an export of this station with exactly that hash.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.access import store_settings
from station.access.audit import Act
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.errors import BundleRefused, FileRefused, ReceiptRefused
from station.domain.words import Text, say
from station.exporting.receipt_text import MOST_RECEIPT_BYTES, NotAReceipt, ReceiptText, read_receipt
from station.isolation.intake import Intake
from station.ports.clock import Clock
from station.ports.export_rows import ExportRecord, KeptReceipt
from station.ports.sealing import TextSigner
from station.ports.storage import UnitOfWork
from station.ports.tasks import CancelToken

#: The file names that are looked at, and their signatures beside them.
RECEIPT_NAMES: Final = re.compile(r"receipt-[A-Za-z0-9._-]{1,100}\.txt")
SIGNATURE_ENDING: Final = ".minisig"
MOST_SIGNATURE_BYTES: Final = 4 * 1024
#: More than a station exports in a year.
MOST_RECEIPTS: Final = 500

_TOO_MANY: Final = say("There are too many receipts: from this one on none was looked at. Take the others off first.")
_NO_KEY: Final = say("No key of headquarters that counts here signed this.")
_NAMES: Final = re.compile(rf"{RECEIPT_NAMES.pattern}({re.escape(SIGNATURE_ENDING)})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedReceipt:
    """A file that was not believed, and why."""

    name: str
    cause: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptsTaken:
    """What came of the receipts in a folder. ``known`` were taken in before."""

    taken: tuple[int, ...]
    known: tuple[int, ...]
    refused: tuple[RefusedReceipt, ...]


@dataclass(frozen=True, slots=True)
class ReceiptTaken:
    """Event: an export has a signed receipt."""

    sequence: int


class ReceiptService:
    """Receipts for one session. Calls block on disk and stick, and need EXPORT."""

    def __init__(self, session: Session, signer: TextSigner, clock: Clock) -> None:
        self._session = session
        self._signer = signer
        self._clock = clock

    def take_in(self, folder: Path, cancel: CancelToken) -> ReceiptsTaken:
        """Take in every ``receipt-*.txt`` of a folder that headquarters signed; one that is bad stops no other.

        Raises NotPermitted, ReceiptRefused when there is no key to judge by, no receipt, or no such folder,
        FileRefused for a folder that is none, StoreError kinds, Cancelled: what was taken in until then stays.
        """
        self._session.require(Permission.EXPORT)
        with self._session.store.reading() as unit:
            keys = store_settings.headquarters_signers(unit.settings)
        if not keys:
            raise ReceiptRefused(
                say("This station knows no key with which headquarters sign receipts."),
                say("Add their minisign key on the page Keys, or note the receipt by hand on the page Retention."),
            )
        taken: list[int] = []
        known: list[int] = []
        refused: list[RefusedReceipt] = []
        with ExitStack() as held:
            try:
                intake = held.enter_context(Intake.of(folder, _NAMES))
                names = [name for name in intake.listed() if RECEIPT_NAMES.fullmatch(name)]
            except OSError as problem:
                raise ReceiptRefused(
                    say("{folder} cannot be read.", folder=str(folder)), say("Plug the stick in, and try again.")
                ) from problem
            for name in names[:MOST_RECEIPTS]:
                cancel.raise_if_cancelled()
                try:
                    text, signature = _files(intake, name)
                    receipt, key = self._judged(text, signature, keys)
                    fresh = self._keep(receipt, key, text, signature)
                    (taken if fresh else known).append(receipt.export)
                except (ReceiptRefused, FileRefused) as problem:
                    refused.append(RefusedReceipt(name=name, cause=problem.cause))
            refused += [RefusedReceipt(name=name, cause=_TOO_MANY) for name in names[MOST_RECEIPTS:][:1]]
        if not names:
            raise ReceiptRefused(
                say("There is no receipt in {folder}.", folder=str(folder)),
                say("Receipts are files receipt-….txt, each with its .minisig beside it, not inside a folder."),
            )
        return ReceiptsTaken(taken=tuple(taken), known=tuple(known), refused=tuple(refused))

    def _judged(self, text: str, signature: str, keys: tuple[str, ...]) -> tuple[ReceiptText, str]:
        """The receipt and the key that signed it. Raises ReceiptRefused."""
        for key in keys:
            try:
                self._signer.verify_text(text, signature, signer=key)
            except BundleRefused:
                continue  # the old and the new key count during a transition
            try:
                return read_receipt(text), key
            except NotAReceipt:
                raise _refused(say("Headquarters signed it, but it is no receipt.")) from None
        raise _refused(_NO_KEY)

    def _keep(self, receipt: ReceiptText, key: str, text: str, signature: str) -> bool:
        """Whether it was taken in now; False when the export had one. Raises ReceiptRefused."""
        by, at = self._session.officer.officer_id, self._clock.now()
        with self._session.store.unit_of_work() as unit:
            if key not in store_settings.headquarters_signers(unit.settings):
                raise _refused(_NO_KEY)  # dropped in between
            record = self._fitting(unit, receipt)
            if not unit.exports.keep_receipt(
                record.sequence, KeptReceipt(text=text, signature=signature, by=by, at=at)
            ):
                return False
            details = {
                "sequence": str(record.sequence),
                "sha256": record.bundle_sha256,
                "signed_with": self._signer.key_id(key),
                "day": receipt.day.isoformat(),
            }
            unit.audit.append(at=at, by=by, act=Act.EXPORT_RECEIVED, subject=record.name, details=details)
            unit.publish(ReceiptTaken(record.sequence))
            unit.commit()
        return True

    def _fitting(self, unit: UnitOfWork, receipt: ReceiptText) -> ExportRecord:
        if not receipt.is_of(self._session.store.identity.station):
            raise _refused(say("This is a receipt for another station."))
        record = next((one for one in unit.exports.all() if one.sequence == receipt.export), None)
        if record is None:
            raise _refused(say("This station completed no export {number}.", number=receipt.export))
        if record.bundle_sha256 != receipt.sha256:
            raise _refused(say("Headquarters hold another file than export {number}.", number=receipt.export))
        return record


def _files(intake: Intake, name: str) -> tuple[str, str]:
    """A receipt and its signature. Raises ReceiptRefused, FileRefused."""
    signature_name = name + SIGNATURE_ENDING
    try:
        text = _read(intake, name, MOST_RECEIPT_BYTES)
        signature = _read(intake, signature_name, MOST_SIGNATURE_BYTES)
        return text.decode(), signature.decode()
    except FileNotFoundError:
        raise _refused(say("Its signature is not beside it: {name}.", name=signature_name)) from None
    except UnicodeDecodeError:
        raise _refused(say("It is not a text.")) from None


def _read(intake: Intake, name: str, most_bytes: int) -> bytes:
    """One file. What the disk cannot read is refused alone: the others may be good. Raises FileNotFoundError."""
    try:
        return intake.read(name, most_bytes=most_bytes)
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise _refused(say("The file {name} cannot be read: {why}.", name=name, why=problem.strerror or "?")) from None


def _refused(cause: Text) -> ReceiptRefused:
    return ReceiptRefused(cause, say("Ask headquarters for another receipt. Nothing was noted."))
