# SPDX-License-Identifier: Apache-2.0
"""A window with one field and the real filter and driver behind it, for the test that types through the X server.

Writes what happened to the file named as its argument, a line each: who got which keys.
"""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from devices.keyboard_wedge.wedge import KeyboardWedge, WedgeSettings
from devices.registry import Registry
from station.domain.errors import DeviceRemoved, LineRefused
from station.ports.devices import MRZ_READER
from station.ports.tasks import CancelToken
from ui.desktop.runtime.wedge import WedgeFilter


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return 0.0


def main(report: Path) -> None:
    def tell(line: str) -> None:
        with report.open("a") as out:
            out.write(line + "\n")

    application = QApplication([])
    wedge = KeyboardWedge(WedgeSettings(enabled=True), clock=_Clock())
    registry = Registry([wedge], allow_simulated=False)
    registry.start()

    def read() -> None:
        with registry.open(MRZ_READER) as reader:
            while True:
                try:
                    tell("mrz " + "|".join(reader.read(cancel=CancelToken()).lines))
                except LineRefused:
                    tell("refused")
                except DeviceRemoved:
                    return

    reading = threading.Thread(target=read)
    reading.start()
    WedgeFilter(application, lambda: wedge, unwanted=lambda: tell("unwanted"))
    window = QWidget()
    window.setWindowTitle("Border-post station")
    field = QLineEdit(window)
    QVBoxLayout(window).addWidget(field)
    field.textChanged.connect(lambda text: tell("field " + text))
    field.returnPressed.connect(lambda: tell("enter"))
    window.show()
    application.exec()
    registry.close()
    reading.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
