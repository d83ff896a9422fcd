# SPDX-License-Identifier: Apache-2.0
"""What the station asks of a chip reader: to say when a chip is there, and to carry commands to it.

The conversation itself (Doc 9303-10, 9303-11) is a generator in ``station.mrtd``; a reader carries bytes and
understands none of them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Final, Protocol

from station.domain.provenance import Provenance
from station.ports.tasks import CancelToken

SHORT_COMMAND: Final = 261  # bytes of a short APDU: header 4, Lc 1, data 255, Le 1 (ISO/IEC 7816-4, 5.1)
SHORT_RESPONSE: Final = 258  # data 256, status word 2


class ChipInterface(enum.Enum):
    """How the reader reaches the chip."""

    CONTACTLESS = "contactless"  # ISO/IEC 14443, over the air
    CONTACT = "contact"  # ISO/IEC 7816-3, through the gold plate
    UNKNOWN = "unknown"  # the reader does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipPresence:
    """A chip that answered. ``atr`` is what the reader says of it (PC/SC part 3 for contactless ones).

    ``longest_command`` and ``longest_response`` in bytes, as the reader claims; more than SHORT_COMMAND means that
    extended length may be tried.
    """

    interface: ChipInterface
    atr: bytes = field(repr=False)
    longest_command: int = SHORT_COMMAND
    longest_response: int = SHORT_RESPONSE
    provenance: Provenance


class ChipReader(Protocol):
    """Exclusive use of one reader. Errors: ChipRemoved (the document left the reader), DeviceRemoved (the reader

    did), DeviceSilent (the watchdog ended a chip that did not answer), DeviceFault, Cancelled.
    """

    def wait_for_chip(self, *, cancel: CancelToken) -> ChipPresence:
        """Wait until a chip is on the reader, power it afresh and say what it is."""
        ...

    def transmit(self, command: bytes, *, cancel: CancelToken) -> bytes:
        """One command APDU to the chip of the last ``wait_for_chip``; its response with the status word."""
        ...

    def wait_for_removal(self, *, cancel: CancelToken) -> None:
        """Wait until no chip is on the reader."""
        ...
