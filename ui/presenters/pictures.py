# SPDX-License-Identifier: Apache-2.0
"""Stored pictures as pixels to look at, decoded once each in the helper process, never by a face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from station.domain.encounter import ImageReference
from station.domain.errors import Cancelled, ImageRefused, StationError
from station.domain.identifiers import ImageId
from station.domain.words import Text, say
from station.inspection.service import InspectionService
from station.ports.images import EncodedImage, PreviewFrame
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.inspect_view import Picture

#: ``decode(image, longest_side, cancel)``; raises ImageRefused, EngineUnavailable, Cancelled.
Decode = Callable[[EncodedImage, int, CancelToken], PreviewFrame]

LONGEST_SIDE = 1600  # pixels: enough to read the page on a screen of 1920x1080 when it is made larger
_COMING = Picture(says=say("The picture is coming."))


class Pictures:
    """The pictures of one encounter. ``changed`` runs at home when one more can be shown."""

    def __init__(
        self, service: InspectionService, tasks: TaskRunner, decode: Decode, changed: Callable[[], None]
    ) -> None:
        self._service = service
        self._tasks = tasks
        self._decode = decode
        self._changed = changed
        self._shown: dict[ImageId, Picture] = {}
        self._handles: list[TaskHandle] = []

    def of(self, reference: ImageReference | None, *, otherwise: Text) -> Picture:
        """The picture as far as it is there; asking for one the first time fetches it."""
        if reference is None:
            return Picture(says=otherwise)
        if reference.image_id not in self._shown:
            self._fetch(reference)
        return replace(self._shown[reference.image_id], place=reference.same_page_as or reference.image_id)

    def forget(self) -> None:
        """Another encounter: nothing of this one stays in memory."""
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()
        self._shown.clear()

    def _fetch(self, reference: ImageReference) -> None:
        wanted = reference.image_id
        self._shown[wanted] = _COMING

        def work(cancel: CancelToken) -> PreviewFrame:
            image = self._service.image(reference)
            if image is None:
                raise ImageRefused(say("The picture is not in the store."), say("Capture it again."))
            return self._decode(image, LONGEST_SIDE, cancel)

        def show(picture: Picture) -> None:
            if self._shown.get(wanted) is _COMING:
                self._shown[wanted] = picture
                self._changed()

        def failed(problem: BaseException) -> None:
            if isinstance(problem, StationError):
                show(Picture(says=problem.cause))
            elif not isinstance(problem, Cancelled):
                show(Picture(says=say("The picture cannot be shown. It is kept in the store.")))

        self._handles.append(self._tasks.run(work, done=lambda frame: show(Picture(frame=frame)), failed=failed))
