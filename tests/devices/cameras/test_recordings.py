# SPDX-License-Identifier: Apache-2.0
"""A film is a camera for training only: nobody is admitted on the portrait of a recording."""

from __future__ import annotations

from pathlib import Path

from devices.cameras.driver import CameraDriver, CameraSettings
from devices.registry import Registry
from tests.contract.benches import LOOK, WallClock, until, video


def test_a_recording_counts_as_simulated(tmp_path: Path) -> None:
    settings = CameraSettings(files=(str(video(tmp_path / "film.avi")),), enabled=False, look_seconds=LOOK)
    driver = CameraDriver(settings, clock=WallClock())
    training = Registry([driver], allow_simulated=True)
    training.start()
    try:
        until(lambda: bool(training.states()))
        (state,) = training.states()
        assert state.info.simulated  # and tests/devices/test_registry.py: a live store lists nothing that is
    finally:
        training.close()
