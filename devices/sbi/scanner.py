# SPDX-License-Identifier: Apache-2.0
"""One SBI scanner as a device: its presence and state, and the two things a session does with it."""

from __future__ import annotations

import hashlib
import uuid
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final

from devices.base import removed
from devices.sbi.capture import Asked, Checks, capture_body, check_info, fingers_of, part_of_glass
from devices.sbi.messages import (
    MOST_CAPTURE_BYTES,
    MOST_INFO_BYTES,
    CaptureBody,
    DeviceInfo,
    DigitalId,
    InfoEntry,
    parse,
)
from devices.sbi.signatures import Anchors, Signed
from devices.sbi.stream import LiveStream
from devices.sbi.wire import ask
from devices.sbi.words import another_capture, not_ready, of_code
from devices.shell import Shell, Use
from devices.worker import DeviceWorker
from station.domain.errors import Cancelled, DeviceError, DeviceRemoved
from station.domain.words import say
from station.ports.clock import Clock
from station.ports.devices import FINGERPRINT_SCANNER, Health, HealthState, Role
from station.ports.devices import DeviceInfo as Card
from station.ports.fingers import FingerPosition, FingerRequest, FingerSample, FingersCapture
from station.ports.images import EncodedImage
from station.ports.tasks import CancelToken

INFO_SECONDS: Final = 5.0  # the times of MOSIP's own client: 5 s for discovery and description, 40 s for a capture
CAPTURE_SECONDS: Final = 40.0
ANY_DEVICE: Final = b'{"type": "Biometric Device"}'
_GRACE_SECONDS: Final = 5.0  # after the scanner's own time limit, for signing and sending
_REMEMBERED: Final = 64  # answers by which a repetition is known
_BUSY: Final = "busy"
_WHOLE_GLASS: Final = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finger scanner as one look found it. What may change while it stays the same scanner is not compared."""

    port: int
    internal_id: str
    sub_ids: tuple[str, ...]
    identity: DigitalId  # without its dateTime, which is of the answer and not of the device
    status: str = field(compare=False)
    version: str = field(compare=False)
    certified_by: str = field(default="", compare=False)
    trouble: DeviceError | None = field(default=None, compare=False)

    @property
    def device_id(self) -> str:
        """Stable over re-plug, restart of the service and change of port."""
        return f"sbi:{self.identity.deviceProviderId}:{self.identity.serialNo}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a post holds its scanners to. ``environment`` None: the one that the scanner itself is set to."""

    anchors: Anchors
    tolerance_seconds: float
    environment: str | None = None


def ask_info(found: Found, rules: Rules, *, clock: Clock, cancel: CancelToken) -> tuple[DeviceInfo, Signed]:
    """The scanner's signed description of itself, checked. Raises DeviceError, Cancelled."""
    answer = ask(
        found.port, "MOSIPDINFO", "/info", ANY_DEVICE, seconds=INFO_SECONDS, most=MOST_INFO_BYTES, cancel=cancel
    )
    problems: list[DeviceError] = []
    for entry in parse(list[InfoEntry], answer):
        if entry.error is not None and entry.error.code:
            problems.append(of_code(entry.error.code, entry.error.info))
        if not entry.deviceInfo:
            continue
        try:
            info, signed = check_info(entry.deviceInfo, found.identity, rules.anchors, now=clock.now())
        except DeviceError as error:  # another device of the same service may be the one
            problems.append(error)
            continue
        return info, signed
    raise problems[0] if problems else of_code("106", "")


class SbiScanner:
    """Moved by the watch; used through sessions. Calls of a session may come from any thread.

    The live picture has a thread of its own: it goes on while a capture waits for the fingers.
    """

    def __init__(
        self,
        card: Card,
        found: Found,
        rules: Rules,
        *,
        clock: Clock,
        changed: Callable[[str], None],
        look_soon: Callable[[], None],
    ) -> None:
        self.info = card
        self._found = found
        self._rules = rules
        self._clock = clock
        self._look_soon = look_soon
        self._stream: LiveStream | None = None
        self._stream_part = ""
        self._dark = False  # whether the live picture is what troubles the scanner
        self._seen: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._reported: DeviceError | None = None
        self._live = DeviceWorker(f"{card.name} live")
        self._shell = Shell(
            card,
            clock=clock,
            changed=changed,
            fills={FINGERPRINT_SCANNER.name: lambda use: _Session(self, use)},
            ended=self._ended,
        )

    # --- what the registry asks ---

    def health(self) -> Health:
        """As every device, and whether somebody vouches for it."""
        health = self._shell.health()
        if health.state is HealthState.READY and not self._found.certified_by:
            return Health(health.state, say("Ready. It is not proven who made this scanner."))
        return health

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use; the scanner is asked on first use."""
        return self._shell.open(role)

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use; the live picture stops."""
        self._shell.end_session(role)

    # --- what the watch tells ---

    @property
    def found(self) -> Found:
        """As the last look found it."""
        return self._found

    @property
    def gone(self) -> bool:
        """Whether it is away."""
        return self._shell.gone

    @property
    def in_use(self) -> bool:
        """Whether a session holds it: then looks leave it in peace."""
        return self._shell.in_use

    def came(self, found: Found) -> None:
        """It is there, perhaps on another port."""
        self._reported = None
        self._shell.returned()
        self.noticed(found)

    def noticed(self, found: Found) -> None:
        """What a look found of a scanner that is there and that nobody uses."""
        self._found = found
        problem = found.trouble or not_ready(found.status)
        if problem is not None:
            self._shell.trouble(problem)
        elif self._reported is not None:
            self._shell.well()
        self._reported = problem

    def went(self) -> None:
        """Its service ended, or does not know it any more."""
        self._shell.went()
        self._end_stream()
        self._live.fail_waiting(removed(self.info.name))

    def close(self) -> None:
        """End the threads and close the lines."""
        self._shell.close()
        self._end_stream()
        with suppress(DeviceRemoved):  # closed before
            self._live.begin(lambda _: self._drop_stream(), whatever_happens=True)
        self._live.close()

    # --- what a session does ---

    def frame(self, use: Use, cancel: CancelToken) -> EncodedImage:
        """The newest live picture."""
        use.check()
        newest = use.session.bound(self._newest)
        try:
            try:
                frame = self._live.run(newest, cancel=cancel, owner=use.session)
            except Cancelled:
                cancel.raise_if_cancelled()
                # Neither the session nor the caller ended the stream: a capture wanted another part of the glass.
                frame = self._live.run(newest, cancel=cancel, owner=use.session)
        except DeviceRemoved:
            self._look_soon()
            raise
        except DeviceError as error:
            self._dark = True
            use.trouble(error)
            raise
        if self._dark:
            self._dark = False
            self._shell.well()
        return frame

    def capture(self, use: Use, request: FingerRequest, cancel: CancelToken) -> FingersCapture:
        """The fingers asked for, all checks passed."""
        use.check()
        request = replace(request, seconds=min(request.seconds, CAPTURE_SECONDS - _GRACE_SECONDS))
        expected, part = fingers_of(request)
        try:
            samples = use.run(lambda token: self._capture(request, expected, part, token), cancel=cancel)
        except DeviceRemoved:
            self._look_soon()
            raise
        return FingersCapture(
            samples=samples[0], missing=request.missing, certified_by=samples[1], provenance=use.provenance()
        )

    def _capture(
        self, request: FingerRequest, expected: tuple[FingerPosition, ...], part: str, token: CancelToken
    ) -> tuple[tuple[FingerSample, ...], str]:
        info, signed = ask_info(self._found, self._rules, clock=self._clock, cancel=token)
        self._take_glass(part)
        problem = not_ready(info.deviceStatus)
        if problem is not None and not (info.deviceStatus.lower() == _BUSY and self._stream is not None):
            raise problem
        away = tuple(position for position, _ in request.missing if part_of_glass(position) == part)
        asked = Asked(
            transaction=str(uuid.uuid4()),
            expected=expected,
            exceptions=away,
            sub_id=self._sub_id(part),
            request=request,
            info=info,
            env=self._rules.environment or info.env or "Staging",
        )
        answer = ask(
            self._found.port,
            "RCAPTURE",
            "/capture",
            capture_body(asked, now=self._clock.now()),
            seconds=request.seconds + _GRACE_SECONDS,
            most=MOST_CAPTURE_BYTES,
            cancel=token,
        )
        body = parse(CaptureBody, answer)
        self._refuse_repetition(body)
        checks = Checks(
            identity=self._found.identity,
            signer=signed.signer,
            anchors=self._rules.anchors,
            tolerance_seconds=self._rules.tolerance_seconds,
        )
        return checks.samples(body, asked, now=self._clock.now())

    def _refuse_repetition(self, body: CaptureBody) -> None:
        digests = [hashlib.sha256(entry.data.encode()).digest() for entry in body.biometrics if entry.data]
        if any(digest in self._seen for digest in digests):
            raise another_capture()
        self._seen.extend(digests)

    # --- the live picture ---

    def _newest(self, token: CancelToken) -> EncodedImage:
        """On the live thread."""
        self._live.assert_on_worker()
        if self._stream is None or self._stream.ended:
            self._drop_stream()
            wanted = self._stream_part or (self._found.sub_ids[0] if self._found.sub_ids else _WHOLE_GLASS)
            self._stream = LiveStream(self._found.port, self._found.internal_id, wanted)
        return self._stream.newest(token)

    def _drop_stream(self) -> None:
        """On the live thread: give the connection back."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.end()
            stream.close()

    def _end_stream(self) -> None:
        stream = self._stream
        if stream is not None:
            stream.end()

    def _take_glass(self, part: str) -> None:
        """Let the live picture show the part of the glass that captures."""
        self._stream_part = self._sub_id(part)
        stream = self._stream
        if stream is not None and stream.sub_id != self._stream_part:
            stream.end()

    def _sub_id(self, part: str) -> str:
        """The part by the scanner's own count; one that has no parts, as for single fingers, is asked as a whole."""
        return part if part in self._found.sub_ids else _WHOLE_GLASS

    def _ended(self, use: Use, error: DeviceRemoved) -> None:
        self._live.fail_waiting(error, owner=use.session)
        self._end_stream()
        self._live.begin(lambda _: self._drop_stream(), whatever_happens=True)


class _Session:
    """One session's FingerprintScanner."""

    def __init__(self, scanner: SbiScanner, use: Use) -> None:
        self._scanner = scanner
        self._use = use

    def latest_frame(self, *, cancel: CancelToken) -> EncodedImage:
        """The next live picture, also while a capture waits."""
        return self._scanner.frame(self._use, cancel)

    def capture(self, request: FingerRequest, *, cancel: CancelToken) -> FingersCapture:
        """Capture the fingers asked for; all of them, or an error that names the missing one."""
        return self._scanner.capture(self._use, request, cancel)
