# SPDX-License-Identifier: Apache-2.0
"""The helper process that talks to CUPS: the one module that imports its library, which blocks while a server is mute.

Requests: ``look``, ``state``, ``create``, ``send``, ``job``, ``fate``, ``withdraw``, ``purge``. Each is short: whoever
prints asks again and again. The server is named in every request, so that a restarted helper needs to know nothing.
"""

from __future__ import annotations

import functools
import http.client
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from devices.printing.ipp_answer import Group, groups
from station.isolation.frames import Header
from station.isolation.serving import serve

NO_LIBRARY: Final = "no_library"
NO_SERVER: Final = "no_server"
NOT_FOUND: Final = "not_found"
REFUSED: Final = "refused"
GOOD: Final = "good"

ASKING: Final = 3.0  # seconds that a printer gets to answer for itself
_PORT: Final = 631
_LONGEST: Final = 1 << 20  # bytes of a printer's answer
_JOBS: Final = 50  # of a printer's history: ours is among the newest
_WANTED: Final = "requested-attributes"
_IPP: Final = {"ipp": False, "http": False, "ipps": True, "https": True}  # scheme, and whether it is encrypted
_OF_QUEUE: Final = [
    "printer-info",
    "printer-make-and-model",
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "device-uri",
    "marker-levels",
    "marker-low-levels",
    "marker-types",
]
_OF_PRINTER: Final = [
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-up-time",
    "marker-levels",
    "marker-low-levels",
    "marker-types",
]
_OF_JOB: Final = [
    "job-state",
    "job-state-reasons",
    "job-printer-state-reasons",
    "job-printer-state-message",
    "job-printer-uri",
    "job-uuid",
]


class Spooler:
    """Answers requests. ``library`` is pycups, given so that only ``main`` imports it."""

    def __init__(self, library: Any) -> None:
        self._cups = library
        library.setPasswordCB(lambda _prompt: "")  # nobody sits at this process's terminal
        self._answers: dict[str, Callable[[Any, Header, Sequence[bytes]], Header]] = {
            "look": self._look,
            "state": self._state,
            "create": self._create,
            "send": self._send,
            "job": self._job,
            "fate": self._fate,
            "withdraw": self._withdraw,
            "purge": self._purge,
        }

    def handle(self, request: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        """Answer one request with a status and what was asked for."""
        cups = self._cups
        try:
            server = str(request["server"])
            if server:
                cups.setServer(server)
            answer = self._answers[str(request["do"])](cups.Connection(), request, attachments)
        except cups.IPPError as error:
            code = error.args[0]
            if code == cups.IPP_STATUS_ERROR_NOT_FOUND:
                return {"status": NOT_FOUND}, ()
            lost = (cups.IPP_STATUS_ERROR_INTERNAL, cups.IPP_STATUS_ERROR_SERVICE_UNAVAILABLE)
            return {"status": NO_SERVER if code in lost else REFUSED, "code": int(code)}, ()
        except cups.HTTPError as error:
            return {"status": REFUSED, "code": int(error.args[0])}, ()
        except RuntimeError:
            return {"status": NO_SERVER}, ()
        return {"status": GOOD, **answer}, ()

    def _look(self, connection: Any, request: Header, _attachments: Sequence[bytes]) -> Header:
        ask = bool(request["ask"])
        return {"queues": [self._queue(connection, name, ask=ask) for name in sorted(connection.getPrinters())]}

    def _state(self, connection: Any, request: Header, _attachments: Sequence[bytes]) -> Header:
        return {"queue": self._queue(connection, str(request["queue"]), ask=bool(request["ask"]))}

    def _queue(self, connection: Any, name: str, *, ask: bool) -> Header:
        said = connection.getPrinterAttributes(name, requested_attributes=_OF_QUEUE)
        return {"name": name, "queue": _plain(said), "printer": self._printer(said) if ask else None}

    def _printer(self, said: Mapping[str, object]) -> Header | None:
        """What the printer behind a queue says for itself, ``{}`` when it is mute, None when it cannot be asked.

        CUPS hears of an empty tray only while it prints: before a job its word is that of the last one.
        """
        uri = str(said.get("device-uri", ""))
        if urlsplit(uri).scheme not in _IPP:
            return None
        try:
            return self._asked(uri)
        except (OSError, http.client.HTTPException):
            return {}

    def _asked(self, uri: str) -> Header | None:
        cups = self._cups
        said = self._ipp(uri, cups.IPP_OP_GET_PRINTER_ATTRIBUTES, (cups.IPP_TAG_KEYWORD, _WANTED, _OF_PRINTER))
        return None if said is None else {name: values for group in said[1:] for name, values in group.items()}

    def _fate(self, connection: Any, request: Header, _attachments: Sequence[bytes]) -> Header:
        """How the printer itself says that the job of this title ended; None when it does not say.

        ``itself``: whether it is the printer by whose word CUPS calls a job completed. Behind usb, socket, lpd and
        the like there is no such word, only the end of the bytes; what dnssd and implicitclass lead to is not asked.

        CUPS 2.4 asks a printer in two threads at once, and takes an aborted job for completed when the wrong one wins.
        """
        cups, title = self._cups, str(request["title"])
        said = connection.getPrinterAttributes(str(request["queue"]), requested_attributes=["device-uri"])
        uri = str(said.get("device-uri", ""))
        if urlsplit(uri).scheme not in _IPP:
            return {"ended": None, "itself": False}
        try:
            found = self._ipp(
                uri,
                cups.IPP_OP_GET_JOBS,
                (cups.IPP_TAG_KEYWORD, "which-jobs", "completed"),
                (cups.IPP_TAG_INTEGER, "limit", _JOBS),
                (cups.IPP_TAG_KEYWORD, _WANTED, ["job-name", "job-state"]),
            )
        except (OSError, http.client.HTTPException):
            return {"ended": None, "itself": True}
        jobs = (job for job in found or () if job.get("job-name") == [title])
        return {"ended": next((job["job-state"][0] for job in jobs if "job-state" in job), None), "itself": True}

    def _ipp(self, uri: str, operation: int, *wanted: tuple[int, str, object]) -> list[Group] | None:
        """One question to a printer: groups of attributes, None when it is there and says nothing. Raises OSError."""
        cups, place = self._cups, urlsplit(uri)
        host, port = place.hostname or "", place.port or _PORT
        scheme = "ipps" if _IPP[place.scheme] else "ipp"
        request = cups.IPPRequest(operation)
        for tag, name, value in (
            (cups.IPP_TAG_CHARSET, "attributes-charset", "utf-8"),
            (cups.IPP_TAG_LANGUAGE, "attributes-natural-language", "en"),
            (cups.IPP_TAG_URI, "printer-uri", f"{scheme}://{host}:{port}{place.path}"),
            *wanted,
        ):
            request.add(cups.IPPAttribute(cups.IPP_TAG_OPERATION, tag, name, value))
        body = bytearray()
        request.writeIO(functools.partial(_append, body))
        connection: http.client.HTTPConnection
        if scheme == "ipps":
            # A printer's certificate is its own; nothing but states and our opaque titles go over this line.
            unverified = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection(host, port, timeout=ASKING, context=unverified)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=ASKING)
        try:
            connection.request("POST", place.path or "/", bytes(body), {"Content-Type": "application/ipp"})
            answer = connection.getresponse()
            data = answer.read(_LONGEST)
        finally:
            connection.close()
        if answer.status != http.client.OK:
            return None  # it wants a password, or another path
        try:
            return groups(data)
        except ValueError:
            return None

    def _create(self, connection: Any, request: Header, _attachments: Sequence[bytes]) -> Header:
        options = {"copies": "1", "job-sheets": "none"}
        if request["media"]:
            options["media"] = str(request["media"])
        job_id = connection.createJob(str(request["queue"]), str(request["title"]), options)
        return {"job": job_id, **_plain(connection.getJobAttributes(job_id, _OF_JOB))}

    def _send(self, connection: Any, request: Header, attachments: Sequence[bytes]) -> Header:
        queue, title = str(request["queue"]), str(request["title"])
        connection.startDocument(queue, int(str(request["job"])), title, self._cups.CUPS_FORMAT_PDF, 1)
        connection.writeRequestData(attachments[0], len(attachments[0]))
        connection.finishDocument(queue)
        return {}

    def _job(self, connection: Any, request: Header, _attachments: Sequence[bytes]) -> Header:
        said = connection.getJobAttributes(int(str(request["job"])), _OF_JOB)
        answer: Header = _plain(said)
        return {**answer, **self._queue(connection, str(request["queue"]), ask=bool(request["ask"]))}

    def _withdraw(self, connection: Any, request: Header, _attachments: Sequence[bytes]) -> Header:
        job_id = int(str(request["job"]))
        before = _plain(connection.getJobAttributes(job_id, _OF_JOB))
        try:
            connection.cancelJob(job_id)
        except self._cups.IPPError:
            return {**before, "withdrawn": False}  # it has ended by itself
        return {**before, "withdrawn": True}

    def _purge(self, connection: Any, request: Header, _attachments: Sequence[bytes]) -> Header:
        connection.cancelJob(int(str(request["job"])), purge_job=True)
        return {}


def _append(body: bytearray, data: bytes) -> int:
    body.extend(data)
    return len(data)


def _plain(said: Mapping[str, object]) -> dict[str, object]:
    """What can travel in a frame: numbers, words, and lists of them; one value where there is one."""
    kept: dict[str, object] = {}
    for name, value in said.items():
        values = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, int | str)]
        if values:
            kept[name] = values if isinstance(value, list) else values[0]
    return kept


def main() -> None:
    """Serve until the station goes away."""
    try:
        import cups
    except ImportError:
        serve(lambda _header, _attachments: ({"status": NO_LIBRARY}, ()))
        return
    serve(Spooler(cups).handle)


if __name__ == "__main__":
    main()
