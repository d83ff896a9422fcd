# SPDX-License-Identifier: Apache-2.0
"""What a page of a signed-in person is to the desk, and what it is made with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from station.bench.diagnostics import Bug
from station.ports.tasks import TaskRunner
from ui.bootstrap.workplace import Services, Workplace
from ui.desktop.runtime.home import Home
from ui.desktop.widgets.look import Look
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
    new_keys: Callable[[], None]  # ends the session: the stores get new keys before the next one
