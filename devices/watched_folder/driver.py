# SPDX-License-Identifier: Apache-2.0
"""A shared scanner that drops images into a folder, as a document scanner of this station."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devices.base import AWAITS_DOCUMENT, Attendance, DriverListener, Poller, Session
from devices.watched_folder.folder import (
    TOO_LARGE,
    Afterwards,
    Claimed,
    Sighting,
    claim,
    media_type,
    put_back_left_overs,
    set_aside,
    sightings,
)
from devices.worker import DeviceWorker
from station.domain.errors import DeviceFault, DeviceRemoved
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.devices import DOCUMENT_SCANNER, DeviceInfo, Health, PageCapture, Role
from station.ports.images import MOST_IMAGE_BYTES
from station.ports.tasks import CancelToken

DRIVER = "watched_folder"
Changed = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFolderSettings:
    """The folders to watch, each one device. ``settle_seconds``: so long must a file stay unchanged."""

    folders: tuple[Path, ...] = ()
    afterwards: Afterwards = Afterwards.REMOVE
    settle_seconds: float = 0.6
    look_seconds: float = 2.0


class WatchedFolderDriver:
    """Watches that the folders are there."""

    name = DRIVER
    simulated = False

    def __init__(self, settings: WatchedFolderSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._listener: DriverListener | None = None
        self._devices = [WatchedFolder(folder, settings, clock, self._changed) for folder in settings.folders]
        self._there: set[Path] = set()
        self._poller = Poller(DRIVER, self._look, seconds=settings.look_seconds)

    def start(self, listener: DriverListener) -> None:
        """Begin to watch."""
        self._listener = listener
        if self._devices:
            self._poller.start()

    def why_nothing(self) -> Text | None:
        """No folder in the settings is no fault; a folder that is not there is."""
        missing = [device.folder for device in self._devices if device.folder not in self._there]
        if not missing or len(missing) < len(self._devices):
            return None
        return say(
            "The folder {folder} is not there. Check the name in the settings, or connect the network drive.",
            folder=str(missing[0]),
        )

    def close(self) -> None:
        """End the threads."""
        self._poller.close()
        for device in self._devices:
            device.close()

    def _look(self) -> None:
        for device in self._devices:
            there, known = device.folder.is_dir(), device.folder in self._there
            if there and not known:
                self._there.add(device.folder)
                device.came()
                if self._listener is not None:
                    self._listener.attached(device)
            elif known and not there:
                self._there.discard(device.folder)
                device.went()
                if self._listener is not None:
                    self._listener.detached(device.info.device_id)

    def _changed(self, device_id: str) -> None:
        if self._listener is not None:
            self._listener.health_changed(device_id)


class WatchedFolder:
    """One folder as a device.

    The file of a page stays in the folder, hidden, until the page is settled. What was not settled when the next
    session begins, or when the station closes or is killed, is offered again.
    """

    def __init__(self, folder: Path, settings: WatchedFolderSettings, clock: Clock, changed: Changed) -> None:
        self.folder = folder
        name = f"Scanner folder {folder.name}"
        self.info = DeviceInfo(f"folder:{folder}", name, DRIVER, (DOCUMENT_SCANNER,))
        self._settings = settings
        self._attendance = Attendance(self.info, clock=clock, changed=changed)
        self._worker = DeviceWorker(folder.name)
        self._unsettled: list[Claimed] = []  # used on the device's thread only
        self._unfinished: list[Claimed] = []  # stored, but the file could not be removed; same thread
        self._stored: queue.SimpleQueue[Claimed] = queue.SimpleQueue()  # settled, from any thread

    def came(self) -> None:
        """The folder is there. What this station had claimed when it was killed is put back."""
        self._attendance.returned()
        self._worker.begin(self._recover, whatever_happens=True)

    def went(self) -> None:
        """The folder is gone: whoever waits gets DeviceRemoved."""
        self._attendance.went(say("The folder is gone. Connect the network drive or the scanner again."))
        self._worker.fail_waiting(self._removed())

    def close(self) -> None:
        """End the thread."""
        self._attendance.went(say("The station is closing."))
        self._attendance.release()
        with contextlib.suppress(DeviceRemoved):  # closed before
            self._worker.begin(self._offer_again, whatever_happens=True)
        self._worker.close()

    def health(self) -> Health:
        """Ready, in use, gone, or what has to be done."""
        return self._attendance.health(complaint=self._worker.complaint())

    def open(self, role: Role[object]) -> object:
        """Begin exclusive use."""
        session = self._attendance.claim()
        self._worker.begin(self._offer_again, whatever_happens=True)
        return _Scanner(self, session)

    def end_session(self, role: Role[object]) -> None:
        """End exclusive use. Its pages may still be settled until the next session begins."""
        self._attendance.end(self._worker.fail_waiting)

    def scan(self, session: Session, cancel: CancelToken) -> PageCapture:
        """Wait for the next whole picture."""
        session.check()
        page = self._worker.run(session.bound(self._await_page), cancel=cancel, undo=self._put_back)
        provenance = self._attendance.provenance(DOCUMENT_SCANNER)
        return PageCapture(page.image, provenance, on_settled=lambda: self._settled(page))

    def _settled(self, page: Claimed) -> None:
        self._stored.put(page)
        try:
            self._worker.begin(self._tidy, whatever_happens=True)
        except DeviceRemoved:  # closed: the device's thread is no more, and nobody else touches the page
            self._finish(page)

    def _await_page(self, token: CancelToken) -> Claimed:
        with self._attendance.awaiting(AWAITS_DOCUMENT):
            return self._wait_for_page(token)

    def _wait_for_page(self, token: CancelToken) -> Claimed:
        self._worker.assert_on_worker()
        before: Sequence[Sighting] = ()
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
                if self.folder.is_dir():
                    raise self._unreadable() from None
                raise self._removed() from None
            before = now
            token.wait(self._settings.settle_seconds)

    def _take(self, sighting: Sighting) -> Claimed | None:
        try:
            kind = media_type(self.folder / sighting.name)
        except FileNotFoundError:
            return None
        if kind is None:
            return None
        if sighting.size > MOST_IMAGE_BYTES:
            set_aside(self.folder, sighting)
            self._attendance.trouble(_too_large())
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
            self._attendance.trouble(self._unreadable())  # _recover gives it its name back later

    def _finish(self, page: Claimed) -> None:
        if page in self._unsettled:
            self._unsettled.remove(page)
        try:
            page.finish(self._settings.afterwards)
        except OSError:
            self._unfinished.append(page)
            self._attendance.trouble(
                DeviceFault(
                    say("A page that was read could not be removed from the scanner's folder."),
                    say("Others can see the page there. Ask the technician for the right to delete files."),
                )
            )
        else:
            self._attendance.well()

    def _recover(self, token: CancelToken) -> None:
        """Remove what was stored, offer again what was not."""
        stored, self._unfinished = self._unfinished, []
        for page in stored:
            self._finish(page)
        self._offer_again(token)
        try:
            put_back_left_overs(self.folder)
        except OSError:
            self._attendance.trouble(self._unreadable())

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

    def __init__(self, device: WatchedFolder, session: Session) -> None:
        self._device = device
        self._session = session

    def scan(self, *, cancel: CancelToken) -> PageCapture:
        """Wait for the next picture; the oldest whole one comes first. Raises DeviceRemoved, DeviceFault."""
        return self._device.scan(self._session, cancel)
