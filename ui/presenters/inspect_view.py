# SPDX-License-Identifier: Apache-2.0
"""What the Inspect page shows, as one frozen value: the page draws it and knows nothing else."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from station.domain.checks import CheckResult
from station.domain.words import Text
from station.ports.images import PreviewFrame
from ui.presenters.approvals import FactLine
from ui.presenters.asking import Question
from ui.presenters.forms import FieldView
from ui.presenters.keymap import Act
from ui.presenters.mrz_editor import MrzView


class Mode(enum.Enum):
    """What the officer sees the station do."""

    IDLE = "idle"  # nobody at the desk
    WORKING = "working"  # devices and checks run by themselves
    DOUBT = "doubt"  # doubtful characters wait for the officer's eye
    KEYING = "keying"  # the officer keys the document in
    TROUBLE = "trouble"  # something stands in the way
    DECIDING = "deciding"  # everything is there; the officer decides
    DONE = "done"  # decided and recorded, and something is handed over


class Spot(enum.Enum):
    """A place on the page: where something happened, or where the keyboard is."""

    PAGE = "page"
    MRZ = "mrz"
    PERSON = "person"  # the keyed document
    CROSSING = "crossing"
    FACES = "faces"
    CHECKS = "checks"
    DECISION = "decision"  # the row of actions
    PROMPT = "prompt"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture, or words in its place. Pictures of the same ``place`` lie over each other, dot by dot."""

    frame: PreviewFrame | None = None
    says: Text | None = None
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """Who the document says this is. Strings are data and are shown as they are; an empty one is not shown."""

    primary: str = field(repr=False)
    secondary: str = field(default="", repr=False)
    sex: Text | None = None
    age: Text | None = field(default=None, repr=False)
    born: str = field(default="", repr=False)
    nationality: str = ""
    document: Text | None = field(default=None, repr=False)
    valid_until: Text | None = None
    issued_by: Text | None = None
    last_seen: Text | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """One check: its mark, its short name, and the sentence that explains it."""

    result: CheckResult
    name: Text
    says: Text = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """The bar of the verdict: one sentence and one next step. ``result`` is None while nothing was judged."""

    says: Text = field(repr=False)
    next_step: Text | None = None
    result: CheckResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityView:
    """What is being done, by which device, for how long; ``running`` is False once it ended."""

    who: Text
    does: Text
    tenths: int
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionView:
    """An act with its key; ``primary`` is what Enter would do or what comes next."""

    act: Act
    key: str
    word: Text
    primary: bool = False


@dataclass(frozen=True, slots=True)
class OptionView:
    """One line of an inline list, chosen by its key. ``note`` is data that stands small below it."""

    key: str
    label: Text
    note: str = ""


class PromptKind(enum.Enum):
    """What is asked in place, instead of in a window of its own."""

    REFUSE = "refuse"  # the ground, and a reason in words
    SECOND_LINE = "second line"  # a word for the colleague
    WITHOUT_PORTRAIT = "without portrait"  # why there is none
    PHOTO_FILE = "photo file"  # which file has the bearer's portrait
    LEAVE = "leave"  # why this inspection ends without a decision
    ADMIT_ANYWAY = "admit anyway"  # a check was broken off: once more, on purpose
    SECOND_PERSON = "second person"  # a check failed: why admit all the same, and who is asked
    SIGNATURE = "signature"  # the second person's name and password
    PRINT_NOTICE = "print notice"  # the notice once more, perhaps in another language
    BY_HAND = "by hand"  # what is to be copied onto a blank form


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptView:
    """An inline question. ``reason_label`` is None where no words are asked.

    ``boxes`` are what is to be copied by hand: label and value, numbered from one in their order.
    ``facts`` are what two people look at before both agree.
    ``languages`` are the languages of the notice in their own words; ``language`` is the place of the chosen one.
    """

    kind: PromptKind
    title: Text
    options: tuple[OptionView, ...] = ()
    chosen: int | None = None
    reason: str = field(default="", repr=False)
    reason_label: Text | None = None
    languages: tuple[str, ...] = ()
    language: int = 0
    boxes: tuple[tuple[Text, str], ...] = field(default=(), repr=False)
    facts: tuple[FactLine, ...] = field(default=(), repr=False)
    question: Question | None = None  # fields with secrets, which stay in the page
    asked: int = 0  # grows with each try, so that typed secrets go
    aside: Text | None = None  # what F4 does here, where it is more than parking
    confirm: Text
    problem: Text | None = None


@dataclass(frozen=True, slots=True)
class UnfinishedView:
    """An encounter that can be taken up again, by its key."""

    key: str
    name: str = field(repr=False)
    status: Text
    since: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """What happened last, and when (post time); it stays until something else happens."""

    at: str
    says: Text = field(repr=False)


@dataclass(frozen=True, slots=True)
class Focus:
    """Where the keyboard should be. The page moves it when ``serial`` changes, and never else."""

    spot: Spot
    field: str = ""
    serial: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectView:
    """The whole page."""

    mode: Mode
    banner: Banner
    line: int = 1
    focus: Focus
    trouble_at: Spot | None = None
    page: Picture = Picture()
    light: Text | None = None  # under which the page is shown, where there are several
    remark: Text | None = None  # what the scanner says of this page
    portrait: Picture = Picture()
    person: PersonView | None = None
    mrz: MrzView | None = None
    mrz_hint: Text | None = None
    document_form: tuple[FieldView, ...] = ()
    checks: tuple[CheckView, ...] = ()
    activities: tuple[ActivityView, ...] = ()
    direction: Text
    crossing: tuple[FieldView, ...] = ()
    prompt: PromptView | None = None
    actions: tuple[ActionView, ...] = ()
    log: LogLine | None = None
    unfinished: tuple[UnfinishedView, ...] = ()
    unfinished_span: Text | None = None  # which of them, where there are more than keys
    counts: tuple[Text, ...] = ()
    details: bool = False
