# SPDX-License-Identifier: Apache-2.0
"""Which letters the desktop is set in: Noto Sans with its scripts from the system, OCR-B for the MRZ."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from ui.desktop.style.tokens import BASE, Tokens

#: In order of choice. Qt takes each missing letter from the next family that has it.
SANS = (
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Ethiopic",
    "Noto Sans Myanmar",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
    "Noto Sans Thai",
    "Noto Sans Khmer",
    "Noto Sans Georgian",
    "Noto Sans Armenian",
    "Noto Sans CJK SC",
    "DejaVu Sans",
)
OCR_B = "OCR B"
_MONO = ("Noto Sans Mono", "DejaVu Sans Mono", "Liberation Mono")


def text_font(tokens: Tokens, size: int = BASE, *, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The font of running text; ``size`` is one of the type scale."""
    font = QFont()
    font.setFamilies(_installed(SANS))
    font.setPixelSize(tokens.px(size))
    font.setWeight(weight)
    return font


def mrz_font(pixels: int) -> QFont:
    """OCR-B, the letters of the MRZ (Doc 9303-3, 4.2); a monospaced font that tells 0 from O where it is missing."""
    font = QFont()
    if has_ocr_b():
        font.setFamilies([OCR_B])
        font.setStyleName("Regular")  # the family also holds outlined and inverted styles
    else:
        font.setFamilies(_installed(_MONO))
        font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(pixels)
    return font


def wire_font(pixels: int) -> QFont:
    """Letters of even width for what came over a wire, which is no MRZ and is read by people."""
    font = QFont()
    font.setFamilies(_installed(_MONO))
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(pixels)
    return font


def has_ocr_b() -> bool:
    """Whether this machine has OCR-B."""
    return QFontDatabase.hasFamily(OCR_B)


def _installed(families: tuple[str, ...]) -> list[str]:
    here = [family for family in families if QFontDatabase.hasFamily(family)]
    return here or [QFont().family()]
