# SPDX-License-Identifier: Apache-2.0
"""Choosing one's own password: at the first sign-in nothing else is open, later it is one's own choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from station.access.first_start import MIN_PASSWORD_CHARACTERS
from station.access.people import PeopleService
from station.access.sign_in import Session
from station.domain.words import Text, say
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.asking import PIN, Asked, Entry, Question, Secrets, missing
from ui.presenters.showing import Presenter, Trouble

_FIELDS = (
    Asked(name="old", label=say("Password until now"), entry=Entry.SECRET),
    Asked(name="new", label=say("New password"), entry=Entry.SECRET),
    Asked(name="again", label=say("The new one again"), entry=Entry.SECRET),
    Asked(name="distress", label=say("Distress password, if you want one"), entry=Entry.SECRET, may_be_empty=True),
    Asked(name="distress_again", label=say("The distress password again"), entry=Entry.SECRET, may_be_empty=True),
)
_SAYS = say(
    "At least {least} characters: four words that do not belong together. Nobody else may know it. Whoever is forced "
    "to sign in types the distress password: the station looks open, and headquarters learns of it.",
    least=MIN_PASSWORD_CHARACTERS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPasswordState:
    """What the page shows. ``must``: nothing else is open before it is done."""

    question: Question
    must: bool
    asked: int = 0
    working: Text | None = None
    trouble: Trouble | None = None


class OwnPasswordPresenter(Presenter[OwnPasswordState]):
    """One person's own password. ``changed`` ends the session: the new password opens the next one."""

    def __init__(
        self, session: Session, people: PeopleService, runner: TaskRunner, *, changed: Callable[[], None], token: bool
    ) -> None:
        must = session.officer.one_time
        title = say("Choose your own password") if must else say("Another password")
        fields = (*_FIELDS, PIN) if token else _FIELDS
        question = Question(title=title, says=_SAYS, fields=fields, does=say("Change it"))
        super().__init__(OwnPasswordState(question=question, must=must, asked=1))
        self._people = people
        self._runner = runner
        self._changed = changed
        self._task: TaskHandle | None = None

    def submit(self, answers: Mapping[str, str]) -> None:
        """What was typed."""
        if self._task is not None:
            return
        trouble = missing(self.state.question, answers) or _different(answers)
        if trouble is not None:
            self._show(replace(self.state, trouble=trouble, asked=self.state.asked + 1))
            return
        secrets = Secrets(answers)
        old, new = secrets.of("old"), secrets.of("new")
        distress, pin = secrets.optional("distress"), secrets.optional("pin")
        change = secrets.spent(lambda: self._people.change_own_password(old, new, distress_password=distress, pin=pin))
        self._show(replace(self.state, working=say("The new password is being set…"), trouble=None))

        def run(_cancel: CancelToken) -> None:
            change()

        def done(_nothing: None) -> None:
            self._task = None
            self._show(replace(self.state, working=None, asked=self.state.asked + 1))
            self._changed()

        def failed(problem: BaseException) -> None:
            self._task = None
            trouble = Trouble.of(problem)
            self._show(replace(self.state, working=None, trouble=trouble, asked=self.state.asked + 1))

        self._task = self._runner.run(run, done=done, failed=failed)

    def close(self) -> None:
        """The page goes away; a change under way is finished all the same."""
        self.show_on(None)


def _different(answers: Mapping[str, str]) -> Trouble | None:
    for one, other in (("new", "again"), ("distress", "distress_again")):
        if answers.get(one, "") != answers.get(other, ""):
            return Trouble(
                cause=say("What was typed twice is not the same."), next_step=say("Type it again, both times.")
            )
    return None
