# SPDX-License-Identifier: Apache-2.0
"""Makes the form for one's own password: it belongs to no page of the rail, and everybody has it."""

from __future__ import annotations

from collections.abc import Callable

from station.access.own_token import OwnToken
from station.access.sign_in import Session
from station.ports.tasks import TaskRunner
from ui.bootstrap.workplace import Workplace
from ui.desktop.pages.own_password import OwnPasswordPage
from ui.desktop.widgets.look import Look
from ui.presenters.own_password import OwnPasswordPresenter


def own_password_page(
    look: Look,
    session: Session,
    workplace: Workplace,
    runner: TaskRunner,
    *,
    changed: Callable[[], None],
    leave: Callable[[], None],
) -> OwnPasswordPage:
    """The form. ``changed`` ends the session, ``leave`` goes back to the page before."""
    house = workplace.house
    people = workplace.services(session).safe.people
    own_token = OwnToken(house.keys, house.tokens, session.officer.name)
    presenter = OwnPasswordPresenter(session, people, runner, changed=changed, own_token=own_token)
    return OwnPasswordPage(look, presenter, leave=leave)
