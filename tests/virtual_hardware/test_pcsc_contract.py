# SPDX-License-Identifier: Apache-2.0
"""What every chip reader promises, kept over a real PC/SC service with a scripted card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devices.pcsc.driver import PcscDriver, PcscSettings
from tests.contract.benches import WallClock
from tests.contract.benches_chip import ChipBench
from tests.contract.test_chip_reader import PROMISES
from tests.virtual_hardware.pcscd import PcscService, missing, pcsc_service
from tests.virtual_hardware.virtual_card import CardFault, VirtualCard, scripted

pytestmark = pytest.mark.virtual


@pytest.fixture(scope="module")
def service() -> Iterator[PcscService]:
    if (why := missing()) is not None:
        pytest.skip(why)
    with pcsc_service() as running:
        yield running


class CardInHand:
    """The card that the bench lays down and takes off."""

    def __init__(self, service: PcscService) -> None:
        self._service = service
        self._card = VirtualCard(scripted)
        self._lies = False

    def lay_down(self) -> None:
        if not self._lies:
            self._card = self._service.insert(VirtualCard(scripted))
            self._lies = True

    def take_off(self) -> None:
        self._lies = False
        self._card.remove()

    def show(self, fault: CardFault) -> None:
        self._card.fault = fault

    @contextmanager
    def released(self) -> Iterator[None]:
        self._card.wake()
        try:
            yield
        finally:
            self.take_off()

    def kill_service(self) -> None:
        """Cards stay in the hand: there is nothing to lie on."""
        self._lies = False
        self._service.kill()

    def heal(self) -> None:
        self._card.wake()


def bench(service: PcscService, *, waits: bool) -> ChipBench:
    hand = CardInHand(service)
    return ChipBench(
        PcscDriver(PcscSettings(transmit_seconds=60.0), clock=WallClock()),
        give=(lambda: None) if waits else hand.lay_down,
        vanish=hand.kill_service,
        come_back=service.start,
        release=hand.released,
        take_off=hand.take_off,
        mute=lambda: hand.show(CardFault.MUTE),
        lift_midway=lambda: hand.show(CardFault.GONE),
        heal=hand.heal,
    )


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_pcsc_keeps_what_every_chip_reader_promises(
    promise: Callable[..., None], service: PcscService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service.start_if_ended()
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(service.address))
    promise(lambda _folder, *, waits=False: bench(service, waits=waits), tmp_path)
