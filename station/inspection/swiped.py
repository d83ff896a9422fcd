# SPDX-License-Identifier: Apache-2.0
"""Lines of a swipe reader as an event: judged by the rules of keyed ones, doubt goes before the officer's eyes."""

from __future__ import annotations

from datetime import date

from station.document_reading.steps import NothingRead, read_lines, unread_characters
from station.domain.errors import IncompleteRecord
from station.domain.words import say
from station.inspection import events as ev
from station.ports.devices import MrzLines
from station.ports.recognition import ReadStatus


def swiped(mrz: MrzLines, today: date) -> ev.Event:
    """What was swiped. Raises IncompleteRecord for what is no MRZ."""
    reading = read_lines(mrz.lines, today=today)
    if isinstance(reading, NothingRead):
        raise IncompleteRecord(reading.reason, say("Swipe the document again, or key in with F2."))
    if reading.status is ReadStatus.READ:
        return ev.DocumentRead(document=reading.document, provenance=mrz.provenance, engine=mrz.provenance.driver)
    return ev.DocumentDoubtful(
        document=reading.document,
        provenance=mrz.provenance,
        engine=mrz.provenance.driver,
        reason=say("A check digit of the swiped lines does not hold. Compare them with the page."),
        raw_lines=reading.raw_lines,
        doubts=unread_characters(mrz.lines),
        corrected=(),
    )
