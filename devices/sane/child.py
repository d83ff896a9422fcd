# SPDX-License-Identifier: Apache-2.0
"""The helper process that talks to SANE: the one module that imports its library, which may hang or crash.

Requests: ``list``, ``scan``, ``release``. The signal SIGUSR1 stops a scan the way a scanner wants to be stopped,
so that its carriage goes home; a helper that does not heed it is killed by the station.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Sequence
from typing import Any, Final

from station.isolation.frames import Header
from station.isolation.serving import serve

STOP_SIGNAL: Final = signal.SIGUSR1
NO_LIBRARY: Final = "no_library"
# What a scanner that fetches pages ahead may say more often than it is true: its page came so quickly that the end of
# the batch was seen before it. This same document's page then waits in it; the station ends the helper afterwards.
_AGAIN: Final = {"no_documents": 2}
_CLOSING: Final = 10  # whole seconds that closing a scanner may take
_ENDING: Final = 10.0  # seconds that the end of a scan may take: a carriage goes home in them

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
_FIRST: Final = frozenset({"source", "mode"})
_MILLIMETRE: Final = 3  # SANE_UNIT_MM
_INTEGER: Final = 1  # SANE_TYPE_INT
_RANGE: Final = 3  # a constraint of (lowest, highest, step)


class Scanner:
    """The state of the helper: the device that is open, if one is."""

    def __init__(self, library: Any, *, ending_seconds: float = _ENDING) -> None:
        self._sane = library
        self._ending_seconds = ending_seconds
        self._started = False
        self._name = ""
        self._device: Any = None
        self._scanning = threading.Lock()
        self._cancelling = threading.Lock()  # one cancel at a time; taken before the other lock
        self._stuck = False  # a cancel hangs in the library: this process must not be used again
        self._stopped = False
        self._busy = False
        self._reading = False  # whether the scanner had said that a page comes

    def handle(self, request: Header, _attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        """Answer one request with a status and, for a page, its pixels."""
        try:
            match request["do"]:
                case "list":
                    return self._list(network=bool(request.get("network"))), ()
                case "scan":
                    return self._scan(request)
                case _:
                    self._close()
                    return {"status": "good"}, ()
        except self._sane.error as error:
            status = "stopped" if self._stop_asked() else _STATUS.get(str(error), "unknown")
            if self._reading and self._device is not None:
                self._end_page(self._device)
            self._give_up(request, stopped=status == "stopped")
            return self._said({"status": status, "reading": self._reading}), ()

    def stop_when_told(self) -> None:
        """Wait for STOP_SIGNAL, again and again: on a thread of its own, the scan occupies the main one."""
        while True:
            signal.sigwait({STOP_SIGNAL})
            with self._cancelling:
                with self._scanning:
                    device = self._device if self._busy else None
                    self._stopped = self._stopped or self._busy
                if device is not None:
                    device.cancel()

    def _list(self, *, network: bool) -> Header:
        """What is attached to this machine, or what is only in the network: finding that takes seconds."""
        self._start()
        here = [list(found) for found in self._sane.get_devices(True)]
        if network:
            names = {found[0] for found in here}
            here = [list(found) for found in self._sane.get_devices(False) if found[0] not in names]
        return {"status": "good", "devices": here}

    def _start(self) -> None:
        if not self._started:
            self._sane.init()
            self._started = True

    def _scan(self, request: Header) -> tuple[Header, Sequence[bytes]]:
        with self._scanning:
            self._busy, self._stopped = True, False
        try:
            answer, parts = self._scan_page(request)
            return self._said(answer), parts
        finally:
            if not self._stuck:
                with self._cancelling, self._scanning:  # a stop of this page must not reach the next one
                    self._busy = False

    def _scan_page(self, request: Header) -> tuple[Header, Sequence[bytes]]:
        self._reading = False
        device = self._open(str(request["device"]))
        try:
            before = _adjust(device, request)
        except (AttributeError, TypeError, ValueError, KeyError):
            self._give_up(request)
            return {"status": "option"}, ()
        except self._sane.error as error:
            if _STATUS.get(str(error)) != "invalid":
                raise
            self._give_up(request)
            return {"status": "option"}, ()
        if self._stop_asked():
            self._put_back(device, before)
            return {"status": "stopped"}, ()
        self._begin(device, dict(_AGAIN) if request.get("fetches_ahead") else {})
        self._reading = True
        expected = device.get_parameters()[2][1]
        # The library would cancel in ``snap`` itself, with the interpreter held and the status not yet told.
        data, width, height, samples, _ = device.dev.snap(True, False, None)
        self._end_page(device)  # one page per request: a feeder stops here
        if self._stop_asked():  # SANE gives what it had by then, without a word
            if request.get("fetches_ahead"):
                self._give_up(request, stopped=True)
            else:
                self._put_back(device, before)
            return {"status": "stopped"}, ()
        if not data or len(data) != width * height * samples or height < expected:
            self._give_up(request)
            return {"status": "partial"}, ()
        self._put_back(device, before)
        return {"status": "good", "width": width, "height": height, "samples": samples}, (data,)

    def _end_page(self, device: Any) -> None:
        """Tell the scanner that the page is over, and wait for that; not for ever.

        Backends that read on a thread of their own (``sanei_thread`` in SANE) end it wherever it is, even inside
        ``malloc``: its lock is never given back then, and the cancel hangs for good. What is known of the page is
        told all the same.
        """

        def cancel() -> None:
            with self._cancelling, contextlib.suppress(self._sane.error):
                device.cancel()

        ending = threading.Thread(target=cancel, daemon=True)
        ending.start()
        ending.join(self._ending_seconds)
        self._stuck = ending.is_alive()

    def _said(self, answer: Header) -> Header:
        """The answer, and whether this process can give another one."""
        return {**answer, "stuck": True} if self._stuck else answer

    def _give_up(self, request: Header, *, stopped: bool = False) -> None:
        """Close the scanner, unless it fetches ahead and failed: closing it may hang, and the answer is waited for.

        The station ends the helper then. After a stop nobody waits, and closing takes the job back from the scanner.
        """
        if not self._stuck and (stopped or not request.get("fetches_ahead")):
            self._close()

    def _put_back(self, device: Any, before: Sequence[tuple[str, Any]]) -> None:
        """The options as they were before the light: the next page may have another one."""
        if not self._stuck:
            for name, value in reversed(before):
                setattr(device, name, value)

    def _begin(self, device: Any, again: dict[str, int]) -> None:
        """Start the page; ``again`` says how often a status does not count."""
        while True:
            try:
                device.start()
                return
            except self._sane.error as error:
                status = _STATUS.get(str(error), "unknown")
                if self._stop_asked() or again.get(status, 0) < 1:
                    raise
                again[status] -= 1

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
        with self._cancelling, self._scanning:
            device, self._device = self._device, None
        if device is not None:
            # Closing can hang in the library, which then holds the interpreter, so that not even the end of the
            # station is noticed. The alarm's own action ends the process without the interpreter.
            signal.alarm(_CLOSING)
            with contextlib.suppress(self._sane.error):
                device.close()
            signal.alarm(0)


def _adjust(device: Any, request: Header) -> list[tuple[str, Any]]:
    """Set what the light asks for, then what the device has of the usual options, then the settings' own.

    Lights, sources and modes come first because they decide which values the others take. What the light and the
    settings name must exist, and is not set otherwise. Returns the options that the light changed, with their values
    before.
    """
    light, own = _wished(request.get("light")), _wished(request.get("options"))
    before = [(name, getattr(device, name)) for name, _ in light if _known(device, name)]
    lit = {name for name, _ in light}
    own = [(name, value) for name, value in own if name not in lit]
    _set(device, light)
    _set(device, [(name, value) for name, value in own if name in _FIRST])
    _set_usual(device, request, lit | {name for name, _ in own})
    _set(device, [(name, value) for name, value in own if name not in _FIRST])
    return before


def _set(device: Any, wished: Sequence[tuple[str, str]]) -> None:
    for name, value in wished:
        if _known(device, name):
            setattr(device, name, _typed(device, name, value))


def _set_usual(device: Any, request: Header, named: set[str]) -> None:
    options = device.opt
    if "mode" in options and "mode" not in named and options["mode"].constraint:
        modes = list(options["mode"].constraint)
        device.mode = next((mode for mode in ("Color", "Colour", "Gray", "Grey") if mode in modes), modes[0])
        options = device.opt
    depth = options.get("depth")
    if depth is not None and "depth" not in named and depth.is_active() and 8 in (depth.constraint or ()):
        device.depth = 8
    if "resolution" in options and "resolution" not in named:
        device.resolution = _nearest(options["resolution"], float(str(request["resolution"])))
    area = request.get("area_mm")
    if isinstance(area, list) and len(area) == 2:
        _set_area(device, float(area[0]), float(area[1]))


def _wished(given: object) -> list[tuple[str, str]]:
    """``name=value`` as the settings write it, the name as Python's SANE library spells it."""
    pairs = [str(entry).partition("=") for entry in given] if isinstance(given, list) else []
    return [(name.strip().replace("-", "_"), value.strip()) for name, _, value in pairs]


def _known(device: Any, name: str) -> bool:
    """True, or KeyError: the settings ask for what this device does not have."""
    if name not in device.opt:
        raise KeyError
    return True


def _typed(device: Any, name: str, value: str) -> str | int | float:
    """The value in the type that the option has. Raises ValueError."""
    match device.opt[name].type:
        case 0:  # SANE_TYPE_BOOL
            return {"yes": 1, "true": 1, "on": 1, "1": 1, "no": 0, "false": 0, "off": 0, "0": 0}[value.lower()]
        case 1:  # SANE_TYPE_INT
            return int(value)
        case 2:  # SANE_TYPE_FIXED
            return float(value)
        case _:
            return value


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
