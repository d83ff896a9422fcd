# SPDX-License-Identifier: Apache-2.0
"""Whether the computer's clock can be believed: the highest time seen is kept, and a step is shown until confirmed.

Nothing is ordered by the clock (serials and the audit chain's numbers do that). A wrong clock makes wrong dates on
papers and wrong stays, which is why a person has to look at it.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from station.access import store_settings
from station.access.audit import Act
from station.access.distress import raise_flag
from station.access.roles import Permission, allowed, role_needed
from station.access.sign_in import Session
from station.domain.errors import NotPermitted, SignInRefused
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, say, say_count
from station.ports.clock import Clock
from station.ports.storage import Officer, UnitOfWork
from station.post.confirming import Confirms

SETTING = "post.clock"

#: Smaller steps back are what setting a clock by radio or network looks like.
MOST_BACK = timedelta(minutes=2)
#: Shorter gaps are what an evening, or a sleeping laptop, looks like.
MOST_FORWARD = timedelta(days=1)
#: How much of the highest time a cut of the power may lose.
KEEP_EVERY = timedelta(seconds=30)

_MOST_KEPT = 50


class StepKind(enum.Enum):
    """Which way the clock went."""

    BACK = "back"  # it shows an earlier time than the station has seen already
    FORWARD = "forward"  # it ran ahead of the running station by more than a day
    GAP = "gap"  # more than a day lies between two starts: switched off, or set forward meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStep:
    """One step. ``showed`` is what the clock showed after it, ``expected`` what it should have shown at least."""

    kind: StepKind
    showed: datetime
    expected: datetime

    @property
    def says(self) -> Text:
        """The step as a sentence."""
        return _SAYS[self.kind](abs(self.showed - self.expected))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockState:
    """What the frame shows. Nothing to show while ``steps`` is empty."""

    steps: tuple[ClockStep, ...] = ()

    @property
    def banner(self) -> Text | None:
        """One line with the next step in it, or None while the clock is believed."""
        if not self.steps:
            return None
        return say("{step} {next_step}", step=self.steps[-1].says, next_step=CONFIRM_IT)


#: The next step after a step of the clock.
CONFIRM_IT = say("Times on papers may be wrong. A supervisor looks at the clock and confirms it on the page Shift.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the store remembers between two looks and over restarts."""

    highest: datetime  # of the station's own time (SteadyClock): never goes back
    believed: datetime  # the newest wall time, starting anew at each step
    steps: tuple[ClockStep, ...] = ()


@dataclass(frozen=True, slots=True)
class _Anchor:
    """One moment of this process by both clocks."""

    wall: datetime
    monotonic: float


class SteadyClock:
    """A station.ports.clock.Clock that never goes back: for what expires, never for what people read.

    It runs with the computer's clock, and where that goes back, with the seconds since. After a step far forward it
    stays ahead for good: waiting is measured by it, so nothing is made to last longer by turning the clock. While the
    station is switched off with its clock set back, it stands still. Any thread.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last: _Anchor | None = None

    def now(self) -> datetime:
        """The station's own time, aware."""
        with self._lock:
            wall, monotonic = self._clock.now(), self._clock.monotonic()
            if self._last is not None:
                ran = timedelta(seconds=max(0.0, monotonic - self._last.monotonic))
                wall = max(wall, self._last.wall + ran)
            self._last = _Anchor(wall, monotonic)
            return wall

    def monotonic(self) -> float:
        """As the clock underneath."""
        return self._clock.monotonic()

    def not_before(self, moment: datetime) -> None:
        """Bring it up to what was seen before a restart."""
        now = self.now()
        with self._lock:
            if moment > now and self._last is not None:
                self._last = replace(self._last, wall=moment)


class ClockWatch:
    """Looks at the clock for one session. Blocks on the store: never on the window's thread.

    Make one per session and look at once and every minute. ``steady`` outlives sessions.
    """

    def __init__(self, session: Session, clock: Clock, steady: SteadyClock, desk: Confirms) -> None:
        self._session = session
        self._clock = clock
        self._steady = steady
        self._desk = desk
        self._lock = threading.Lock()
        self._anchor: _Anchor | None = None

    def look(self) -> ClockState:
        """Compare the clock with what was seen before; a step is audited and kept. Needs SEE_SHIFT.

        In a store that is read only a step is shown and cannot be kept. Raises StoreError kinds.
        """
        self._session.require(Permission.SEE_SHIFT)
        with self._lock:
            with self._session.store.reading() as unit:
                kept = _kept(unit)
            wall, monotonic = self._clock.now(), self._clock.monotonic()
            read_only = self._session.store.read_only is not None
            if kept is None and read_only:
                return ClockState()
            if kept is not None:
                self._steady.not_before(kept.highest)
                step = self._step(kept, wall, monotonic)
                if read_only or (step is None and wall < kept.believed + KEEP_EVERY):
                    self._anchor = self._anchor or _Anchor(wall, monotonic)
                    return ClockState(steps=kept.steps if step is None else (*kept.steps, step))
            return self._note(wall, monotonic)

    def confirm(self, name: str, password: Secret, *, pin: Secret | None = None) -> ClockState:
        """A supervisor looked at the clock: it is right now. Needs SEE_SHIFT, and the password of who may confirm.

        About a second. Raises SignInRefused, NotPermitted, StoreError kinds.
        """
        self._session.require(Permission.SEE_SHIFT)
        self.look()
        wall = self._clock.now()
        confirmed = self._desk.confirm(name, password, _confirmation(self._session, wall), pin=pin)
        with self._lock, self._session.store.unit_of_work() as unit:
            kept = _kept(unit)
            person = _who_may_confirm(unit.officers.by_name(confirmed.name))
            if confirmed.distress:
                raise_flag(unit, at=wall, by=person.officer_id, act=Act.CLOCK_CONFIRMED, subject="clock")
            if kept is None or not kept.steps:
                unit.commit()
                return ClockState()
            self._keep(unit, replace(kept, steps=(), believed=wall))
            unit.audit.append(
                at=wall,
                by=person.officer_id,
                act=Act.CLOCK_CONFIRMED,
                subject="clock",
                details={
                    "steps": str(len(kept.steps)),
                    "first": kept.steps[0].expected.isoformat(),
                    "monotonic": f"{self._clock.monotonic():.3f}",
                    "signature": confirmed.signature,
                },
            )
            unit.publish(ClockLooked(ClockState()))
            unit.commit()
            self._anchor = _Anchor(wall, self._clock.monotonic())
        return ClockState()

    def _note(self, wall: datetime, monotonic: float) -> ClockState:
        with self._session.store.unit_of_work() as unit:
            kept = _kept(unit) or _first(unit, wall)
            step = self._step(kept, wall, monotonic)
            if step is None:
                changed = replace(kept, believed=max(kept.believed, wall))
            else:
                changed = replace(kept, believed=wall, steps=(*kept.steps, step)[-_MOST_KEPT:])
                unit.audit.append(
                    at=wall, by="station", act=Act.CLOCK_STEPPED, subject="clock", details=_details(step, monotonic)
                )
            self._keep(unit, changed)
            if changed.steps != kept.steps:
                unit.publish(ClockLooked(ClockState(steps=changed.steps)))
            unit.commit()
        if step is not None or self._anchor is None:
            self._anchor = _Anchor(wall, monotonic)
        return ClockState(steps=changed.steps)

    def _step(self, kept: _Kept, wall: datetime, monotonic: float) -> ClockStep | None:
        """What happened since the last look, if it is worth a word."""
        expected, forward = kept.believed, StepKind.GAP
        if self._anchor is not None:
            ran = timedelta(seconds=max(0.0, monotonic - self._anchor.monotonic))
            expected, forward = max(expected, self._anchor.wall + ran), StepKind.FORWARD
        if wall < expected - MOST_BACK:
            return ClockStep(kind=StepKind.BACK, showed=wall, expected=expected)
        if wall > expected + MOST_FORWARD:
            return ClockStep(kind=forward, showed=wall, expected=expected)
        return None

    def _keep(self, unit: UnitOfWork, kept: _Kept) -> None:
        self._steady.not_before(kept.highest)
        unit.settings.put(SETTING, to_json(replace(kept, highest=self._steady.now())))


def doubt(unit: UnitOfWork, now: datetime) -> Text | None:
    """Why nothing may be erased by this clock; None while it is believed, or was never looked at.

    A step that nobody has looked at yet counts as one that nobody has confirmed. Raises StoreDamaged.
    """
    kept = _kept(unit)
    if kept is None:
        return None
    if kept.steps:
        return kept.steps[-1].says
    if kept.believed - MOST_BACK <= now <= kept.believed + MOST_FORWARD:
        return None
    kind = StepKind.BACK if now < kept.believed else StepKind.GAP
    return ClockStep(kind=kind, showed=now, expected=kept.believed).says


@dataclass(frozen=True, slots=True)
class ClockLooked:
    """Event: what is to be shown of the clock has changed."""

    state: ClockState


def _kept(unit: UnitOfWork) -> _Kept | None:
    value = unit.settings.get(SETTING)
    if value is None:
        return None
    try:
        return from_json(_Kept, value)
    except NotThisShape:
        raise store_settings.damaged(SETTING) from None


def _first(unit: UnitOfWork, wall: datetime) -> _Kept:
    """A store that was never looked at: the newest act says what time it was at least."""
    head = unit.audit.head()
    seen = wall if head is None else head.at
    return _Kept(highest=max(seen, wall), believed=seen)


def _who_may_confirm(person: Officer | None) -> Officer:
    if person is None or person.suspended or person.removed or person.one_time:
        raise SignInRefused(say("This person may not sign here."), say("Ask another person."))
    if Permission.CONFIRM_CLOCK not in allowed(person.role):
        raise NotPermitted(
            say("This person may not confirm the clock."),
            say("Ask for: {role}.", role=role_needed(Permission.CONFIRM_CLOCK)),
        )
    return person


def _details(step: ClockStep, monotonic: float) -> dict[str, str]:
    return {
        "step": step.kind.value,
        "seconds": str(int((step.showed - step.expected).total_seconds())),
        "expected": step.expected.isoformat(),
        "monotonic": f"{monotonic:.3f}",
    }


def _confirmation(session: Session, wall: datetime) -> bytes:
    identity = session.store.identity
    return to_json({"format": "hbm-station clock 1", "station": identity.station, "showed": wall})


def _length(span: timedelta) -> Text:
    minutes = int(span.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return say_count("{count} day", "{count} days", count=minutes // (24 * 60))
    if minutes >= 2 * 60:
        return say_count("{count} hour", "{count} hours", count=minutes // 60)
    return say_count("{count} minute", "{count} minutes", count=minutes)


_SAYS: dict[StepKind, Callable[[timedelta], Text]] = {
    StepKind.BACK: lambda span: say("The clock went back by {length}.", length=_length(span)),
    StepKind.FORWARD: lambda span: say("The clock jumped forward by {length}.", length=_length(span)),
    StepKind.GAP: lambda span: say(
        "The station was off for {length}, or its clock was set forward.", length=_length(span)
    ),
}
