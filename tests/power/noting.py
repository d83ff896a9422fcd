# SPDX-License-Identifier: Apache-2.0
"""Signing in and out with checkpoints and marks beside the store: no cut may make an honest store look put back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from station.access.checkpoint_text import CheckpointReason
from station.access.checkpoints import CheckpointService
from station.access.sign_in import SignInService
from station.access.store_settings import first_settings
from station.domain.errors import StationError
from station.ports.tasks import CancelToken
from storage.sealed import age
from storage.sealed.sealer import AgeMinisignSealer
from tests.open_station import SUPERVISOR_PASSWORD, SeededRandomness, StandingClock, people
from tests.power.promises import IDENTITY, WHO, DoesNotOpen, Promise, door_at, hold_to, save

SAVES = 3  # between two checkpoints


def make_signing(folder: Path) -> None:
    """A store with a signing key, opened once, so that its anchors have begun."""
    sealer = AgeMinisignSealer(StandingClock(), SeededRandomness())
    key = sealer.new_signing_key()
    _, recipient = age.new_identity()
    settings = first_settings(recipient=recipient, signing_key=key, public_key=sealer.public_key(key))
    door_at(folder).create(IDENTITY, people(), settings)
    sign_ins, _ = _services(folder)
    sign_ins.sign_out(sign_ins.sign_in(WHO, SUPERVISOR_PASSWORD, CancelToken()))


def _services(folder: Path) -> tuple[SignInService, CheckpointService]:
    clock = StandingClock()
    checkpoints = CheckpointService(AgeMinisignSealer(clock, SeededRandomness()), clock)
    return SignInService(door_at(folder), clock, checkpoints), checkpoints


def noting(folder: Path, count: int, acknowledge: Callable[[dict[str, object]], None]) -> None:
    """Days with a sign-in, records, a print and a sign-out."""
    sign_ins, checkpoints = _services(folder)
    for number in range(0, count, SAVES):
        session = sign_ins.sign_in(WHO, SUPERVISOR_PASSWORD, CancelToken())
        for each in range(number, number + SAVES):
            acknowledge(save(session.store, each, picture_bytes=900).promise())
        checkpoints.make(session.stores, CheckpointReason.PRINT)
        sign_ins.sign_out(session)


def notes_fit(folder: Path, promises: Sequence[Promise]) -> None:
    """Nothing promised is lost, and neither store looks as if it had been put back."""
    sign_ins, _ = _services(folder)
    try:
        session = sign_ins.sign_in(WHO, SUPERVISOR_PASSWORD, CancelToken())
    except StationError as problem:
        raise DoesNotOpen(f"{type(problem).__name__}: {problem}") from problem
    try:
        found = [one.happened.in_english() for store in session.stores.values() for one in store.anchor_findings]
        if any(store.read_only is not None for store in session.stores.values()):
            raise DoesNotOpen(f"an honest store is only read: {found}")
        hold_to(session.store, promises)
    finally:
        sign_ins.sign_out(session)
