# SPDX-License-Identifier: Apache-2.0
"""The pages of one signed-in person: each is made when it is first asked for, and taken apart at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ui.desktop.room import Around, OpenRoom
from ui.desktop.safekeeping_rooms import (
    approvals_room,
    audit_room,
    backup_room,
    keys_room,
    people_room,
    retention_room,
    shift_room,
)
from ui.mounted import mounted_sticks
from ui.presenters.frame import Room


def open_room(room: Room, around: Around) -> OpenRoom:
    """Make one page. Its modules are imported here, so that the window stands before they do."""
    return _MAKERS[room](around)


def _inspect(around: Around) -> OpenRoom:
    from ui.desktop.pages.inspect import InspectPage
    from ui.presenters.inspect import InspectPresenter

    page = InspectPage(around.look)
    presenter = InspectPresenter(
        around.services.inspection,
        around.runner,
        around.workplace.devices,
        translator=around.look.translator,
        clock=around.workplace.house.clock,
        decode=around.decode,
        by_hand=around.workplace.drivers.hand_form,
        photos=around.workplace.drivers.photo_file,
        swipe_tasks=around.runner,
        render=page.show_view,
    )
    page.driven_by(presenter)
    return OpenRoom(page=page, shown=page.setFocus, closed=presenter.close, when_ended=presenter.when_ended)


def _records(around: Around) -> OpenRoom:
    from ui.desktop.pages.records import RecordsPage
    from ui.presenters.records import RecordsPresenter

    services = around.services
    presenter = RecordsPresenter(
        services.records,
        services.inspection,
        around.runner,
        around.decode,
        around.look.translator,
        permissions=services.session.permissions,
        zone=services.inspection.rules.zone,
    )
    page = RecordsPage(around.look, presenter)

    def shown() -> None:
        presenter.refresh()
        page.take_focus()

    return OpenRoom(page=page, shown=shown, closed=presenter.close)


def _export(around: Around) -> OpenRoom:
    from ui.desktop.pages.agreeing import AgreeingView
    from ui.desktop.pages.export import ExportPage
    from ui.presenters.export import ExportPresenter
    from ui.presenters.outside import OutsidePresenter

    services = around.services

    def turn() -> None:
        page.sides.turn()

    presenter = ExportPresenter(
        services.exports,
        around.workplace.house.targets,
        around.runner,
        home=around.home.post,
        sticks=mounted_sticks,
        receipts=services.safe.receipts,
        outside=turn,
    )
    page = ExportPage(around.look, presenter, zone=services.inspection.rules.zone)

    def back_to_the_front() -> None:
        page.sides.turn_back()
        page.take_focus()

    outside = OutsidePresenter(
        services.safe.outside,
        services.safe.approvals,
        around.runner,
        sticks=mounted_sticks,
        zone=services.inspection.rules.zone,
        left=back_to_the_front,
    )
    page.sides.add(AgreeingView(around.look, outside))

    def shown() -> None:
        presenter.refresh()
        page.take_focus()

    def closed() -> None:
        presenter.close()
        outside.close()

    def when_ended(then: Callable[[], None]) -> bool:
        return presenter.when_ended(then) or outside.when_ended(then)

    return OpenRoom(page=page, shown=shown, closed=closed, when_ended=when_ended)


def _bench(around: Around) -> OpenRoom:
    from station.optical.pictures import SafePictures
    from ui.desktop.pages.bench import BenchPage
    from ui.presenters.bench import BenchPresenter

    language = around.look.translator.for_paper
    pictures = SafePictures()  # of its own: a hostile page on the bench ends no officer's helper
    presenter = BenchPresenter(
        around.workplace.bench(around.services.session, pictures, bugs=around.bugs, language=language),
        around.runner,
        home=around.home.post,
        sticks=mounted_sticks,
        language=language,
    )
    page = BenchPage(around.look, presenter)

    def shown() -> None:
        presenter.refresh()
        page.take_focus()

    def closed() -> None:
        presenter.close()
        pictures.close()

    return OpenRoom(page=page, shown=shown, closed=closed)


_MAKERS: Mapping[Room, Callable[[Around], OpenRoom]] = {
    Room.INSPECT: _inspect,
    Room.RECORDS: _records,
    Room.EXPORT: _export,
    Room.BENCH: _bench,
    Room.SHIFT: shift_room,
    Room.APPROVALS: approvals_room,
    Room.PEOPLE: people_room,
    Room.KEYS: keys_room,
    Room.BACKUP: backup_room,
    Room.RETENTION: retention_room,
    Room.AUDIT: audit_room,
}
