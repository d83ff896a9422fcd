# SPDX-License-Identifier: Apache-2.0
"""Backups of the stores: made by plan or by hand, noted in the audit trail, kept in number.

A backup is sealed for the recovery's sheets and for headquarters. It holds the stores as they lie on the disk,
encrypted, with their key files: whoever opens the seal still needs a password or the sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from station.access import store_settings
from station.access.audit import Act
from station.access.recovery import RECOVERY_RECIPIENT, recovery_recipient
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.errors import Cancelled, ExportError, StationError, StoreError, TargetUnusable
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json, to_json
from station.domain.words import Text, say
from station.ports.backup import BackupMade, BackupOrder, BackupProgress, BackupSeen, BackupVault
from station.ports.clock import Clock
from station.ports.exchange import ExportTargets, TargetReport, TargetState
from station.ports.setting_rows import SettingRepository
from station.ports.storage import UnitOfWork
from station.ports.tasks import CancelToken
from station.safekeeping.manifest import backup_name
from station.safekeeping.plan import BackupPlan, LastBackup, LastFailure, check_plan, is_due

_PLAN = "backup.plan"
_LAST = "backup.last"
_FAILURE = "backup.last_failure"
_NUMBER = "backup.number"
#: The folder that was chosen although it lies on the disk of the stores; no other one may turn out to lie there.
_SAME_DISK = "backup.same_disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupState:
    """What is planned, what was done last, and whether a planned backup is due."""

    plan: BackupPlan
    last: LastBackup | None
    failure: LastFailure | None
    due: bool
    has_sheets: bool


@dataclass(frozen=True, slots=True)
class BackupCompleted:
    """Event: a backup stands on its medium and is noted."""

    made: BackupMade


class BackupService:
    """Backups of one session's stores. Calls block on the disk: never on the window's thread."""

    def __init__(self, session: Session, vault: BackupVault, targets: ExportTargets, clock: Clock) -> None:
        self._session = session
        self._vault = vault
        self._targets = targets
        self._clock = clock

    def state(self) -> BackupState:
        """Plan, newest backup, newest failure. Needs LET_BACKUP_RUN."""
        self._session.require(Permission.LET_BACKUP_RUN)
        with self._session.store.reading() as unit:
            settings = unit.settings
            plan, last, failure = _plan(settings), _last(settings), _failure(settings)
            has_sheets = settings.get(RECOVERY_RECIPIENT) is not None
            chosen_so = _same_disk(settings) == plan.folder
        # What waits for its medium is made when the medium is back, also when it is the backup of a shift's end.
        waits = bool(plan.folder) and failure is not None and failure.waits
        back = waits and self._missing(plan, chosen_so=chosen_so) is None
        due = has_sheets and (back or is_due(plan, last, failure, self._clock.now()))
        return BackupState(plan=plan, last=last, failure=failure, due=due, has_sheets=has_sheets)

    def set_plan(self, plan: BackupPlan) -> None:
        """Keep where backups go and how often. Needs KEEP_BACKUPS. Raises SettingsError.

        A folder on the disk of the stores is noted as chosen so, once: when it is chosen. A folder that was another
        medium and lies on this disk later is a medium that is not plugged in, whatever else of the plan is changed.
        """
        self._session.require(Permission.KEEP_BACKUPS)
        check_plan(plan)
        beside = bool(plan.folder) and self._vault.beside_the_stores(Path(plan.folder))
        with self._session.store.unit_of_work() as unit:
            if plan.folder != _plan(unit.settings).folder:
                unit.settings.put(_SAME_DISK, to_json(plan.folder if beside else ""))
            unit.settings.put(_PLAN, to_json(plan))
            details = {"every_hours": str(plan.every_hours), "keep": str(plan.keep)}
            if beside and _same_disk(unit.settings) == plan.folder:
                details["same_disk"] = "yes"
            self._audit(unit, Act.BACKUP_PLANNED, "backup", details)
            unit.commit()

    def look_at(self, folder: Path) -> TargetReport:
        """Whether a folder can take backups. Needs KEEP_BACKUPS."""
        self._session.require(Permission.KEEP_BACKUPS)
        report = self._targets.look_at(folder)
        if report.state is not TargetState.SAME_DISK:
            return report
        text = say(
            "{target} is on the disk of this computer: whatever takes the one takes the other. Use a second medium.",
            target=str(folder),
        )
        return replace(report, says=text)

    def kept(self, folder: Path | None = None) -> Sequence[BackupSeen]:
        """The backups on a medium, newest first; empty when it is not there. Needs KEEP_BACKUPS.

        ``folder``: None for the planned one.
        """
        self._session.require(Permission.KEEP_BACKUPS)
        planned = self.state().plan.folder
        there = folder or (Path(planned) if planned else None)
        return self._vault.kept(there, self._session.store.identity) if there is not None else ()

    def make(self, folder: Path, progress: BackupProgress, cancel: CancelToken) -> BackupMade:
        """Make a backup now in ``folder``. Needs KEEP_BACKUPS.

        Raises ExportError when there are no recovery sheets, TargetUnusable, StoreError kinds, Cancelled; after any
        of them no half backup is there, and the failure is noted.
        """
        self._session.require(Permission.KEEP_BACKUPS)
        return self._make(folder, progress, cancel)

    def make_due(self, progress: BackupProgress, cancel: CancelToken) -> BackupMade | None:
        """Make the backup that the plan asks for now; None when none is due. Needs LET_BACKUP_RUN.

        Raises as ``make``, and TargetUnusable when the planned medium is not where it was.
        """
        state = self.state()
        return self._make_planned(state.plan, progress, cancel) if state.due else None

    def make_at_shift_end(self, progress: BackupProgress, cancel: CancelToken) -> BackupMade | None:
        """Make the backup of a shift's end; None when the plan wants none. Needs LET_BACKUP_RUN.

        Raises as ``make_due``.
        """
        plan = self.state().plan
        return self._make_planned(plan, progress, cancel) if plan.folder and plan.at_shift_end else None

    def _make_planned(self, plan: BackupPlan, progress: BackupProgress, cancel: CancelToken) -> BackupMade:
        """Never onto the stores' own disk by chance: an empty mount point looks like any folder."""
        folder = Path(plan.folder)
        with self._session.store.reading() as unit:
            chosen_so = _same_disk(unit.settings) == plan.folder
        missing = self._missing(plan, chosen_so=chosen_so)
        if missing is not None:
            problem = TargetUnusable(
                missing,
                say(
                    "No backup was made. It is made when the medium is plugged in, while somebody is signed in. Or"
                    " choose another folder on the page for backups."
                ),
            )
            with suppress(StoreError):
                self._record_failure("backup", problem, waits=True)
            raise problem
        return self._make(folder, progress, cancel)

    def _missing(self, plan: BackupPlan, *, chosen_so: bool) -> Text | None:
        """Why the planned medium cannot be the one that was planned; None when it is there."""
        folder = Path(plan.folder)
        if self._targets.look_at(folder).state is TargetState.MISSING:
            return say("The medium for backups is not plugged in: {folder} is not there.", folder=plan.folder)
        if not chosen_so and self._vault.beside_the_stores(folder):
            return say(
                "The medium for backups is not plugged in: {folder} is on the disk of this computer.",
                folder=plan.folder,
            )
        return None

    def _make(self, folder: Path, progress: BackupProgress, cancel: CancelToken) -> BackupMade:
        order = self._ordered(folder)
        try:
            made = self._vault.make(folder, order, progress=progress, cancel=cancel)
        except BaseException as problem:
            # The first problem is the one to be told, also when the store itself is the trouble.
            with suppress(StoreError):
                self._record_failure(order.name, problem)
            raise
        finally:
            order.signing_key.forget()
        self._record(made, folder)
        # Only what is noted pushes an older one out. A medium that cannot be cleared has its backup all the same.
        with suppress(StationError):
            keep = self.state().plan.keep
            made = replace(made, expired=self._vault.expire(folder, order.identity, keep, spare=made.name))
        return made

    def _ordered(self, folder: Path) -> BackupOrder:
        """Use a number, durably: no two backups ever have one name.

        A store that was restored counts from where its backup stood; the medium may be further.
        """
        session = self._session
        identity = session.store.identity
        on_medium = self._vault.highest_number(folder, identity)
        with session.store.unit_of_work() as unit:
            recovery = recovery_recipient(unit.settings)
            if recovery is None:
                raise ExportError(
                    say("This station has no recovery sheets, so that nobody could bring a backup back."),
                    say("Print recovery sheets first, on the page Keys and recovery."),
                )
            number = max(_number(unit.settings), on_medium) + 1
            unit.settings.put(_NUMBER, to_json(number))
            signing_key: Secret = store_settings.signing_key(unit.settings)
            order = BackupOrder(
                name=backup_name(identity, number, self._clock.now()),
                identity=identity,
                stores=session.stores,
                recipients=(recovery, *store_settings.recipients(unit.settings)),
                signing_key=signing_key,
                public_key=store_settings.public_key(unit.settings),
                made_by=session.officer.officer_id,
            )
            unit.commit()
        return order

    def _record(self, made: BackupMade, folder: Path) -> None:
        last = LastBackup(
            name=made.name, made_at=self._clock.now(), folder=str(folder), size=made.size, sha256=made.sha256
        )
        beside = self._vault.beside_the_stores(folder)
        with self._session.store.unit_of_work() as unit:
            if not beside and _same_disk(unit.settings) == str(folder):
                unit.settings.put(_SAME_DISK, to_json(""))  # it is a medium after all: from now on it has to be there
            unit.settings.put(_LAST, to_json(last))
            stores = ",".join(sorted(name.value for name in made.stores))
            details = {"sha256": made.sha256, "size": str(made.size), "stores": stores}
            self._audit(unit, Act.BACKUP_MADE, made.name, details)
            unit.publish(BackupCompleted(made))
            unit.commit()

    def _record_failure(self, name: str, problem: BaseException, *, waits: bool = False) -> None:
        with self._session.store.unit_of_work() as unit:
            if not isinstance(problem, Cancelled):
                cause = problem.cause.source if isinstance(problem, StationError) else type(problem).__name__
                unit.settings.put(_FAILURE, to_json(LastFailure(at=self._clock.now(), cause=cause, waits=waits)))
            self._audit(unit, Act.BACKUP_FAILED, name, {"reason": type(problem).__name__})
            unit.commit()

    def _audit(self, unit: UnitOfWork, act: Act, subject: str, details: dict[str, str]) -> None:
        by = self._session.officer.officer_id
        unit.audit.append(at=self._clock.now(), by=by, act=act, subject=subject, details=details)


def _plan(settings: SettingRepository) -> BackupPlan:
    value = settings.get(_PLAN)
    try:
        return BackupPlan() if value is None else from_json(BackupPlan, value)
    except NotThisShape:
        raise store_settings.damaged(_PLAN) from None


def _same_disk(settings: SettingRepository) -> str:
    value = settings.get(_SAME_DISK)
    try:
        return "" if value is None else from_json(str, value)
    except NotThisShape:
        raise store_settings.damaged(_SAME_DISK) from None


def _last(settings: SettingRepository) -> LastBackup | None:
    value = settings.get(_LAST)
    try:
        return None if value is None else from_json(LastBackup, value)
    except NotThisShape:
        raise store_settings.damaged(_LAST) from None


def _failure(settings: SettingRepository) -> LastFailure | None:
    """The newest failure, unless a backup succeeded after it."""
    value = settings.get(_FAILURE)
    try:
        failure = None if value is None else from_json(LastFailure, value)
    except NotThisShape:
        raise store_settings.damaged(_FAILURE) from None
    last = _last(settings)
    return None if failure is None or (last is not None and last.made_at >= failure.at) else failure


def _number(settings: SettingRepository) -> int:
    value = settings.get(_NUMBER)
    try:
        return 0 if value is None else from_json(int, value)
    except NotThisShape:
        raise store_settings.damaged(_NUMBER) from None
