# SPDX-License-Identifier: Apache-2.0
"""A token or TPM as a second factor (PKCS#11 v2.40): a secret that only it can open, besides the password.

The token keeps an RSA key that never leaves it; beside a slot stands a random secret, sealed to that key. Which library
is loaded comes from the station's settings alone: a key file that could name one would run whatever it names.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from station.domain.errors import DeviceError, DeviceFault, DeviceSilent, NoDevice, SignInRefused, StationError
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.isolation.child import DeathReason, HelperDied, HelperProcess
from station.isolation.limits import Limits
from station.ports.keys import FactorSpec, TokenTray, TokenView
from station.ports.tasks import CancelToken

KIND: Final = "pkcs11"
CHILD: Final = "storage.keys.token_child"

_KEY: Final = "key"
_SEALED: Final = "sealed"
# Where libraries look for their tokens and their services.
_PASSED_ON: Final = (
    "SOFTHSM2_CONF",
    "TPM2_PKCS11_STORE",
    "TPM2_PKCS11_TCTI",
    "PCSCLITE_CSOCK_NAME",
    "LD_LIBRARY_PATH",
    "HOME",
)
_LIMITS: Final = Limits(
    memory_bytes=1 << 30, cpu_seconds=60.0, wall_seconds=60.0, file_bytes=1 << 20
)  # a touch is waited for; a token in software writes its files

_TRY_OTHER: Final = say("Plug the right token in, or sign in as somebody whose slot needs none.")
_SAYS: Final[Mapping[str, tuple[type[StationError], Text, Text]]] = {
    "no_library": (
        DeviceFault,
        say("The library of the tokens cannot be loaded."),
        say("Ask the technician to correct keys.token_module in the settings."),
    ),
    "no_token": (NoDevice, say("The token {token} is not plugged in."), _TRY_OTHER),
    "no_key": (NoDevice, say("The token {token} does not hold the key of this station."), _TRY_OTHER),
    "other_key": (NoDevice, say("The token {token} holds another key than the one that is needed."), _TRY_OTHER),
    "wrong_pin": (
        SignInRefused,
        say("The PIN of the token is not right."),
        say("Type it again. After some wrong tries the token locks itself."),
    ),
    "pin_locked": (
        SignInRefused,
        say("The token has locked itself after too many wrong PINs."),
        say("Unlock it with its own program, or let a supervisor take the token off this person."),
    ),
    "not_suitable": (
        DeviceFault,
        say("The token {token} cannot do what is needed: RSA-OAEP with a key of its own."),
        say("Use another token."),
    ),
}
_UNKNOWN: Final = (
    DeviceFault,
    say("The token {token} reports a fault that the station does not know."),
    say("Unplug it, plug it in again, and try once more."),
)


class Pkcs11Tokens(TokenTray):
    """The tokens that one library reaches. Any thread; every call blocks, some until a finger touches the token.

    ``factor`` is a station.ports.keys.SecondFactors.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        self._helper = HelperProcess(CHILD, _LIMITS, environment=environment, name="tokens")

    @property
    def known(self) -> bool:
        """Whether the settings name a library of tokens."""
        return bool(self._module)

    def close(self) -> None:
        """End the helper, and with it whatever the token's library remembers of a PIN."""
        self._helper.close()

    def present(self, *, cancel: CancelToken) -> Sequence[TokenView]:
        """The tokens that are plugged in and ready. Raises DeviceError kinds, Cancelled."""
        answer, _ = self._ask({"ask": "list"}, (), token="", cancel=cancel)
        found = answer.get("tokens")
        return [TokenView(**one) for one in found] if isinstance(found, list) else []

    def enrol(self, token: str, pin: Secret, *, cancel: CancelToken) -> FactorSpec:
        """Make ``token`` a second factor: a key of its own where it has none, and a fresh secret sealed to it.

        Raises SignInRefused for a wrong PIN, DeviceError kinds, Cancelled.
        """
        key = "hbm-station"
        _, (sealed,) = self._ask(
            {"ask": "enrol", "token": token, "key": key}, (pin.reveal(),), token=token, cancel=cancel, parts=1
        )
        return FactorSpec(kind=KIND, label=token, parameters={_KEY: key, _SEALED: b64encode(sealed).decode()})

    def factor(self, spec: FactorSpec) -> Pkcs11Factor:
        """The token that a slot names. Raises NoDevice when this station knows no such kind."""
        if spec.kind != KIND or not self._module:
            raise NoDevice(
                say("This slot needs a token, and this station knows none."),
                say("Ask the technician to set keys.token_module in the settings."),
            )
        try:
            sealed = b64decode(spec.parameters[_SEALED], validate=True)
            return Pkcs11Factor(self, spec.label, spec.parameters[_KEY], sealed)
        except (KeyError, ValueError):
            raise NoDevice(
                say("The key file does not say which token this slot needs."),
                say("Sign in as somebody else, or restore the key file from a backup."),
            ) from None

    def unsealed(self, token: str, key: str, sealed: bytes, pin: Secret) -> Secret:
        """The secret that only ``token`` opens. Raises as ``enrol``."""
        header = {"ask": "open", "token": token, "key": key}
        _, (secret,) = self._ask(header, (pin.reveal(), sealed), token=token, cancel=CancelToken(), parts=1)
        return Secret(secret)

    def _ask(
        self,
        header: Mapping[str, object],
        attachments: Sequence[bytes],
        *,
        token: str,
        cancel: CancelToken,
        parts: int = 0,
    ) -> tuple[Mapping[str, object], Sequence[bytes]]:
        try:
            answer, came = self._helper.request({**header, "module": self._module}, attachments, cancel=cancel)
        except HelperDied as death:
            raise _of_death(death, token) from None
        status = str(answer.get("status"))
        if status != "good" or len(came) != parts:
            kind, cause, next_step = _SAYS.get(status, _UNKNOWN)
            raise kind(replace(cause, values={"token": token}), next_step)
        return answer, came


@dataclass(frozen=True, slots=True)
class Pkcs11Factor:
    """One token as station.ports.keys.SecondFactor."""

    tokens: Pkcs11Tokens
    token: str
    key: str
    sealed: bytes

    def answer(self, challenge: bytes, pin: Secret) -> Secret:
        """HMAC-SHA-256 of the challenge under the secret that only this token opens."""
        secret = self.tokens.unsealed(self.token, self.key, self.sealed, pin)
        try:
            return Secret(hmac.new(secret.reveal(), challenge, hashlib.sha256).digest())
        finally:
            secret.forget()


def _of_death(death: HelperDied, token: str) -> DeviceError:
    if death.reason is DeathReason.OUT_OF_TIME:
        return DeviceSilent(
            say("The token {token} did not answer.", token=token),
            say("If it waits for a touch, touch it. Otherwise unplug it, plug it in again, and try once more."),
        )
    _, cause, next_step = _UNKNOWN
    return DeviceFault(replace(cause, values={"token": token}), next_step)
