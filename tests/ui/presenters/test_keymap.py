# SPDX-License-Identifier: Apache-2.0
"""One keymap: no key twice, and every sentence that names a key names the one that does what it says."""

from __future__ import annotations

import re

from station.ports.storage import StoreKind
from ui.extract_texts import messages
from ui.presenters.keymap import KEYMAP, Act, is_of_bench, keys_of

#: What a sentence must be about when it names a key.
ABOUT: dict[Act, str] = {
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


def test_a_sentence_that_names_a_key_says_what_that_key_does() -> None:
    by_label = {key.label: act for act, key in KEYMAP.items()}
    wrong = []
    for message in messages():
        for source in [message.id] if isinstance(message.id, str) else message.id:
            for label in re.findall(r"\bF\d{1,2}\b", source):
                act = by_label.get(label)
                about = ABOUT.get(act) if act else None
                if about is None or not re.search(about, source, re.IGNORECASE):
                    wrong.append(source)
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
