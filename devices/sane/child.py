# SPDX-License-Identifier: Apache-2.0
"""The helper process that talks to SANE: the one module that imports its library, which may hang or crash.

Requests: ``list``, ``scan``, ``release``. The signal SIGUSR1 stops a scan the way a scanner wants to be stopped,
so that its carriage goes home; a helper that does not heed it is killed by the station.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from station.isolation.frames import Header
from station.isolation.serving import serve

STOP_SIGNAL: Final = signal.SIGUSR1
NO_LIBRARY: Final = "no_library"

# What SANE says for a status (sane_strstatus), and our word for it.
_STATUS: Final = {
    "Operation not supported": "unsupported",
    "Operation was canceled": "stopped",
    "Operation was cancelled": "stopped",
    "Device busy": "busy",
    "Invalid argument": "invalid",
    "End of file reached": "end_of_file",
    "Document feeder jammed": "jammed",
    "Document feeder out of documents": "no_documents",
    "Scanner cover is open": "cover_open",
    "Error during device I/O": "io_error",
    "Out of memory": "no_memory",
    "Access to resource has been denied": "denied",
}
_MILLIMETRE: Final = 3  # SANE_UNIT_MM
_INTEGER: Final = 1  # SANE_TYPE_INT
_RANGE: Final = 3  # a constraint of (lowest, highest, step)


class Scanner:
    """The state of the helper: the device that is open, if one is."""

    def __init__(self, library: Any) -> None:
        self._sane = library
        self._started = False
        self._name = ""
        self._device: Any = None
        self._scanning = threading.Lock()
        self._stopped = False
        self._busy = False

    def handle(self, request: Header, _attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        """Answer one request with a status and, for a page, its pixels."""
        try:
            match request["do"]:
                case "list":
                    return self._list(), ()
                case "scan":
                    return self._scan(request)
                case _:
                    self._close()
                    return {"status": "good"}, ()
        except self._sane.error as error:
            self._close()
            return {"status": "stopped" if self._stop_asked() else _STATUS.get(str(error), "unknown")}, ()

    def stop_when_told(self) -> None:
        """Wait for STOP_SIGNAL, again and again: on a thread of its own, the scan occupies the main one."""
        while True:
            signal.sigwait({STOP_SIGNAL})
            with self._scanning:
                if self._busy:
                    self._stopped = True
                    if self._device is not None:
                        self._device.cancel()

    def _list(self) -> Header:
        self._start()
        return {"status": "good", "devices": [list(found) for found in self._sane.get_devices()]}

    def _start(self) -> None:
        if not self._started:
            self._sane.init()
            self._started = True

    def _scan(self, request: Header) -> tuple[Header, Sequence[bytes]]:
        with self._scanning:
            self._busy, self._stopped = True, False
        try:
            return self._scan_page(request)
        finally:
            with self._scanning:
                self._busy = False

    def _scan_page(self, request: Header) -> tuple[Header, Sequence[bytes]]:
        device = self._open(str(request["device"]))
        try:
            _adjust(device, request)
        except (AttributeError, TypeError, ValueError, KeyError):
            self._close()
            return {"status": "option"}, ()
        if self._stop_asked():
            return {"status": "stopped"}, ()
        device.start()
        expected = device.get_parameters()[2][1]
        data, width, height, samples, _ = device.dev.snap(False, False, None)
        if self._stop_asked():  # SANE gives what it had by then, without a word
            return {"status": "stopped"}, ()
        if not data or len(data) != width * height * samples or height < expected:
            self._close()
            return {"status": "partial"}, ()
        return {"status": "good", "width": width, "height": height, "samples": samples}, (data,)

    def _stop_asked(self) -> bool:
        with self._scanning:
            return self._stopped

    def _open(self, name: str) -> Any:
        if self._device is not None and self._name == name:
            return self._device
        self._close()
        self._start()
        self._device = self._sane.open(name)
        self._name = name
        return self._device

    def _close(self) -> None:
        with self._scanning:
            device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(self._sane.error):
                device.close()


def _adjust(device: Any, request: Header) -> None:
    """Set what the device has of the wanted options, then the settings' own ones, which must exist."""
    options = device.opt
    if "mode" in options and options["mode"].constraint:
        modes = list(options["mode"].constraint)
        device.mode = next((mode for mode in ("Color", "Colour", "Gray", "Grey") if mode in modes), modes[0])
    if "depth" in options and options["depth"].is_active() and 8 in (options["depth"].constraint or ()):
        device.depth = 8
    if "resolution" in options:
        device.resolution = _nearest(options["resolution"], float(str(request["resolution"])))
    area = request.get("area_mm")
    if isinstance(area, list):
        _set_area(device, float(area[0]), float(area[1]))
    own = request.get("options")
    for name, value in own.items() if isinstance(own, Mapping) else ():
        if name.replace("-", "_") not in options:
            raise KeyError
        setattr(device, name.replace("-", "_"), value)


def _set_area(device: Any, width: float, height: float) -> None:
    """The part of the glass to scan, from its corner, in millimetres; a device without one scans all it has."""
    sides = {"tl_x": 0.0, "tl_y": 0.0, "br_x": width, "br_y": height}
    options = device.opt
    if all(side in options and options[side].unit == _MILLIMETRE for side in sides):
        for side, value in sides.items():
            setattr(device, side, _nearest(options[side], value))


def _nearest(option: Any, wanted: float) -> float | int:
    """What the option allows that is nearest to ``wanted``, in the option's own type."""
    constraint = option.constraint
    if isinstance(constraint, tuple) and len(constraint) == _RANGE:
        wanted = min(max(wanted, constraint[0]), constraint[1])
    elif constraint:
        wanted = min(constraint, key=lambda allowed: abs(allowed - wanted))
    return round(wanted) if option.type == _INTEGER else float(wanted)


def main() -> None:
    """Serve until the station goes away."""
    # Before any thread starts: each inherits the mask, so that the signal reaches only who waits for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {STOP_SIGNAL})
    try:
        import sane
    except ImportError:
        serve(lambda _header, _attachments: ({"status": NO_LIBRARY}, ()))
        return
    sane.error = sane._sane.error
    scanner = Scanner(sane)
    threading.Thread(target=scanner.stop_when_told, daemon=True).start()
    serve(scanner.handle)


if __name__ == "__main__":
    main()
