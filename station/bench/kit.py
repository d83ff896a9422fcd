# SPDX-License-Identifier: Apache-2.0
"""Everything the bench works with, put together once for one signed-in technician."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from station.access.roles import Permission
from station.bench.acceptance import AcceptanceRun, BenchMeans
from station.bench.diagnostics import Bug, Entry, Machine, Sources, Vocabulary, compose
from station.bench.hands import BenchHands
from station.bench.judging import Finding
from station.bench.ledger import AcceptanceLedger
from station.bench.records import AcceptanceRecord, DeviceOnBench, Standings, settings_hash
from station.ports.bench import DeviceSettingsDesk, FaultDesk
from station.ports.bench_files import CarriedFiles, KeptRecord
from station.ports.devices import DeviceInfo, Role
from station.ports.storage import StoreKind

#: ``press(record, findings, language)``: the record on paper. Some 100 ms of processor time; raises DeviceFault.
AcceptancePress = Callable[[AcceptanceRecord, Sequence[Finding], str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchKit:
    """The bench of one session. It has no store: the ledger alone writes, one signed record at a time."""

    require: Callable[[Permission], None]
    kind: StoreKind
    hands: BenchHands
    ledger: AcceptanceLedger
    means: BenchMeans
    settings: DeviceSettingsDesk
    faults: FaultDesk | None
    files: CarriedFiles
    press: AcceptancePress
    machine: Callable[[], Machine]
    bugs: Callable[[], Sequence[Bug]]
    words: Callable[[], Vocabulary]

    def begin_test(self, info: DeviceInfo, role: Role[object]) -> AcceptanceRun:
        """A new acceptance test. Raises NotPermitted."""
        self.require(Permission.USE_BENCH)
        return AcceptanceRun(self.hands, info, role, self.means, self.hands.clock.now())

    def end_test(self, run: AcceptanceRun) -> tuple[AcceptanceRecord, KeptRecord]:
        """Sign and keep what a test found. Blocks; raises NotPermitted, TargetUnusable, StoreError kinds."""
        settings = self.settings_hashes().get(run.info.driver, "")
        device = DeviceOnBench.of(run.info, run.role, settings=settings)
        return self.ledger.keep(device, run.records(), began_at=run.began_at)

    def standings(self) -> Standings:
        """What was tested, and the settings that count now. Blocks; raises NotPermitted, StoreError kinds."""
        return Standings(tests=self.ledger.tests(), settings=self.settings_hashes())

    def settings_hashes(self) -> Mapping[str, str]:
        """The settings that count now, by driver, as records name them. Blocks on the disk."""
        return {group.driver: settings_hash(group) for group in self.settings.groups()}

    def diagnostics(self) -> tuple[Sources, tuple[Entry, ...]]:
        """What a diagnostics bundle would hold now, to be shown before it is saved. Blocks; raises NotPermitted."""
        self.require(Permission.USE_BENCH)
        states = tuple(self.hands.devices.states())
        standings = self.standings()
        sources = Sources(
            at=self.hands.clock.now(),
            kind=self.kind,
            machine=self.machine(),
            devices=states,
            acceptances=tuple(
                (state.info.device_id, role.name, standings.of(state.info, role))
                for state in states
                for role in state.info.roles
            ),
            settings=tuple(self.settings.groups()),
            bugs=tuple(self.bugs()),
            words=self.words(),
        )
        return sources, compose(sources)
