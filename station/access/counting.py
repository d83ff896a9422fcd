# SPDX-License-Identifier: Apache-2.0
"""A token's counter behind the border store: the only note beside it that nobody can put back (decision 0021).

Before each raising the store writes down which value comes next. So a kill leaves a store that knows of it, and a
copy from before that moment does not. Nothing here talks to a token by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from station.access import store_settings
from station.access.audit import Act
from station.access.checkpoint_text import CheckpointReason, Count, CountState
from station.domain.errors import DeviceError, DeviceSilent
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, say
from station.ports.anchors import AnchorFinding, AnchorKind, CounterView, TokenCounter
from station.ports.clock import Clock
from station.ports.setting_rows import SettingRepository
from station.ports.storage import Store, StoreIdentity, StoreKind, UnitOfWork

#: The setting of the border store that holds its CounterMemory.
COUNTER_SETTING = "anchors.counter"

#: A token is asked no longer than this at one opening or one checkpoint, in seconds.
PATIENCE = 4.0
#: When the station locks, as the machine may be about to sleep and waits five seconds in all; and for a token that was
#: silent at the opening, so that a sign-in waits five seconds in all.
SHORT_PATIENCE = 1.0
#: A paper raises the counter only when it was not raised for this long, in seconds: a token's memory wears out.
SPARED = 3600.0

_IDENTITY_SHOWN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterMemory:
    """What the border store knows of its counter; without ``identity`` it never had one.

    ``value``: of the newest checkpoint that raised it; ``intent``: the highest value that was ever meant to come.
    Both are 0 between the decision to take up a new counter and its first value. ``given_up``: two people accepted
    that it does not answer. ``anew``: a new generation began, and whichever counter is there is taken up as it stands.
    """

    identity: str = ""
    value: int = 0
    intent: int = 0
    given_up: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A counter that the settings name, and why it says nothing."""

    problem: DeviceError


#: What was seen of the counter; None where the settings name none.
Seen = CounterView | Unanswered | None


def counts(identity: StoreIdentity) -> bool:
    """Whether a counter stands behind a store: never behind one for training, which would use up a live one's."""
    return identity.kind is StoreKind.LIVE


def counter_memory(settings: SettingRepository) -> CounterMemory:
    """What the border store knows of its counter. Raises StoreDamaged."""
    value = settings.get(COUNTER_SETTING)
    if value is None:
        return CounterMemory()
    try:
        return from_json(CounterMemory, value)
    except NotThisShape:
        raise store_settings.damaged(COUNTER_SETTING) from None


def remember_counter(settings: SettingRepository, memory: CounterMemory) -> None:
    """Keep what is known of the counter, in the running transaction."""
    settings.put(COUNTER_SETTING, to_json(memory))


def seen_of(counter: TokenCounter | None, *, seconds: float = PATIENCE) -> Seen:
    """Ask the counter how it stands. Blocks for at most about ``seconds``."""
    if counter is None:
        return None
    try:
        return counter.look(seconds=seconds)
    except DeviceError as problem:
        return Unanswered(problem)


def counter_findings(memory: CounterMemory, seen: Seen) -> tuple[AnchorFinding, ...]:
    """What does not fit between the store and the counter."""
    if isinstance(seen, CounterView):
        return _of_view(memory, seen)
    if isinstance(seen, Unanswered):
        said = say("The counter of this computer does not answer: {cause}", cause=seen.problem.cause)
        return () if memory.given_up else (_found(AnchorKind.COUNTER_SILENT, said),)
    return (_found(AnchorKind.COUNTER_SILENT, _NOT_NAMED),) if memory.identity and not memory.given_up else ()


def _of_view(memory: CounterMemory, view: CounterView) -> tuple[AnchorFinding, ...]:
    if memory.anew:
        return ()
    if not memory.identity:
        return () if view.value is None else (_found(AnchorKind.COUNTER_UNKNOWN, _UNKNOWN),)
    if view.identity != memory.identity or (view.value or 0) < memory.value:
        return (_found(AnchorKind.COUNTER_OTHER, _OTHER),)
    if memory.value and view.value is not None and view.value > memory.intent:
        ahead = say(
            "The store is older than it was: the counter of this computer stands at {there}, and the store knows it "
            "up to {here}.",
            there=view.value,
            here=memory.intent,
        )
        return (_found(AnchorKind.COUNTER_AHEAD, ahead),)
    return ()


def accepted(memory: CounterMemory, seen: Seen) -> CounterMemory:
    """What to remember when two people go on with the store as it is."""
    if isinstance(seen, CounterView):
        value = seen.value or 0
        return CounterMemory(identity=seen.identity, value=value, intent=value)
    return replace(memory, given_up=bool(memory.identity) or seen is not None)


class CounterKeeping:
    """Raises the counter for checkpoints. Blocks for about PATIENCE; CheckpointService lets one in at a time."""

    def __init__(self, counter: TokenCounter | None, clock: Clock) -> None:
        self._counter = counter
        self._clock = clock
        self._raised_at: float | None = None

    def seen(self) -> Seen:
        """How the counter stands now."""
        return seen_of(self._counter)

    def counted(self, store: Store, reason: CheckpointReason) -> Count | None:
        """Raise the counter for a checkpoint of the border store that is about to be made; what to write into it.

        A counter that says nothing, or is not the one, is left alone, and the checkpoint says so. Raises StoreFull,
        StoreDamaged.
        """
        if not counts(store.identity):
            return None
        with store.reading() as unit:
            memory = counter_memory(unit.settings)
        if self._counter is None:
            return self._missed(store, memory, reason, None)
        if self._spared(reason) and memory.value:
            return _count(memory, CountState.KEPT)
        return self._raised(store, memory, reason, self._counter)

    def _raised(
        self, store: Store, memory: CounterMemory, reason: CheckpointReason, counter: TokenCounter
    ) -> Count | None:
        short = reason in (CheckpointReason.LOCK, CheckpointReason.SIGN_OUT) or any(
            finding.kind is AnchorKind.COUNTER_SILENT for finding in store.anchor_findings
        )
        time = _Time(self._clock, SHORT_PATIENCE if short else PATIENCE)
        try:
            view = counter.look(seconds=time.left())
        except DeviceError as problem:
            return self._missed(store, memory, reason, Unanswered(problem))
        if counter_findings(memory, view):
            return self._missed(store, memory, reason, view)
        value = view.value or 0
        # One that was never raised begins where its token says, so its first value cannot be announced.
        intent = max(value, memory.intent) + 1 if view.value is not None else 0
        meant = replace(memory, identity=view.identity, intent=intent)
        with store.unit_of_work() as unit:
            remember_counter(unit.settings, meant)
            if memory.identity != view.identity:
                self._note(unit, Act.COUNTER_TAKEN, view.identity, reason.value)
            unit.commit()
        try:
            while value < max(intent, 1):
                value = counter.increment(seconds=time.left())
        except DeviceError as problem:
            return self._missed(store, meant, reason, Unanswered(problem))
        self._raised_at = self._clock.monotonic()
        return Count(value=value, state=CountState.RAISED, counter=view.identity[:_IDENTITY_SHOWN])

    def _missed(self, store: Store, memory: CounterMemory, reason: CheckpointReason, seen: Seen) -> Count | None:
        """The counter cannot be raised: the checkpoint says so, and the trail once in each session."""
        found = counter_findings(memory, seen)
        if found and reason is CheckpointReason.SIGN_IN:
            with store.unit_of_work() as unit:
                self._note(unit, Act.COUNTER_MISSED, memory.identity, found[0].kind.value.replace(" ", "_"))
                unit.commit()
        return _count(memory, CountState.SILENT)

    def _note(self, unit: UnitOfWork, act: Act, identity: str, why: str) -> None:
        unit.audit.append(
            at=self._clock.now(),
            by="station",
            act=act,
            subject=identity[:_IDENTITY_SHOWN] or "counter",
            details={"why": why},
        )

    def _spared(self, reason: CheckpointReason) -> bool:
        recent = self._raised_at is not None and self._clock.monotonic() - self._raised_at < SPARED
        return reason is CheckpointReason.PRINT and recent


class _Time:
    """What is left of a length of time."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than 0. Raises DeviceSilent when none are left."""
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise DeviceSilent(
                say("The TPM did not answer in time."),
                say("Start the computer anew. If it happens again, call a technician."),
            )
        return left


def after(memory: CounterMemory, count: Count | None) -> CounterMemory:
    """What to remember when a checkpoint with this count lies outside."""
    if count is None or count.state is not CountState.RAISED:
        return memory
    value = max(count.value, memory.value)
    return replace(memory, value=value, intent=max(value, memory.intent), given_up=False, anew=False)


def _count(memory: CounterMemory, state: CountState) -> Count | None:
    if not memory.value:
        return None
    return Count(value=memory.value, state=state, counter=memory.identity[:_IDENTITY_SHOWN])


def _found(kind: AnchorKind, happened: Text) -> AnchorFinding:
    return AnchorFinding(kind=kind, happened=happened)


_NOT_NAMED = say("This store has a counter in the computer, and the settings name none.")
_UNKNOWN = say("The counter of this computer was raised for a store, and this store does not know it.")
_OTHER = say("The counter of this computer is not the one that the store knows.")
