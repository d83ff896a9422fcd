# SPDX-License-Identifier: Apache-2.0
"""The pages that keep the records safe, each made when it is first asked for (see ``rooms``)."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtWidgets import QWidget

from station.access.sign_in import needs_pin
from ui.desktop.room import Around, OpenRoom
from ui.mounted import mounted_sticks


class _Refreshed(Protocol):
    def refresh(self) -> None: ...
    def close(self) -> None: ...


class _Focused(Protocol):
    def take_focus(self) -> None: ...


def shift_room(around: Around) -> OpenRoom:
    """Open, hand over, close, and the reports."""
    from ui.desktop.pages.shift import ShiftPage
    from ui.presenters.shift import ShiftPresenter

    safe = around.services.safe
    presenter = ShiftPresenter(
        around.services.session,
        safe.shift,
        safe.reports,
        safe.clock,
        around.runner,
        language=around.look.translator.for_paper,
        needs_pin=partial(needs_pin, around.workplace.house.keys),
    )
    page = ShiftPage(around.look, presenter, zone=around.services.inspection.rules.zone)
    return _room(page, presenter, page)


def approvals_room(around: Around) -> OpenRoom:
    """What waits for a second pair of eyes."""
    from ui.desktop.pages.approvals import ApprovalsPage
    from ui.presenters.approvals import ApprovalsPresenter

    presenter = ApprovalsPresenter(around.services.safe.approvals, around.runner)
    page = ApprovalsPage(around.look, presenter, zone=around.services.inspection.rules.zone)
    return _room(page, presenter, page)


def people_room(around: Around) -> OpenRoom:
    """Who may sign in, as what."""
    from ui.desktop.pages.people import PeoplePage
    from ui.presenters.people import PeoplePresenter

    safe = around.services.safe
    presenter = PeoplePresenter(
        around.services.session,
        safe.people,
        safe.suspicion,
        safe.approvals,
        around.runner,
        new_keys=around.new_keys,
    )
    page = PeoplePage(around.look, presenter)
    return _room(page, presenter, page)


def keys_room(around: Around) -> OpenRoom:
    """Keys of the stores, the recovery sheets, and on the second side the keys of headquarters."""
    from ui.desktop.pages.agreeing import AgreeingView
    from ui.desktop.pages.recovery import RecoveryPage
    from ui.presenters.headquarters import HeadquartersPresenter
    from ui.presenters.recovery import RecoveryPresenter

    safe = around.services.safe

    def turn() -> None:
        page.sides.turn()

    presenter = RecoveryPresenter(
        safe.recovery,
        around.runner,
        words=safe.words,
        randomness=around.workplace.house.randomness,
        outlet=around.workplace.sheet_outlet(around.services.session, around.look.translator.for_paper),
        headquarters=turn,
    )
    page = RecoveryPage(around.look, presenter)

    def back_to_the_front() -> None:
        page.sides.turn_back()
        page.take_focus()

    headquarters = HeadquartersPresenter(
        safe.headquarters,
        safe.approvals,
        around.runner,
        sticks=mounted_sticks,
        zone=around.services.inspection.rules.zone,
        left=back_to_the_front,
    )
    page.sides.add(AgreeingView(around.look, headquarters))
    opened = _room(page, presenter, page)

    def closed() -> None:
        opened.closed()
        headquarters.close()

    return OpenRoom(page=page, shown=opened.shown, closed=closed)


def backup_room(around: Around) -> OpenRoom:
    """Backups on a second medium."""
    from ui.desktop.pages.backup import BackupPage
    from ui.presenters.backup import BackupPresenter

    presenter = BackupPresenter(
        around.services.safe.backups,
        around.runner,
        around.workplace.house.clock,
        home=around.home.post,
        sticks=mounted_sticks,
    )
    page = BackupPage(around.look, presenter, zone=around.services.inspection.rules.zone)
    return _room(page, presenter, page)


def retention_room(around: Around) -> OpenRoom:
    """What is kept how long, and letting it go."""
    from ui.desktop.pages.retention import RetentionPage
    from ui.presenters.retention import RetentionPresenter

    safe = around.services.safe
    presenter = RetentionPresenter(
        safe.retention,
        safe.approvals,
        around.runner,
        home=around.home.post,
        officer_id=around.services.session.officer.officer_id,
        zone=around.services.inspection.rules.zone,
    )
    page = RetentionPage(around.look, presenter)
    opened = _room(page, presenter, page)
    return OpenRoom(page=opened.page, shown=opened.shown, closed=opened.closed, when_ended=presenter.when_ended)


def audit_room(around: Around) -> OpenRoom:
    """The trail, its checkpoints, and what a check found."""
    from ui.desktop.pages.audit import AuditPage
    from ui.presenters.audit import AuditDesk, AuditPresenter

    safe, zone = around.services.safe, around.services.inspection.rules.zone
    desk = AuditDesk(
        session=around.services.session,
        trail=safe.trail,
        logs=safe.logs,
        acceptance=safe.acceptance,
        approvals=safe.approvals,
    )
    presenter = AuditPresenter(desk, around.runner, zone=zone)
    page = AuditPage(around.look, presenter, zone=zone)
    opened = _room(page, presenter, page)
    return OpenRoom(page=opened.page, shown=opened.shown, closed=opened.closed, when_ended=presenter.when_ended)


def _room(page: QWidget, presenter: _Refreshed, focused: _Focused) -> OpenRoom:
    """A page that is read anew each time it is shown."""

    def shown() -> None:
        presenter.refresh()
        focused.take_focus()

    return OpenRoom(page=page, shown=shown, closed=presenter.close)
