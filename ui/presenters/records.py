# SPDX-License-Identifier: Apache-2.0
"""Finding records again: results as one types, one record with its person's crossings, and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from station.access.roles import Permission
from station.domain.encounter import Encounter, ImageKind, ImageReference
from station.domain.errors import Cancelled, StationError
from station.domain.identifiers import EncounterId
from station.domain.words import Text, say
from station.inspection.records import RecordsService, RecordView, understood
from station.inspection.service import InspectionService
from station.ports.images import PreviewFrame
from station.ports.storage import EncounterSummary
from station.ports.tasks import CancelToken, TaskHandle, TaskRunner
from ui.presenters.correction import REASON, corrected_crossing, corrected_document, correction_form, wrongly_typed
from ui.presenters.forms import FieldView, Form
from ui.presenters.inspect_lights import after, light_of
from ui.presenters.pictures import Decode
from ui.presenters.record_words import CorrectionView, CrossingStop, Fact, RecordWords
from ui.presenters.showing import Presenter, Trouble
from ui.translation import Translator

TYPING_PAUSE = 0.12  # seconds without a key before the store is asked
MOST_ROWS = 200
PICTURE_SIDE = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """A picture of the record: pixels, or words in their place."""

    kind: ImageKind
    frame: PreviewFrame | None = field(default=None, repr=False)
    says: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecord:
    """One record with everything around it."""

    encounter_id: EncounterId
    title: str = field(repr=False)
    facts: tuple[Fact, ...] = field(repr=False)
    line: tuple[CrossingStop, ...] = field(repr=False)
    corrections: tuple[CorrectionView, ...] = field(repr=False)
    export: Text
    may_correct: bool
    pictures: tuple[ShownPicture, ...] = ()
    light: Text | None = None  # under which the page is shown, where there are several
    remark: Text | None = None  # what the scanner said of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsState:
    """What the page shows."""

    query: str = field(default="", repr=False)
    understood: Text = field(default_factory=lambda: say("The latest records."), repr=False)
    searching: bool = False
    rows: tuple[EncounterSummary, ...] = field(default=(), repr=False)
    more: bool = False  # the list was cut at its limit
    trouble: Trouble | None = None
    record: OpenRecord | None = None
    form: tuple[FieldView, ...] | None = field(default=None, repr=False)
    form_trouble: Trouble | None = None
    form_focus: str = ""
    saving: bool = False


class RecordsPresenter(Presenter[RecordsState]):
    """Search and reading for one signed-in person."""

    def __init__(
        self,
        records: RecordsService,
        inspection: InspectionService,
        runner: TaskRunner,
        decode: Decode,
        translator: Translator,
        *,
        permissions: frozenset[Permission],
        zone: tzinfo = UTC,
        typing_pause: float = TYPING_PAUSE,
    ) -> None:
        super().__init__(RecordsState())
        self._records = records
        self._inspection = inspection
        self._runner = runner
        self._decode = decode
        self._translator = translator
        self._may_correct = Permission.CORRECT_RECORD in permissions
        self._zone = zone
        self.words = RecordWords(translator, zone)
        self._pause = typing_pause
        self._search: TaskHandle | None = None
        self._reading: list[TaskHandle] = []
        self._view: RecordView | None = None
        self._lit: ImageReference | None = None  # the picture of the page that is shown
        self._form: Form | None = None

    # ── the list ───────────────────────────────────────────────────────────────────────────────────────────

    def look_for(self, text: str) -> None:
        """The text of the search field changed."""
        self._look(text, self._pause)

    def refresh(self) -> None:
        """Ask the store again for what stands in the field, and for the open record."""
        self._look(self.state.query, 0)
        if self.state.record is not None and self._form is None:
            self.open(self.state.record.encounter_id)

    def _look(self, text: str, pause: float) -> None:
        if self._search is not None:
            self._search.cancel()
        query = understood(text, zone=self._zone, limit=MOST_ROWS)
        self._show(replace(self.state, query=text, understood=self.words.understood(query), searching=True))

        def work(cancel: CancelToken) -> Sequence[EncounterSummary]:
            cancel.wait(pause)
            return self._records.search(query)

        def done(rows: Sequence[EncounterSummary]) -> None:
            self._show(
                replace(self.state, rows=tuple(rows), more=len(rows) >= MOST_ROWS, searching=False, trouble=None)
            )

        self._search = self._runner.run(work, done=done, failed=self._told)

    # ── one record ─────────────────────────────────────────────────────────────────────────────────────────

    def open(self, encounter_id: EncounterId) -> None:
        """Open one record with its pictures."""
        self._stop_reading()
        self._leave_form()
        self._reading.append(
            self._runner.run(
                lambda _cancel: self._records.view(encounter_id),
                done=self._opened,
                failed=self._told,
            )
        )

    def close_record(self) -> None:
        """Back to the list: first the form goes, then the record."""
        if self.state.form is not None:
            self._leave_form()
            return
        self._stop_reading()
        self._view = None
        self._show(replace(self.state, record=None, trouble=None))

    def _opened(self, view: RecordView | None) -> None:
        if view is None:
            gone = Trouble(cause=say("This record is not in the store."), next_step=say("Search again."))
            self._show(replace(self.state, trouble=gone))
            return
        self._view = view
        newest = view.versions[-1]
        images = {image.kind: image for image in (*newest.images, *newest.newest_page[:1])}
        page = images.get(ImageKind.PAGE)
        document = newest.document
        title = "–"
        if document is not None:
            title = ", ".join(part for part in (document.name.primary, document.name.secondary) if part) or "–"
        record = OpenRecord(
            encounter_id=newest.encounter_id,
            title=title,
            facts=self.words.facts(newest, view.people),
            line=self.words.line(view.person, newest.encounter_id),
            corrections=self.words.corrections(view.versions),
            export=self.words.exports(view.exports),
            may_correct=self._may_correct and newest.recorded_at is not None,
            pictures=tuple(
                ShownPicture(kind=kind, says=_OPENING if kind in images else _NONE[kind]) for kind in ImageKind
            ),
            light=light_of(page) if page is not None and len(newest.newest_page) > 1 else None,
            remark=page.remark if page is not None else None,
        )
        self._lit = page
        self._show(replace(self.state, record=record, trouble=None))
        for image in images.values():
            self._read_picture(newest, image)

    def turn_light(self) -> None:
        """Show the page of the open record under its next light, where there is one."""
        record, view, lit = self.state.record, self._view, self._lit
        if record is None or view is None or lit is None or record.light is None:
            return
        newest = view.versions[-1]
        self._lit = lit = after(lit, newest.newest_page)
        self._show(replace(self.state, record=replace(record, light=light_of(lit))))
        self._put(newest.encounter_id, ShownPicture(kind=lit.kind, says=_OPENING))
        self._read_picture(newest, lit)

    def _read_picture(self, encounter: Encounter, image: ImageReference) -> None:
        def work(cancel: CancelToken) -> PreviewFrame:
            stored = self._records.image(image)
            if stored is None:
                raise _Missing
            return self._decode(stored, PICTURE_SIDE, cancel)

        def done(frame: PreviewFrame) -> None:
            if image.kind is ImageKind.PAGE and image != self._lit:
                return  # meanwhile another light was asked for
            self._put(encounter.encounter_id, ShownPicture(kind=image.kind, frame=frame))

        def failed(problem: BaseException) -> None:
            if not isinstance(problem, Cancelled):
                says = problem.cause if isinstance(problem, StationError) else _UNREADABLE
                self._put(encounter.encounter_id, ShownPicture(kind=image.kind, says=says))

        self._reading.append(self._runner.run(work, done=done, failed=failed))

    def _put(self, encounter_id: EncounterId, shown: ShownPicture) -> None:
        record = self.state.record
        if record is None or record.encounter_id != encounter_id:
            return
        pictures = tuple(shown if shown.kind is old.kind else old for old in record.pictures)
        self._show(replace(self.state, record=replace(record, pictures=pictures)))

    # ── corrections ────────────────────────────────────────────────────────────────────────────────────────

    def begin_correction(self) -> None:
        """Open the form beside the record, where this person may correct it."""
        record = self.state.record
        if record is None or not record.may_correct or self._view is None or self.state.form is not None:
            return
        self._form = correction_form(self._view.versions[-1], self._translator)
        first = next(iter(self._form.fields))
        self._show(replace(self.state, form=self._form.view(), form_trouble=None, form_focus=first))

    def type(self, name: str, typed: str) -> None:
        """A field of the form changed."""
        if self._form is not None:
            self._form.type(name, typed)
            self._show(replace(self.state, form=self._form.view(), form_focus=""))

    def settle(self, name: str) -> None:
        """A field of the form was left."""
        if self._form is not None and not self.state.saving:
            self._form.settle(name)
            self._show(replace(self.state, form=self._form.view(), form_focus=""))

    def move(self, name: str, by: int) -> bool:
        """Another suggestion of a field. False where there are none."""
        if self._form is None or not self._form.move(name, by):
            return False
        self._show(replace(self.state, form=self._form.view(), form_focus=""))
        return True

    def save_correction(self) -> None:
        """Keep the next version with its reason."""
        form, view = self._form, self._view
        if form is None or view is None or self.state.saving:
            return
        form.settle_all()
        newest = view.versions[-1]
        wrong = wrongly_typed(form) or form.first_missing
        document = corrected_document(form, newest.document)
        crossing = corrected_crossing(form, newest.crossing)
        if wrong is not None:
            self._complain(_MISSING_REASON if wrong == REASON else _WRONG_FIELD, focus=wrong)
            return
        if document is None and crossing is None:
            self._complain(_NOTHING_CHANGED, focus=next(iter(form.fields)))
            return
        reason = form.fields[REASON].typed
        self._show(replace(self.state, saving=True, form_trouble=None, form=form.view()))
        self._runner.run(
            lambda _cancel: self._inspection.correct(
                newest.encounter_id, reason=reason, document=document, crossing=crossing
            ),
            done=self._corrected,
            failed=lambda problem: self._show(
                replace(self.state, saving=False, form_trouble=Trouble.of(problem), form_focus=REASON)
            ),
        )

    def _corrected(self, encounter: Encounter) -> None:
        self._show(replace(self.state, saving=False))
        self._leave_form()
        self.open(encounter.encounter_id)
        self._look(self.state.query, 0)

    def _complain(self, trouble: Trouble, *, focus: str) -> None:
        if self._form is not None:
            self._show(replace(self.state, form=self._form.view(), form_trouble=trouble, form_focus=focus))

    def _leave_form(self) -> None:
        self._form = None
        if self.state.form is not None:
            self._show(replace(self.state, form=None, form_trouble=None, form_focus=""))

    # ── ends ───────────────────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """The page goes away; nothing of a traveller stays here."""
        self.show_on(None)
        self._stop_reading()
        if self._search is not None:
            self._search.cancel()
        self._view = self._form = self._lit = None
        self._state = RecordsState()

    def _stop_reading(self) -> None:
        for task in self._reading:
            task.cancel()
        self._reading.clear()

    def _told(self, problem: BaseException) -> None:
        if not isinstance(problem, Cancelled):
            self._show(replace(self.state, searching=False, trouble=Trouble.of(problem)))


class _Missing(StationError):
    """A picture that a record names is not in the store."""

    def __init__(self) -> None:
        super().__init__(say("The picture is not in the store."), say("Call a technician."))


_OPENING = say("Opening the picture…")
_UNREADABLE = say("The picture cannot be shown.")
_NONE = {ImageKind.PAGE: say("No page was captured."), ImageKind.PORTRAIT: say("No portrait was taken.")}
_MISSING_REASON = Trouble(
    cause=say("A correction needs its reason."), next_step=say("Say in a few words what was wrong.")
)
_WRONG_FIELD = Trouble(cause=say("A field cannot be taken as it is."), next_step=say("Correct what is marked."))
_NOTHING_CHANGED = Trouble(
    cause=say("Nothing was changed."), next_step=say("Change a field, or leave the form with Esc.")
)
