# SPDX-License-Identifier: Apache-2.0
"""Eyes, brows, nose, mouth, the lines of age and glasses of a specimen portrait."""

from __future__ import annotations

import math

import numpy as np

from devices.simulators.specimens.brush import Brush, Colour, Mask, Points, ellipse, mix, moved, shade, smooth
from devices.simulators.specimens.face import Face
from devices.simulators.specimens.pose import Pose

_LIP_RED: Colour = (172, 74, 76)
_INK: Colour = (30, 22, 20)


def draw_age(brush: Brush, face: Face, pose: Pose, skin: Mask) -> None:
    """Lines of age: from nose to mouth first, then under the eyes, on the forehead, beside the eyes."""
    strength = min(0.55, max(0.05 if face.age > 14 else 0.0, (face.age - 26) / 85))
    if strength <= 0:
        return
    lines = []
    for side in (-1, 1):
        lines.append(smooth([(side * 0.17, 0.36), (side * 0.27, 0.48), (side * 0.30, 0.62)], closed=False))
        if face.age > 38:
            eye = side * 0.295 * face.eye_distance
            lines.append(smooth([(eye - 0.13, 0.11), (eye, 0.165), (eye + 0.13, 0.12)], closed=False))
        if face.age > 50:
            lines.extend(
                smooth([(side * 0.50, 0.0 + step), (side * 0.585, -0.02 + 1.7 * step)], closed=False)
                for step in (-0.03, 0.01, 0.05)
            )
            lines.append(smooth([(side * 0.33, 0.70), (side * 0.36, 0.82)], closed=False))
    if face.age > 44:
        lines.extend(
            smooth([(-wide, y + 0.035), (-0.1, y + 0.008), (0.0, y + 0.02), (0.1, y), (wide, y + 0.04)], closed=False)
            for y, wide in ((-0.50, 0.26), (-0.42, 0.32), (-0.35, 0.22))
        )
    brush.stroke([pose.place(line) for line in lines], shade(face.skin, 0.58), width=pose.scale * 0.016,
                 strength=strength, blur=pose.scale * 0.012, within=skin)  # fmt: skip


def draw_nose(brush: Brush, face: Face, pose: Pose, skin: Mask) -> None:
    """Side walls, wings, nostrils, and the light on the ridge."""
    tip, wide, soft = 0.10 + 0.30 * face.nose_length, face.nose_width, pose.scale
    dark = shade(face.skin, 0.60)
    for side in (-1, 1):
        wall = smooth([(side * 0.075, -0.08), (side * 0.07, 0.10), (side * 0.095 * wide, tip - 0.04)], closed=False)
        brush.stroke(
            [pose.place(wall, raised=0.04)], dark, width=soft * 0.05, strength=0.30, blur=soft * 0.035, within=skin
        )
        path = [(0.10 * wide, tip - 0.075), (0.142 * wide, tip - 0.01), (0.12 * wide, tip + 0.045)]
        wing = smooth([(side * x, y) for x, y in (*path, (0.085 * wide, tip + 0.045))], closed=False)
        brush.stroke(
            [pose.place(wing, raised=0.06)], dark, width=soft * 0.022, strength=0.55, blur=soft * 0.014, within=skin
        )
        nostril = ellipse(side * 0.062 * wide, tip + 0.05, 0.036 * wide, 0.017, tilt=side * -14)
        brush.fill(pose.place(nostril, raised=0.1), shade(face.skin, 0.28), strength=0.72, blur=soft * 0.009)
    brush.fill(
        pose.place(ellipse(0, tip + 0.085, 0.10 * wide, 0.02), raised=0.06),
        dark,
        strength=0.45,
        blur=soft * 0.02,
        within=skin,
    )
    ridge = smooth([(0, -0.06), (0, 0.10), (0, tip - 0.04)], closed=False)
    lit = mix(face.skin, (255, 248, 240), 0.5)
    brush.stroke(
        [pose.place(ridge, raised=0.12)], lit, width=soft * 0.045, strength=0.42, blur=soft * 0.022, within=skin
    )
    brush.fill(
        pose.place(ellipse(0, tip - 0.015, 0.05, 0.04), raised=0.14), lit, strength=0.5, blur=soft * 0.022, within=skin
    )


def draw_mouth(brush: Brush, face: Face, pose: Pose, line: float) -> None:
    """Closed and neutral, as a document asks for."""
    wide, full, y = 0.235 * face.mouth_width, face.lips, 0.60
    lip = mix(face.skin, _LIP_RED, 0.48)
    upper = smooth([(-wide, y), (-wide * 0.5, y - 0.036 * full), (-0.045, y - 0.052 * full), (0, y - 0.040 * full),
                    (0.045, y - 0.052 * full), (wide * 0.5, y - 0.036 * full), (wide, y), (0, y + 0.010)])  # fmt: skip
    lower = smooth(
        [
            (-wide, y),
            (0, y + 0.006),
            (wide, y),
            (wide * 0.6, y + 0.054 * full),
            (0, y + 0.078 * full),
            (-wide * 0.6, y + 0.054 * full),
        ]
    )
    blur = pose.scale * 0.008
    brush.fill(pose.place(lower, raised=0.03), lip, strength=0.85, blur=blur)
    brush.fill(pose.place(upper, raised=0.03), shade(lip, 0.84), strength=0.9, blur=blur)
    shine = ellipse(0, y + 0.040 * full, wide * 0.42, 0.014)
    brush.fill(pose.place(shine, raised=0.03), mix(lip, (255, 236, 228), 0.6), strength=0.5, blur=blur * 1.6)
    seam = smooth(
        [(-wide, y - 0.002), (-wide * 0.5, y + 0.008), (0, y + 0.002), (wide * 0.5, y + 0.008), (wide, y - 0.002)],
        closed=False,
    )
    brush.stroke([pose.place(seam, raised=0.03)], shade(lip, 0.42), width=line * 1.3, strength=0.85, blur=line * 0.4)
    for side in (-1, 1):
        brush.fill(pose.place(ellipse(side * wide, y, 0.022, 0.014)), shade(lip, 0.45), strength=0.5, blur=blur)


def draw_eye(brush: Brush, face: Face, pose: Pose, side: int, line: float) -> None:
    """Open and looking at the camera; ``side`` is -1 at the left of the picture, 1 at the right."""
    size, x, y = face.eye_size, side * 0.295 * face.eye_distance, 0.03
    half, lift = 0.132 * size, 0.132 * size * math.sin(math.radians(face.eye_tilt))
    inner, outer = (x - side * half, y + 0.012), (x + side * half, y - lift)
    above = [
        (x - side * half * 0.45, y - 0.050 * size),
        (x + side * half * 0.15, y - 0.062 * size),
        (x + side * half * 0.65, y - 0.042 * size - lift * 0.6),
    ]
    below = [(x + side * half * 0.5, y + 0.030 * size), (x - side * half * 0.2, y + 0.040 * size)]
    opening = pose.place(smooth([inner, *above, outer, *below]))
    white = mix((238, 234, 228), face.skin, 0.10)
    brush.fill(opening, white, blur=line * 0.4)
    mask = brush.mask_of(opening)
    # The eyes look at the camera even when the head is turned a little.
    iris_x = x - math.sin(math.radians(pose.yaw)) * 0.05
    radius = 0.064 * size

    def disc(scale: float) -> Points:
        return pose.place(ellipse(iris_x, y - 0.010, radius * scale, radius * scale))

    brush.fill(disc(1.06), shade(face.eye_colour, 0.42), blur=line * 0.4, within=mask)
    brush.fill(disc(0.86), face.eye_colour, blur=line * 0.7, within=mask)
    lower_light = ellipse(iris_x, y + 0.016, radius * 0.55, radius * 0.35)
    brush.fill(pose.place(lower_light), shade(face.eye_colour, 1.5), strength=0.5, blur=line, within=mask)
    brush.fill(disc(0.44), (14, 12, 12), blur=line * 0.3, within=mask)
    upper = pose.place(smooth([inner, *above, outer], closed=False))
    brush.stroke([moved(upper, 0, line * 1.6)], _INK, width=line * 3, strength=0.34, blur=line * 1.4, within=mask)
    glint = ellipse(iris_x - 0.018, y - 0.032, 0.013, 0.013)
    brush.fill(pose.place(glint), (250, 250, 250), strength=0.9, blur=line * 0.3, within=mask)
    lash = shade(mix(_INK, face.hair_colour, 0.25), 0.9)
    brush.stroke([upper], lash, width=line * 2.1, strength=0.86, blur=line * 0.5)
    lower = pose.place(smooth([outer, *below, inner], closed=False))
    brush.stroke([lower], shade(face.skin, 0.48), width=line, strength=0.5, blur=line * 0.5)
    crease = smooth([inner, *above, outer], closed=False) - (0, 0.048 * size)
    brush.stroke([pose.place(crease[3:-2])], shade(face.skin, 0.55), width=line * 1.4, strength=0.5, blur=line)


def draw_brow(brush: Brush, face: Face, pose: Pose, side: int, line: float) -> None:
    """Thick at the inner end, thin at the outer."""
    x, y, thick = side * 0.295 * face.eye_distance, 0.03 - 0.215 * face.brow_height, 0.028 * face.brow_weight
    path = [(x - side * 0.16, y + 0.035), (x, y - 0.01), (x + side * 0.12, y - 0.018), (x + side * 0.205, y + 0.03)]
    top = smooth(
        [(px, py - thick * weight) for (px, py), weight in zip(path, (0.9, 1, 0.8, 0), strict=True)], closed=False
    )
    low = smooth(
        [(px, py + thick * weight) for (px, py), weight in zip(path, (0.9, 0.9, 0.5, 0), strict=True)], closed=False
    )
    shape = pose.place(np.concatenate([top, low[::-1]]))
    colour = shade(mix(face.hair_colour, _INK, 0.3), 0.9)
    brush.fill(shape, colour, strength=0.62, blur=line * 1.5)
    hairs = [
        pose.place(np.array([low[i], top[min(i + 3, len(top) - 1)] - (0, 0.004)])) for i in range(0, len(low) - 2, 2)
    ]
    brush.stroke(hairs, colour, width=line, strength=0.5, blur=line * 0.4)


def draw_glasses(brush: Brush, face: Face, pose: Pose, line: float) -> None:
    """Thin frames, clear lenses, no glare."""
    frames, colour = [], (46, 42, 44)
    for side in (-1, 1):
        ring = ellipse(side * 0.31 * face.eye_distance, 0.05, 0.215, 0.165, steps=40)
        frames.append(pose.place(np.concatenate([ring, ring[:1]]), raised=0.08))
        temple = np.array([(side * 0.52 * face.eye_distance, 0.02), (side * 0.69 * face.width, -0.02)])
        frames.append(pose.place(temple, raised=0.02))
    frames.append(pose.place(smooth([(-0.10, 0.03), (0, 0.0), (0.10, 0.03)], closed=False), raised=0.12))
    cast = [moved(frame, 0, line * 2) for frame in frames]
    brush.stroke(cast, shade(face.skin, 0.5), width=line * 2, strength=0.3, blur=line * 2)
    brush.stroke(frames, colour, width=line * 2, strength=0.9, blur=line * 0.3)
