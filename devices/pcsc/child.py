# SPDX-License-Identifier: Apache-2.0
"""The helper process that talks to PC/SC: the one module that imports its library, which a mute chip blocks.

Requests: ``watch`` (answers at once the first time, later when something changed), ``describe``, ``power``,
``transmit``, ``occupied``, ``release``. Each answer has ``code``, PC/SC's own (0 is good). Nothing is logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from devices.pcsc.t0 import converse
from station.isolation.frames import Header
from station.isolation.serving import serve

#: Beside PC/SC's codes, which are 0 or above 0x8000_0000.
NO_LIBRARY: Final = 1
NO_CHIP_POWERED: Final = 2

_NEW_READERS: Final = "\\\\?PnP?\\Notification"  # the name under which readers themselves are watched
_FEATURES: Final = 3400  # CM_IOCTL_GET_FEATURE_REQUEST (PC/SC part 10, 2.2)
_TLV_PROPERTIES: Final = 0x12  # FEATURE_GET_TLV_PROPERTIES (PC/SC part 10, 2.6.14)
_LONGEST_DATA: Final = 0x0A  # dwMaxAPDUDataSize
_TRIES: Final = 5


class Readers:
    """The state of the helper: its context at the service, what it last saw, and the chip it powered."""

    def __init__(self, library: Any) -> None:
        self._scard = library
        self._context: Any = None
        self._seen: dict[str, int] | None = None
        self._card: Any = None
        self._protocol = 0

    def handle(self, request: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        """Answer one request."""
        if request["do"] == "transmit":
            return self._transmit(attachments[0])
        answer, parts = self._ask_service(request)
        if answer["code"] and request["do"] == "power":
            # A service that ended and came back knows nothing of who asked before.
            answer, parts = self._ask_service(request)
        return answer, parts

    def _ask_service(self, request: Header) -> tuple[Header, Sequence[bytes]]:
        code = self._connect_to_service()
        if code:
            return {"code": code}, ()
        parts: Sequence[bytes] = ()
        match request["do"]:
            case "watch":
                answer = self._watch(int(str(request["seconds"])))
            case "describe":
                answer = self._describe(str(request["reader"]))
            case "power":
                answer, parts = self._power(str(request["reader"]))
            case "occupied":
                answer = self._occupied(str(request["reader"]))
            case _:
                self._let_go()
                answer = {"code": 0}
        if answer["code"]:
            self._leave_service()
        return answer, parts

    def _connect_to_service(self) -> int:
        if self._context is not None:
            return 0
        code, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER)
        if not code:
            self._context = context
        return _unsigned(code)

    def _leave_service(self) -> None:
        self._let_go()
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)
        self._context = self._seen = None

    # --- readers ---

    def _watch(self, seconds: int) -> Header:
        if self._seen is not None:
            wanted = [*self._seen.items(), (_NEW_READERS, 0)]
            code = _unsigned(self._scard.SCardGetStatusChange(self._context, seconds * 1000, wanted)[0])
            passing = (self._scard.SCARD_E_TIMEOUT, self._scard.SCARD_E_UNKNOWN_READER)
            if code and code not in {_unsigned(known) for known in passing}:
                return {"code": self._unless_the_line_broke(code)}
        code, states = self._states()
        if code:
            return {"code": code}
        self._seen = {name: state for name, state, _ in states}
        present = self._scard.SCARD_STATE_PRESENT
        slots = {name: [bool(state & present), state >> 16] for name, state, _ in states}
        return {"code": 0, "slots": slots}

    def _states(self) -> tuple[int, list[tuple[str, int, bytes]]]:
        """Every reader with its state now. A reader pulled between the two questions: asked again."""
        code = 0
        for _ in range(_TRIES):
            code, names = self._scard.SCardListReaders(self._context, [])
            if _unsigned(code) == _unsigned(self._scard.SCARD_E_NO_READERS_AVAILABLE) or (not code and not names):
                return 0, []
            if code:
                break
            code, states = self._scard.SCardGetStatusChange(
                self._context, 0, [(name, self._scard.SCARD_STATE_UNAWARE) for name in names]
            )
            if not code:
                changed = self._scard.SCARD_STATE_CHANGED
                return 0, [(name, state & ~changed, bytes(atr)) for name, state, atr in states]
            if _unsigned(code) != _unsigned(self._scard.SCARD_E_UNKNOWN_READER):
                break
        return _unsigned(code), []

    def _occupied(self, reader: str) -> Header:
        code, states = self._states()
        state = next((state for name, state, _ in states if name == reader), 0)
        busy = self._scard.SCARD_STATE_EXCLUSIVE | self._scard.SCARD_STATE_INUSE
        return {"code": code, "occupied": bool(state & busy)}

    def _describe(self, reader: str) -> Header:
        """Serial number and version, as far as the reader says; no fault when it does not."""
        scard = self._scard
        code, card, _ = scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_DIRECT, 0)
        if code:
            return {"code": 0}
        serial = self._attribute(card, scard.SCARD_ATTR_VENDOR_IFD_SERIAL_NO)
        version = self._attribute(card, scard.SCARD_ATTR_VENDOR_IFD_VERSION)
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        return {
            "code": 0,
            "serial": serial.split(b"\0")[0].decode("ascii", "replace"),
            # 0xMMmmbbbb: major, minor, build (PC/SC part 3, 3.1.2)
            "version": f"{version[3]}.{version[2]}" if len(version) == 4 else "",
        }

    def _attribute(self, card: Any, attribute: int) -> bytes:
        code, value = self._scard.SCardGetAttrib(card, attribute)
        return b"" if code else bytes(value)

    # --- the chip ---

    def _power(self, reader: str) -> tuple[Header, Sequence[bytes]]:
        """Connect for ourselves alone, and reset: what another program left selected in the chip is gone."""
        scard = self._scard
        self._let_go()
        either = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        code, card, _ = scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_EXCLUSIVE, either)
        if code:
            return {"code": _unsigned(code)}, ()
        self._card = card
        code, protocol = scard.SCardReconnect(card, scard.SCARD_SHARE_EXCLUSIVE, either, scard.SCARD_RESET_CARD)
        if code:
            return {"code": _unsigned(code)}, ()
        code, _, _, _, atr = scard.SCardStatus(card)
        if code:
            return {"code": _unsigned(code)}, ()
        t0 = protocol == scard.SCARD_PROTOCOL_T0
        self._protocol = scard.SCARD_PCI_T0 if t0 else scard.SCARD_PCI_T1
        _, states = self._states()
        counter = next((state >> 16 for name, state, _ in states if name == reader), 0)
        longest = 0 if t0 else self._longest_data()
        return {"code": 0, "longest": longest, "counter": counter}, (bytes(atr),)

    def _longest_data(self) -> int | None:
        """Bytes of data the reader takes in one command, 0 for short ones only; None when it does not say."""
        scard = self._scard
        code, features = scard.SCardControl(self._card, scard.SCARD_CTL_CODE(_FEATURES), [])
        control = b"" if code else _tlv(bytes(features)).get(_TLV_PROPERTIES, b"")
        if not control:
            return None
        code, properties = scard.SCardControl(self._card, int.from_bytes(control, "big"), [])
        longest = None if code else _tlv(bytes(properties)).get(_LONGEST_DATA)
        return None if longest is None else int.from_bytes(longest, "little")

    def _transmit(self, command: bytes) -> tuple[Header, Sequence[bytes]]:
        if self._card is None:
            return {"code": NO_CHIP_POWERED}, ()
        if self._protocol == self._scard.SCARD_PCI_T0:
            code, response = converse(self._send, command)
        else:
            code, response = self._send(command)
        return {"code": code}, (response,)

    def _send(self, command: bytes) -> tuple[int, bytes]:
        code, response = self._scard.SCardTransmit(self._card, self._protocol, list(command))
        return self._unless_the_line_broke(_unsigned(code)), bytes(response)

    def _unless_the_line_broke(self, code: int) -> int:
        """A service that dies is reported as a missing right at times; whoever was let in has that right."""
        if code == _unsigned(self._scard.SCARD_W_SECURITY_VIOLATION):
            return _unsigned(self._scard.SCARD_E_NO_SERVICE)
        return code

    def _let_go(self) -> None:
        card, self._card = self._card, None
        if card is not None:
            # The service takes the power away by itself after some seconds. Asked to do it at the moment when the
            # document is lifted, pcsc-lite 1.9 takes the next one for the one before and tells nobody.
            self._scard.SCardDisconnect(card, self._scard.SCARD_LEAVE_CARD)


def _unsigned(code: int) -> int:
    return code & 0xFFFF_FFFF


def _tlv(data: bytes) -> dict[int, bytes]:
    """Tag, length, value, each length one byte; what is cut off at the end is left out."""
    found = {}
    while len(data) > 1 and len(data) >= 2 + data[1]:
        found[data[0]], data = data[2 : 2 + data[1]], data[2 + data[1] :]
    return found


def main() -> None:
    """Serve until the station goes away."""
    try:
        from smartcard import scard
    except ImportError:
        serve(lambda _header, _attachments: ({"code": NO_LIBRARY}, ()))
        return
    serve(Readers(scard).handle)


if __name__ == "__main__":
    main()
