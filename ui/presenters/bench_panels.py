# SPDX-License-Identifier: Apache-2.0
"""What opens in place of the live view: questions with a few answers, and lists to choose from. Home thread only."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from station.bench.steps import Step
from station.domain.words import Text, say
from station.ports.bench import (
    DeviceSetting,
    DeviceSettingsDesk,
    DeviceSettingsGroup,
    FaultChoice,
    FaultDesk,
    SettingValue,
)
from station.ports.devices import Role
from station.ports.tasks import CancelToken
from ui.presenters.bench_view import DeviceRow, InputView, PanelView
from ui.presenters.inspect_view import OptionView
from ui.presenters.showing import Trouble

T = TypeVar("T")
KEYS = "123456789abcdefghijklmnopqrstuvwxyz"


class Elsewhere(Protocol):
    """Runs slow work off this thread; a problem arrives at ``failed`` at home."""

    def __call__(
        self, work: Callable[[CancelToken], T], done: Callable[[T], None], failed: Callable[[Trouble], None], /
    ) -> None: ...


class Panel(ABC):
    """A list in place. ``changed`` makes the page draw it anew."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.chosen = 0
        self.trouble: Trouble | None = None
        self.input: InputView | None = None

    @abstractmethod
    def view(self) -> PanelView:
        """What it shows."""

    @abstractmethod
    def enter(self) -> None:
        """Take the chosen line, or what was typed."""

    def back(self) -> bool:
        """Esc: True when it was used up here, False when the panel closes."""
        return False

    def type(self, text: str) -> None:
        """Something was typed."""
        if self.input is not None:
            self.input = replace(self.input, typed=text)

    def move(self, by: int) -> None:
        """Another line."""
        count = len(self.view().options)
        if count and self.input is None:
            self.chosen = min(max(self.chosen + by, 0), count - 1)
            self._changed()

    def press(self, key: str) -> None:
        """Choose a line by its key, and take it."""
        keys = [option.key for option in self.view().options]
        if self.input is None and key in keys:
            self.chosen = keys.index(key)
            self.enter()

    def tell(self, trouble: Trouble | None) -> None:
        """What stands in the way."""
        self.trouble = trouble
        self._changed()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a question, and what it does."""

    label: Text
    then: Callable[[], None]


class Place(enum.Enum):
    """Where a question stands."""

    INSTEAD = "instead"  # in place of the live view
    BESIDE = "beside"  # under it: the question is about what is seen there


class QuestionPanel(Panel):
    """One sentence, a few answers."""

    def __init__(
        self,
        changed: Callable[[], None],
        heading: Text,
        answers: Sequence[Answer],
        *,
        says: Text | None = None,
        place: Place = Place.INSTEAD,
    ) -> None:
        super().__init__(changed)
        self._place = place
        self._heading = heading
        self._says = says
        self._answers = tuple(answers)

    def view(self) -> PanelView:
        """The answers."""
        return PanelView(
            heading=self._heading,
            says=self._says,
            options=_options([answer.label for answer in self._answers]),
            chosen=self.chosen,
            trouble=self.trouble,
            confirm=say("Choose"),
            beside=self._place is Place.BESIDE,
        )

    def enter(self) -> None:
        """Take the answer."""
        self._answers[self.chosen].then()


class SettingsPanel(Panel):
    """The settings of one driver, each in force as soon as it is changed.

    Its last line leads to every other driver: one that has no device (yet, or because it was switched off here) is
    reached in no other way. With an empty ``driver`` that list comes first.
    """

    def __init__(
        self, changed: Callable[[], None], elsewhere: Elsewhere, desk: DeviceSettingsDesk, driver: str
    ) -> None:
        super().__init__(changed)
        self._elsewhere = elsewhere
        self._desk = desk
        self._driver = driver
        self._groups: tuple[DeviceSettingsGroup, ...] | None = None
        self._choosing = not driver
        self._serial = 0
        self.told: Text | None = None
        self._load()

    def view(self) -> PanelView:
        """Every setting with its value, and whether it differs from the default."""
        if self._groups is None:
            return PanelView(heading=say("Settings"), says=say("The settings are read…"), confirm=say("Change"))
        if self._choosing:
            return PanelView(
                heading=say("Settings of which driver?"),
                says=say("A driver without a device is here too. devices.md says what each one is for."),
                options=_options([say("{driver}", driver=group.driver) for group in self._groups]),
                chosen=self.chosen,
                confirm=say("Choose"),
            )
        settings = self._settings
        lines = [(_setting_line(each), each.key) for each in settings]
        lines.append((say("Settings of another driver"), ""))
        unsaid = say("Enter changes the chosen setting. It is in force at once.")
        return PanelView(
            heading=say("Settings of the driver {driver}", driver=self._driver),
            says=(self.told or unsaid) if settings else say("This driver has no settings."),
            options=tuple(OptionView(key, *line) for key, line in zip(KEYS, lines, strict=False)),
            chosen=self.chosen,
            input=self.input,
            trouble=self.trouble,
            confirm=self._confirm(),
        )

    def enter(self) -> None:
        """Turn a switch, go to the next word, open the line to type a value into, or go to another driver."""
        if self._groups is None:
            return
        if self._choosing or self.chosen == len(self._settings):
            self._other_driver(self._groups)
            return
        setting = self._settings[self.chosen]
        if self.input is not None:
            self._change(setting, typed_value(setting, self.input.typed))
        elif isinstance(setting.value, bool):
            self._change(setting, not setting.value)
        elif setting.choices and isinstance(setting.value, str):
            at = setting.choices.index(setting.value) if setting.value in setting.choices else -1
            self._change(setting, setting.choices[(at + 1) % len(setting.choices)])
        else:
            self._serial += 1
            self.input = InputView(
                label=setting.says,
                typed=value_words(setting.value),
                serial=self._serial,
                hint=say("Its name in the settings file: {setting}", setting=setting.key),
            )
            self.tell(None)

    def back(self) -> bool:
        """Leave the line without changing anything, or the list of drivers."""
        if self._choosing and self._driver:
            self._choosing, self.chosen = False, 0
            self.tell(None)
            return True
        if self.input is None:
            return False
        self.input = None
        self.tell(None)
        return True

    @property
    def _settings(self) -> tuple[DeviceSetting, ...]:
        return next((group.settings for group in self._groups or () if group.driver == self._driver), ())

    def _confirm(self) -> Text:
        if self.input is not None:
            return say("Use this value")
        return say("Choose") if self.chosen == len(self._settings) else say("Change")

    def _other_driver(self, groups: tuple[DeviceSettingsGroup, ...]) -> None:
        """Show the list of drivers, or take the chosen one."""
        names = [group.driver for group in groups]
        if self._choosing and names:
            self._driver, self.chosen = names[self.chosen], 0
        elif not self._choosing:
            self.chosen = names.index(self._driver) if self._driver in names else 0
        self._choosing = not self._choosing
        self.told = None
        self.tell(None)

    def _change(self, setting: DeviceSetting, value: SettingValue) -> None:
        def work(_cancel: CancelToken) -> None:
            self._desk.change(self._driver, setting.key, value)

        def done(_done: None) -> None:
            self.input = None
            self.told = say("{setting} was changed. The driver starts again with it.", setting=setting.key)
            if setting.key == "enabled" and value is False:
                self.told = say("The driver is off, and its devices left the list. Here it can be switched on again.")
            self._load()

        self.trouble = None
        self._elsewhere(work, done, self.tell)

    def _load(self) -> None:
        def done(found: tuple[DeviceSettingsGroup, ...]) -> None:
            self._groups = found
            self.chosen = min(self.chosen, len(found if self._choosing else self._settings))
            self._changed()

        self._elsewhere(lambda _cancel: tuple(self._desk.groups()), done, self.tell)


class FaultsPanel(Panel):
    """Training: the faults that a simulated device can show, and its plug."""

    def __init__(
        self, changed: Callable[[], None], desk: FaultDesk, row: DeviceRow, *, gone: Callable[[], bool]
    ) -> None:
        super().__init__(changed)
        self._desk = desk
        self._device_id = row.device_id
        self._gone = gone
        self._choices: tuple[FaultChoice, ...] = tuple(
            choice for choice in desk.choices(row.device_id) if is_of_role(choice.name, row.role)
        )

    def view(self) -> PanelView:
        """None, every fault, and the plug."""
        current = self._desk.current(self._device_id)
        lines = [_marked(say("No fault"), on=current is None)]
        lines += [_marked(choice.says, on=choice.name == current) for choice in self._choices]
        lines.append(say("Plug it in again") if self._gone() else say("Pull its plug"))
        return PanelView(
            heading=say("Faults on demand"),
            says=say("Training only. The next use of this device meets the fault, here and at the officer's desk."),
            options=_options(lines),
            chosen=self.chosen,
            trouble=self.trouble,
            confirm=say("Switch"),
        )

    def enter(self) -> None:
        """Switch the fault, or move the plug."""
        if self.chosen == len(self._choices) + 1:
            (self._desk.replug if self._gone() else self._desk.unplug)(self._device_id)
        else:
            fault = None if self.chosen == 0 else self._choices[self.chosen - 1].name
            self._desk.switch(self._device_id, fault)
        self._changed()


def is_of_role(fault: str, role: Role[object]) -> bool:
    """Whether a fault strikes this role: with several roles its name stands before the fault's."""
    of_role, dot, _name = fault.rpartition(".")
    return not dot or of_role == role.name


SKIP_REASONS: tuple[Text, ...] = (
    say("No specimen is at hand."),
    say("The device has no cable that can be taken out."),
    say("The device cannot do this."),
    say("It would disturb work at this post."),
    say("It is in the network or behind a queue: it stays in the list without its cable."),
)


def skip_question(changed: Callable[[], None], step: Step, then: Callable[[Text], None]) -> QuestionPanel:
    """Why a step is left out: the reason stands in the record."""

    def answer(reason: Text) -> Answer:
        return Answer(reason, lambda: then(reason))

    return QuestionPanel(
        changed, say("Why is this step skipped?"), [answer(each) for each in SKIP_REASONS], says=step.asks
    )


def typed_value(setting: DeviceSetting, typed: str) -> SettingValue:
    """What was typed as a value of the setting's type; as typed where it is none: the desk refuses that with a cure."""
    example = setting.value if setting.value is not None else setting.default
    text = typed.strip()
    try:
        match example:
            case int():
                return int(text)
            case float():
                return float(text.replace(",", "."))
            case tuple():
                return _tuple_like(example, text)
            case None:
                return text or None
            case _:
                return text
    except ValueError:
        return text


def _tuple_like(example: tuple[str, ...] | tuple[float, ...] | tuple[int, ...], text: str) -> SettingValue:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if example and isinstance(example[0], int):
        return tuple(int(part) for part in parts)
    if example and isinstance(example[0], float):
        return tuple(float(part) for part in parts)
    return tuple(parts)


def value_words(value: SettingValue) -> str:
    """A value as it is typed."""
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)


def value_said(value: SettingValue) -> Text | str:
    """A value as it is read."""
    if isinstance(value, bool):
        return say("on") if value else say("off")
    return value_words(value) or say("nothing")


def _setting_line(setting: DeviceSetting) -> Text:
    """What it means before what it is; its key stands small below."""
    value = value_said(setting.value)
    if setting.value == setting.default:
        return say("{meaning} Now: {value}", meaning=setting.says, value=value)
    return say("{meaning} Now: {value} (changed)", meaning=setting.says, value=value)


def _marked(says: Text, *, on: bool) -> Text:
    return say("{fault} (on)", fault=says) if on else says


def _options(labels: Sequence[Text]) -> tuple[OptionView, ...]:
    return tuple(OptionView(key, label) for key, label in zip(KEYS, labels, strict=False))
