# SPDX-License-Identifier: Apache-2.0
"""A post comes back on an empty computer: a backup, two sheets of paper, and a new supervisor."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from station.access.first_start import MAX_NAME_CHARACTERS, MIN_PASSWORD_CHARACTERS, is_name
from station.access.recovery import WordList
from station.domain.errors import BundleRefused, Cancelled, FileRefused, ShareRefused
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.isolation.intake import read_regular
from station.ports.backup import BackupManifest, BackupRestorer, PaperShares, Restored
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.sheet_typing import SheetTyping, TypingView
from ui.presenters.showing import Presenter, Trouble

_MOST_KEY_BYTES = 16 * 1024
PUBLIC_KEY_FILE = "station.pub"

Home = Callable[[Callable[[], None]], None]


class RestoreStage(enum.Enum):
    """Where the restore stands."""

    FILLING_IN = "filling in"
    TYPING = "typing"  # the two sheets
    RESTORING = "restoring"
    RESTORED = "restored"  # Enter goes to signing in


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreForm:
    """Everything as typed. ``signer``: a file, empty when there is none."""

    backup: str = ""
    signer: str = ""
    name: str = field(default="", repr=False)
    display_name: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreState:
    """What the page shows. ``wrong`` maps a field's name to what is wrong there; ``unsigned``: nobody can tell who
    made the backup, and the person was told so once."""

    stage: RestoreStage = RestoreStage.FILLING_IN
    wrong: Mapping[str, Text] = field(default_factory=dict)
    unsigned: bool = False
    typing: TypingView | None = None
    done: int = 0
    of: int = 0
    trouble: Trouble | None = None
    restored: Restored | None = None

    @property
    def manifest(self) -> BackupManifest | None:
        """What was brought back."""
        return None if self.restored is None else self.restored.manifest


class RestorePresenter(Presenter[RestoreState]):
    """Brings a backup back. ``home`` brings progress to this thread.

    ``restored`` is called with the new supervisor's name when the person goes on, ``left`` when they go back.
    """

    def __init__(
        self,
        restorer: BackupRestorer,
        paper: PaperShares,
        runner: TaskRunner,
        *,
        home: Home,
        restored: Callable[[str], None],
        left: Callable[[], None],
    ) -> None:
        super().__init__(RestoreState())
        self._restorer = restorer
        self._paper = paper
        self._runner = runner
        self._home = home
        self._restored = restored
        self._left = left
        self._typing = SheetTyping(WordList(paper.vocabulary()))
        self._form = RestoreForm()
        self._running: TaskHandle | None = None

    def go_on(self, form: RestoreForm) -> None:
        """Everything is filled in: type the sheets. Without a key of the station, this is said first."""
        if self.state.stage is not RestoreStage.FILLING_IN:
            return
        self._form = form
        wrong = wrong_fields(form)
        if not form.signer.strip() and not self.state.unsigned:
            warned = not wrong  # the next Enter goes on without the key: said when nothing else stands in the way
            marked = wrong | {"signer": _NO_SIGNER}  # the last: what cannot stay empty gets the keyboard first
            self._show(replace(self.state, wrong=marked, unsigned=warned, trouble=_UNSIGNED if warned else None))
        elif wrong:
            self._show(replace(self.state, wrong=wrong, trouble=None))
        elif self._typing.view.complete:  # typed before something else was wrong
            self._show(replace(self.state, wrong={}, trouble=None))
            self._restore()
        else:
            state = replace(self.state, stage=RestoreStage.TYPING, wrong={}, typing=self._typing.view, trouble=None)
            self._show(state)

    def suggest(self, text: str) -> None:
        """Something is typed and not taken yet."""
        if self.state.stage is RestoreStage.TYPING:
            self._typing.suggest(text)
            self._show(replace(self.state, typing=self._typing.view))

    def take(self, text: str) -> None:
        """A word, or a line of them; with the last one the restore begins."""
        if self.state.stage is not RestoreStage.TYPING:
            return
        self._typing.take(text)
        self._show(replace(self.state, typing=self._typing.view, trouble=None))
        if self._typing.view.complete:
            self._restore()

    def back(self) -> None:
        """The word before once more."""
        if self.state.stage is RestoreStage.TYPING:
            self._typing.back()
            self._show(replace(self.state, typing=self._typing.view))

    def leave(self) -> None:
        """Esc: stop a restore, or go back to the fields. What was typed of the sheets is forgotten."""
        if self.state.stage is RestoreStage.RESTORING and self._running is not None:
            self._running.cancel()
        elif self.state.stage is RestoreStage.TYPING:
            self._typing.clear()
            self._show(replace(self.state, stage=RestoreStage.FILLING_IN, typing=None, trouble=None))
        elif self.state.stage is RestoreStage.FILLING_IN:
            self._left()

    def finish(self) -> None:
        """The person has read what came back."""
        if self.state.stage is RestoreStage.RESTORED:
            self._restored(self._form.name.strip())

    def close(self) -> None:
        """The page goes away."""
        self.show_on(None)
        self._typing.clear()
        if self._running is not None:
            self._running.cancel()

    def _restore(self) -> None:
        form, sheets = self._form, self._typing.sheets
        self._show(replace(self.state, stage=RestoreStage.RESTORING, typing=None, done=0, of=0))
        self._running = self._runner.run(
            lambda cancel: self._work(form, sheets, cancel), done=self._came_back, failed=self._not_restored
        )

    def _work(self, form: RestoreForm, sheets: tuple[tuple[str, ...], ...], cancel: CancelToken) -> Restored:
        signer = _signer(form)
        shares = [self._paper.read(number, words) for number, words in enumerate(sheets, start=1)]
        master, password = self._paper.combine(shares), Secret.of(form.password)
        try:
            return self._restorer.restore(
                Path(form.backup.strip()),
                signer=signer,
                master=master,
                supervisor=NewOfficer(
                    name=form.name.strip(),
                    display_name=form.display_name.strip(),
                    role=RoleName.SUPERVISOR,
                    password=password,
                ),
                progress=self._progress,
                cancel=cancel,
            )
        finally:
            master.forget()
            password.forget()

    def _progress(self, done: int, of: int) -> None:
        """From the reading thread."""

        def show() -> None:
            if self.state.stage is RestoreStage.RESTORING:
                self._show(replace(self.state, done=done, of=of))

        self._home(show)

    def _came_back(self, restored: Restored) -> None:
        self._running = None
        self._typing.clear()
        self._show(replace(self.state, stage=RestoreStage.RESTORED, restored=restored))

    def _not_restored(self, problem: BaseException) -> None:
        """A wrong word is typed again; anything else goes back to the fields, and the sheets are kept for it."""
        self._running = None
        if isinstance(problem, ShareRefused):
            if problem.sheet and problem.word:
                self._typing.go_to(problem.sheet, problem.word)
            else:
                self._typing.clear()
            typing, stage = self._typing.view, RestoreStage.TYPING
            self._show(replace(self.state, stage=stage, typing=typing, trouble=Trouble.of(problem)))
            return
        if isinstance(problem, BundleRefused):
            self._typing.clear()
        trouble = _STOPPED if isinstance(problem, Cancelled) else Trouble.of(problem)
        self._show(replace(self.state, stage=RestoreStage.FILLING_IN, typing=None, trouble=trouble))


def wrong_fields(form: RestoreForm) -> dict[str, Text]:
    """What cannot stay, by the name of its field, in the order of the page."""
    wrong: dict[str, Text] = {}
    if not form.backup.strip():
        wrong["backup"] = say("Choose the backup: a file that ends with .tar.age.")
    for name, value in (("name", form.name), ("display_name", form.display_name)):
        if not is_name(value):
            wrong[name] = say("Give it a name of 1 to {most} characters.", most=MAX_NAME_CHARACTERS)
    if len(form.password) < MIN_PASSWORD_CHARACTERS:
        wrong["password"] = say(
            "{characters} characters. It needs at least {least}: four words that do not belong together.",
            characters=len(form.password),
            least=MIN_PASSWORD_CHARACTERS,
        )
    elif form.again != form.password:
        wrong["again"] = say("This is not the same password. Type it once more.")
    return wrong


def _signer(form: RestoreForm) -> str | None:
    """The text of the station's public key. Raises BundleRefused."""
    if not form.signer.strip():
        return None
    try:
        return read_regular(Path(form.signer.strip()), most_bytes=_MOST_KEY_BYTES).decode("utf-8", "replace")
    except FileRefused as problem:
        raise BundleRefused(problem.cause, _NO_SIGNER) from None
    except OSError as problem:
        raise BundleRefused(
            say("The key file {file} cannot be read: {why}.", file=form.signer.strip(), why=problem.strerror or "?"),
            _NO_SIGNER,
        ) from problem


_NO_SIGNER = say("Name the right file, or none.")
_UNSIGNED = Trouble(
    cause=say("Without the file station.pub nobody can tell who made this backup. Anybody could have."),
    next_step=say("Ask headquarters for the file. Or press Enter once more to restore without it."),
)
_STOPPED = Trouble(
    cause=say("You stopped the restore. Nothing was restored."), next_step=say("Begin again when you are ready.")
)
