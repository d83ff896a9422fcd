# SPDX-License-Identifier: Apache-2.0
"""The recovery's master secret on paper: SLIP-39, any two of three sheets, and the age identity made from it.

The one module that knows the SLIP-39 library. Its shares come from the randomness of the operating system, which
no demonstration replaces. A sheet that was mistyped is told with the word to look at, never with the word that
would fit: whoever reads the correction aloud has read the secret.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

from shamir_mnemonic import EncryptedMasterSecret, MnemonicError, Share, recover_ems, rs1024, split_ems
from shamir_mnemonic.shamir import ShareGroup
from shamir_mnemonic.wordlist import WORD_INDEX_MAP, WORDLIST

from station.domain.errors import ShareRefused
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.backup import SHARE_WORDS, SHARES, SHARES_NEEDED, PaperShare, PaperShares
from station.ports.clock import Randomness
from storage.keys.bech32 import encoded
from storage.keys.derivation import backup_identity
from storage.sealed import age

MASTER_BYTES: Final = 32

_NO_PASSPHRASE = b""
_ITERATION_EXPONENT = 1  # of the library; the secret is random, so that its stretching protects nothing
_IDENTIFIER_MASK = (1 << 15) - 1
_CUSTOMISATION = b"shamir_extendable"  # SLIP-39, "Checksum": for shares with the extendable flag, as all of ours
_AGE_HUMAN_PART = "age-secret-key-"  # C2SP age.md, "The X25519 recipient type"


class Slip39Shares(PaperShares):
    """Implements the port. Holds no secret; any thread may use it."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def vocabulary(self) -> Sequence[str]:
        """See the port."""
        return tuple(WORDLIST)

    def new_master(self) -> Secret:
        """See the port."""
        return Secret(self._randomness.bytes(MASTER_BYTES))

    def split(self, master: Secret) -> tuple[PaperShare, ...]:
        """See the port. Raises ValueError for a secret that is no master secret."""
        secret = master.reveal()
        if len(secret) != MASTER_BYTES:
            raise ValueError("a master secret has 32 bytes")
        identifier = int.from_bytes(self._randomness.bytes(2), "big") & _IDENTIFIER_MASK
        encrypted = EncryptedMasterSecret.from_master_secret(
            secret, _NO_PASSPHRASE, identifier, True, _ITERATION_EXPONENT
        )
        ((*group,),) = split_ems(1, [(SHARES_NEEDED, SHARES)], encrypted)
        return tuple(_paper(share) for share in group)

    def read(self, sheet: int, words: Sequence[str]) -> PaperShare:
        """See the port. Looking for the wrong word takes a few milliseconds."""
        typed = [word.strip().lower() for word in words]
        for place, word in enumerate(typed, start=1):
            if word not in WORD_INDEX_MAP:
                raise ShareRefused(
                    say("Word {place} of sheet {sheet} is not a word of the list.", place=place, sheet=sheet),
                    say("Look at the sheet, and type this word again."),
                    sheet=sheet,
                    word=place,
                )
        if len(typed) != SHARE_WORDS:
            raise ShareRefused(
                say(
                    "Sheet {sheet} has {count} words; it needs {wanted}.",
                    sheet=sheet,
                    count=len(typed),
                    wanted=SHARE_WORDS,
                ),
                say("Look for a word that is missing or typed twice."),
                sheet=sheet,
            )
        numbers = [WORD_INDEX_MAP[word] for word in typed]
        if not rs1024.verify_checksum(numbers, _CUSTOMISATION):
            raise _misspelt(sheet, numbers)
        try:
            share = Share.from_mnemonic(" ".join(typed))
        except MnemonicError:
            raise _foreign(sheet) from None
        if not _is_ours(share):
            raise _foreign(sheet)
        return _paper(share)

    def combine(self, shares: Sequence[PaperShare]) -> Secret:
        """See the port. About a tenth of a second."""
        read = [Share.from_mnemonic(share.text.reveal().decode("ascii")) for share in shares]
        _refuse_too_few(read)
        for sheet, share in enumerate(read[1:], start=2):
            if share.common_parameters() != read[0].common_parameters():
                raise ShareRefused(
                    say("Sheets 1 and {sheet} are not of the same set.", sheet=sheet),
                    say("Compare the mark of the set on both. Sheets of an older set do not fit those of a newer one."),
                    sheet=sheet,
                )
        group = ShareGroup()
        for share in read[:SHARES_NEEDED]:
            group.add(share)
        try:
            master = recover_ems({0: group}).decrypt(_NO_PASSPHRASE)
        except MnemonicError:
            raise ShareRefused(
                say("These sheets do not fit together, although each of them is whole."),
                say("Use the third sheet in place of one of them."),
            ) from None
        return Secret(master)

    def identity(self, master: Secret) -> Secret:
        """See the port: HKDF-SHA256 of the master secret, in the text form of age."""
        return Secret.of(encoded(_AGE_HUMAN_PART, backup_identity(master)).upper())

    def recipient(self, master: Secret) -> str:
        """See the port."""
        identity = self.identity(master)
        try:
            return age.recipient_of(identity)
        finally:
            identity.forget()


def _paper(share: Share) -> PaperShare:
    return PaperShare(number=share.index + 1, set_mark=f"{share.identifier:04X}", text=Secret.of(share.mnemonic()))


def _is_ours(share: Share) -> bool:
    return bool(
        share.extendable
        and (share.group_index, share.group_threshold, share.group_count) == (0, 1, 1)
        and share.member_threshold == SHARES_NEEDED
        and share.index < SHARES
        and len(share.value) == MASTER_BYTES
    )


def _refuse_too_few(shares: Sequence[Share]) -> None:
    if len(shares) < SHARES_NEEDED:
        raise ShareRefused(
            say("One sheet alone brings nothing back."),
            say("Two sheets of the same set are needed: fetch another one."),
        )
    seen: dict[int, int] = {}
    for sheet, share in enumerate(shares, start=1):
        first = seen.setdefault(share.index, sheet)
        if first != sheet and share == shares[first - 1]:
            raise ShareRefused(
                say("Sheet {sheet} is the same as sheet {first}.", sheet=sheet, first=first),
                say("Two different sheets are needed: fetch another one."),
                sheet=sheet,
            )


def _misspelt(sheet: int, numbers: Sequence[int]) -> ShareRefused:
    """The checksum does not fit: when one wrong word explains that, it is named."""
    place = _misfit(numbers)
    if place is None:
        cause = say("Several words of sheet {sheet} are wrong, or stand in the wrong order.", sheet=sheet)
        return ShareRefused(cause, say("Compare every word with the sheet, from the first one on."), sheet=sheet)
    return ShareRefused(
        say("Word {place} of sheet {sheet} does not fit the others.", place=place, sheet=sheet),
        say("Compare this word with the sheet. If it is right, compare all of them."),
        sheet=sheet,
        word=place,
    )


def _misfit(numbers: Sequence[int]) -> int | None:
    """The place (from 1) where one other word would make the checksum right.

    The checksum is linear over XOR (SLIP-39, "Checksum"; distance 4, so at most one place answers): what a change
    of one word does to it is combined from what its ten bits do.
    """
    wanted = _checksum(numbers)
    for place, bits in enumerate(_effects(), start=1):
        found = 0
        for change in range(1, 1024):
            found ^= bits[(change & -change).bit_length() - 1]  # each step of a Gray code changes one bit
            if found == wanted:
                return place
    return None


@functools.cache
def _effects() -> tuple[tuple[int, ...], ...]:
    """What each bit of each word of a sheet does to the checksum."""
    nothing = _checksum([0] * SHARE_WORDS)
    return tuple(
        tuple(_checksum([(1 << bit) * (at == place) for at in range(SHARE_WORDS)]) ^ nothing for bit in range(10))
        for place in range(SHARE_WORDS)
    )


def _checksum(numbers: Sequence[int]) -> int:
    """0 for words that fit, else what is left over, as one number of 30 bits."""
    *words, a, b, c = numbers
    checksum: list[int] = rs1024.create_checksum(words, _CUSTOMISATION)
    x, y, z = checksum
    return ((a ^ x) << 20) | ((b ^ y) << 10) | (c ^ z)


def _foreign(sheet: int) -> ShareRefused:
    cause: Text = say("Sheet {sheet} is no recovery sheet of a station.", sheet=sheet)
    return ShareRefused(cause, say("Look for the sheets that were printed when this station was set up."), sheet=sheet)
