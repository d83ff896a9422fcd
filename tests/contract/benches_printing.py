# SPDX-License-Identifier: Apache-2.0
"""The benches of what fills the printer's role without a printer."""

from __future__ import annotations

import threading
from pathlib import Path

from devices.manual.hand_form import HandForm
from tests.contract.benches import Bench, WallClock


def hand_form(_folder: Path, *, waits: bool = False) -> Bench:
    """The officer with pen and form: signs whatever lies there, unless the bench waits."""
    driver = HandForm(clock=WallClock())
    ended = threading.Event()

    def sign() -> None:
        while not ended.wait(0.005):
            driver.confirm()

    hand = threading.Thread(target=sign, name="the officer's hand")
    bench = Bench(driver, vanish=driver.close, manual=True)
    if not waits:
        start, close = bench.registry.start, bench.registry.close

        def begin() -> None:
            start()
            hand.start()

        def end() -> None:
            ended.set()
            hand.join()
            close()

        bench.registry.start = begin  # type: ignore[method-assign]  # the officer's hand on this bench
        bench.registry.close = end  # type: ignore[method-assign]  # and its end
    return bench
