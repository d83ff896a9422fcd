# SPDX-License-Identifier: Apache-2.0
"""The boarding pass of a specimen traveller, as the content of its code: what barcode readers at a port see most."""

from __future__ import annotations

from typing import Final

from devices.simulators.specimens.specimen import Specimen

#: An airport, an airline and a second airport that do not exist.
_FROM: Final = "UTA"
_TO: Final = "UTB"
_CARRIER: Final = "XX"


def boarding_pass(traveller: Specimen) -> bytes:
    """The 60 mandatory characters of a pass with one leg (IATA Resolution 792, attachment B), in ASCII."""
    name = traveller.document.name
    random = traveller.random("boarding pass")
    day = random.randint(1, 365)
    fields = (
        "M1",
        f"{name.primary}/{name.secondary}".replace("<", " ")[:20].ljust(20),
        "E",
        "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=6)).ljust(7),
        _FROM,
        _TO,
        _CARRIER.ljust(3),
        f"{random.randint(1, 999):04d}".ljust(5),
        f"{day:03d}",
        "Y",
        f"{random.randint(1, 40):03d}{random.choice('ABCDEF')}",
        f"{random.randint(1, 180):04d}".ljust(5),
        "1",
        "00",
    )
    return "".join(fields).encode("ascii")
