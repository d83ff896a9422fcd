# SPDX-License-Identifier: Apache-2.0
"""A post with a supervisor at the window, a second person, a stick, and headquarters' keys on their side."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from station.access.approval_rules import Verdict
from station.access.approvals import ApprovalService, Request
from station.access.recovery import RecoverySet
from station.domain.errors import BundleRefused
from station.domain.secrets import Secret
from station.exporting.headquarters import Change, HeadquartersService, KeyChange
from station.exporting.headquarters_keys import PublicKeyOf
from station.exporting.packages import ExportOutcome, ExportService
from station.exporting.receipt_text import ReceiptText, written_receipt
from station.exporting.receipts import ReceiptService
from station.ports.tasks import CancelToken
from storage.sealed import age
from tests.open_station import OFFICER_PASSWORD, OpenStation


class HeadquartersPost(OpenStation):
    """Irina asks, Omar decides."""

    def __init__(self, folder: Path, *, recovery: RecoverySet | None = None) -> None:
        super().__init__(folder, recovery=recovery)
        self.stick = folder / "stick"
        self.stick.mkdir()
        self.session = self.signed_in()
        self.approvals = ApprovalService(self.session, self.door.desk, self.clock, self.randomness)
        self.exports = ExportService(self.session, self.sealer, self.clock, self.checkpoints)
        self.headquarters = HeadquartersService(self.session, self.approvals, self.sealer, self.clock)
        self.receipts = ReceiptService(self.session, self.sealer, self.clock)
        self.signing = self.sealer.new_signing_key()  # of headquarters

    def close(self) -> None:
        """Sign out."""
        self.sign_ins.sign_out(self.session)

    def brought(self, name: str, content: str | bytes) -> Path:
        """A file on the stick."""
        path = self.stick / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def decided(self, request: Request, verdict: Verdict = Verdict.APPROVED) -> Request:
        """What Omar says to a request."""
        return self.approvals.decide(request.request_id, verdict, "omar", Secret(OFFICER_PASSWORD.reveal()))

    def changed(self, change: Change, key: PublicKeyOf) -> None:
        """A change that two people agree on and do."""
        wanted = KeyChange(change=change, key=key)
        self.headquarters.change(self.decided(self.headquarters.ask(wanted)).request_id, wanted)

    def another_recipient(self) -> tuple[Secret, PublicKeyOf]:
        """An identity of somebody, and its public key as it comes on the stick."""
        identity, recipient = age.new_identity()
        return identity, self.headquarters.read(self.brought("somebody.txt", f"# a key\n{recipient}\n"))

    def believe_signed_receipts(self) -> PublicKeyOf:
        """Headquarters' signing key counts from now on."""
        key = self.headquarters.read(self.brought("receipts.pub", self.sealer.public_key(self.signing)))
        self.changed(Change.ADD, key)
        return key

    def exported(self) -> ExportOutcome:
        """One more record, exported."""
        self.keep(self.session, *self.encounter(images=1))
        return self.exports.export(self.stick, None, CancelToken(), lambda _done, _of: None)

    def receipt_for(self, outcome: ExportOutcome, **other: object) -> str:
        """The text that headquarters write for a bundle, or one that differs."""
        said: dict[str, object] = {
            "station": "Harbour 1",
            "export": outcome.record.sequence,
            "sha256": outcome.bundle.sha256,
            "day": date(2026, 11, 23),
        }
        return written_receipt(ReceiptText(**(said | other)))  # type: ignore[arg-type]  # each by its name

    def signed_receipt(self, name: str, text: str, *, key: Secret | None = None) -> Path:
        """A receipt on the stick with its signature beside it."""
        path = self.brought(name, text)
        signature = self.sealer.sign_text(text, signing_key=key or self.signing, trusted_comment="receipt")
        self.brought(f"{name}.minisig", signature)
        return path

    def acts(self) -> list[str]:
        """Names of the acts on the trail, newest last."""
        with self.session.store.reading() as unit:
            return [entry.act for entry in unit.audit.entries()]

    def opens(self, bundle: Path, identity: Secret) -> bool:
        """Whether an identity opens a bundle."""
        try:
            with bundle.open("rb") as file:
                age.decrypt(file, _Nowhere(), identity)
        except BundleRefused:
            return False
        return True


class _Nowhere:
    def write(self, data: bytes, /) -> int:
        return len(data)
