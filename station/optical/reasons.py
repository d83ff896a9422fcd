# SPDX-License-Identifier: Apache-2.0
"""Why a character is in doubt: the sentences, by name, so that a helper process sends a name and never a sentence."""

from __future__ import annotations

import enum

from station.domain.words import Text, say


class Reason(enum.Enum):
    """Reasons for a doubt or a correction. The value travels between processes."""

    FAINT = "faint"  # low chance, or another character is nearly as likely
    DISPUTED = "disputed"  # two readings of the strip differ
    UNSEEN = "unseen"  # nothing at this place
    BLIND = "blind"  # a likely rival that no check digit would notice
    OUT_OF_PLACE = "out_of_place"  # the layout forbids it, and nothing better is known
    REPLACED = "replaced"  # the layout forbade what was seen; changed to what it allows
    CHECK_FAILED = "check_failed"  # the check digit does not fit the field
    NO_SUCH_DAY = "no_such_day"  # the calendar has no such day
    WOULD_FIT = "would_fit"  # with the offered character all check digits would fit; not applied
    CLEANED = "cleaned"  # an engine of others changed it by a rule of its own
    UNRATED = "unrated"  # the engine does not say how sure it is of its characters


REASONS: dict[Reason, Text] = {
    Reason.FAINT: say("This character is not clear. Compare it with the document."),
    Reason.DISPUTED: say("Two readings of this character differ. Compare it with the document."),
    Reason.UNSEEN: say("No character was seen here. Look at the document."),
    Reason.BLIND: say("Another character is possible here, and no check digit tells them apart."),
    Reason.OUT_OF_PLACE: say("This kind of document has no such character at this place."),
    Reason.REPLACED: say("What was seen cannot stand at this place and was replaced. Compare it with the document."),
    Reason.CHECK_FAILED: say("The check digit does not fit this field. Compare the field with the document."),
    Reason.NO_SUCH_DAY: say("The calendar has no such day. Compare the date with the document."),
    Reason.WOULD_FIT: say("With the other character all check digits would fit. Choose what the document shows."),
    Reason.CLEANED: say("The reading program replaced this character. Compare it with the document."),
    Reason.UNRATED: say("The reading program does not say how sure it is. Compare this line with the document."),
}


class NotRead(enum.Enum):
    """Why there is no reading. The value travels between processes."""

    NO_ZONE = "no_zone"  # nothing on the picture looks like an MRZ
    ILLEGIBLE = "illegible"  # lines like those of an MRZ, and no text in them


NOT_READ: dict[NotRead, Text] = {
    NotRead.NO_ZONE: say("No machine readable zone was found in this picture. Show the page with the rows of <<<."),
    NotRead.ILLEGIBLE: say("The rows of the machine readable zone cannot be read. Scan again, flat and in focus."),
}
