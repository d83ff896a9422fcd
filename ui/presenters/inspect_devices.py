# SPDX-License-Identifier: Apache-2.0
"""Another device in the place of the one in need, for the Inspect page."""

from __future__ import annotations

from abc import abstractmethod

from station.domain.words import Text, say
from station.inspection.table import Stage
from station.ports.devices import DOCUMENT_SCANNER, FACE_CAMERA, PRINTER, DeviceRegistry, Role
from ui.presenters.inspect_desk import other_device
from ui.presenters.inspect_typing import InspectTyping
from ui.presenters.inspect_view import Mode


class InspectDevices(InspectTyping):
    """The part of the InspectPresenter that chooses among devices."""

    _devices: DeviceRegistry

    @abstractmethod
    def _note(self, says: Text) -> None:
        """What happened, for the page's log line."""

    @abstractmethod
    def _print_notice(self, *, device_id: str | None = None) -> None:
        """Print the notice of the refusal in hand."""

    @abstractmethod
    def _repeat(self) -> None:
        """Try again what stands in the way."""

    def _other_device(self) -> None:
        role = self._role_in_need
        other = other_device(self._devices, role)
        if other is None:
            self._note(say("There is no other device for: {role}. Plug one in.", role=role.title))
            self._draw()
            return
        self._devices.choose(role, other.device_id)
        self._note(say("{role}: now {device}.", role=role.title, device=other.name))
        if self._mode is Mode.DONE:
            self._print_notice()
        elif self._mode is Mode.TROUBLE and role is FACE_CAMERA:
            self._repeat()
        elif self._flow.state is None:
            self._flow.leave_idle()
            self._flow.wait_for_document(self._crossing.crossing)
            self._draw()

    @property
    def _role_in_need(self) -> Role[object]:
        woe = self._flow.woe
        if woe is not None and woe.role is not None:
            return woe.role
        if self._mode is Mode.DONE:
            return PRINTER
        state = self._flow.state
        at_camera = state is not None and state.stage in (Stage.PORTRAIT, Stage.PORTRAIT_TROUBLE)
        return FACE_CAMERA if at_camera else DOCUMENT_SCANNER
