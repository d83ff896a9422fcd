# SPDX-License-Identifier: Apache-2.0
"""One keymap: no key twice, and every sentence that names a key names the one that does what it says."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from station.ports.storage import StoreKind
from ui.extract_texts import messages
from ui.presenters.approvals import APPROVAL_KEYS
from ui.presenters.audit_view import AUDIT_KEYS
from ui.presenters.backup_view import BACKUP_KEYS
from ui.presenters.frame import Room
from ui.presenters.keymap import KEYMAP, Act, is_of_bench, keys_everywhere, keys_of
from ui.presenters.page_keys import keys_of_page
from ui.presenters.people_view import PEOPLE_KEYS
from ui.presenters.recovery_view import RECOVERY_KEYS
from ui.presenters.retention_view import RETENTION_KEYS
from ui.presenters.shift_view import SHIFT_KEYS

#: What a sentence must be about when it names a key.
ABOUT: dict[Act, str] = {
    Act.ADMIT: r"admit|second person",
    Act.KEY_IN: r"key in|keys? ",
    Act.NO_DOCUMENT: r"without an MRZ",
    Act.PARK: r"park",
    Act.SECOND_LINE: r"second line",
    Act.OTHER_DEVICE: r"choose",
    Act.REPEAT: r"repeat",
    Act.SCAN_AGAIN: r"scan",
}


def test_no_key_means_two_things() -> None:
    sequences = [key.sequence for key in KEYMAP.values()]
    assert len(sequences) == len(set(sequences))


#: The pages of the supervisor have keys of their own: label of a key to the words of what it does on each.
PAGE_WORDS: dict[str, list[str]] = defaultdict(list)
for table in (PEOPLE_KEYS, APPROVAL_KEYS, SHIFT_KEYS, RECOVERY_KEYS, BACKUP_KEYS, RETENTION_KEYS, AUDIT_KEYS):
    for page_key in table.values():
        PAGE_WORDS[page_key.label].append(page_key.word.source)


def words_of(text: str) -> frozenset[str]:
    """The beginnings of its longer words, so that "plan" is "plans" and "make" is "made"."""
    return frozenset(word[:4] for word in re.findall(r"[a-z]{4,}", text.lower()))


def test_a_sentence_that_names_a_key_says_what_that_key_does() -> None:
    by_label = {key.label: act for act, key in KEYMAP.items()}
    wrong = []
    for message in messages():
        for source in [message.id] if isinstance(message.id, str) else message.id:
            for label in re.findall(r"\bF\d{1,2}\b", source):
                act = by_label.get(label)
                about = ABOUT.get(act) if act else None
                if about is not None and re.search(about, source, re.IGNORECASE):
                    continue
                if not any(words_of(word) & words_of(source) for word in PAGE_WORDS[label]):
                    wrong.append((label, source))
    assert not wrong


def test_nobody_in_a_live_store_is_told_of_the_keys_for_training() -> None:
    training = {KEYMAP[act].label for act in (Act.SPECIMEN, Act.PRACTICE, Act.BENCH_FAULTS)}
    assert training <= {key.label for key in keys_of(StoreKind.TRAINING)}
    for kind in (StoreKind.LIVE, None):
        told = {key.label for key in keys_of(kind)}
        assert not training & told
        assert len(told) == len(KEYMAP) - len(training)


def test_a_technician_is_told_of_the_bench_and_nobody_else_is() -> None:
    bench = {KEYMAP[act].label for act in Act if is_of_bench(act)}
    at_the_bench = {key.label for key in keys_of(StoreKind.TRAINING, bench=True)}
    at_the_desk = {key.label for key in keys_of(StoreKind.TRAINING, bench=False)}
    assert bench <= at_the_bench
    assert not bench & at_the_desk
    assert KEYMAP[Act.ADMIT].label in at_the_desk - at_the_bench
    assert at_the_bench | at_the_desk == {key.label for key in keys_of(StoreKind.TRAINING)}


def test_a_page_with_keys_of_its_own_shows_them_before_those_that_hold_everywhere() -> None:
    own = keys_of_page(Room.PEOPLE)
    assert [key.label for key in own if key.label == "F7"] == ["F7"]
    assert keys_of_page(Room.INSPECT) == ()
    assert not {key.label for key in keys_everywhere(StoreKind.LIVE)} & {key.label for key in own}
    assert KEYMAP[Act.SPECIMEN] not in keys_everywhere(StoreKind.LIVE)


@pytest.mark.parametrize("room", list(Room))
def test_no_page_gives_a_key_of_its_own_to_what_holds_everywhere(room: Room) -> None:
    everywhere = {key.sequence for key in keys_everywhere(StoreKind.TRAINING)}
    assert not everywhere & {key.sequence for key in keys_of_page(room)}
