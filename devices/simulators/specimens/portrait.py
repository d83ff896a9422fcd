# SPDX-License-Identifier: Apache-2.0
"""Portraits of people who do not exist: drawn, calm, frontal, and the same face whenever the same traveller appears."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import cv2
import numpy as np

from devices.simulators.specimens import portrait_features as features
from devices.simulators.specimens import portrait_hair
from devices.simulators.specimens.brush import Brush, Colour, Mask, Picture, Points, ellipse, mix, moved, shade, smooth
from devices.simulators.specimens.face import Face, Hair, youth_at
from devices.simulators.specimens.pose import Pose


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The picture around the head: size in pixels, colours, and from which side the light comes (-1 to 1)."""

    width: int
    height: int
    background: Colour
    clothes: Colour
    light: float = 0.0
    grain: float = 1.5


def draw_portrait(face: Face, pose: Pose, setting: Setting) -> Picture:
    """The portrait as float RGB, height x width x 3, values 0 to 255. Equal arguments give an equal picture."""
    brush = Brush(_background(setting))
    line = max(1.0, pose.scale / 110)
    head = pose.flat(_turned(_outline(face), pose))
    portrait_hair.draw_behind(brush, face, pose)
    _draw_body(brush, face, pose, setting)
    _draw_ears(brush, face, pose)
    brush.fill(head, face.skin)
    skin = brush.mask_of(head)
    _draw_planes(brush, face, pose, skin, setting.light)
    features.draw_age(brush, face, pose, skin)
    features.draw_nose(brush, face, pose, skin)
    features.draw_mouth(brush, face, pose, line)
    portrait_hair.draw_beard(brush, face, pose, skin)
    for side in (-1, 1):
        features.draw_eye(brush, face, pose, side, line)
        features.draw_brow(brush, face, pose, side, line)
    portrait_hair.draw_front(brush, face, pose)
    if face.glasses:
        features.draw_glasses(brush, face, pose, line)
    return _as_photographed(brush.picture, face, setting)


def _background(setting: Setting) -> Picture:
    picture = np.empty((setting.height, setting.width, 3), np.float32)
    fall = np.linspace(1.02, 0.97, setting.height, dtype=np.float32)[:, None, None]
    across = np.linspace(1 + 0.02 * setting.light, 1 - 0.02 * setting.light, setting.width, dtype=np.float32)
    picture[:] = np.asarray(setting.background, np.float32) * fall * across[None, :, None]
    return picture


def _outline(face: Face) -> Points:
    """Crown, temples, cheekbones, jaw, chin."""
    wide, full, youth = face.width, face.fullness, youth_at(face.age)
    jaw = face.jaw * (1 + 0.09 * youth)
    half = [(0.38 * wide, -0.90), (0.62 * wide, -0.58), (0.685 * wide, -0.12), (0.665 * wide, 0.22),
            ((0.51 + 0.05 * full) * jaw, 0.60), ((0.28 + 0.04 * full + 0.05 * youth) * jaw, 0.90)]  # fmt: skip
    return smooth([(0, -0.98), *half, (0, 1.0), *[(-x, y) for x, y in reversed(half)]])


def _turned(outline: Points, pose: Pose) -> Points:
    """The outline of a turned head: the chin and mouth move with the face, the skull stays."""
    share = np.clip((outline[:, 1] + 0.2) / 1.2, 0, 1) * 0.34 + 0.08
    shifted = outline.copy()
    shifted[:, 0] += share * math.sin(math.radians(pose.yaw))
    tilt = math.radians(pose.roll)
    return np.stack(
        [
            shifted[:, 0] * math.cos(tilt) - shifted[:, 1] * math.sin(tilt),
            shifted[:, 0] * math.sin(tilt) + shifted[:, 1] * math.cos(tilt),
        ],
        axis=1,
    )


def _draw_body(brush: Brush, face: Face, pose: Pose, setting: Setting) -> None:
    child = pose.youth
    wide = 1.62 - 0.48 * child + 0.12 * (face.jaw - 0.9)
    neck = (0.40 + 0.06 * (face.jaw - 0.9)) * (1 - 0.30 * child)
    bottom = (setting.height - pose.centre_y) / pose.scale + 0.3
    neck_shape = smooth(
        [
            (-neck, 0.45),
            (-neck * 0.98, 1.0),
            (-neck * 1.25, 1.32),
            (0, 1.80),
            (neck * 1.25, 1.32),
            (neck * 0.98, 1.0),
            (neck, 0.45),
        ]
    )
    brush.fill(pose.flat(neck_shape), shade(face.skin, 0.86))
    mask = brush.mask_of(pose.flat(neck_shape))
    brush.fill(pose.flat(ellipse(0.1 * -setting.light, 0.93, 0.52, 0.30)), shade(face.skin, 0.58), strength=0.75,
               blur=pose.scale * 0.06, within=mask)  # fmt: skip
    for side in (-1, 1):
        cord = smooth([(side * 0.30, 1.05), (side * 0.20, 1.25), (side * 0.07, 1.42)], closed=False)
        brush.stroke([pose.flat(cord)], shade(face.skin, 0.68), width=pose.scale * 0.03, strength=0.4,
                     blur=pose.scale * 0.02, within=mask)  # fmt: skip
    collar = neck * 1.18
    body = smooth(
        [(-collar, 1.16), (-0.75 * wide, 1.42), (-wide, 1.72), (-wide * 1.08, bottom), (wide * 1.08, bottom),
         (wide, 1.72), (0.75 * wide, 1.42), (collar, 1.16), (collar * 0.62, 1.46), (0, 1.60), (-collar * 0.62, 1.46)]
    )  # fmt: skip
    cloth = pose.flat(body)
    brush.fill(cloth, setting.clothes)
    mask = brush.mask_of(cloth)
    for side in (-1, 1):
        dark = 0.55 if side * setting.light < 0 else 0.72
        brush.fill(pose.flat(ellipse(side * wide, 2.1, 0.5, 0.9)), shade(setting.clothes, dark), strength=0.6,
                   blur=pose.scale * 0.16, within=mask)  # fmt: skip
        fold = smooth([(side * 0.72, 1.5), (side * 0.62, 1.8), (side * 0.66, 2.3)], closed=False)
        brush.stroke([pose.flat(fold)], shade(setting.clothes, 0.6), width=pose.scale * 0.03, strength=0.5,
                     blur=pose.scale * 0.03, within=mask)  # fmt: skip
    rim = smooth(
        [(-collar, 1.17), (-collar * 0.62, 1.47), (0, 1.61), (collar * 0.62, 1.47), (collar, 1.17)], closed=False
    )
    brush.stroke(
        [pose.flat(rim)], shade(setting.clothes, 0.62), width=pose.scale * 0.035, strength=0.85, blur=pose.scale * 0.008
    )
    brush.stroke([pose.flat(moved(rim, 0, 0.09))], shade(setting.clothes, 1.22), width=pose.scale * 0.02, strength=0.5,
                 blur=pose.scale * 0.012, within=mask)  # fmt: skip


def _draw_ears(brush: Brush, face: Face, pose: Pose) -> None:
    if face.hair in (Hair.LONG, Hair.BOB, Hair.COVERED):
        return
    for side in (-1, 1):
        shift = 0.10 * math.sin(math.radians(pose.yaw))
        x = side * 0.70 * face.width + shift
        ear = ellipse(x, 0.08, 0.095, 0.215, tilt=side * 9)
        brush.fill(pose.flat(ear), shade(face.skin, 0.90))
        mask = brush.mask_of(pose.flat(ear))
        brush.fill(pose.flat(ellipse(x + side * 0.005, 0.08, 0.05, 0.13, tilt=side * 9)), shade(face.skin, 0.62),
                   strength=0.6, blur=pose.scale * 0.025, within=mask)  # fmt: skip


def _draw_planes(brush: Brush, face: Face, pose: Pose, skin: Mask, light: float) -> None:
    """The large lights and shadows of a head: sides, eye sockets, cheeks, forehead, chin."""
    soft = pose.scale
    dark, lit = shade(face.skin, 0.66), mix(face.skin, (255, 246, 236), 0.42)
    for side in (-1, 1):
        strength = 0.62 - 0.28 * side * light
        brush.fill(pose.flat(ellipse(side * 0.80 * face.width, 0.1, 0.24, 1.0)), dark, strength=strength,
                   blur=soft * 0.13, within=skin)  # fmt: skip
        brush.fill(pose.flat(ellipse(side * 0.50, 0.80, 0.24, 0.22, tilt=side * -40)), dark, strength=0.36,
                   blur=soft * 0.11, within=skin)  # fmt: skip
        eye = side * 0.295 * face.eye_distance
        brush.fill(pose.place(ellipse(eye, -0.02, 0.21, 0.12)), shade(face.skin, 0.72), strength=0.42,
                   blur=soft * 0.06, within=skin)  # fmt: skip
        brush.fill(pose.place(ellipse(side * 0.40, 0.33, 0.17, 0.13)), mix(face.skin, (214, 104, 92), 0.5),
                   strength=0.26, blur=soft * 0.1, within=skin)  # fmt: skip
        brush.fill(pose.place(ellipse(side * 0.37, 0.19, 0.14, 0.07, tilt=side * -18)), lit,
                   strength=0.34 + 0.2 * side * light, blur=soft * 0.06, within=skin)  # fmt: skip
    brush.fill(pose.place(ellipse(0.12 * light, -0.50, 0.34, 0.20)), lit, strength=0.5, blur=soft * 0.13, within=skin)
    brush.fill(pose.place(ellipse(0, 0.84, 0.13, 0.08)), lit, strength=0.3, blur=soft * 0.05, within=skin)
    brush.fill(pose.place(ellipse(0, 0.725, 0.15, 0.03)), dark, strength=0.4, blur=soft * 0.03, within=skin)
    brush.fill(pose.flat(ellipse(0, 1.02, 0.34, 0.07)), dark, strength=0.5, blur=soft * 0.05, within=skin)


def _as_photographed(picture: Picture, face: Face, setting: Setting) -> Picture:
    """The slight softness and grain of a camera."""
    softened = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.5, setting.width / 900)), np.float32)
    noise = np.random.default_rng(face.grain).standard_normal(picture.shape[:2], np.float32) * setting.grain
    softened += noise[:, :, None]
    return np.clip(softened, 0, 255, out=softened)


def page_portrait(face: Face, random: Random, *, width: int, height: int) -> Picture:
    """The portrait of the data page: frontal, even light, plain ground; the head fills three quarters of the height."""
    pose = Pose(
        centre_x=width * 0.5,
        centre_y=height * 0.475,
        scale=height * 0.365,
        yaw=random.uniform(-3, 3),
        roll=random.uniform(-1, 1),
        youth=youth_at(face.age),
    )
    setting = Setting(
        width=width,
        height=height,
        background=(226, 229, 231),
        clothes=face.page_clothes,
        light=random.uniform(-0.25, 0.25),
    )
    return draw_portrait(face, pose, setting)


def live_portrait(face: Face, random: Random, *, turn: float) -> Picture:
    """The bearer before the post's camera: 720 x 960, other clothes and light, head turned by ``turn`` degrees."""
    pose = Pose(
        centre_x=360 + random.uniform(-18, 18),
        centre_y=430 + random.uniform(-16, 16),
        scale=random.uniform(238, 262),
        yaw=turn + random.uniform(-2, 2),
        roll=random.uniform(-2, 2),
        youth=youth_at(face.age),
    )
    grey = random.uniform(176, 206)
    setting = Setting(
        width=720,
        height=960,
        background=(grey, grey + 2, grey + 5),
        clothes=face.live_clothes,
        light=random.uniform(-0.8, 0.8),
        grain=3.0,
    )
    return draw_portrait(face, pose, setting)
