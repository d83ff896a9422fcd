# SPDX-License-Identifier: Apache-2.0
"""What the desk says in the frame on its own account."""

from __future__ import annotations

from collections.abc import Mapping

from station.domain.words import say
from ui.presenters.frame import Room
from ui.presenters.showing import Trouble

NOT_USED = Trouble(
    cause=say("A reader typed something that nobody waits for here. It was kept out of the fields."),
    next_step=say("Go to the page that waits for it, then swipe or scan again."),
)
NO_PAGE = Trouble(
    cause=say("Your role has no page on this desktop."),
    next_step=say("Use the command line, or sign out with Ctrl+L."),
)
NEW_KEYS_DUE = Trouble(
    cause=say("A store still needs a new key, since somebody was removed with suspicion."),
    next_step=say("Go to the page People and give it one. If it stays due, make room on the disk first."),
)
#: What keeps the lock away, by the page where it is under way.
LOCKS_SOON: Mapping[Room, Trouble] = {
    Room.EXPORT: Trouble(
        cause=say("The station locks as soon as the export has ended."),
        next_step=say("Sign in again after that."),
    ),
    Room.INSPECT: Trouble(
        cause=say("The station locks as soon as the sheet is out."),
        next_step=say("Take the sheet, then sign in again."),
    ),
}
