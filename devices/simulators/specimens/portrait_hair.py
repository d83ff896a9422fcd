# SPDX-License-Identifier: Apache-2.0
"""Hair, beards and head coverings of specimen portraits: what is behind the head, and what lies over it."""

from __future__ import annotations

import math
from typing import assert_never

import numpy as np

from devices.simulators.specimens.brush import Brush, Mask, Points, ellipse, mix, moved, shade, smooth
from devices.simulators.specimens.face import Face, Hair
from devices.simulators.specimens.pose import Pose


def draw_behind(brush: Brush, face: Face, pose: Pose) -> None:
    """What the head and shoulders will cover."""
    wide = face.width
    match face.hair:
        case Hair.LONG:
            half = [
                (0.5 * wide, -1.02),
                (0.80 * wide, -0.6),
                (0.90 * wide, 0.1),
                (0.94 * wide, 0.9),
                (0.98 * wide, 1.75),
                (0.5, 1.9),
            ]
            _mass(brush, face, pose, _mirrored(half, top=-1.12, bottom=1.7), flow=0.15)
        case Hair.BOB:
            half = [
                (0.5 * wide, -1.02),
                (0.80 * wide, -0.6),
                (0.90 * wide, 0.1),
                (0.91 * wide, 0.7),
                (0.72 * wide, 1.0),
                (0.4, 1.0),
            ]
            _mass(brush, face, pose, _mirrored(half, top=-1.12, bottom=0.95), flow=0.1)
        case Hair.TIED:
            _mass(brush, face, pose, ellipse(0.0, -1.06, 0.30, 0.20), flow=0.05)
        case Hair.CURLY:
            _mass(brush, face, pose, _curls(face), flow=0.3)
        case Hair.COVERED:
            half = [
                (0.5 * wide, -1.08),
                (0.84 * wide, -0.7),
                (0.92 * wide, 0.1),
                (0.88 * wide, 0.9),
                (1.15 * wide, 1.6),
                (1.2, 2.2),
            ]
            brush.fill(pose.flat(_mirrored(half, top=-1.18, bottom=2.3)), face.cloth_colour)
        case _:
            return


def draw_front(brush: Brush, face: Face, pose: Pose) -> None:
    """What lies over forehead and temples."""
    match face.hair:
        case Hair.COVERED:
            _cloth(brush, face, pose)
            return
        case Hair.CROPPED:
            cap = _cap(face, rise=0.045, temple=-0.10, line=-0.60, sweep=0.0)
        case Hair.SHORT:
            cap = _cap(face, rise=0.12, temple=-0.06, line=-0.56, sweep=face.parting * 0.15)
        case Hair.RECEDING:
            _receding(brush, face, pose)
            return
        case Hair.CURLY:
            cap = _cap(face, rise=0.10, temple=-0.05, line=-0.60, sweep=0.0)
        case Hair.BOB:
            cap = _fringe(face) if face.parting > 0.3 else _curtain(face, lower=0.85)
        case Hair.LONG:
            cap = _curtain(face, lower=0.55)
        case Hair.TIED:
            cap = _cap(face, rise=0.07, temple=-0.02, line=-0.64, sweep=face.parting * 0.12)
        case _:
            assert_never(face.hair)
    short = face.hair is Hair.CROPPED
    infant = 0.55 if face.age < 2 else 1.0
    _mass(brush, face, pose, cap, flow=0.12, strength=(0.86 if short else 1.0) * infant, edge=0.018 if short else 0.012)


def draw_beard(brush: Brush, face: Face, pose: Pose, skin: Mask) -> None:
    """Beard and moustache; the mouth stays free."""
    if face.moustache <= 0:
        return
    colour = mix(face.hair_colour, (28, 22, 20), 0.2)
    lip = smooth(
        [
            (-0.25, 0.60),
            (-0.16, 0.515),
            (0, 0.50),
            (0.16, 0.515),
            (0.25, 0.60),
            (0.12, 0.545),
            (0, 0.54),
            (-0.12, 0.545),
        ]
    )
    brush.fill(pose.place(lip), colour, strength=0.75 * max(face.moustache, face.beard), blur=pose.scale * 0.014)
    if face.beard <= 0:
        return
    jaw = face.jaw
    outer = [(0.70, 0.12), (0.64 * jaw, 0.52), (0.48 * jaw, 0.86), (0.2, 1.04)]
    inner = [(0.20, 0.80), (0.29, 0.62), (0.46, 0.50), (0.60, 0.20)]
    right = smooth([*outer, (0.0, 1.06), (0.0, 0.745), *inner], steps=6)
    for side in (-1, 1):
        brush.fill(
            pose.place(right * (side, 1)), colour, strength=0.80 * face.beard, blur=pose.scale * 0.035, within=skin
        )
    strands = []
    for index in range(70):
        x = -0.62 + 1.24 * ((index * 0.618) % 1)
        y = 0.80 + 0.2 * ((index * 0.7548) % 1) - 0.15 * abs(x)
        strands.append(pose.place(np.array([(x, y), (x * 1.02, y + 0.06)])))
    brush.stroke(strands, shade(colour, 1.5), width=1, strength=0.25 * face.beard, blur=0.5, within=skin)


def _mirrored(half: list[tuple[float, float]], *, top: float, bottom: float) -> Points:
    return smooth([(0, top), *half, (0, bottom), *[(-x, y) for x, y in reversed(half)]])


def _curls(face: Face) -> Points:
    """A round volume with an uneven edge."""
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    ripple = 1 + 0.022 * np.sin(17 * angle + face.grain % 7) + 0.014 * np.sin(29 * angle + face.grain % 5)
    return np.stack([0.90 * face.width * ripple * np.cos(angle), -0.36 + 0.88 * ripple * np.sin(angle)], axis=1)


def _cap(face: Face, *, rise: float, temple: float, line: float, sweep: float) -> Points:
    """Hair over the skull: ``rise`` above it, down to ``temple``, its line on the forehead at ``line``."""
    wide = face.width
    outer = [
        (0.735 * wide, temple),
        (0.755 * wide, -0.42),
        (0.60 * wide, -0.80 - rise * 0.5),
        (0.30 * wide, -0.98 - rise),
    ]
    inner = [
        (0.655 * wide, temple - 0.02),
        (0.60 * wide, -0.30),
        (0.47 * wide, line + 0.06 - sweep),
        (0.2, line - sweep * 0.7),
    ]
    left = [(-x, y) for x, y in reversed(outer)]
    inner_left = [
        (-0.655 * wide, temple - 0.02),
        (-0.60 * wide, -0.30),
        (-0.47 * wide, line + 0.06 + sweep),
        (-0.2, line + sweep * 0.7),
    ]
    return smooth([*outer, (0, -1.03 - rise), *left, *inner_left, *reversed(inner)], steps=6)


def _curtain(face: Face, *, lower: float) -> Points:
    """Parted hair that falls on both sides of the face."""
    wide, part = face.width, face.parting
    outer = [(0.84 * wide, lower), (0.83 * wide, -0.2), (0.73 * wide, -0.66), (0.45 * wide, -0.99)]
    inner = [
        (0.70 * wide, lower),
        (0.665 * wide, 0.05),
        (0.62 * wide, -0.26),
        (0.44 * wide, -0.55),
        (0.22 * wide + part * 0.4, -0.70),
    ]
    left = [(-x, y) for x, y in reversed(outer)]
    inner_left = [
        (-0.70 * wide, lower),
        (-0.665 * wide, 0.05),
        (-0.62 * wide, -0.26),
        (-0.44 * wide, -0.55),
        (-0.22 * wide + part * 0.4, -0.70),
    ]
    return smooth([*outer, (0, -1.10), *left, *inner_left, (part * 0.6, -0.79), *reversed(inner)], steps=6)


def _fringe(face: Face) -> Points:
    """Hair cut straight over the forehead."""
    wide = face.width
    outer = [(0.84 * wide, 0.8), (0.83 * wide, -0.2), (0.73 * wide, -0.66), (0.45 * wide, -0.99)]
    inner = [(0.69 * wide, 0.8), (0.635 * wide, 0.0), (0.60 * wide, -0.26), (0.34 * wide, -0.27)]
    left = [(-x, y) for x, y in reversed(outer)]
    return smooth([*outer, (0, -1.10), *left, *[(-x, y) for x, y in inner], (0, -0.29), *reversed(inner)], steps=6)


def _receding(brush: Brush, face: Face, pose: Pose) -> None:
    wide = face.width
    for side in (-1, 1):
        half = [(0.735, 0.02), (0.735, -0.35), (0.60, -0.72), (0.50, -0.66), (0.58, -0.36), (0.655, -0.02)]
        patch = smooth([(side * x * wide, y) for x, y in half])
        _mass(brush, face, pose, patch, flow=0.05, strength=0.85, edge=0.025)
    crown = _mirrored([(0.3, -0.96), (0.56 * wide, -0.70), (0.2, -0.86)], top=-1.02, bottom=-0.88)
    _mass(brush, face, pose, crown, flow=0.05, strength=0.55, edge=0.04)


def _cloth(brush: Brush, face: Face, pose: Pose) -> None:
    """A cloth round the face: chin, cheeks and forehead stay free."""
    wide = face.width
    around = [(0.5 * wide, -1.08), (0.84 * wide, -0.68), (0.90 * wide, 0.1), (0.84 * wide, 0.85), (0.75, 1.45)]
    outer = _mirrored(around, top=-1.18, bottom=1.75)
    free = [(0.42 * wide, -0.56), (0.60 * wide, -0.2), (0.61 * wide, 0.3), (0.46, 0.78)]
    opening = _mirrored(free, top=-0.66, bottom=1.03)
    opening = moved(opening, 0.30 * math.sin(math.radians(pose.yaw)), 0)
    mask = brush.mask_of(pose.flat(outer))
    hole = brush.mask_of(pose.flat(opening))
    mask = np.minimum(mask, 255 - hole).astype(np.uint8)
    brush.fill(pose.flat(outer), face.cloth_colour, within=mask)
    rim = np.concatenate([opening, opening[:1]])
    brush.stroke([pose.flat(rim)], shade(face.cloth_colour, 0.5), width=pose.scale * 0.07, strength=0.6,
                 blur=pose.scale * 0.04, within=mask)  # fmt: skip
    folds = []
    for side in (-1, 1):
        for step in range(3):
            path = [(0.20 + 0.1 * step, -1.05), (0.74 + 0.02 * step, -0.35), (0.70 - 0.04 * step, 0.6)]
            path.append((0.25, 1.2 + 0.12 * step))
            folds.append(pose.flat(smooth([(side * x, y) for x, y in path], closed=False)))
    brush.stroke(
        folds,
        shade(face.cloth_colour, 0.62),
        width=pose.scale * 0.025,
        strength=0.5,
        blur=pose.scale * 0.025,
        within=mask,
    )
    brush.stroke([moved(fold, pose.scale * 0.03, 0) for fold in folds], shade(face.cloth_colour, 1.3),
                 width=pose.scale * 0.02, strength=0.4, blur=pose.scale * 0.025, within=mask)  # fmt: skip


def _mass(
    brush: Brush, face: Face, pose: Pose, shape: Points, *, flow: float, strength: float = 1.0, edge: float = 0.014
) -> None:
    """A body of hair: its colour, darker towards the edge, and strands that follow its outline."""
    outline = pose.flat(shape)
    colour, soft = face.hair_colour, pose.scale
    brush.fill(outline, colour, strength=strength, blur=soft * edge)
    mask = brush.mask_of(outline)
    random = np.random.default_rng(face.grain)
    centre = shape.mean(axis=0)
    strands_dark: list[Points] = []
    strands_light: list[Points] = []
    for index in range(90):
        start = shape[random.integers(len(shape))]
        inward = random.uniform(0.05, 0.9)
        point = start + (centre - start) * inward * 0.5
        bend = random.normal(0, flow, 2)
        length = random.uniform(0.12, 0.34)
        along = np.array([(point[0] >= 0) * 0.5 - 0.25, 1.0]) * length
        strand = smooth(
            [(point[0], point[1]), tuple(point + along * 0.5 + bend * 0.12), tuple(point + along)],
            closed=False,
            steps=4,
        )
        (strands_light if index % 3 == 0 else strands_dark).append(pose.flat(strand))
    # Strands stand out less in fair and grey hair than in dark.
    contrast = 0.62 + 0.26 * max(colour) / 255
    width, blur, share = soft * 0.012, soft * 0.007, 0.42 * strength
    brush.stroke(strands_dark, shade(colour, contrast), width=width, strength=share, blur=blur, within=mask)
    light = mix(shade(colour, 1.45), (235, 225, 210), 0.12)
    brush.stroke(strands_light, light, width=width, strength=share, blur=blur, within=mask)
    if shape[:, 1].min() < -0.85:
        shine = ellipse(-0.12, -0.86, 0.34, 0.06, tilt=-6)
        brush.fill(
            pose.flat(shine),
            shade(mix(colour, (255, 250, 240), 0.25), 1.15),
            strength=0.4 * strength,
            blur=soft * 0.06,
            within=mask,
        )
