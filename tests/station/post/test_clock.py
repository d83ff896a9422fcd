# SPDX-License-Identifier: Apache-2.0
"""The clock may step: it is seen, audited and confirmed, and nothing is ordered or made to last by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.access.approval_rules import APPROVALS, ApprovalKind, Verdict
from station.access.approvals import ApprovalService, RequestState
from station.access.audit import verify
from station.access.shown_facts import Shown
from station.domain.encounter import EncounterStatus
from station.domain.errors import NotPermitted, SignInRefused, StoreDamaged
from station.domain.identifiers import EncounterId
from station.domain.words import say
from station.inspection.records import understood
from station.ports.storage import SearchQuery
from station.post.clock import MOST_BACK, MOST_FORWARD, SETTING, ClockLooked, ClockState, SteadyClock, StepKind
from storage.keys.wrong_tries import FREE_TRIES, WrongTries
from storage.sqlcipher.store import SqlcipherStore
from tests.open_station import OFFICER_PASSWORD, SUPERVISOR_PASSWORD
from tests.station.post.post_room import OMAR, SECOND_PASSWORD, PostRoom, TwoClocks

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: A shift begins at this time; Europe ends its summer time an hour later, which moves no clock in UTC.
BEFORE_DST_ENDS = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)

STEPS: dict[str, Callable[[datetime], datetime]] = {
    "-1 h": lambda now: now - HOUR,
    "-1 y": lambda now: now - 365 * DAY,
    "+2 d": lambda now: now + 2 * DAY,
    "1970": lambda now: datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
    "2038": lambda now: datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
}
stepped = pytest.mark.parametrize("step", STEPS)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[PostRoom]:
    room = PostRoom(tmp_path)
    yield room
    room.session.end()


def turn(post: PostRoom, step: str) -> None:
    post.time.turn(STEPS[step](post.time.now()))


@stepped
def test_a_step_is_seen_at_the_next_look_and_audited_once(post: PostRoom, step: str) -> None:
    watch = post.watch()
    assert watch.look() == ClockState()
    post.time.run(MINUTE)
    turn(post, step)
    state = watch.look()
    back = step in ("-1 h", "-1 y", "1970")
    assert [each.kind for each in state.steps] == [StepKind.BACK if back else StepKind.FORWARD]
    assert state.banner is not None
    assert ClockLooked(state) in post.events.published
    post.time.run(MINUTE)
    assert watch.look() == state
    (entry,) = post.entries("clock.stepped")
    assert (int(entry.details["seconds"]) < 0) == back
    assert float(entry.details["monotonic"]) == 1_060.0


@stepped
def test_a_step_over_a_restart_is_seen(post: PostRoom, step: str) -> None:
    post.watch().look()
    turn(post, step)
    state = post.restarted().look()
    back = step in ("-1 h", "-1 y", "1970")
    assert [each.kind for each in state.steps] == [StepKind.BACK if back else StepKind.GAP]


@pytest.mark.parametrize("span", [timedelta(), MINUTE, 8 * HOUR, DAY - MINUTE])
def test_a_night_and_a_small_correction_are_no_step(post: PostRoom, span: timedelta) -> None:
    watch = post.watch()
    watch.look()
    post.time.run(span)
    post.time.turn(post.time.now() - MOST_BACK)
    assert watch.look() == ClockState()
    post.time.turn(post.time.now() + MOST_FORWARD - MINUTE)
    assert post.restarted().look() == ClockState()


def test_the_end_of_summer_time_is_no_step(post: PostRoom) -> None:
    post.time.turn(BEFORE_DST_ENDS + 400 * DAY)
    watch = post.watch()
    steps = watch.look().steps
    for _ in range(300):
        post.time.run(MINUTE)
        assert watch.look().steps == steps
    assert len(post.entries("clock.stepped")) == len(steps)


def test_many_small_steps_back_are_one_large_one(post: PostRoom) -> None:
    watch = post.watch()
    watch.look()
    for _ in range(3):
        post.time.run(timedelta(seconds=10))
        post.time.turn(post.time.now() - MINUTE)
        watch.look()
    assert [each.kind for each in watch.look().steps] == [StepKind.BACK]


def test_a_step_between_two_looks_that_hides_behind_the_time_that_passed_is_seen(post: PostRoom) -> None:
    """Two hours pass, then the clock is put back by one: it still shows a later time than at the last look."""
    watch = post.watch()
    watch.look()
    post.time.run(2 * HOUR)
    post.time.turn(post.time.now() - HOUR)
    assert watch.look().steps[0].kind is StepKind.BACK


def test_a_second_step_is_noted_as_well_and_one_confirmation_answers_both(post: PostRoom) -> None:
    watch = post.watch()
    watch.look()
    post.time.turn(post.time.now() + 400 * DAY)
    watch.look()
    post.time.turn(post.time.now() - 400 * DAY)
    assert [each.kind for each in watch.look().steps] == [StepKind.FORWARD, StepKind.BACK]
    assert watch.confirm("irina", SUPERVISOR_PASSWORD) == ClockState()
    assert post.entries("clock.confirmed")[0].details["steps"] == "2"
    post.time.run(MINUTE)
    assert watch.look() == ClockState()
    assert post.restarted().look() == ClockState()
    assert len(post.entries("clock.stepped")) == 2
    assert verify(post.entries()) == ()


def test_only_a_supervisor_confirms_also_at_an_officers_desk(post: PostRoom) -> None:
    post.watch().look()
    post.session.end()
    session = post.signed_in("omar", OFFICER_PASSWORD)
    watch = post.watch(session)
    watch.look()
    post.time.turn(post.time.now() - DAY)
    watch.look()
    with pytest.raises(NotPermitted):
        watch.confirm("omar", OFFICER_PASSWORD)
    with pytest.raises(SignInRefused):
        watch.confirm("irina", OFFICER_PASSWORD)
    assert len(watch.look().steps) == 1
    assert watch.confirm("irina", SUPERVISOR_PASSWORD) == ClockState()
    session.end()
    post.session = post.signed_in()
    assert post.entries("clock.confirmed")[0].details["signature"]


def test_a_suspended_supervisor_confirms_nothing(post: PostRoom) -> None:
    watch = post.watch()
    watch.look()
    post.time.turn(post.time.now() - DAY)
    with post.session.store.unit_of_work() as unit:
        nadia = unit.officers.by_name("nadia")
        assert nadia is not None
        unit.officers.replace(replace(nadia, suspended=True))
        unit.commit()
    with pytest.raises(SignInRefused):
        watch.confirm("nadia", SECOND_PASSWORD)
    assert len(watch.look().steps) == 1


def test_the_first_look_knows_what_the_trail_knows(post: PostRoom) -> None:
    """A store of before this was built, or a setting that was cut out of it."""
    post.time.turn(post.entries()[-1].at - HOUR)
    assert post.watch().look().steps[0].kind is StepKind.BACK


def test_a_damaged_note_is_told(post: PostRoom) -> None:
    with post.session.store.unit_of_work() as unit:
        unit.settings.put(SETTING, b"{}")
        unit.commit()
    with pytest.raises(StoreDamaged):
        post.watch().look()


def test_a_store_that_is_read_only_shows_a_step_and_keeps_none(post: PostRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(SqlcipherStore, "read_only", property(lambda _store: say("The store is older than it was.")))
        assert post.watch().look() == ClockState()
    watch = post.watch()
    watch.look()
    post.time.turn(post.time.now() - HOUR)
    with monkeypatch.context() as patch:
        patch.setattr(SqlcipherStore, "read_only", property(lambda _store: say("The store is older than it was.")))
        for _ in range(2):
            assert [each.kind for each in watch.look().steps] == [StepKind.BACK]
    assert not post.entries("clock.stepped")


def test_a_quiet_minute_writes_no_more_than_needed(post: PostRoom) -> None:
    watch = post.watch()
    watch.look()
    with post.session.store.reading() as unit:
        before = unit.settings.get(SETTING)
    post.time.run(timedelta(seconds=20))
    watch.look()
    with post.session.store.reading() as unit:
        assert unit.settings.get(SETTING) == before
    post.time.run(MINUTE)
    watch.look()
    with post.session.store.reading() as unit:
        assert unit.settings.get(SETTING) != before


# ── order never depends on the clock ────────────────────────────────────────────────────────────────────────


def recorded(post: PostRoom, status: EncounterStatus = EncounterStatus.RECORDED) -> EncounterId:
    encounter, _ = post.encounter(status=status)
    at = post.time.now()
    encounter = replace(encounter, opened_at=at, recorded_at=at if encounter.recorded_at else None)
    post.keep(post.session, encounter, {})
    with post.session.store.unit_of_work() as unit:
        unit.audit.append(at=at, by="station", act="encounter.recorded", subject=encounter.encounter_id, details={})
        unit.commit()
    return encounter.encounter_id


@stepped
def test_lists_searches_exports_and_the_trail_keep_the_order_of_arrival(post: PostRoom, step: str) -> None:
    parked, kept = [recorded(post, EncounterStatus.PARKED)], [recorded(post)]
    turn(post, step)
    parked, kept = [*parked, recorded(post, EncounterStatus.PARKED)], [*kept, recorded(post)]
    post.time.turn(datetime(2026, 11, 23, tzinfo=UTC))
    kept.append(recorded(post))
    with post.session.store.reading() as unit:
        assert [row.encounter_id for row in unit.encounters.unfinished()] == parked
        assert list(unit.encounters.waiting_for_export(limit=10)) == kept
        found = [row.encounter_id for row in unit.encounters.search(SearchQuery(limit=10))]
    assert found == [kept[2], kept[1], parked[1], kept[0], parked[0]]
    entries = post.entries()
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert verify(entries) == ()
    subjects = [entry.subject for entry in entries if entry.act == "encounter.recorded"]
    assert subjects == [parked[0], kept[0], parked[1], kept[1], kept[2]]


def test_a_repeated_hour_at_the_post_keeps_the_order_of_arrival(post: PostRoom) -> None:
    """Two o'clock comes twice when summer time ends; the second one is later."""
    zone = ZoneInfo("Europe/Paris")
    post.time.turn(BEFORE_DST_ENDS)
    came = []
    for _ in range(4):
        came.append(recorded(post))
        post.time.run(HOUR)
    with post.session.store.reading() as unit:
        on_day = unit.encounters.search(replace(understood("2026-10-25", zone=zone), limit=10))
    assert [row.encounter_id for row in on_day] == came[::-1]
    local = [row.opened_at.astimezone(zone).time().hour for row in on_day]
    assert local == [4, 3, 2, 2]
    assert on_day[0].opened_at.astimezone(zone).date() == date(2026, 10, 25)


@stepped
def test_the_next_shift_follows_by_number(post: PostRoom, step: str) -> None:
    def whole() -> int:
        shift = post.shifts.open(SUPERVISOR_PASSWORD)
        post.shifts.sign_report(shift, "{}", SUPERVISOR_PASSWORD)
        return post.shifts.countersign(OMAR).number

    assert whole() == 1
    turn(post, step)
    assert whole() == 2
    assert [shift.number for shift in post.shifts.newest()] == [2, 1]


# ── what expires does not last longer ───────────────────────────────────────────────────────────────────────


@stepped
def test_what_expires_by_the_steady_clock_is_not_extended(post: PostRoom, step: str) -> None:
    steady = post.steady
    expires = steady.now() + 15 * MINUTE
    post.time.run(10 * MINUTE)
    turn(post, step)
    post.time.run(10 * MINUTE)
    assert steady.now() >= expires


@stepped
def test_a_restart_and_a_confirmation_do_not_extend_it_either(post: PostRoom, step: str) -> None:
    post.watch().look()
    expires = post.steady.now() + 15 * MINUTE
    watch = post.watch()
    post.time.run(20 * MINUTE)
    watch.look()
    turn(post, step)
    watch = post.restarted()
    watch.look()
    assert post.steady.now() >= expires
    watch.confirm("irina", SUPERVISOR_PASSWORD)
    assert post.steady.now() >= expires
    post.restarted().look()
    assert post.steady.now() >= expires


MOMENTS = st.integers(86_400, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(st.lists(st.tuples(MOMENTS | st.none(), st.integers(0, 100_000)), max_size=20))
def test_the_steady_clock_never_goes_back_and_never_runs_slow(turns: list[tuple[datetime | None, int]]) -> None:
    clock = TwoClocks(datetime(2026, 11, 22, tzinfo=UTC))
    steady = SteadyClock(clock)
    last = steady.now()
    for to, seconds in turns:
        if to is not None:
            clock.turn(to)
        clock.running += seconds
        now = steady.now()
        assert now >= last + timedelta(seconds=seconds)
        assert now >= clock.now()
        last = now


@stepped
def test_a_step_ends_no_delay_after_wrong_tries(post: PostRoom, tmp_path: Path, step: str) -> None:
    tries = WrongTries(tmp_path, SteadyClock(post.time))
    for _ in range(FREE_TRIES):
        tries.add("irina")
    if step in ("-1 h", "-1 y", "1970"):
        turn(post, step)
    with pytest.raises(SignInRefused):
        tries.refuse_while_waiting("irina")
    post.time.run(MINUTE)
    tries.refuse_while_waiting("irina")


@stepped
def test_an_approval_is_not_extended_by_a_step(post: PostRoom, step: str) -> None:
    """Approvals that run by the steady clock: asked for, nearly expired, the clock is turned, time goes on."""
    approvals = ApprovalService(post.session, post.desk, post.steady, post.randomness)
    shown: Shown = {"record": "record-1", "reason": "court order 7"}
    request = approvals.ask(ApprovalKind.OVERRIDE, "record-1", shown)
    valid = APPROVALS[ApprovalKind.OVERRIDE].valid
    post.time.run(valid - MINUTE)
    if step in ("-1 h", "-1 y", "1970"):
        assert approvals.get(request.request_id).state is RequestState.WAITING
    turn(post, step)
    post.time.run(2 * MINUTE)
    assert approvals.get(request.request_id).state is RequestState.EXPIRED
    assert not approvals.inbox()
    with pytest.raises(NotPermitted):
        approvals.decide(request.request_id, Verdict.APPROVED, "omar", OFFICER_PASSWORD)
