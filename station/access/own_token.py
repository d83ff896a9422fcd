# SPDX-License-Identifier: Apache-2.0
"""A person's own token besides the password: which one the slot needs now, and which could be put beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from station.domain.errors import DeviceError
from station.domain.secrets import Secret
from station.domain.sign_in_name import comparable
from station.ports.keys import FactorSpec, KeyDesk, TokenTray
from station.ports.tasks import CancelToken


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token to be put beside one's own slot. ``enrol`` is called once the person has proven who they are."""

    enrol: Callable[[], FactorSpec]
    pin: Secret = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensSeen:
    """``needed``: the label of the token that the slot needs now, or empty. ``present``: labels that are plugged in.

    ``problem``: why the tokens that are plugged in could not be listed.
    """

    needed: str = ""
    present: tuple[str, ...] = ()
    problem: DeviceError | None = None


class OwnToken:
    """The tokens as one person may choose among them. Any thread; calls block."""

    def __init__(self, key_desk: KeyDesk, tray: TokenTray, name: str) -> None:
        self._key_desk = key_desk
        self._tray = tray
        self._name = comparable(name)

    def look(self, cancel: CancelToken) -> TokensSeen:
        """What there is to choose from. Raises StoreError kinds, Cancelled."""
        mine = [slot for slot in self._key_desk.people() if comparable(slot.name) == self._name]
        needed = next((slot.factor_label for slot in mine if slot.second_factor), "")
        if not self._tray.known:
            return TokensSeen(needed=needed)
        try:
            labels = dict.fromkeys(token.label for token in self._tray.present(cancel=cancel))
        except DeviceError as problem:
            return TokensSeen(needed=needed, problem=problem)
        return TokensSeen(needed=needed, present=tuple(labels))

    def chosen(self, label: str, pin: Secret) -> NewToken:
        """The token with this label, to be put beside the slot."""
        return NewToken(enrol=lambda: self._tray.enrol(label, pin, cancel=CancelToken()), pin=pin)
