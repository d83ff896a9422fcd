# SPDX-License-Identifier: Apache-2.0
"""The first start: whose station this is, who may sign in, and for whom its exports are sealed.

Each thing that cannot stay as it is filled in is told beside its own field; the store is made whole or not at all.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from station.access.first_start import MAX_NAME_CHARACTERS, MIN_PASSWORD_CHARACTERS, FirstStart, is_name
from station.access.first_start import set_up as _set_up
from station.access.recovery import RecoverySet, WordList, new_set
from station.domain.errors import RecipientRefused
from station.domain.secrets import Secret
from station.domain.words import Text, say
from station.ports.backup import PaperShares
from station.ports.clock import Clock, Randomness
from station.ports.keys import NewOfficer, StoreDoor
from station.ports.sealing import BundleSealer
from station.ports.storage import RoleName, StoreKind
from station.ports.tasks import TaskRunner
from ui.presenters.sheet_handout import HandoutView, SheetHandout, SheetOutlet
from ui.presenters.showing import Presenter, Trouble

PEOPLE = 3
NEEDED = 2  # the others may stay empty: a post may have no technician of its own


class Stage(enum.Enum):
    """Where the first start stands."""

    FILLING_IN = "filling in"
    SHEETS = "sheets"  # the recovery sheets are printed and typed back before anything is created
    CREATING = "creating"  # a second or two a person: passwords are stretched
    CREATED = "created"  # the store is there; Enter goes to signing in


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonForm:
    """One person as typed."""

    name: str = field(default="", repr=False)
    display_name: str = field(default="", repr=False)
    role: RoleName = RoleName.OFFICER
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)

    @property
    def empty(self) -> bool:
        """Whether nobody typed anything for this person."""
        return not (self.name.strip() or self.display_name.strip() or self.password or self.again)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationForm:
    """Everything as typed. ``kind`` is None until somebody chose: there is no default for what is for ever."""

    post: str = ""
    station: str = ""
    lane: str = ""
    kind: StoreKind | None = None
    recipient: str = ""
    people: tuple[PersonForm, ...] = field(
        default=(
            PersonForm(role=RoleName.SUPERVISOR),
            PersonForm(role=RoleName.OFFICER),
            PersonForm(role=RoleName.TECHNICIAN),
        ),
        repr=False,
    )

    @property
    def filled_in(self) -> tuple[PersonForm, ...]:
        """Everybody who is to be founded: those that are needed, and whoever else was typed."""
        return tuple(person for number, person in enumerate(self.people) if number < NEEDED or not person.empty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A generated person of a practice post, shown once."""

    name: str
    role: Text
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A practice post that was made: its people, and where the throw-away key of its exports lies."""

    people: tuple[Credential, ...] = field(repr=False)
    key_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRecovery:
    """How the first sheets are made. ``outlet_for``: what prints them, by post, station, lane and kind of store."""

    paper: PaperShares
    randomness: Randomness
    outlet_for: Callable[[str, str, str, StoreKind], SheetOutlet]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStartState:
    """What the page shows. ``wrong`` maps a field's name (``post``, ``person1.password`` …) to what is wrong there."""

    stage: Stage = Stage.FILLING_IN
    practice_offered: bool = False
    wrong: Mapping[str, Text] = field(default_factory=dict)
    trouble: Trouble | None = None
    practice: Practice | None = field(default=None, repr=False)
    handout: HandoutView | None = None


class FirstStartPresenter(Presenter[FirstStartState]):
    """Founds the station. ``founded`` is called with the name and password to sign in with, or with empty texts.

    With ``recovery`` the station is created once its sheets are printed and one word of two is typed back: a station
    never exists whose sheets nobody has.
    """

    def __init__(
        self,
        *,
        door: StoreDoor,
        sealer: BundleSealer,
        clock: Clock,
        runner: TaskRunner,
        founded: Callable[[str, str], None],
        practice: Callable[[], Practice] | None = None,
        recovery: FirstRecovery | None = None,
    ) -> None:
        super().__init__(FirstStartState(practice_offered=practice is not None))
        self._door = door
        self._sealer = sealer
        self._clock = clock
        self._runner = runner
        self._founded = founded
        self._practice = practice
        self._recovery = recovery
        self._first: FirstStart | None = None
        self._handout: SheetHandout | None = None

    def tell(self, trouble: Trouble) -> None:
        """Something the person has to know before typing."""
        self._show(replace(self.state, trouble=trouble))

    def create(self, form: StationForm) -> None:
        """Found the station from what was typed, unless something is wrong with it."""
        if self.state.stage is not Stage.FILLING_IN:
            return
        wrong = wrong_fields(form, self._sealer)
        if wrong or form.kind is None:
            self._show(replace(self.state, wrong=wrong, trouble=None))
            return
        self._first = _first_start(form, form.kind)
        self._show(replace(self.state, stage=Stage.CREATING, wrong={}, trouble=None))
        if self._recovery is None:
            self._found(self._first, None)
        else:
            paper = self._recovery.paper
            self._runner.run(lambda _cancel: new_set(paper), done=self._sheets_made, failed=self._failed)

    # ── recovery sheets ────────────────────────────────────────────────────────────────────────────────────

    def print_next(self) -> None:
        """Print the next sheet."""
        if self._handout is not None:
            self._handout.print_next()

    def print_again(self) -> None:
        """The last sheet did not come out well."""
        if self._handout is not None:
            self._handout.print_again()

    def answer(self, word: str) -> None:
        """The word that was asked back."""
        if self._handout is not None:
            self._handout.answer(word)

    def leave_sheets(self) -> None:
        """Back to the fields. Sheets that were printed open nothing: nothing was created."""
        if self.state.stage is Stage.SHEETS:
            trouble = _SHEETS_LEFT if self._handout is not None and self._handout.may_be_out else None
            self._forget_sheets()
            self._show(replace(self.state, stage=Stage.FILLING_IN, handout=None, trouble=trouble))

    def _sheets_made(self, made: RecoverySet) -> None:
        recovery, first = self._recovery, self._first
        if recovery is None or first is None:
            return
        self._handout = SheetHandout(
            made,
            words=WordList(recovery.paper.vocabulary()),
            randomness=recovery.randomness,
            runner=self._runner,
            outlet=recovery.outlet_for(first.post.strip(), first.station.strip(), first.lane.strip(), first.kind),
            changed=self._sheets_moved,
            finished=self._sheets_handed_out,
        )
        self._show(replace(self.state, stage=Stage.SHEETS, handout=self._handout.view))

    def _sheets_moved(self) -> None:
        if self._handout is not None:
            self._show(replace(self.state, handout=self._handout.view))

    def _sheets_handed_out(self) -> None:
        if self._handout is not None and self._first is not None:
            self._show(replace(self.state, stage=Stage.CREATING, handout=None))
            self._found(self._first, self._handout.made)

    def _forget_sheets(self) -> None:
        handout, self._handout = self._handout, None
        if handout is not None:
            handout.close()

    def _found(self, first: FirstStart, made: RecoverySet | None) -> None:
        self._runner.run(
            lambda _cancel: _set_up(first, door=self._door, sealer=self._sealer, clock=self._clock, recovery=made),
            done=self._created,
            failed=self._failed,
        )

    def _created(self, _public_key: str) -> None:
        self._forget_sheets()
        self._show(replace(self.state, stage=Stage.CREATED))

    def make_practice_post(self) -> None:
        """Found a training station with generated people."""
        if self._practice is None or self.state.stage is not Stage.FILLING_IN:
            return
        make = self._practice
        self._show(replace(self.state, stage=Stage.CREATING, wrong={}, trouble=None))
        self._runner.run(
            lambda _cancel: make(),
            done=lambda practice: self._show(replace(self.state, stage=Stage.CREATED, practice=practice)),
            failed=self._failed,
        )

    def close(self) -> None:
        """The page goes away."""
        self.show_on(None)
        self._forget_sheets()

    def go_on(self) -> None:
        """The person has read the last page: go to signing in."""
        if self.state.stage is not Stage.CREATED:
            return
        practice = self.state.practice
        if practice is None:
            self._founded("", "")
        else:
            self._founded(practice.people[0].name, practice.people[0].password)

    def _failed(self, problem: BaseException) -> None:
        self._forget_sheets()
        self._show(replace(self.state, stage=Stage.FILLING_IN, handout=None, trouble=Trouble.of(problem)))


_SHEETS_LEFT = Trouble(
    cause=say("Nothing was created, and the sheets that were printed open nothing."),
    next_step=say("Destroy them. Press Enter to begin again with new ones."),
)


def wrong_fields(form: StationForm, sealer: BundleSealer) -> dict[str, Text]:
    """What cannot stay, by the name of its field, in the order of the page."""
    wrong: dict[str, Text] = {}
    for name, value in (("post", form.post), ("station", form.station), ("lane", form.lane)):
        if not is_name(value):
            wrong[name] = _NAME
    if form.kind is None:
        wrong["kind"] = say("Choose live or training. It can never be changed later.")
    try:
        sealer.check_recipient(form.recipient.strip())
    except RecipientRefused as problem:
        wrong["recipient"] = say("{cause} {step}", cause=problem.cause, step=problem.next_step)
    for number, person in enumerate(form.filled_in, start=1):
        wrong |= {f"person{number}.{name}": text for name, text in _wrong_in_person(person).items()}
    wrong |= {name: text for name, text in _wrong_together(form).items() if name not in wrong}
    return wrong


_NAME = say("Give it a name of 1 to {most} characters.", most=MAX_NAME_CHARACTERS)


def _wrong_in_person(person: PersonForm) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    for name, value in (("name", person.name), ("display_name", person.display_name)):
        if not is_name(value):
            wrong[name] = _NAME
    if len(person.password) < MIN_PASSWORD_CHARACTERS:
        wrong["password"] = say(
            "{characters} characters. It needs at least {least}: four words that do not belong together.",
            characters=len(person.password),
            least=MIN_PASSWORD_CHARACTERS,
        )
    elif person.again != person.password:
        wrong["again"] = say("This is not the same password. Type it once more.")
    return wrong


def _wrong_together(form: StationForm) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    people = form.filled_in
    for number, person in enumerate(people[1:], start=2):
        before = people[: number - 1]
        if person.name.strip().casefold() in {other.name.strip().casefold() for other in before}:
            wrong[f"person{number}.name"] = say("Two people cannot have the same sign-in name. Change one.")
        if person.password and person.password in {other.password for other in before}:
            wrong[f"person{number}.password"] = say("Let each person choose a password that nobody else knows.")
    if all(person.role is not RoleName.SUPERVISOR for person in form.filled_in):
        wrong["person1.role"] = say("One of them has to be a supervisor.")
    return wrong


def _first_start(form: StationForm, kind: StoreKind) -> FirstStart:
    return FirstStart(
        post=form.post,
        station=form.station,
        lane=form.lane,
        kind=kind,
        recipient=form.recipient,
        people=tuple(
            NewOfficer(
                name=person.name.strip(),
                display_name=person.display_name.strip(),
                role=person.role,
                password=Secret.of(person.password),
            )
            for person in form.filled_in
        ),
    )
