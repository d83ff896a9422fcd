# SPDX-License-Identifier: Apache-2.0
"""The pages of one signed-in person: each is made when it is first asked for, and taken apart at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from station.bench.diagnostics import Bug
from station.ports.tasks import TaskRunner
from ui.bootstrap.workplace import Services, Workplace
from ui.desktop.runtime.home import Home
from ui.desktop.widgets.look import Look
from ui.mounted import mounted_sticks
from ui.presenters.frame import Room
from ui.presenters.pictures import Decode


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRoom:
    """A page and what it has to be told: it is shown, its person leaves.

    ``when_ended`` calls back when work has ended that a lock must not break; False where there is none.
    """

    page: QWidget
    shown: Callable[[], None]
    closed: Callable[[], None]
    when_ended: Callable[[Callable[[], None]], bool] = lambda _then: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What every page of one session needs."""

    look: Look
    runner: TaskRunner
    home: Home
    workplace: Workplace
    services: Services
    decode: Decode
    bugs: Callable[[], Sequence[Bug]]


def open_room(room: Room, around: Around) -> OpenRoom:
    """Make one page. Its modules are imported here, so that the window stands before they do."""
    makers = {Room.INSPECT: _inspect, Room.RECORDS: _records, Room.EXPORT: _export, Room.BENCH: _bench}
    return makers[room](around)


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
    from ui.desktop.pages.export import ExportPage
    from ui.presenters.export import ExportPresenter

    services = around.services
    presenter = ExportPresenter(
        services.exports,
        around.workplace.house.targets,
        around.runner,
        home=around.home.post,
        sticks=mounted_sticks,
    )
    page = ExportPage(around.look, presenter, zone=services.inspection.rules.zone)

    def shown() -> None:
        presenter.refresh()
        page.take_focus()

    return OpenRoom(page=page, shown=shown, closed=presenter.close, when_ended=presenter.when_ended)


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
