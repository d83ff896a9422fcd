# SPDX-License-Identifier: Apache-2.0
"""Who wants to know is told, after the commit and never before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

E = TypeVar("E")

Unsubscribe = Callable[[], None]


class EventBus(Protocol):
    """Hands facts to whoever asked for their type. Listeners run on the publishing thread and must be quick."""

    def publish(self, event: object) -> None:
        """Tell every listener of ``type(event)``."""
        ...

    def subscribe(self, kind: type[E], listener: Callable[[E], None]) -> Unsubscribe:
        """Call ``listener`` for each event of exactly ``kind`` until the returned function is called."""
        ...
