# SPDX-License-Identifier: Apache-2.0
"""The parent's side of a recognition engine: asks its helper process and says in the port's words what came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from station.domain.errors import EngineUnavailable
from station.domain.words import Text, say, say_count
from station.isolation.child import DeathReason, HelperDied, HelperProcess
from station.mrtd.mrz import parse
from station.optical.pictures import ask_about
from station.optical.reasons import NOT_READ, NotRead
from station.optical.safe_images import refused_by_helper
from station.optical.wire import WireRefused, milliseconds_from_json, zones_from_json
from station.ports.images import EncodedImage
from station.ports.recognition import ReadStatus, RecognisedZone, Recognition
from station.ports.tasks import CancelToken

_READ = say("Every character is clear and every check digit fits.")
_INSTALL: Mapping[str, Text] = {
    "eng": say("Install the Debian package tesseract-ocr-eng."),
    "mrz": say("Set the station up again: its language data for machine readable zones is missing."),
}
_SET_UP = say("Set the station up again: a part of its reading programs is missing.")


class HelperEngine:
    """An engine that runs in a helper process of its own. Any thread may call; one picture at a time."""

    def __init__(self, name: str, helper: HelperProcess, *, settings: Mapping[str, object] | None = None) -> None:
        self._name = name
        self._helper = helper
        self._settings = dict(settings or {})

    @property
    def name(self) -> str:
        """The name under which the engine is chosen and recorded."""
        return self._name

    @property
    def helper(self) -> HelperProcess:
        """The helper process, for the doctor command."""
        return self._helper

    def prepare(self, *, cancel: CancelToken) -> None:
        """Start the helper and load its language before the first document. Raises EngineUnavailable, Cancelled."""
        try:
            answer, _ = self._helper.request(self._settings | {"do": "prepare"}, cancel=cancel)
        except HelperDied:
            raise EngineUnavailable(say("The reading program could not be started."), _SET_UP) from None
        self._raise_if_missing(answer)

    def recognise(self, image: EncodedImage, *, cancel: CancelToken) -> Recognition:
        """Find and read the MRZ in any of four orientations. Raises ImageRefused, EngineUnavailable, Cancelled."""
        answer, _ = ask_about(self._helper, image, self._settings | {"do": "read"}, cancel=cancel)
        self._raise_if_missing(answer)
        try:
            zones = zones_from_json(answer.get("zones"))
            times = milliseconds_from_json(answer.get("milliseconds"))
            why_not = NotRead(answer.get("why_not")) if not zones else None
        except (WireRefused, ValueError):
            raise refused_by_helper(DeathReason.GARBLED) from None
        status = _status(zones, certain=answer.get("certain", True) is True)
        reason = NOT_READ[why_not] if why_not is not None else _reason(status, zones)
        return Recognition(status=status, reason=reason, zones=zones, engine=self._name, milliseconds=times)

    def close(self) -> None:
        """End the helper process, if one runs."""
        self._helper.close()

    def _raise_if_missing(self, answer: Mapping[str, object]) -> None:
        if (missing := answer.get("missing")) is not None:
            raise unavailable(self._name, str(missing))


def unavailable(engine: str, missing: str) -> EngineUnavailable:
    """The error of an engine that lacks a module or a language, with how to get it."""
    cause = say("The reading program {engine} cannot run on this computer.", engine=engine)
    return EngineUnavailable(cause, _INSTALL.get(missing, _SET_UP))


def _status(zones: tuple[RecognisedZone, ...], *, certain: bool) -> ReadStatus:
    if not zones:
        return ReadStatus.NOT_READ
    clean = certain and not any(zone.doubts or zone.corrected for zone in zones)
    # Judged once more on this side: a helper that was taken over cannot call a wrong zone read.
    today = datetime.now(UTC).date()
    clean = clean and all(parse(zone.lines, today=today).valid for zone in zones)
    return ReadStatus.READ if clean else ReadStatus.DOUBT


def _reason(status: ReadStatus, zones: tuple[RecognisedZone, ...]) -> Text:
    if status is ReadStatus.READ:
        return _READ
    return say_count(
        "{count} character needs your eye. Compare it with the document.",
        "{count} characters need your eye. Compare them with the document.",
        count=sum(len(zone.doubts) for zone in zones),
    )
