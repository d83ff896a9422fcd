# SPDX-License-Identifier: Apache-2.0
"""Questions asked in place: a list chosen by its keys, a reason in words, Enter. Never a window of its own."""

from __future__ import annotations

from collections.abc import Sequence

from station.domain.decision import RefusalGround
from station.domain.words import Text, say
from ui.presenters.approvals import FactLine
from ui.presenters.asking import Asked, Entry, Question
from ui.presenters.code_words import GROUNDS, NO_PORTRAIT
from ui.presenters.inspect_view import OptionView, PromptKind, PromptView
from ui.translation import LANGUAGES, own_name

_GROUND_ORDER = tuple(GROUNDS)
_NO_REASON = say("Say the reason in a few words first.")


class Prompt:
    """One open question. ``complete`` says why it cannot be answered yet, in ``problem``.

    ``language`` is the code of the traveller's language where a notice comes of the answer, else empty.
    """

    def __init__(
        self,
        kind: PromptKind,
        title: Text,
        *,
        options: Sequence[OptionView] = (),
        reason_label: Text | None = None,
        reason_needed: bool = False,
        language: str = "",
        boxes: tuple[tuple[Text, str], ...] = (),
        facts: tuple[FactLine, ...] = (),
        question: Question | None = None,
        request_id: str = "",
        aside: Text | None = None,
        confirm: Text,
    ) -> None:
        self.kind = kind
        self._title = title
        self._options = tuple(options)
        self._reason_label = reason_label
        self._reason_needed = reason_needed
        self._confirm = confirm
        self.language = language
        self._boxes = boxes
        self._facts = facts
        self._question = question
        self.request_id = request_id
        self._aside = aside
        self._asked = 0
        self.chosen: int | None = None
        self.reason = ""
        self._problem: Text | None = None

    def pick(self, place: int) -> bool:
        """Choose a line. False when there is no such line."""
        if not 0 <= place < len(self._options):
            return False
        self.chosen, self._problem = place, None
        return True

    def press(self, key: str) -> bool:
        """Choose by the key of a line, or by its number."""
        for place, option in enumerate(self._options):
            if key.upper() in (option.key, str(place + 1)):
                return self.pick(place)
        return False

    def move(self, by: int) -> None:
        """Choose the next or previous line."""
        if self._options:
            last = len(self._options) - 1
            self.pick(0 if self.chosen is None else min(max(self.chosen + by, 0), last))

    def turn_language(self, by: int) -> None:
        """Choose the next or previous language of the notice; behind the last comes the first."""
        if self.language:
            self.language = LANGUAGES[(LANGUAGES.index(self.language) + by) % len(LANGUAGES)]

    def say_reason(self, words: str) -> None:
        """What the officer typed as the reason."""
        self.reason, self._problem = words, None

    def object(self, problem: Text | None) -> None:
        """Say what is wrong; whatever was typed in secret goes."""
        self._problem = problem
        self._asked += 1

    def complete(self) -> bool:
        """Whether it can be answered as it stands."""
        if self._options and self.chosen is None:
            self._problem = say("Choose one of the lines first.")
        elif self._reason_needed and not self.reason.strip():
            no_file = self.kind is PromptKind.PHOTO_FILE
            self._problem = say("Type the name of the file first.") if no_file else _NO_REASON
        else:
            self._problem = None
        return self._problem is None

    @property
    def ground(self) -> RefusalGround:
        """The chosen ground of a refusal."""
        if self.kind is not PromptKind.REFUSE or self.chosen is None:
            raise ValueError("no ground was chosen")
        return _GROUND_ORDER[self.chosen]

    @property
    def chosen_words(self) -> str:
        """The chosen line in the source language, for the record; with the words typed beside it."""
        parts = [] if self.chosen is None else [self._options[self.chosen].label.in_english()]
        return ": ".join([*parts, *([self.reason.strip()] if self.reason.strip() else [])])

    def view(self) -> PromptView:
        """The question as it stands."""
        return PromptView(
            kind=self.kind,
            title=self._title,
            options=self._options,
            chosen=self.chosen,
            reason=self.reason,
            reason_label=self._reason_label,
            languages=tuple(own_name(code) for code in LANGUAGES) if self.language else (),
            language=LANGUAGES.index(self.language) if self.language else 0,
            boxes=self._boxes,
            facts=self._facts,
            question=self._question,
            asked=self._asked,
            aside=self._aside,
            confirm=self._confirm,
            problem=self._problem,
        )


def ask_ground(language: str) -> Prompt:
    """The ground of a refusal, a reason in words, and the language in which the traveller reads the notice."""
    return Prompt(
        PromptKind.REFUSE,
        say("Refuse on which ground?"),
        options=[OptionView(ground.value, words) for ground, words in GROUNDS.items()],
        reason_label=say("Reason in words, for the record"),
        language=language,
        confirm=say("Refuse and print"),
    )


def ask_notice_language(language: str) -> Prompt:
    """The notice once more: in which language?"""
    return Prompt(
        PromptKind.PRINT_NOTICE,
        say("Print the notice for the traveller"),
        language=language,
        confirm=say("Print notice"),
    )


def ask_by_hand(boxes: tuple[tuple[Text, str], ...], *, no_printer: bool) -> Prompt:
    """What is to be copied onto a blank notice, until it is written and signed."""
    copy = say("Copy this onto a blank notice. Sign it, and let the traveller sign.")
    return Prompt(
        PromptKind.BY_HAND,
        say("No printer is attached. {copy}", copy=copy) if no_printer else copy,
        boxes=boxes,
        confirm=say("Written and signed"),
    )


def ask_second_line() -> Prompt:
    """A word for the colleague of the second line."""
    return Prompt(
        PromptKind.SECOND_LINE,
        say("Refer to second line"),
        reason_label=say("What should the colleague look at?"),
        confirm=say("Refer"),
    )


def ask_why_no_portrait() -> Prompt:
    """Why there is no portrait."""
    return Prompt(
        PromptKind.WITHOUT_PORTRAIT,
        say("Why is there no portrait?"),
        options=[OptionView(str(place), words) for place, words in enumerate(NO_PORTRAIT, start=1)],
        reason_label=say("More, if it helps"),
        confirm=say("Go on without a portrait"),
    )


def ask_photo_file() -> Prompt:
    """Which file has the bearer's portrait."""
    return Prompt(
        PromptKind.PHOTO_FILE,
        say("Which file has the portrait?"),
        reason_label=say("Folder and name of the file, JPEG or PNG"),
        reason_needed=True,
        confirm=say("Take this photo"),
    )


def ask_why_leave() -> Prompt:
    """Why an inspection ends without a decision."""
    return Prompt(
        PromptKind.LEAVE,
        say("End this inspection without a decision? F4 parks it instead."),
        reason_label=say("Reason, for the record"),
        reason_needed=True,
        confirm=say("End the inspection"),
    )


def ask_admit_anyway() -> Prompt:
    """A check was broken off: admitting needs a second keystroke, on purpose."""
    return Prompt(
        PromptKind.ADMIT_ANYWAY,
        say("A check was broken off. Admit all the same? It is recorded that you saw it."),
        confirm=say("Admit all the same"),
    )


_ASIDE = say("Ask, and put aside")
SIGNATURE = Question(
    title=say("Second person"),
    says=None,
    fields=(
        Asked(name="name", label=say("Name")),
        Asked(name="password", label=say("Password"), entry=Entry.SECRET),
        Asked(name="pin", label=say("PIN, for who uses a token"), entry=Entry.SECRET, may_be_empty=True),
    ),
    does=say("Sign and admit"),
)


def ask_second_person(facts: tuple[FactLine, ...]) -> Prompt:
    """A check failed: why the traveller shall cross all the same, before a second person is asked."""
    return Prompt(
        PromptKind.SECOND_PERSON,
        say("A check failed. To admit, a second person has to agree."),
        facts=facts,
        reason_label=say("Why admit all the same?"),
        reason_needed=True,
        aside=_ASIDE,
        confirm=say("The second person is here"),
    )


def ask_signature(request_id: str, facts: tuple[FactLine, ...]) -> Prompt:
    """Exactly what is asked, and the second person's name and password."""
    return Prompt(
        PromptKind.SIGNATURE,
        say("This is what both agree to. The second person signs."),
        facts=facts,
        question=SIGNATURE,
        request_id=request_id,
        aside=say("Put aside"),
        confirm=SIGNATURE.does,
    )
