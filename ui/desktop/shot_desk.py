# SPDX-License-Identifier: Apache-2.0
"""A desk under a camera, drawn: empty, or with a printed sheet on it, seen a little from the side."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF, QTransform

#: The camera's film: its folder is its name.
FILM: Final = "desk/f%03d.jpg"
_SIZE: Final = QSize(2592, 1944)
_PICTURES: Final = 4
_DESK: Final = QColor(78, 62, 48)
#: Where the corners of a sheet of A4 lie, from its left upper one on, in pixels: turned by a quarter so that all of it
#: is seen, in its true proportion, and a little askew.
_CORNERS: Final = QPolygonF([QPointF(2440, 160), QPointF(2448, 1786), QPointF(150, 1794), QPointF(142, 168)])
_DPI: Final = 200


def lay(sheet: Path | None) -> None:
    """Draw the film anew in the working folder; ``sheet`` is a PDF of one page, or nothing lies there."""
    desk = QImage(_SIZE, QImage.Format.Format_RGB888)
    desk.fill(_DESK)
    if sheet is not None:
        _paint(desk, _picture_of(sheet))
    folder = Path(FILM).parent
    folder.mkdir(exist_ok=True)
    for number in range(_PICTURES):
        part = folder / "part.jpg"
        desk.save(str(part), quality=92)
        part.rename(Path(FILM % number))  # the camera looks at it meanwhile


def _picture_of(sheet: Path) -> QImage:
    out = sheet.with_suffix("")
    subprocess.run(["pdftoppm", "-r", str(_DPI), "-singlefile", "-png", str(sheet), str(out)], check=True, timeout=60)
    return QImage(f"{out}.png")


def _paint(desk: QImage, picture: QImage) -> None:
    page = QRectF(picture.rect())
    corners = QPolygonF([page.topLeft(), page.topRight(), page.bottomRight(), page.bottomLeft()])
    slant = QTransform()
    QTransform.quadToQuad(corners, _CORNERS, slant)
    painter = QPainter(desk)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setTransform(slant)
    painter.drawImage(QPointF(0, 0), picture)
    painter.end()
