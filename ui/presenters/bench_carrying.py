# SPDX-License-Identifier: Apache-2.0
"""What leaves the bench or comes to it on a stick: diagnostics, listed whole before saving, and device profiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from station.bench.diagnostics import Entry, Sources, as_tar, bundle_file
from station.bench.kit import BenchKit
from station.domain.errors import TargetUnusable
from station.domain.words import Text, say, say_count
from station.ports.bench import ProfileChange
from station.ports.tasks import CancelToken
from ui.presenters.bench_panels import Elsewhere, Panel, value_said
from ui.presenters.bench_view import InputView, PanelView
from ui.presenters.inspect_view import OptionView
from ui.presenters.showing import Trouble

PROFILE_FILE = "device-profile.toml"
MOST_PROFILE = 256 * 1024  # bytes

Sticks = Callable[[], Sequence[str]]


class CarryPanel(Panel):
    """A panel with a folder to type, filled in with the stick that is plugged in."""

    def __init__(self, changed: Callable[[], None], elsewhere: Elsewhere, kit: BenchKit, sticks: Sticks) -> None:
        super().__init__(changed)
        self._elsewhere = elsewhere
        self._kit = kit
        self.told: Text | None = None
        self._elsewhere(lambda _cancel: tuple(sticks()), self._found, self.tell)

    @property
    def folder(self) -> Path:
        """The folder as typed. Raises TargetUnusable when none is."""
        typed = self.input.typed.strip() if self.input is not None else ""
        if not typed:
            raise TargetUnusable(
                say("No folder is named."), say("Plug a stick in, or type a folder. Then choose again.")
            )
        return Path(typed)

    def move(self, by: int) -> None:
        """The line to type into stays open beside the lines to choose from."""
        count = len(self.view().options)
        if count:
            self.chosen = min(max(self.chosen + by, 0), count - 1)
            self._changed()

    def _line(self, serial: int, typed: str = "") -> InputView:
        return InputView(label=say("Folder on this computer or stick"), typed=typed, serial=serial)

    def _found(self, sticks: tuple[str, ...]) -> None:
        self.input = self._line(1, sticks[0] if sticks else "")
        self._changed()

    def _saved(self, place: Path) -> None:
        self.trouble = None
        self.told = say("Saved: {file}", file=str(place))
        self._changed()


class DiagnosticsPanel(CarryPanel):
    """The whole bundle on the screen first; then Enter saves exactly that."""

    def __init__(self, changed: Callable[[], None], elsewhere: Elsewhere, kit: BenchKit, sticks: Sticks) -> None:
        super().__init__(changed, elsewhere, kit, sticks)
        self._bundle: tuple[Sources, tuple[Entry, ...]] | None = None
        self._elsewhere(lambda _cancel: kit.diagnostics(), self._composed, self.tell)

    def view(self) -> PanelView:
        """Every line that will be saved."""
        says = self.told or (
            say("The bundle is put together…")
            if self._bundle is None
            else say(
                "This is all that will be saved. It names no person: names, serial numbers and paths are left out. "
                "Read it, then press Enter."
            )
        )
        lines: list[str] = []
        for entry in self._bundle[1] if self._bundle else ():
            lines += [f"── {entry.name}", *entry.text.splitlines()]
        return PanelView(
            heading=say("Diagnostics for somebody who helps from afar"),
            says=says,
            content=tuple(lines),
            input=self.input,
            trouble=self.trouble,
            confirm=say("Save the bundle"),
        )

    def enter(self) -> None:
        """Save what stands on the screen."""
        if self._bundle is None:
            return
        sources, entries = self._bundle

        def work(_cancel: CancelToken) -> Path:
            return self._kit.files.write(self.folder, bundle_file(sources.at), as_tar(entries, at=sources.at))

        self._elsewhere(work, self._saved, self.tell)

    def _composed(self, bundle: tuple[Sources, tuple[Entry, ...]]) -> None:
        self._bundle = bundle
        self._changed()


@dataclass(frozen=True, slots=True)
class Offered:
    """Another post's profile as it was read: what is used is what was shown."""

    text: str
    changes: tuple[ProfileChange, ...]
    complaints: tuple[Text, ...]


class ProfilePanel(CarryPanel):
    """The drivers' settings as a file for the next posts, and back: what it would change is read before it does."""

    def __init__(self, changed: Callable[[], None], elsewhere: Elsewhere, kit: BenchKit, sticks: Sticks) -> None:
        super().__init__(changed, elsewhere, kit, sticks)
        self._profile: str | None = None
        self._offered: Offered | None = None
        self._elsewhere(lambda _cancel: kit.settings.profile(), self._read, self.tell)

    def view(self) -> PanelView:
        """The profile of this station and the two ways; then what the other's would change."""
        if self._offered is not None:
            return self._comparison(self._offered)
        says = self.told or say(
            "The settings of the drivers, and nothing else. {file} carries them to another post.", file=PROFILE_FILE
        )
        return PanelView(
            heading=say("Device profile"),
            says=says,
            options=(
                OptionView("1", say("Save this station's profile into the folder")),
                OptionView("2", say("Use the profile that lies in the folder")),
            ),
            chosen=self.chosen,
            content=tuple(self._profile.splitlines()) if self._profile else (),
            input=self.input,
            trouble=self.trouble,
            confirm=say("Save the profile") if self.chosen == 0 else say("Use the profile"),
        )

    def enter(self) -> None:
        """Save, show what the other's would change, or use it."""
        offered = self._offered
        if offered is not None:
            self._elsewhere(lambda _cancel: self._use(offered), self._used, self.tell)
        elif self.chosen == 0:
            self._elsewhere(self._save, self._saved, self.tell)
        else:
            self._elsewhere(self._compare, self._compared, self.tell)

    def back(self) -> bool:
        """Leave the other's profile where it is."""
        if self._offered is None:
            return False
        self._offered = None
        self.tell(None)
        return True

    def _comparison(self, offered: Offered) -> PanelView:
        lines: list[Text] = []
        for change in offered.changes:
            setting = f"{change.driver}.{change.key}"
            here, there = value_said(change.here), value_said(change.there)
            lines += [change.says, say("    {setting}: {here} → {there}", setting=setting, here=here, there=there)]
        return PanelView(
            heading=say("What this profile changes here"),
            says=say_count(
                "{count} setting gets another value: here → there. Read it, then press Enter.",
                "{count} settings get other values: here → there. Read them, then press Enter.",
                count=len(offered.changes),
            ),
            content=tuple(lines),
            trouble=self.trouble,
            confirm=say("Use the profile"),
        )

    def _save(self, _cancel: CancelToken) -> Path:
        return self._kit.files.write(self.folder, PROFILE_FILE, self._kit.settings.profile().encode())

    def _compare(self, _cancel: CancelToken) -> Offered:
        data = self._kit.files.read(self.folder / PROFILE_FILE, most_bytes=MOST_PROFILE)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise TargetUnusable(
                say("The file is no device profile: {file}.", file=PROFILE_FILE),
                say("Save the profile again on the other station's bench."),
            ) from None
        return Offered(text, *self._kit.settings.compare_profile(text))

    def _compared(self, offered: Offered) -> None:
        if offered.changes:
            self._offered = offered
        else:
            self.told = say("The profile changes nothing here: every setting in it has this value already.")
        self.tell(_left_out(offered.complaints))

    def _use(self, offered: Offered) -> tuple[tuple[Text, ...], str]:
        return self._kit.settings.take_profile(offered.text), self._kit.settings.profile()

    def _used(self, outcome: tuple[tuple[Text, ...], str]) -> None:
        complaints, self._profile = outcome
        self._offered = None
        self.told = say("The profile is in use. The drivers start again with it.")
        self.tell(_left_out(complaints))

    def _read(self, profile: str) -> None:
        self._profile = profile
        self._changed()


def _left_out(complaints: Sequence[Text]) -> Trouble | None:
    if not complaints:
        return None
    return Trouble(cause=say("A setting could not be used."), next_step=_together(complaints))


def _together(sentences: Sequence[Text]) -> Text:
    whole = sentences[0]
    for sentence in sentences[1:]:
        whole = say("{first} {second}", first=whole, second=sentence)
    return whole
