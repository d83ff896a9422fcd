# SPDX-License-Identifier: Apache-2.0
"""The helper process for pictures: decodes them, shows them small, measures them, reads their MRZ and their codes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import cv2

from station.isolation.frames import Header
from station.isolation.serving import serve
from station.optical.barcode import find_barcodes
from station.optical.decoding import Undecodable, decode_grey, decode_rgb, fitted, measured
from station.optical.mrz_recognition import ReadZone, recognise
from station.optical.tesseract import LanguageMissing, Tesseract
from station.optical.wire import codes_to_wire, zones_to_json
from station.ports.recognition import RecognisedZone


class PictureProcess:
    """Answers requests. Keeps the language loaded between them and nothing of any picture."""

    def __init__(self) -> None:
        self._tesseract: Tesseract | None = None

    def answer(self, header: Header, attachments: Sequence[bytes]) -> tuple[Header, Sequence[bytes]]:
        """One request: ``do`` is ``show``, ``measure``, ``read``, ``codes`` or ``prepare``."""
        try:
            match header["do"]:
                case "show":
                    return self._show(attachments[0], int(str(header["longest"])))
                case "measure":
                    grey = decode_grey(attachments[0])
                    size = {"width": grey.shape[1], "height": grey.shape[0]}
                    return {"metrics": {**measured(grey), **size}}, ()
                case "read":
                    return self._read(attachments[0]), ()
                case "codes":
                    return codes_to_wire(find_barcodes(decode_grey(attachments[0])))
                case "prepare":
                    self._language()
                    return {}, ()
        except Undecodable:
            return {"refused": "damaged"}, ()
        except LanguageMissing as missing:
            return {"missing": missing.language}, ()
        raise ValueError("unknown request")

    def _show(self, data: bytes, longest: int) -> tuple[Header, Sequence[bytes]]:
        picture = fitted(decode_rgb(data), longest)
        return {"width": picture.shape[1], "height": picture.shape[0]}, (picture.tobytes(),)

    def _read(self, data: bytes) -> Header:
        begun = time.process_time()
        grey = decode_grey(data)
        decoded = time.process_time()
        reading = recognise(grey, self._language(), today=datetime.now(UTC).date())
        return {
            "zones": zones_to_json([_recognised(zone) for zone in reading.zones]),
            "why_not": reading.why_not.value if reading.why_not is not None else None,
            "milliseconds": {
                "decode": (decoded - begun) * 1000,
                "locate": reading.locate_ms,
                "recognise": reading.recognise_ms,
            },
        }

    def _language(self) -> Tesseract:
        if self._tesseract is None:
            self._tesseract = Tesseract()
        return self._tesseract


def _recognised(zone: ReadZone) -> RecognisedZone:
    judgement = zone.judgement
    return RecognisedZone(
        format=judgement.format,
        lines=judgement.lines,
        raw_lines=judgement.raw_lines,
        doubts=judgement.doubts,
        corrected=judgement.corrected,
        outline=zone.outline,
    )


if __name__ == "__main__":
    cv2.setNumThreads(1)
    serve(PictureProcess().answer)
