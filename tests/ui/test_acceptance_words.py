# SPDX-License-Identifier: Apache-2.0
"""The acceptance record on paper says what the signed file says, in the technician's language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from devices.printing.acceptance_paper import AcceptancePaper, acceptance_pdf
from station.bench.judging import Finding
from station.bench.records import AcceptanceRecord, DeviceOnBench, Measure, Outcome, outcome_of
from station.bench.steps import STEPS
from station.domain.errors import DeviceFault
from station.domain.identifiers import OfficerId
from station.domain.words import say
from station.ports.devices import DOCUMENT_SCANNER
from station.ports.storage import StoreKind
from ui.acceptance_words import WordedRecord, worded_record
from ui.translation import Translator

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
FINDINGS = tuple(
    Finding(
        step=step,
        outcome=Outcome.SKIPPED if step.name == "target" else Outcome.PASSED,
        says=say("The device cannot do this.") if step.name == "target" else say("A stop ends the capture in 12 ms."),
        measures=(Measure(name="stop", value=12.0, unit="ms"),),
    )
    for step in STEPS[DOCUMENT_SCANNER.name]
)


def _record() -> AcceptanceRecord:
    steps = tuple(finding.record for finding in FINDINGS)
    return AcceptanceRecord(
        kind=StoreKind.LIVE,
        watermark="",
        post="Utopia East",
        station="lane-2",
        lane="2",
        device=DeviceOnBench(
            role=DOCUMENT_SCANNER.name,
            device_id="sane:1",
            driver="sane",
            name="Flatbed 300",
            serial_number="S1",
            version="",
            simulated=False,
        ),
        began_at=AT,
        ended_at=AT,
        tested_by=OfficerId("officer-1"),
        tester="T. Technician",
        program_version="0.1.0",
        outcome=outcome_of(steps),
        steps=steps,
    )


def _words(language: str = "en") -> WordedRecord:
    return worded_record(_record(), FINDINGS, Translator(language))


def test_what_when_who_and_how_it_went_stand_on_it() -> None:
    words = _words()
    facts = dict(words.facts)
    assert facts["Result"] == "passed"
    assert facts["Serial number"].strip("\u2068\u2069") == "S1"
    assert facts["Version"] == "the device does not say"
    assert facts["Tested by"] == "T. Technician"
    assert len(facts["SHA-256"]) == 64
    assert len(words.steps) == len(FINDINGS)
    asked, went = words.steps[0]
    assert "Lay a specimen document" in asked
    assert "passed" in went
    assert "[stop 12 ms]" in went


def test_the_record_of_an_earlier_test_says_what_was_signed_then() -> None:
    words = worded_record(_record(), (), Translator("fr"))
    for (_, went), (_, in_english) in zip(words.steps, _words().steps, strict=True):
        assert in_english.split(":")[1].split("[")[0].strip() in went
    assert [asked for asked, _ in words.steps] == [asked for asked, _ in _words("fr").steps]


def test_a_page_says_that_a_swap_is_not_noticed_without_a_serial_number() -> None:
    record = _record()
    untold = replace(record, device=replace(record.device, serial_number=""))
    assert "another one of its kind" in dict(worded_record(untold, (), Translator("en")).facts)["Serial number"]


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_it_becomes_the_same_pdf_each_time(language: str) -> None:
    words = _words(language)
    paper = AcceptancePaper(
        title=words.title,
        post=words.post,
        facts=words.facts,
        steps=words.steps,
        signatures=words.signatures,
        footer=words.footer,
    )
    try:
        pdf = acceptance_pdf(paper, watermark="TRAINING", right_to_left=words.right_to_left)
    except DeviceFault:
        pytest.skip("the typefaces of papers (fonts-noto-core) are not on this machine")
    assert pdf.startswith(b"%PDF")
    assert pdf == acceptance_pdf(paper, watermark="TRAINING", right_to_left=words.right_to_left)
