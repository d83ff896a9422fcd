# SPDX-License-Identifier: Apache-2.0
"""A network scanner that speaks eSCL on loopback (Mopria eSCL 2.97), with the faults that real ones show."""

from __future__ import annotations

import enum
import itertools
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import cv2
import numpy as np

NAME: Final = "Utopia PageScan"
PAPER: Final = (40, 90, 200)  # red, green, blue of the page
_NAMESPACES: Final = (
    'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"'
)
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'


class Trouble(enum.Enum):
    """What goes wrong with the next page."""

    JAM = "jam"  # the feeder says that paper is stuck
    EMPTY = "empty"  # the feeder has no paper
    COVER = "cover"  # the feeder's cover is open
    BUSY = "busy"  # it works for somebody else
    SLOW = "slow"  # it takes its time, until it is let go
    PULLED = "pulled"  # the first part came, then it takes its time until its plug is pulled
    CUT = "cut"  # the connection ends in the middle of the page
    GARBAGE = "garbage"  # what comes is no picture
    PARTIAL = "partial"  # the picture ends before its last line
    REFUSES = "refuses"  # it takes no job, without a reason


_FEEDER: Final = {
    Trouble.JAM: "ScannerAdfJam",
    Trouble.EMPTY: "ScannerAdfEmpty",
    Trouble.COVER: "ScannerAdfDoorOpen",
}


class EsclScanner:
    """The scanner, from ``start`` to ``stop``; it may be started again at its old address. Any thread."""

    def __init__(self) -> None:
        self.trouble: Trouble | None = None
        self.let_go = threading.Event()  # ends what is slow
        self.at_work = threading.Event()  # a page was asked for
        self.deleted: list[str] = []  # the jobs that the driver took back
        self.jobs: dict[str, bytes | None] = {}
        self._numbers = itertools.count(1)
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where drivers find it."""
        return f"http://127.0.0.1:{self._port}/eSCL"

    def start(self) -> None:
        """Switch it on."""
        self.let_go.clear()
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        """Pull its plug: connections end, and nobody answers."""
        self.let_go.set()
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
        if self._thread is not None:
            self._thread.join()

    def new_job(self, request: str) -> str:
        """Take a job: the page that was asked for waits under its number."""
        job = f"/eSCL/ScanJobs/{next(self._numbers)}"
        self.jobs[job] = page(request)
        return job

    def status(self) -> str:
        """The state of scanner and feeder."""
        state = "Processing" if self.trouble is Trouble.BUSY else "Idle"
        feeder = _FEEDER.get(self.trouble, "ScannerAdfLoaded") if self.trouble else "ScannerAdfLoaded"
        return (
            f"{_HEAD}<scan:ScannerStatus {_NAMESPACES}><pwg:Version>2.6</pwg:Version>"
            f"<pwg:State>{state}</pwg:State><scan:AdfState>{feeder}</scan:AdfState></scan:ScannerStatus>"
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for them
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], scanner: EsclScanner) -> None:
        self.scanner = scanner
        super().__init__(address, _Answers)


class _Answers(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Nothing is written anywhere."""

    def do_GET(self) -> None:
        scanner = self.server.scanner
        match self.path:
            case "/eSCL/ScannerCapabilities":
                self._say(HTTPStatus.OK, capabilities().encode(), "text/xml")
            case "/eSCL/ScannerStatus":
                self._say(HTTPStatus.OK, scanner.status().encode(), "text/xml")
            case path if path.endswith("/NextDocument"):
                self._page(path.removesuffix("/NextDocument"))
            case _:
                self._say(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        scanner = self.server.scanner
        request = self._body().decode()
        if scanner.trouble in (Trouble.BUSY, *_FEEDER):
            self._say(HTTPStatus.SERVICE_UNAVAILABLE)
        elif scanner.trouble is Trouble.REFUSES:
            self._say(HTTPStatus.CONFLICT)
        else:
            self._say(HTTPStatus.CREATED, location=scanner.new_job(request))

    def do_DELETE(self) -> None:
        self.server.scanner.deleted.append(self.path)
        self._say(HTTPStatus.OK)

    def _page(self, job: str) -> None:
        scanner = self.server.scanner
        picture = scanner.jobs.pop(job, None)
        if picture is None:
            self._say(HTTPStatus.NOT_FOUND)
            return
        scanner.at_work.set()
        match scanner.trouble:
            case Trouble.SLOW:
                scanner.let_go.wait(60.0)
                self.close_connection = True
            case Trouble.GARBAGE:
                picture = bytes(range(256)) * 40
            case Trouble.PARTIAL:
                picture = picture[: len(picture) // 3]
            case Trouble.CUT | Trouble.PULLED:
                self._headers(HTTPStatus.OK, len(picture), "image/jpeg")
                self.wfile.write(picture[: len(picture) // 3])
                if scanner.trouble is Trouble.PULLED:
                    scanner.let_go.wait(60.0)
                self.close_connection = True
                return
        self._say(HTTPStatus.OK, picture, "image/jpeg")

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _headers(self, status: HTTPStatus, length: int, media_type: str = "", *, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        if media_type:
            self.send_header("Content-Type", media_type)
        if location:
            self.send_header("Location", location)
        self.end_headers()

    def _say(self, status: HTTPStatus, body: bytes = b"", media_type: str = "", *, location: str = "") -> None:
        try:
            self._headers(status, len(body), media_type, location=location)
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the driver went away


def page(request: str) -> bytes:
    """The page as JPEG, in the resolution and area that a scan request names (units of 1/300 inch)."""
    wide, high = (int(_asked(request, name)) / 300 for name in ("Width", "Height"))
    dots = int(_asked(request, "XResolution"))
    picture = np.full((round(high * dots), round(wide * dots), 3), PAPER[::-1], np.uint8)
    picture[: picture.shape[0] // 2] //= 2  # the upper half is darker: a turned or cut page shows
    good, data = cv2.imencode(".jpg", picture)
    assert good
    return data.tobytes()


def _asked(request: str, name: str) -> str:
    found = re.search(rf"<\w+:{name}>(\w+)</", request)
    assert found, f"the driver did not say {name}"
    return found[1]


def capabilities() -> str:
    """A flatbed and a feeder, colour and grey, 75 to 300 dots per inch, JPEG."""
    resolutions = "".join(
        f"<scan:DiscreteResolution><scan:XResolution>{dots}</scan:XResolution>"
        f"<scan:YResolution>{dots}</scan:YResolution></scan:DiscreteResolution>"
        for dots in (75, 150, 300)
    )
    source = (
        "<scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>2550</scan:MaxWidth>"
        "<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>3507</scan:MaxHeight>"
        "<scan:MaxScanRegions>1</scan:MaxScanRegions><scan:SettingProfiles><scan:SettingProfile>"
        "<scan:ColorModes><scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode>"
        "</scan:ColorModes><scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>"
        "<scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt></scan:DocumentFormats>"
        f"<scan:SupportedResolutions><scan:DiscreteResolutions>{resolutions}</scan:DiscreteResolutions>"
        "</scan:SupportedResolutions></scan:SettingProfile></scan:SettingProfiles>"
    )
    return (
        f"{_HEAD}<scan:ScannerCapabilities {_NAMESPACES}><pwg:Version>2.6</pwg:Version>"
        f"<pwg:MakeAndModel>{NAME}</pwg:MakeAndModel><pwg:SerialNumber>UTO-0001</pwg:SerialNumber>"
        f"<scan:Platen><scan:PlatenInputCaps>{source}</scan:PlatenInputCaps></scan:Platen>"
        f"<scan:Adf><scan:AdfSimplexInputCaps>{source}</scan:AdfSimplexInputCaps>"
        "<scan:FeederCapacity>50</scan:FeederCapacity></scan:Adf></scan:ScannerCapabilities>"
    )


def configure(folder: Path, scanner: EsclScanner) -> Path:
    """A configuration of SANE in which this scanner is the only one, and nobody calls into the network."""
    folder.mkdir(exist_ok=True)
    (folder / "dll.conf").write_text("airscan\n")
    (folder / "airscan.conf").write_text(
        f'[devices]\n"{NAME}" = {scanner.address}, eSCL\n[options]\ndiscovery = disable\n'
    )
    return folder


@contextmanager
def switched_on() -> Iterator[EsclScanner]:
    """A scanner that is on, and off at the end."""
    scanner = EsclScanner()
    scanner.start()
    try:
        yield scanner
    finally:
        scanner.stop()
