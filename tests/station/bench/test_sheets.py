# SPDX-License-Identifier: Apache-2.0
"""The bench says of a sheet no more than its printer did."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from station.bench.seen import PrinterSeen
from station.domain.provenance import Provenance
from station.ports.devices import PrintReceipt

PROVENANCE = Provenance(
    role="printer", device_id="cups:Counter", driver="cups", captured_at=datetime(2026, 11, 22, tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("confirmed", "says"),
    [
        (True, "The sheet was out after 2.5 s."),
        (False, "The printer had the sheet after 2.5 s. Look whether it came out."),
    ],
)
def test_a_sheet_is_out_only_by_the_word_of_its_printer(confirmed: bool, says: str) -> None:
    receipt = PrintReceipt("Counter", PROVENANCE, confirmed=confirmed)
    assert PrinterSeen(findings=(), receipt=receipt, seconds=2.51).out.in_english() == says
