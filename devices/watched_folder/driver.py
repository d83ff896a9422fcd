# SPDX-License-Identifier: Apache-2.0
"""A shared scanner that drops images into a folder, as a document scanner of this station."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devices.base import AWAITS_DOCUMENT, DriverListener
from devices.shell import Shell, Use
from devices.watched_folder.folder import (
    TOO_LARGE,
    Afterwards,
    Claimed,
    Sighting,
    claim,
    is_there,
    media_type,
    put_back_left_overs,
    set_aside,
    sightings,
)
from devices.watching import Watch
from station.config.declared import seconds, setting
from station.domain.errors import DeviceFault, DeviceRemoved
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import DOCUMENT_SCANNER, DeviceInfo, Health, PageCapture, Role
from station.ports.images import MOST_IMAGE_BYTES
from station.ports.tasks import CancelToken

DRIVER: Final = "watched_folder"
_PATIENCE: Final = 5.0  # seconds that a file may lie there whole before it counts as none of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFolderSettings:
    """The settings group ``watched_folder``: each folder is one device."""

    enabled: bool = setting(True, say("Take pages from the folders of shared scanners."))
    folders: tuple[Path, ...] = setting(
        (),
        say("The folders into which scanners put their pages."),
        possible=lambda value: all(folder.is_absolute() for folder in value) and len(set(value)) == len(value),
        cure=say("Give each folder once, with its whole path from the root."),
    )
    afterwards: Afterwards = setting(
        Afterwards.REMOVE,
        say("What becomes of a page's file once the page is stored: removed, or kept in the subfolder taken."),
        bench=False,
    )
    settle_seconds: float = seconds(
        0.6, say("A file that did not change for so many seconds is taken for whole. More for slow network drives.")
    )
    look_seconds: float = seconds(2.0, say("Seconds between two looks whether a folder is there."), shown=False)


class WatchedFolderDriver:
    """Watches that the folders are there, each by itself: a network drive that hangs must not hide the others."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: WatchedFolderSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        folders = settings.folders if settings.enabled else ()
        self._watches = {folder: self._watch(folder) for folder in folders}

    def start(self, listener: DriverListener) -> None:
        """Begin to watch."""
        for watch in self._watches.values():
            watch.start(listener)

    def why_nothing(self) -> Text | None:
        """No folder in the settings is no fault; a folder that is not there is."""
        reasons = [
            watch.nothing(
                say(
                    "The folder {folder} is not there. Check the name in the settings, or connect the network drive.",
                    folder=str(folder),
                )
            )
            for folder, watch in self._watches.items()
        ]
        return reasons[0] if reasons and None not in reasons else None

    def close(self) -> None:
        """End the threads."""
        for watch in self._watches.values():
            watch.close()

    def _watch(self, folder: Path) -> Watch[Path]:
        def look() -> Mapping[str, Path]:
            return {f"folder:{folder}": folder} if is_there(folder) else {}

        def make(_device_id: str, found: Path, changed: Callable[[str], None]) -> WatchedFolder:
            return WatchedFolder(found, self._settings, self._clock, changed)

        return Watch(f"{DRIVER} {folder.name}", look=look, make=make, seconds=self._settings.look_seconds)


class WatchedFolder:
    """One folder as a device.

    The file of a page stays in the folder, hidden, until the page is settled. What was not settled when the next
    session begins, or when the station closes or is killed, is offered again.
    """

    def __init__(
        self, folder: Path, settings: WatchedFolderSettings, clock: Clock, changed: Callable[[str], None]
    ) -> None:
        self.folder = folder
        name = f"Scanner folder {folder.name}"
        self.info = DeviceInfo(f"folder:{folder}", name, DRIVER, (DOCUMENT_SCANNER,))
        self._settings = settings
        self._shell = Shell(self.info, clock=clock, changed=changed, fills={DOCUMENT_SCANNER.name: self._begin_use})
        self._worker = self._shell.worker(DOCUMENT_SCANNER)  # also between sessions: a page may be settled after one
        self._unsettled: list[Claimed] = []  # used on the device's thread only
        self._unfinished: list[Claimed] = []  # stored, but the file could not be removed; same thread
        self._stored: queue.SimpleQueue[Claimed] = queue.SimpleQueue()  # settled, from any thread

    # --- devices.base.Device, and what the watch tells ---

    def health(self) -> Health:
        """Ready, in use, gone, or what has to be done."""
        return self._shell.health()

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use."""
        return self._shell.open(role)

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use. Its pages may still be settled until the next session begins."""
        self._shell.end_session(role)

    @property
    def gone(self) -> bool:
        """Whether the folder is away."""
        return self._shell.gone

    def came(self, _found: Path) -> None:
        """The folder is there. What this station had claimed when it was killed is put back."""
        self._shell.returned()
        self._worker.begin(self._recover, whatever_happens=True)

    def went(self) -> None:
        """The folder is gone: whoever waits gets DeviceRemoved."""
        says = say("The folder is gone. Connect the network drive or the scanner again.")
        self._shell.went(says, error=self._removed())

    def close(self) -> None:
        """End the thread, after the pages that nobody kept have their names back."""
        with contextlib.suppress(DeviceRemoved):  # closed before
            self._worker.begin(self._offer_again, whatever_happens=True)
        self._shell.close()

    # --- pages ---

    def _begin_use(self, use: Use) -> _Scanner:
        self._worker.begin(self._offer_again, whatever_happens=True)
        return _Scanner(self, use)

    def scan(self, use: Use, cancel: CancelToken) -> PageCapture:
        """Wait for the next whole picture."""
        page = use.run(lambda token: self._await_page(use, token), cancel=cancel, undo=self._put_back)
        provenance = use.provenance()
        return PageCapture(page.image, provenance, on_settled=lambda: self._settled(page))

    def _settled(self, page: Claimed) -> None:
        self._stored.put(page)
        try:
            self._worker.begin(self._tidy, whatever_happens=True)
        except DeviceRemoved:  # closed: the device's thread is no more, and nobody else touches the page
            self._finish(page)

    def _await_page(self, use: Use, token: CancelToken) -> Claimed:
        with use.awaiting(AWAITS_DOCUMENT):
            return self._wait_for_page(token)

    def _wait_for_page(self, token: CancelToken) -> Claimed:
        self._worker.assert_on_worker()
        before: Sequence[Sighting] = ()
        waited = 0.0
        while True:
            self._tidy(token)  # this wait holds the thread for which the tidying is queued
            try:
                now = sightings(self.folder)
                for sighting in now:
                    if sighting in before:
                        page = self._take(sighting)
                        if page is not None:
                            self._unsettled.append(page)
                            return page
            except OSError:
                if is_there(self.folder):
                    raise self._unreadable() from None
                raise self._removed() from None
            waited = self._complain_of_others(now, before, waited)
            before = now
            token.wait(self._settings.settle_seconds)

    def _complain_of_others(self, now: Sequence[Sighting], before: Sequence[Sighting], waited: float) -> float:
        """Say so when a file has lain there whole for long and is no picture; gives for how long, in seconds."""
        if not any(sighting in before for sighting in now):
            return 0.0
        waited += self._settings.settle_seconds
        if waited >= max(_PATIENCE, 5 * self._settings.settle_seconds):
            self._shell.trouble(_no_picture())
        return waited

    def _take(self, sighting: Sighting) -> Claimed | None:
        try:
            kind = media_type(self.folder / sighting.name)
        except FileNotFoundError:
            return None
        if kind is None:
            return None
        if sighting.size > MOST_IMAGE_BYTES:
            set_aside(self.folder, sighting)
            self._shell.trouble(_too_large())
            return None
        return claim(self.folder, sighting, kind)

    def _tidy(self, _token: CancelToken) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._finish(self._stored.get_nowait())

    def _offer_again(self, token: CancelToken) -> None:
        self._tidy(token)
        for page in tuple(self._unsettled):
            self._put_back(page)

    def _put_back(self, page: Claimed) -> None:
        if page in self._unsettled:
            self._unsettled.remove(page)
        try:
            page.put_back()
        except OSError:
            self._shell.trouble(self._unreadable())  # _recover gives it its name back later

    def _finish(self, page: Claimed) -> None:
        if page in self._unsettled:
            self._unsettled.remove(page)
        try:
            page.finish(self._settings.afterwards)
        except OSError:
            self._unfinished.append(page)
            self._shell.trouble(
                DeviceFault(
                    say("A page that was read could not be removed from the scanner's folder."),
                    say("Others can see the page there. Ask the technician for the right to delete files."),
                )
            )
        else:
            self._shell.well()

    def _recover(self, token: CancelToken) -> None:
        """Remove what was stored, offer again what was not."""
        stored, self._unfinished = self._unfinished, []
        for page in stored:
            self._finish(page)
        self._offer_again(token)
        try:
            put_back_left_overs(self.folder)
        except OSError:
            self._shell.trouble(self._unreadable())

    def _unreadable(self) -> DeviceFault:
        return DeviceFault(
            say("The scanner's folder {folder} cannot be used.", folder=self.folder.name),
            say("Ask the technician for the right to read and rename files in it."),
        )

    def _removed(self) -> DeviceRemoved:
        return DeviceRemoved(
            say("The scanner's folder {folder} is gone.", folder=self.folder.name),
            say("Connect the network drive or the scanner again, or choose another scanner with F8."),
        )


def _no_picture() -> DeviceFault:
    return DeviceFault(
        say("A file in the scanner's folder is no whole picture, so it was not taken. Others can see it there."),
        say("Set the scanner to JPEG, PNG or TIFF, delete the file, and scan the page again."),
    )


def _too_large() -> DeviceFault:
    return DeviceFault(
        say(
            "A picture in the scanner's folder is larger than {limit} MB. Its name now ends in {ending}.",
            limit=MOST_IMAGE_BYTES // 1024**2,
            ending=TOO_LARGE,
        ),
        say("Set the scanner to 300 dpi and scan the page again. Then delete the large file."),
    )


class _Scanner:
    """One session's DocumentScanner."""

    senses_documents = True

    def __init__(self, device: WatchedFolder, use: Use) -> None:
        self._device = device
        self._use = use

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """Wait for the next picture; the oldest whole one comes first. Raises DeviceRemoved, DeviceFault."""
        return self._device.scan(self._use, cancel)
