# SPDX-License-Identifier: Apache-2.0
"""The one file of design tokens: colours, spaces and sizes of every page, in light, dark and night.

Nothing else in the desktop names a colour or a size. Contrast is computed in a test (WCAG 2.2, 1.4.3 and 1.4.11):
text at least 7:1 on every ground it stands on, marks, focus and outlines of controls at least 3:1.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from station.domain.checks import CheckResult


class Theme(enum.Enum):
    """The light in which the officer works."""

    LIGHT = "light"  # daylight and office light
    DARK = "dark"  # dim rooms
    NIGHT = "night"  # outdoors at night: warm, without blue light and without glare, so that eyes stay adapted


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A coloured area and what is written on it; ``pattern`` is the second colour of its stripes."""

    fill: str
    text: str
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Colours as ``#rrggbb``. Text stands on canvas, surface, well, raised and the tints."""

    canvas: str  # behind everything
    surface: str  # a panel
    well: str  # where something is typed, and behind pictures
    raised: str  # what can be pressed
    text: str
    quiet: str  # labels and what may be overlooked
    hairline: str  # parts without meaning of their own
    outline: str  # edges of what can be used
    focus: str  # where the keyboard is
    accent: str  # the obvious next thing
    on_accent: str
    doubt: str  # the ground of a doubtful character
    on_doubt: str
    selection: str
    on_selection: str
    marks: Mapping[CheckResult, str]
    tints: Mapping[CheckResult, str]  # the ground of a verdict
    veil: int  # darkness over a picture that has not the keyboard, 0 to 255
    ordinary: Ground  # the top line
    training: Ground
    crisis: Ground


def _results(
    successful: str, failed: str, undetermined: str, not_supported: str, aborted: str
) -> dict[CheckResult, str]:
    return {
        CheckResult.SUCCESSFUL: successful,
        CheckResult.FAILED: failed,
        CheckResult.UNDETERMINED: undetermined,
        CheckResult.NOT_SUPPORTED: not_supported,
        CheckResult.ABORTED: aborted,
    }


COLOURS: Mapping[Theme, Colours] = {
    Theme.LIGHT: Colours(
        canvas="#e9edf0",
        surface="#ffffff",
        well="#f4f6f8",
        raised="#f4f6f8",
        text="#16212b",
        quiet="#3f4c58",
        hairline="#d3dae0",
        outline="#74828f",
        focus="#0a5bc4",
        accent="#0d4a7a",
        on_accent="#ffffff",
        doubt="#ffd978",
        on_doubt="#2b1d00",
        selection="#0d4a7a",
        on_selection="#ffffff",
        marks=_results("#13703c", "#b3131f", "#a15c00", "#5b6873", "#6d3fa3"),
        tints=_results("#e2f2e8", "#fbe3e2", "#fdf0d3", "#e9edf0", "#efe8f8"),
        veil=0,
        ordinary=Ground(fill="#16293a", text="#f2f6f9", pattern="#16293a"),
        training=Ground(fill="#d8ecf8", text="#0b2537", pattern="#b9dcf0"),
        crisis=Ground(fill="#6b1016", text="#fff3f1", pattern="#55090f"),
    ),
    Theme.DARK: Colours(
        canvas="#0f151b",
        surface="#18212a",
        well="#10171e",
        raised="#212c37",
        text="#edf2f6",
        quiet="#b9c4ce",
        hairline="#2c3945",
        outline="#73828f",
        focus="#7dbaff",
        accent="#8fc4f6",
        on_accent="#08192a",
        doubt="#6b4d00",
        on_doubt="#fff3d0",
        selection="#8fc4f6",
        on_selection="#08192a",
        marks=_results("#5fcb8d", "#ff8d86", "#f2b84b", "#a8b5c0", "#c9abf7"),
        tints=_results("#15301f", "#3d1a1c", "#352a10", "#202a33", "#2a2140"),
        veil=0,
        ordinary=Ground(fill="#0a1015", text="#edf2f6", pattern="#0a1015"),
        training=Ground(fill="#123448", text="#e3f3fc", pattern="#184158"),
        crisis=Ground(fill="#5c0d13", text="#ffeceb", pattern="#470a0f"),
    ),
    Theme.NIGHT: Colours(
        canvas="#0a0704",
        surface="#130d07",
        well="#0c0805",
        raised="#1d140b",
        text="#dfb57d",
        quiet="#cfa36a",
        hairline="#2e2113",
        outline="#7d5f38",
        focus="#e0a040",
        accent="#cf9850",
        on_accent="#0a0704",
        doubt="#553903",
        on_doubt="#f4d8a8",
        selection="#cf9850",
        on_selection="#0a0704",
        marks=_results("#8fa354", "#d9694a", "#d39a35", "#98835f", "#b58a76"),
        tints=_results("#141808", "#26100a", "#241a06", "#17110a", "#1f140f"),
        veil=135,
        ordinary=Ground(fill="#050301", text="#cfa56d", pattern="#050301"),
        training=Ground(fill="#1b1a0c", text="#d6bf85", pattern="#26240f"),
        crisis=Ground(fill="#2f0c06", text="#eab996", pattern="#230904"),
    ),
}

#: The type scale in pixels at factor 1: 15 px is the base at 1280x720.
BASE = 15
SMALL = 13
LARGE = 19
TITLE = 24
IDLE = 40
MRZ = 19

#: Spaces in pixels at factor 1.
HAIR, TIGHT, NEAR, APART, WIDE = 2, 4, 8, 12, 20
RADIUS = 6
FOCUS_WIDTH = 2
KEY_HEIGHT = 40  # of an action with its key
FIELD_HEIGHT = 30
SIDE_COLUMN = 300  # width of the column of faces and checks

SMALLEST_FACTOR, LARGEST_FACTOR = 0.8, 2.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one look: a theme, and the factor by which all sizes grow (0.8 to 2.0)."""

    theme: Theme = Theme.LIGHT
    factor: float = 1.0

    @property
    def colours(self) -> Colours:
        """The colours of the theme."""
        return COLOURS[self.theme]

    def px(self, size: int) -> int:
        """A size of this file in pixels of this look, never below one."""
        factor = min(max(self.factor, SMALLEST_FACTOR), LARGEST_FACTOR)
        return max(1, round(size * factor))

    @classmethod
    def for_height(cls, theme: Theme, height: int, *, wish: float = 1.0) -> Tokens:
        """The look for a window of ``height`` pixels: 720 is factor 1, 1080 is 1.25; ``wish`` is the setting."""
        by_height = 1.0 + max(0, height - 720) / 360 * 0.25
        return cls(theme, min(max(by_height * wish, SMALLEST_FACTOR), LARGEST_FACTOR))


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2), 0 to 1."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
