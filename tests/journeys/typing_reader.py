# SPDX-License-Identifier: Apache-2.0
"""A reader that types, as the X server sees one: no program that waits between its keys can be held up by others.

The time of a real key is taken where it comes in; a busy machine does not stretch it. So this gives the server all keys
at once, and the server gives them their pace and their times.
"""

from __future__ import annotations

import ctypes
from typing import Final

_SHIFT: Final = 0xFFE1  # keysym of the left shift key
_RETURN: Final = 0xFF0D
_PACE: Final = 1  # milliseconds to the next sign; pressed again within the same one, a key counts as held down


def swipe(display: str, lines: tuple[str, ...]) -> None:
    """Press the keys of the lines, each with Enter, on an X server. Raises OSError where there is none."""
    x11, xtest = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XKeycodeToKeysym.restype = ctypes.c_ulong
    opened = x11.XOpenDisplay(display.encode())
    if not opened:
        raise OSError(f"no X server at {display}")
    line = ctypes.c_void_p(opened)
    shift = x11.XKeysymToKeycode(line, ctypes.c_ulong(_SHIFT))
    try:
        for sign in "".join(f"{text}\r" for text in lines):
            keysym = _RETURN if sign == "\r" else ord(sign)  # a keysym of Latin 1 is the letter's own number
            key = x11.XKeysymToKeycode(line, ctypes.c_ulong(keysym))
            strokes = [(key, True), (key, False)]
            if x11.XKeycodeToKeysym(line, ctypes.c_ubyte(key), 0) != keysym:
                strokes = [(shift, True), *strokes, (shift, False)]
            for number, (code, pressed) in enumerate(strokes):
                pause = _PACE if number == 0 else 0
                xtest.XTestFakeKeyEvent(line, ctypes.c_uint(code), ctypes.c_int(pressed), ctypes.c_ulong(pause))
        x11.XSync(line, ctypes.c_int(0))
    finally:
        x11.XCloseDisplay(line)
