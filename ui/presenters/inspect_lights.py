# SPDX-License-Identifier: Apache-2.0
"""Under which light the page is looked at: a scanner may have captured it under several."""

from __future__ import annotations

from collections.abc import Sequence

from station.domain.encounter import ImageReference
from station.domain.identifiers import ImageId
from station.domain.provenance import LIGHTS
from station.domain.words import Text, say
from station.inspection.state import InspectionState


class PageLights:
    """What the officer chose holds for this page alone: the next one is shown in white light again."""

    def __init__(self) -> None:
        self._chosen: ImageId | None = None

    def shown(self, state: InspectionState | None) -> ImageReference | None:
        """The picture to look at: the chosen one, else the one whose characters are in doubt, else the page."""
        pages = _pages(state)
        doubt = state.doubt if state is not None else None
        for picture in pages:
            if picture.image_id == self._chosen:
                return picture
        for picture in pages:
            if doubt is not None and picture.provenance == doubt.provenance:
                return picture
        return pages[0] if pages else None

    def name(self, state: InspectionState | None) -> Text | None:
        """The light of the picture that is shown; None where there is only one."""
        shown = self.shown(state)
        return light_of(shown) if shown is not None and len(_pages(state)) > 1 else None

    def turn(self, state: InspectionState | None) -> None:
        """Show the next one."""
        shown = self.shown(state)
        if shown is not None:
            self._chosen = after(shown, _pages(state)).image_id


def light_of(picture: ImageReference) -> Text:
    """The light of a picture in words."""
    light = picture.provenance.illumination
    return say("Page") if light is None else LIGHTS[light]


def after(picture: ImageReference, pictures: Sequence[ImageReference]) -> ImageReference:
    """The picture that follows; the first one follows the last."""
    return pictures[(pictures.index(picture) + 1) % len(pictures)]


def _pages(state: InspectionState | None) -> tuple[ImageReference, ...]:
    return () if state is None or state.page is None else (state.page, *state.further)
