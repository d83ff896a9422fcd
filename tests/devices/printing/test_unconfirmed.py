# SPDX-License-Identifier: Apache-2.0
"""By the word of which printers a sheet is out: CUPS calls a job completed for all of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from devices.printing.child import GOOD, Spooler


class QueueAt:
    """The one question of ``fate`` to CUPS, answered for a queue at ``uri``."""

    uri = ""

    def getPrinterAttributes(self, _queue: str, *, requested_attributes: list[str]) -> dict[str, object]:
        assert requested_attributes == ["device-uri"]
        return {"device-uri": self.uri}


class NeverRaised(Exception):
    """Stands where pycups has its errors."""


@pytest.mark.parametrize(
    "uri",
    [
        "usb://HP/LaserJet%20P1102",
        "socket://10.0.0.5:9100",
        "lpd://10.0.0.5/q",
        "hp:/usb/x",
        "dnssd://HP%20M404._ipp._tcp.local/?uuid=1",
        "implicitclass://HP/",
        "",
    ],
)
def test_behind_anything_but_ipp_nobody_says_that_a_sheet_came_out(uri: str) -> None:
    here = type("Here", (QueueAt,), {"uri": uri})
    library = SimpleNamespace(
        Connection=here, setPasswordCB=lambda _prompt: None, IPPError=NeverRaised, HTTPError=NeverRaised
    )
    answer, _ = Spooler(library).handle({"do": "fate", "queue": "q", "title": "notice", "server": ""}, ())
    assert answer == {"status": GOOD, "ended": None, "itself": False}
