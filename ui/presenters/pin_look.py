# SPDX-License-Identifier: Apache-2.0
"""Whether the name that stands in a field needs a token's PIN: asked of the key files while the person types on."""

from __future__ import annotations

from collections.abc import Callable

from station.ports.tasks import TaskRunner

NeedsPin = Callable[[str], bool]


class PinLook:
    """One field's name. Home thread only; ``found`` hears the answer for the newest name there.

    What is wrong with the key files is said when somebody signs, not here.
    """

    def __init__(self, needs_pin: NeedsPin, runner: TaskRunner, found: Callable[[bool], None]) -> None:
        """``needs_pin`` blocks on the disk; it is called off the window's thread."""
        self._needs_pin = needs_pin
        self._runner = runner
        self._found = found
        self._name: str | None = ""

    def named(self, name: str) -> None:
        """A name stands in the field."""
        name = name.strip()
        if self._name is None or name == self._name:
            return
        self._name = name
        if not name:
            self._found(False)
            return
        self._runner.run(
            lambda _cancel: self._needs_pin(name),
            done=lambda pin: self._found(pin) if name == self._name else None,
            failed=lambda _problem: None,
        )

    def forget(self) -> None:
        """The field is empty again, and an answer on its way is nobody's."""
        if self._name is not None:
            self._name = ""

    def close(self) -> None:
        """The page goes away."""
        self._name = None
