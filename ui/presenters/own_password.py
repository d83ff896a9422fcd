# SPDX-License-Identifier: Apache-2.0
"""Choosing one's own password: at the first sign-in nothing else is open, later it is one's own choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from station.access.first_start import MIN_PASSWORD_CHARACTERS
from station.access.own_token import NewToken, OwnToken, TokensSeen
from station.access.people import PeopleService
from station.access.sign_in import Session
from station.domain.words import Text, say
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.asking import PIN, Asked, Entry, Question, Secrets, missing
from ui.presenters.showing import Presenter, Trouble

_OLD = Asked(name="old", label=say("Password until now"), entry=Entry.SECRET)
_NEW = (
    Asked(name="new", label=say("New password"), entry=Entry.SECRET),
    Asked(name="again", label=say("The new one again"), entry=Entry.SECRET),
    Asked(name="distress", label=say("Distress password, if you want one"), entry=Entry.SECRET, may_be_empty=True),
    Asked(name="distress_again", label=say("The distress password again"), entry=Entry.SECRET, may_be_empty=True),
)
_TOKEN_PIN = Asked(name="token_pin", label=say("PIN of that token"), entry=Entry.SECRET, may_be_empty=True)
_NO_TOKEN = say("No token: the password alone")
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
        self,
        session: Session,
        people: PeopleService,
        runner: TaskRunner,
        *,
        changed: Callable[[], None],
        own_token: OwnToken | None = None,
    ) -> None:
        must = session.officer.one_time
        super().__init__(OwnPasswordState(question=_question(TokensSeen(), must=must), must=must, asked=1))
        self._people = people
        self._runner = runner
        self._changed = changed
        self._own_token = own_token
        self._seen = TokensSeen()
        self._task: TaskHandle | None = None
        if own_token is not None:
            self._look(own_token)

    def _look(self, own_token: OwnToken) -> None:
        """Which tokens are there: until it is known nothing can be typed."""
        self._show(replace(self.state, working=say("Looking for tokens…")))

        def done(seen: TokensSeen) -> None:
            self._task, self._seen = None, seen
            question = _question(seen, must=self.state.must)
            trouble = None if seen.problem is None else Trouble.of(seen.problem)
            asked = self.state.asked + 1
            self._show(replace(self.state, question=question, working=None, trouble=trouble, asked=asked))

        def failed(problem: BaseException) -> None:
            self._task = None
            self._show(replace(self.state, working=None, trouble=Trouble.of(problem), asked=self.state.asked + 1))

        self._task = self._runner.run(own_token.look, done=done, failed=failed)

    def submit(self, answers: Mapping[str, str]) -> None:
        """What was typed."""
        if self._task is not None:
            return
        trouble = missing(self.state.question, answers) or _different(answers) or self._pin_missing(answers)
        if trouble is not None:
            self._show(replace(self.state, trouble=trouble, asked=self.state.asked + 1))
            return
        secrets = Secrets(answers)
        old, new = secrets.of("old"), secrets.of("new")
        distress, pin = secrets.optional("distress"), secrets.optional("pin")
        token = self._token(answers, secrets)
        change = secrets.spent(
            lambda: self._people.change_own_password(old, new, distress_password=distress, pin=pin, token=token)
        )
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

    def _pin_missing(self, answers: Mapping[str, str]) -> Trouble | None:
        label = answers.get("token", "")
        if not label or label == self._seen.needed or answers.get("token_pin"):
            return None
        return Trouble(
            cause=say("A token was chosen, and its PIN was not typed."),
            next_step=say("Type the passwords again, and the PIN of that token at the end."),
        )

    def _token(self, answers: Mapping[str, str], secrets: Secrets) -> NewToken | None:
        """The token that was chosen. Who keeps theirs has typed its PIN above."""
        label = answers.get("token", "")
        if not label or self._own_token is None:
            return None
        return self._own_token.chosen(label, secrets.of("token_pin" if answers.get("token_pin") else "pin"))

    def close(self) -> None:
        """The page goes away; a change under way is finished all the same."""
        self.show_on(None)


def _question(seen: TokensSeen, *, must: bool) -> Question:
    fields = (_OLD, PIN, *_NEW) if seen.needed else (_OLD, *_NEW)
    if seen.needed or seen.present:
        there = tuple((label, say("Token {label}", label=label)) for label in seen.present)
        kept = seen.needed if seen.needed in seen.present else ""
        choice = Asked(
            name="token",
            label=say("Besides the password"),
            entry=Entry.CHOICE,
            choices=(("", _NO_TOKEN), *there),
            value=kept,
            may_be_empty=True,
        )
        fields = (*fields, choice, _TOKEN_PIN)
    title = say("Choose your own password") if must else say("Another password")
    return Question(title=title, says=_SAYS, fields=fields, does=say("Change it"))


def _different(answers: Mapping[str, str]) -> Trouble | None:
    for one, other in (("new", "again"), ("distress", "distress_again")):
        if answers.get(one, "") != answers.get(other, ""):
            return Trouble(
                cause=say("What was typed twice is not the same."), next_step=say("Type it again, both times.")
            )
    return None
