# SPDX-License-Identifier: Apache-2.0
"""The child's side of a helper process: take limits on, then answer requests until the parent goes away."""

from __future__ import annotations

import os
import runpy
import select
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final

from station.isolation.frames import FrameReader, FrameRefused, Header, Message, encode
from station.isolation.limits import Enforcement, Limits, NetworkUse, apply, grant_processor_time

Handler = Callable[[Header, Sequence[bytes]], tuple[Header, Sequence[bytes]]]
"""Answers one request. An exception is reported by type and place, never by its text."""

HELPER_FLAG: Final = "--helper-process"
EXIT_OUT_OF_MEMORY: Final = 71
EXIT_FAULT: Final = 70
_CHUNK: Final = 1 << 20


def run_if_helper(arguments: Sequence[str]) -> bool:
    """Run a helper process when a frozen program was started as one: ``--helper-process MODULE``.

    A frozen program has no ``python -m``; its first act must be this call. Returns False for any other start.
    """
    if len(arguments) != 2 or arguments[0] != HELPER_FLAG:
        return False
    runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    return True


def serve(handler: Handler) -> None:
    """Answer requests on standard input and output. Called by the child's main module.

    The first message carries the limits. The process ends at once when the parent goes away, also in
    the middle of a request: a thread waits for the pipe's end. (The kernel's death signal would come when the
    parent's *thread* ends, and helpers are started from threads that come and go.)
    """
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints must not land between the frames
    limits, enforcement = _limit_self(_next_message())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _answer(out, {"enforced": asdict(enforcement)}, ())
    while True:
        header, attachments = _next_message()
        grant_processor_time(limits.cpu_seconds)
        try:
            answer, parts = handler(header, attachments)
        except MemoryError:
            os._exit(EXIT_OUT_OF_MEMORY)
        except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold a traveller's data
            _answer(out, {"failed": _place(error)}, ())
            os._exit(EXIT_FAULT)
        del header, attachments
        _answer(out, {"answer": answer}, parts)
        del answer, parts


def _next_message() -> Message:
    """The parent's next message. Read on the thread that works on it: handing it over would cost more than it."""
    reader = FrameReader()
    try:
        while chunk := os.read(0, _CHUNK):
            message = reader.feed(chunk)
            if message is not None:
                return message
    except MemoryError:
        os._exit(EXIT_OUT_OF_MEMORY)
    except FrameRefused:
        os._exit(EXIT_FAULT)
    os._exit(0)


def _limit_self(message: Message) -> tuple[Limits, Enforcement]:
    values = message[0]["limits"]
    if not isinstance(values, dict):
        raise FrameRefused("no limits")
    limits = Limits(**(values | {"network": NetworkUse(values["network"])}))
    return limits, apply(limits)


def _end_with_parent() -> None:
    """End the process when the parent's end of the pipe is closed; nothing is read here."""
    pipe = select.poll()
    pipe.register(0, 0)  # the end of the other side is told without being asked for
    pipe.poll()
    os._exit(0)


def _answer(out: int, header: Header, attachments: Sequence[bytes]) -> None:
    for piece in encode(header, attachments):
        view = memoryview(piece)
        while view:
            view = view[os.write(out, view) :]


def _place(error: BaseException) -> str:
    """Type and place of a failure, without its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    code = trace.tb_frame.f_code
    return f"{type(error).__name__} at {os.path.basename(code.co_filename)}:{trace.tb_lineno}"
