# SPDX-License-Identifier: Apache-2.0
"""A reader that types is told from an officer by time alone, and no key of the officer is lost or out of order."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from ui.desktop.runtime.bursts import REST, Burst, BurstDetector, Stroke, Typed

GAP = 0.025
LEAST = 6
MRZ = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\rL898902C36UTO7408122F1204159ZE184226B<<<<<10\r"


@dataclass
class Desk:
    """A detector with its clock wound by hand."""

    detector: BurstDetector[str] = field(default_factory=lambda: BurstDetector(gap=GAP, least=LEAST))
    now: float = 100.0
    typed: list[str] = field(default_factory=list)
    bursts: list[str] = field(default_factory=list)
    firsts: list[str] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    pressed_at: list[float] = field(default_factory=list)

    def take(self, outcome: list[Typed[str] | Burst[str]]) -> None:
        for one in outcome:
            if isinstance(one, Burst):
                self.bursts.append(one.text)
                self.firsts.append(one.first)
            else:
                for key in one.keys:
                    self.typed.append(key)
                    self.delays.append(self.now - self.pressed_at[len(self.delays)])

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while (deadline := self.detector.deadline) is not None and deadline <= end:
            self.now = deadline
            self.take(self.detector.due(deadline))
        self.now = end

    def officer(self, text: str, pace: float) -> None:
        for key in text:
            self.wait(pace)
            self.pressed_at.append(self.now)
            self.take(self.detector.key(Stroke(self.now, key, key)))

    def reader(self, text: str, pace: float, *, line_pause: float = 0.0) -> None:
        for place, key in enumerate(text):
            self.wait(pace + (line_pause if place and text[place - 1] == "\r" else 0.0))
            self.take(self.detector.key(Stroke(self.now, key, f"reader {key}")))


officers = st.lists(
    st.tuples(st.sampled_from("abcdefgh1234\r\t"), st.floats(GAP * 1.001, 1.0)), min_size=1, max_size=60
)
paces = st.floats(0.0005, GAP * 0.99)


@given(officers)
def test_what_an_officer_types_comes_back_whole_in_order_and_soon(keys: list[tuple[str, float]]) -> None:
    desk = Desk()
    for key, pace in keys:
        desk.officer(key, pace)
    desk.wait(1.0)
    assert "".join(desk.typed) == "".join(key for key, _ in keys)
    assert desk.bursts == []
    assert max(desk.delays) <= GAP + 1e-6 <= 0.030


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0.0, 0.4)), max_size=80), paces)
def test_no_key_is_lost_whoever_pressed_it(keys: list[tuple[str, float]], pace: float) -> None:
    """Also an officer who rolls over the keys, or lays an arm on them: a key is given back or is in a burst."""
    desk = Desk()
    for key, wait in keys:
        desk.officer(key, wait)
    desk.wait(1.0)
    assert sorted("".join(desk.typed) + "".join(desk.bursts)) == sorted(key for key, _ in keys)
    assert not desk.detector.holds


@given(st.integers(2, 5), st.floats(0.001, GAP))
def test_a_few_keys_rolled_over_are_typing(count: int, pace: float) -> None:
    desk = Desk()
    for _ in range(4):
        desk.wait(0.1)
        desk.officer("abcdef"[:count], pace)
    desk.wait(1.0)
    assert "".join(desk.typed) == "abcdef"[:count] * 4
    assert desk.bursts == []


@given(paces, st.floats(0.0, REST - GAP))
def test_a_reader_is_one_text_and_reaches_no_field(pace: float, line_pause: float) -> None:
    desk = Desk()
    desk.reader(MRZ, pace, line_pause=line_pause)
    desk.wait(1.0)
    assert desk.bursts == [MRZ]
    assert desk.typed == []


@given(st.floats(0.002, 0.012), st.floats(GAP * 1.01, 0.6), st.floats(GAP * 1.01, 0.6))
def test_the_officers_keys_before_and_after_a_burst_are_given_back(pace: float, before: float, after: float) -> None:
    desk = Desk()
    desk.officer("ab", 0.08)
    desk.wait(before)
    desk.reader(MRZ, pace)
    desk.officer("cd", max(after, 0.08))
    desk.wait(1.0)
    assert desk.bursts == [MRZ]
    assert "".join(desk.typed) == "abcd"


def test_an_officers_key_right_before_a_burst_is_named_as_the_one_in_question() -> None:
    desk = Desk()
    desk.officer("a", 0.1)
    desk.wait(0.012)
    desk.reader(MRZ, 0.004)
    desk.wait(1.0)
    assert (desk.typed, desk.bursts, desk.firsts) == ([], ["a" + MRZ], ["a"])


@given(st.lists(st.floats(0.0005, GAP * 0.99), min_size=len(MRZ), max_size=len(MRZ)))
def test_a_reader_that_stumbles_is_one_text(paces: list[float]) -> None:
    desk = Desk()
    for key, pace in zip(MRZ, paces, strict=True):
        desk.reader(key, pace)
    desk.wait(1.0)
    assert (desk.typed, desk.bursts) == ([], [MRZ])


def test_an_end_of_line_that_comes_late_is_the_readers() -> None:
    desk = Desk()
    desk.reader("B00012345", 0.008)
    desk.reader("\r", 0.1)
    desk.wait(1.0)
    assert (desk.typed, desk.bursts) == ([], ["B00012345\r"])


def test_two_bursts_are_two() -> None:
    desk = Desk()
    for _ in range(2):
        desk.reader("B00012345\r", 0.008)
        desk.wait(REST * 1.1)
    assert desk.bursts == ["B00012345\r"] * 2


def test_keys_without_text_inside_a_burst_are_swallowed() -> None:
    desk = Desk()
    desk.reader("B00012", 0.008)
    desk.wait(0.008)
    desk.take(desk.detector.key(Stroke(desk.now, "", "F5")))
    desk.reader("345\r", 0.008)
    desk.wait(1.0)
    assert (desk.typed, desk.bursts) == ([], ["B00012345\r"])


def test_a_clock_that_goes_back_makes_no_burst() -> None:
    desk = Desk()
    for step in range(10):
        desk.pressed_at.append(0.0)
        desk.take(desk.detector.key(Stroke(100.0 - step, "a", "a")))
    desk.take(desk.detector.over())
    assert (desk.typed, desk.bursts) == (["a"] * 10, [])
