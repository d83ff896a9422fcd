# SPDX-License-Identifier: Apache-2.0
"""Runs the house rules over the tree, and each rule on a sample that breaks it and one that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from tests.architecture import house_rules
from tests.architecture.house_rules import RULES, Breach, SourceFile

REPOSITORY = Path(__file__).parents[2]
FOLDERS = ("station", "devices", "storage", "ui", "resources", "benchmarks", "tests", "training")
# What breaks a rule on purpose: the samples of this file, and nothing else.
SAMPLES = PurePosixPath("tests/architecture/test_house_rules.py")

HEAD = '# SPDX-License-Identifier: Apache-2.0\n"""A sample."""\n'


@dataclass(frozen=True, slots=True)
class Sample:
    """A source that breaks one rule, and a similar one that does not."""

    rule: Callable[[SourceFile], Iterator[Breach]]
    bad: str
    good: str
    bad_path: str = "station/inspection/sample.py"
    good_path: str = "station/inspection/sample.py"


PROOFS = (
    Sample(house_rules.names_its_licence, '"""A sample."""\n', HEAD),
    Sample(house_rules.says_why_it_exists, HEAD.split("\n", maxsplit=1)[0] + "\nimport os\n", HEAD),
    Sample(
        house_rules.keeps_package_files_empty,
        HEAD + "import os\n",
        HEAD,
        bad_path="station/domain/__init__.py",
        good_path="station/domain/__init__.py",
    ),
    Sample(house_rules.names_its_job, HEAD, HEAD, bad_path="station/mrtd/mrz_utils.py"),
    Sample(house_rules.fits_in_one_mind, HEAD + "pass\n" * 400, HEAD + "pass\n" * 300),
    Sample(
        house_rules.keeps_sql_in_its_room,
        HEAD + 'find = f"SELECT name FROM {table}"\n',
        HEAD + 'sentence = "Select a name from the list."\n',
    ),
    Sample(
        house_rules.keeps_sql_in_its_room,
        HEAD + 'write = """\n    insert into person (name) values (?)\n"""\n',
        HEAD + 'write = "INSERT INTO person (name) VALUES (?)"\n',
        good_path="storage/sqlcipher/repositories.py",
    ),
    Sample(
        house_rules.catches_what_it_means,
        HEAD + "try:\n    work()\nexcept (OSError, Exception):\n    raise Refused from None\n",
        HEAD + "try:\n    work()\nexcept (OSError, ValueError):\n    raise\n",
    ),
    Sample(
        house_rules.catches_what_it_means,
        HEAD + "try:\n    work()\nexcept:\n    rest()\n",
        HEAD + "try:\n    work()\nexcept BaseException:\n    rest()\n    raise\n",
    ),
    Sample(
        house_rules.catches_what_it_means,
        HEAD + "with contextlib.suppress(Exception):\n    work()\n",
        HEAD + "with contextlib.suppress(FileNotFoundError):\n    work()\n",
    ),
    Sample(
        house_rules.silences_with_a_reason,
        HEAD + "work()  # type: ignore[no-untyped-call]\n",
        HEAD + "work()  # type: ignore[no-untyped-call]  # the library has no types\n",
    ),
    Sample(
        house_rules.silences_with_a_reason,
        HEAD + "work()  # noqa: S101\n",
        HEAD + "work()  # noqa: S101 - an assertion for the type checker\n",
    ),
    Sample(house_rules.is_finished, HEAD + "# TODO: more\n", HEAD + 'TODAY = "XXX is a nationality code"\n'),
    Sample(
        house_rules.calls_people_by_their_role,
        HEAD + 'label = "Ask the operator"\n',
        HEAD + 'import operator\n\nlabel = "Ask the supervisor"\n',
    ),
    Sample(
        house_rules.spells_out_chip_authentication,
        HEAD + "def run_ca(ca_key):\n    return ca_key\n",
        HEAD + "def run_chip_auth(scan_key):\n    return scan_key\n",
    ),
    Sample(
        house_rules.says_literals_to_people,
        HEAD + 'cause = say(f"No answer from {device}.")\n',
        HEAD + 'cause = say("No answer from {device}.", device=device)\n',
    ),
    Sample(
        house_rules.names_no_machine,
        HEAD + 'folder = "/tmp/scans"\n',
        HEAD + 'address = "http://localhost/work/1"\n',
    ),
)


def sources() -> list[SourceFile]:
    return [
        SourceFile(PurePosixPath(path.relative_to(REPOSITORY).as_posix()), path.read_text(encoding="utf-8"))
        for folder in FOLDERS
        for path in sorted((REPOSITORY / folder).rglob("*.py"))
    ]


@pytest.fixture(scope="module")
def tree() -> list[SourceFile]:
    return sources()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.__name__))
def test_every_file_of_the_house(rule: Callable[[SourceFile], Iterator[Breach]], tree: list[SourceFile]) -> None:
    breaches = [
        f"{file.path}:{line}: {sentence}" for file in tree if file.path != SAMPLES for line, sentence in rule(file)
    ]
    assert not breaches, "\n" + "\n".join(breaches)


@pytest.mark.parametrize("sample", PROOFS, ids=lambda sample: str(sample.rule.__name__))
def test_a_rule_finds_what_it_forbids_and_nothing_else(sample: Sample) -> None:
    assert list(sample.rule(SourceFile(PurePosixPath(sample.bad_path), sample.bad)))
    assert not list(sample.rule(SourceFile(PurePosixPath(sample.good_path), sample.good)))


def test_every_rule_is_proved() -> None:
    assert {sample.rule for sample in PROOFS} == set(RULES)
