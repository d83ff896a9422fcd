# SPDX-License-Identifier: Apache-2.0
"""``hbm-station demo --out DIR``: scripted specimen travellers through the same services as the window.

Leaves an encrypted training store, a sealed export, and the throw-away keys to open both.
"""

from __future__ import annotations

import argparse
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from station.access.first_start import FirstStart, set_up
from station.access.sign_in import Session
from station.domain.errors import StoreError, StoreFull
from station.domain.secrets import Secret
from station.domain.words import say, say_count
from station.ports.keys import NewOfficer
from station.ports.storage import RoleName, StoreKind
from station.ports.tasks import CancelToken
from ui.bootstrap.demonstration import demo_settings
from ui.bootstrap.house import House, new_headquarters_identity, new_sealer
from ui.bootstrap.workplace import Workplace
from ui.command_line.exit_codes import Exit
from ui.command_line.output import Voice
from ui.command_line.scripted_travellers import ScriptedDesk, Stages, TravellerReport
from ui.host import ScriptedClock, SeededRandomness

DEFAULT_TRAVELLERS = 12
#: Day one of every demo: the specimen travellers of a seed are drawn for it.
DEMO_START = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)

OFFICER, SUPERVISOR = "officer.a", "supervisor.b"
#: Lies in the folder for as long as not everything is there.
UNFINISHED = "UNFINISHED.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The words of this command."""
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="a folder that is new or empty")
    parser.add_argument("--travellers", type=_count, default=DEFAULT_TRAVELLERS, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="equal seeds give equal travellers")


def run(arguments: argparse.Namespace, voice: Voice) -> int:
    """Run the demonstration. 3 when the export does not verify afterwards."""
    try:
        return _run(arguments, voice)
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise StoreFull(
            say("The demonstration could not be written: {why}.", why=problem.strerror or "unknown"),
            say("Make room, or name another folder with --out."),
        ) from problem


def _run(arguments: argparse.Namespace, voice: Voice) -> int:
    out: Path = arguments.out
    _prepare(out)
    clock = ScriptedClock(DEMO_START)
    house = House.around(out / "store", clock=clock, randomness=SeededRandomness(arguments.seed))
    stages = Stages()
    identity = _found(house, out, stages)
    voice.remark(say("A training store was made for two people of the post."))
    workplace = Workplace(house, demo_settings(out / "papers"), seed=arguments.seed)
    demonstration = Demonstration(out, voice, house, workplace, stages, clock)
    try:
        reports = demonstration.travellers(arguments.travellers)
        good = demonstration.export(identity)
    finally:
        workplace.close()
    summary = _summary(arguments.seed, reports, stages, good=good)
    (out / "summary.json").write_text(json.dumps(summary, indent=2, sort_keys=True) + "\n")
    (out / UNFINISHED).unlink()
    if voice.as_json:
        voice.give(summary)
    for stage, times in stages.percentiles().items():
        voice.plain(f"    {stage:<10} n {times['n']:>4}   p50 {times['p50']:8.1f} ms   p95 {times['p95']:8.1f} ms")
    voice.remark(say("Everything is in {folder}.", folder=str(out)))
    return Exit.GOOD if good else Exit.NOT_ALL_GOOD


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 10_000:
        raise argparse.ArgumentTypeError("from 1 to 10000 travellers")
    return number


def _prepare(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        occupied = any(out.iterdir())
    except OSError as problem:
        raise StoreError(
            say("The folder {folder} cannot be used: {why}.", folder=str(out), why=problem.strerror or "unknown"),
            say("Name another folder."),
        ) from problem
    if occupied:
        raise StoreError(
            say("The folder {folder} is not empty.", folder=str(out)), say("Name a folder that is new or empty.")
        )
    (out / UNFINISHED).write_text(
        "This demonstration was not finished: there is no summary, and perhaps no sealed export.\n"
        "Delete the folder, and run the demonstration again.\n"
    )
    (out / "export").mkdir()
    (out / "papers").mkdir()


def _found(house: House, out: Path, stages: Stages) -> Secret:
    """Set the store up, leave its throw-away keys and passwords beside it, and return headquarters' identity."""
    identity, recipient = new_headquarters_identity()
    passwords = {name: secrets.token_urlsafe(15) for name in (OFFICER, SUPERVISOR)}
    people = (
        NewOfficer(
            name=OFFICER,
            display_name="A. Officer",
            role=RoleName.OFFICER,
            password=Secret.of(passwords[OFFICER]),
        ),
        NewOfficer(
            name=SUPERVISOR,
            display_name="B. Supervisor",
            role=RoleName.SUPERVISOR,
            password=Secret.of(passwords[SUPERVISOR]),
        ),
    )
    first = FirstStart(
        post="Utopia East", station="demo-1", lane="2", kind=StoreKind.TRAINING, recipient=recipient, people=people
    )
    with stages.measured("set_up"):
        public_key = set_up(first, door=house.door, sealer=new_sealer(), clock=house.clock)
    key = out / "hq-identity.age"
    key.touch(0o600)
    key.write_bytes(identity.reveal() + b"\n")
    (out / "station.pub").write_text(public_key)
    credentials = out / "credentials.json"
    credentials.touch(0o600)
    credentials.write_text(
        json.dumps(
            {
                "purpose": "throw-away people of a demonstration; no real store has them",
                "people": [
                    {"name": name, "role": role, "password": passwords[name]}
                    for name, role in ((OFFICER, "officer"), (SUPERVISOR, "supervisor"))
                ],
            },
            indent=2,
        )
        + "\n"
    )
    return identity


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One demonstration under way."""

    out: Path
    voice: Voice
    house: House
    workplace: Workplace
    stages: Stages
    clock: ScriptedClock

    def travellers(self, count: int) -> list[TravellerReport]:
        """Let so many travellers cross before the scripted officer."""
        with self._session(OFFICER) as session:
            desk = ScriptedDesk(
                self.workplace.hand,
                self.workplace.services(session),
                self.clock,
                self.stages,
                second=(SUPERVISOR, self._password(SUPERVISOR)),
            )
            reports = []
            for number in range(count):
                reports.append(desk.traveller(number))
                _tell(self.voice, reports[-1])
            return reports

    def export(self, identity: Secret) -> bool:
        """Seal everything as the supervisor, and open it again as headquarters would."""
        with self._session(SUPERVISOR) as session, self.stages.measured("export"):
            outcome = self.workplace.services(session).exports.export(
                self.out / "export", None, CancelToken(), lambda _done, _of: None
            )
        signer = (self.out / "station.pub").read_text()
        opened = self.house.sealer.open(outcome.bundle.path, signer=signer, identity=identity)
        self.voice.remark(
            say_count(
                "{count} encounter was sealed for headquarters; the seal was checked.",
                "{count} encounters were sealed for headquarters; the seal was checked.",
                count=outcome.record.encounters,
            )
        )
        return opened.manifest is not None and not outcome.damaged_images

    def _password(self, name: str) -> str:
        people = json.loads((self.out / "credentials.json").read_text())["people"]
        return str(next(person["password"] for person in people if person["name"] == name))

    @contextmanager
    def _session(self, name: str) -> Iterator[Session]:
        password = Secret.of(self._password(name))
        with self.stages.measured("sign_in"):
            session = self.house.sign_in.sign_in(name, password, CancelToken())
        try:
            yield session
        finally:
            self.house.sign_in.sign_out(session)


def _tell(voice: Voice, report: TravellerReport) -> None:
    if voice.as_json:
        voice.give({"traveller": report.facts(), "ms": report.milliseconds})
        return
    spent = "  ".join(f"{stage} {spent:.0f}" for stage, spent in report.milliseconds.items())
    voice.plain(f"{report.number:>4}  {report.format:<5} {report.reading:<9} {report.outcome:<34} {spent} ms")


def _summary(seed: int, reports: list[TravellerReport], stages: Stages, *, good: bool) -> Mapping[str, object]:
    outcomes: dict[str, int] = {}
    readings: dict[str, int] = {}
    for report in reports:
        outcomes[report.outcome] = outcomes.get(report.outcome, 0) + 1
        readings[report.reading] = readings.get(report.reading, 0) + 1
    return {
        "seed": seed,
        "travellers": [report.facts() for report in reports],
        "outcomes": outcomes,
        "readings": readings,
        "export_verified": good,
        "ms": stages.percentiles(),
    }
