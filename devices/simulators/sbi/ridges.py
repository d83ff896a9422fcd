# SPDX-License-Identifier: Apache-2.0
"""Drawn fingerprints of nobody: equal seeds give equal fingers, different ones never the same.

Ridges grow out of noise along a field of directions around a core and a delta, as ridges do (Sherlock and Monro's
model of the field; repeated filtering along it). They look plausible and stand for no person.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from station.ports.fingers import FingerPosition

Grey = npt.NDArray[np.uint8]  # height x width
Field = npt.NDArray[np.float32]  # height x width

WIDTH, HEIGHT = 320, 416  # pixels at 500 dpi: 16 x 21 mm
_SMALL: Final = (200, 260)  # drawn at 5/8 of the size: ridges of 5.8 pixels become 9.3, as of an adult's finger
_PERIOD: Final = 5.8
_DIRECTIONS: Final = 12
_ROUNDS: Final = 7
_KERNEL: Final = 13


@dataclass(frozen=True, slots=True)
class FingerShape:
    """What tells one finger from the next: where its core and deltas lie and how it is turned."""

    cores: tuple[tuple[float, float], ...]
    deltas: tuple[tuple[float, float], ...]
    turn: float
    noise: int

    @classmethod
    def of(cls, traveller: int, position: FingerPosition, *, seed: int) -> FingerShape:
        """The shape of one finger: loop, whorl or arch as often as in people."""
        chance = random.Random(f"{seed}/{traveller}/{position.value}")
        x, y = chance.uniform(0.42, 0.58), chance.uniform(0.36, 0.46)
        kind = chance.random()
        side = chance.choice((-1, 1))
        turn, noise = chance.uniform(-0.12, 0.12), chance.getrandbits(32)
        if kind < 0.3:  # whorl
            return cls(((x, y - 0.05), (x, y + 0.06)), ((0.12, 0.8), (0.88, 0.82)), turn, noise)
        if kind < 0.95:  # loop
            return cls(((x, y),), ((0.5 + side * chance.uniform(0.28, 0.36), 0.8),), turn, noise)
        return cls(((x, y + 0.12),), ((x, y + 0.2),), turn, noise)  # tented arch


def drawn(shape: FingerShape, *, wear: float = 0.0) -> Grey:
    """The finger as a scanner sees it: dark ridges on white, 500 dpi. ``wear`` 0..1 breaks its ridges."""
    width, height = _SMALL
    ridges = _ridges(shape)
    chance = np.random.default_rng(shape.noise)
    if wear > 0.0:
        patches = cv2.GaussianBlur(chance.normal(size=(height, width)).astype(np.float32), (0, 0), 5.0)
        strongest = float(np.abs(patches).max())
        ridges = ridges * (1.0 - wear * np.clip(patches * 2.5 / strongest + wear, 0.0, 1.0)).astype(np.float32)
    large = cv2.resize(ridges, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    grain = chance.normal(0.0, 9.0, size=(HEIGHT, WIDTH)).astype(np.float32)
    ink = (0.5 + 0.5 * np.clip(large, -1.0, 1.0)) * 175.0 * _pad() + grain * _pad()
    return np.clip(250.0 - ink, 0.0, 255.0).astype(np.uint8)


def _ridges(shape: FingerShape) -> Field:
    """Noise that grows into ridges, -1..1."""
    width, height = _SMALL
    directions = _field(shape)
    bins = np.arange(_DIRECTIONS, dtype=np.float32) * np.float32(math.pi / _DIRECTIONS)
    apart = np.abs(np.angle(np.exp(2j * (directions[None] - bins[:, None, None])))) / 2.0
    shares = np.clip(1.0 - apart * (_DIRECTIONS / math.pi), 0.0, 1.0).astype(np.float32)
    kernels = [_kernel(float(angle)) for angle in bins]
    here = np.random.default_rng(shape.noise ^ 0x5EED).normal(0.0, 0.6, size=(height, width)).astype(np.float32)
    for _ in range(_ROUNDS):
        grown = np.zeros_like(here)
        for kernel, share in zip(kernels, shares, strict=True):
            grown += cv2.filter2D(here, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT) * share
        here = np.tanh(grown * np.float32(3.0)).astype(np.float32)
    return here


def _field(shape: FingerShape) -> Field:
    """The direction of the ridges at each pixel, in radians."""
    width, height = _SMALL
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, height / width, height))
    angle = np.zeros_like(across)
    for x, y in shape.cores:
        angle += np.arctan2(down - y * height / width, across - x)
    for x, y in shape.deltas:
        angle -= np.arctan2(down - y * height / width, across - x)
    return (angle / 2.0 + shape.turn).astype(np.float32)


def _kernel(angle: float) -> Field:
    """A Gabor filter that strengthens ridges running along ``angle``; it answers nothing to plain grey."""
    kernel = cv2.getGaborKernel((_KERNEL, _KERNEL), 2.6, angle + math.pi / 2.0, _PERIOD, 0.55, 0.0, ktype=cv2.CV_32F)
    kernel -= kernel.mean()
    return np.asarray(kernel / np.abs(kernel).sum(), np.float32)


def _pad() -> Field:
    """Where the skin touches the glass: a rounded pad that fades at its rim."""
    across, down = np.meshgrid(np.linspace(-1, 1, WIDTH), np.linspace(-1, 1, HEIGHT))
    outside = (np.abs(across) / 0.86) ** 2.6 + (np.abs(down) / 0.93) ** 2.6
    return np.clip((1.0 - outside) * 6.0, 0.0, 1.0).astype(np.float32)
