# SPDX-License-Identifier: Apache-2.0
"""The signs of the rail: a simple drawing of each page's work, as strokes in a box of one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from ui.presenters.frame import Room

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sign:
    """Lines through places, circles (place and radius) and rounded boxes (left, top, right, bottom)."""

    lines: tuple[tuple[Place, ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    boxes: tuple[tuple[float, float, float, float], ...] = ()


SIGNS: Final[Mapping[Room, Sign]] = {
    Room.INSPECT: Sign(  # a document with a face and two lines of MRZ
        lines=(((0.56, 0.32), (0.78, 0.32)), ((0.56, 0.46), (0.78, 0.46)), ((0.22, 0.70), (0.78, 0.70))),
        circles=((0.32, 0.38, 0.11),),
        boxes=((0.08, 0.12, 0.92, 0.88),),
    ),
    Room.RECORDS: Sign(  # a list
        lines=tuple(((left, y), (right, y)) for y in (0.22, 0.5, 0.78) for left, right in ((0.10, 0.16), (0.32, 0.90)))
    ),
    Room.EXPORT: Sign(  # something leaves a box
        lines=(
            ((0.30, 0.45), (0.12, 0.45), (0.12, 0.90), (0.88, 0.90), (0.88, 0.45), (0.70, 0.45)),
            ((0.5, 0.66), (0.5, 0.10)),
            ((0.32, 0.27), (0.5, 0.10), (0.68, 0.27)),
        )
    ),
    Room.BENCH: Sign(  # a table with a clamped piece of work on it
        lines=(
            ((0.06, 0.62), (0.94, 0.62)),
            ((0.20, 0.62), (0.20, 0.92)),
            ((0.80, 0.62), (0.80, 0.92)),
            ((0.34, 0.62), (0.34, 0.30), (0.66, 0.30), (0.66, 0.62)),
            ((0.50, 0.30), (0.50, 0.10)),
            ((0.40, 0.10), (0.60, 0.10)),
        )
    ),
    Room.SHIFT: Sign(  # a clock
        lines=(((0.5, 0.26), (0.5, 0.5), (0.68, 0.62)),), circles=((0.5, 0.5, 0.42),)
    ),
    Room.APPROVALS: Sign(  # two people, one tick
        lines=(((0.08, 0.88), (0.08, 0.66), (0.48, 0.66), (0.48, 0.88)), ((0.56, 0.52), (0.70, 0.68), (0.94, 0.34))),
        circles=((0.28, 0.36, 0.17),),
    ),
    Room.PEOPLE: Sign(  # two people
        lines=(
            ((0.06, 0.90), (0.06, 0.64), (0.52, 0.64), (0.52, 0.90)),
            ((0.66, 0.58), (0.94, 0.58), (0.94, 0.84)),
        ),
        circles=((0.29, 0.34, 0.18), (0.74, 0.32, 0.13)),
    ),
    Room.KEYS: Sign(  # a key
        lines=(((0.46, 0.54), (0.92, 0.10)), ((0.72, 0.30), (0.86, 0.44)), ((0.84, 0.18), (0.94, 0.28))),
        circles=((0.30, 0.68, 0.22),),
    ),
    Room.BACKUP: Sign(  # two boxes, one behind the other
        lines=(((0.34, 0.24), (0.34, 0.08), (0.94, 0.08), (0.94, 0.68), (0.78, 0.68)),),
        boxes=((0.06, 0.30, 0.72, 0.92),),
    ),
    Room.RETENTION: Sign(  # an hourglass
        lines=(
            ((0.18, 0.08), (0.82, 0.08)),
            ((0.18, 0.92), (0.82, 0.92)),
            ((0.26, 0.08), (0.26, 0.26), (0.74, 0.74), (0.74, 0.92)),
            ((0.74, 0.08), (0.74, 0.26), (0.26, 0.74), (0.26, 0.92)),
        )
    ),
    Room.AUDIT: Sign(  # a chain
        boxes=((0.06, 0.34, 0.44, 0.66), (0.56, 0.34, 0.94, 0.66)), lines=(((0.34, 0.5), (0.66, 0.5)),)
    ),
}


def paint_sign(painter: QPainter, box: QRectF, room: Room, colour: QColor) -> None:
    """Draw the sign of a page into ``box``, in pixels."""
    sign = SIGNS[room]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(colour, max(1.6, box.width() / 13))
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)

    def at(x: float, y: float) -> QPointF:
        return QPointF(box.left() + x * box.width(), box.top() + y * box.height())

    for places in sign.lines:
        painter.drawPolyline([at(x, y) for x, y in places])
    for x, y, radius in sign.circles:
        painter.drawEllipse(at(x, y), box.width() * radius, box.height() * radius)
    for left, top, right, bottom in sign.boxes:
        painter.drawRoundedRect(QRectF(at(left, top), at(right, bottom)), 3, 3)
    painter.restore()
