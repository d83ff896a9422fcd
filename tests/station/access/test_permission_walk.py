# SPDX-License-Identifier: Apache-2.0
"""Every public method of every service asks for its permission first, and every role gets what the table says."""

from __future__ import annotations

import ast

import pytest

from station.access.roles import ALLOWED, Permission
from station.ports.storage import RoleName
from tests.conftest import REPOSITORY
from tests.station.access.service_walk import Service, services

P = Permission

#: What each public method asks for first. A method that is missing here fails the walk: give it a line.
NEEDS: dict[str, dict[str, Permission]] = {
    "station.access.acceptance.AcceptanceService": dict.fromkeys(("accept", "ask"), P.ASK_APPROVAL),
    "station.access.approvals.ApprovalService": dict.fromkeys(
        ("ask", "decide", "get", "history", "inbox", "require_approved", "use"), P.ASK_APPROVAL
    ),
    "station.access.people.PeopleService": dict.fromkeys(
        (
            "add",
            "ask_vouching",
            "change_role",
            "lift_suspension",
            "people",
            "remove",
            "rename",
            "reset_password",
            "suspend",
            "vouch",
        ),
        P.MANAGE_PEOPLE,
    ),
    "station.access.suspicion.SuspicionService": dict.fromkeys(("ask", "rekey_due", "remove"), P.MANAGE_PEOPLE),
    "station.access.audit_service.AuditService": dict.fromkeys(
        ("checkpoints", "entries", "people", "stores", "verify"), P.VERIFY_AUDIT
    ),
    "station.bench.ledger.AcceptanceLedger": {
        "all": P.SEE_DEVICES,
        "tests": P.SEE_DEVICES,
        "keep": P.USE_BENCH,
    },
    "station.bench.settings_door.AuditedSettings": dict.fromkeys(
        ("change", "compare_profile", "groups", "make_default", "profile", "take_profile"), P.USE_BENCH
    ),
    "station.exporting.audit_log.AuditLogService": {"export": P.VERIFY_AUDIT},
    "station.exporting.headquarters.HeadquartersService": dict.fromkeys(
        ("approved", "ask", "change", "keys", "read"), P.MANAGE_STATION
    ),
    "station.exporting.outside.OutsideExportService": dict.fromkeys(
        ("approved", "ask", "export", "made", "recipient"), P.EXPORT
    ),
    "station.exporting.receipts.ReceiptService": {"take_in": P.EXPORT},
    "station.exporting.packages.ExportService": dict.fromkeys(("completed", "export", "waiting"), P.EXPORT),
    "station.inspection.overrides.OverrideService": dict.fromkeys(
        ("ask", "seconded", "sign", "standing", "use"), P.DECIDE
    ),
    "station.inspection.records.RecordsService": dict.fromkeys(("image", "search", "view"), P.SEARCH_RECORDS),
    "station.inspection.service.InspectionService": {
        **dict.fromkeys(
            (
                "act",
                "begin",
                "begin_keying",
                "begin_swiped",
                "confirm_lines",
                "image",
                "key_document",
                "new_page",
                "notices_owed",
                "portrait_by",
                "resume",
                "run",
                "scan",
                "swipe",
                "take_swipe",
                "take_up",
                "turn",
                "unfinished",
            ),
            P.INSPECT,
        ),
        **dict.fromkeys(("admit", "note_notice", "print_blank_notices", "print_notice", "refer", "refuse"), P.DECIDE),
        "correct": P.CORRECT_RECORD,
    },
    "station.post.clock.ClockWatch": dict.fromkeys(("confirm", "look"), P.SEE_SHIFT),
    "station.reporting.shift_reports.ShiftReports": dict.fromkeys(
        ("countersign", "draft", "kept", "older", "print", "sign"), P.RUN_SHIFT
    ),
    "station.post.shift_desk.ShiftDesk": {
        **dict.fromkeys(("current", "standing"), P.SEE_SHIFT),
        **dict.fromkeys(
            ("countersign", "hand_over", "newest", "note_printed", "open", "sign_report", "take_back", "take_over"),
            P.RUN_SHIFT,
        ),
    },
    "station.safekeeping.retention.RetentionService": dict.fromkeys(
        (
            "ask_change",
            "ask_early",
            "ask_erasure",
            "ask_lift",
            "change",
            "erase",
            "lift",
            "note_receipt",
            "overview",
            "place_hold",
        ),
        P.MANAGE_RETENTION,
    ),
    "station.safekeeping.recovery.RecoveryService": dict.fromkeys(
        ("ask_new_sheets", "new_sheets", "note_sheets", "standing_request", "state", "test"), P.KEEP_BACKUPS
    ),
    "station.safekeeping.backups.BackupService": {
        **dict.fromkeys(("kept", "look_at", "make", "set_plan"), P.KEEP_BACKUPS),
        **dict.fromkeys(("make_at_shift_end", "make_due", "state"), P.LET_BACKUP_RUN),
    },
}

#: Methods that need no permission, each with its reason.
FREE: dict[str, str] = {
    "station.access.acceptance.AcceptanceService.waiting": "which store is read only, which every page says",
    "station.access.people.PeopleService.change_own_password": "everybody's own, and the old password is asked for",
    "station.inspection.service.InspectionService.rules": "the post's rules, nothing of a person",
}

#: Parts that a service keeps to itself after it has asked; no face may know them.
PARTS: frozenset[str] = frozenset(
    {
        "station.access.people_ledger.PeopleLedger",
        "station.inspection.effects.Effects",
        "station.inspection.ledger.InspectionLedger",
    }
)

FOUND: dict[str, Service] = {service.name: service for service in services()}
METHODS = [(name, method) for name, service in FOUND.items() if name not in PARTS for method in service.methods()]
ASKING = [(name, method) for name, method in METHODS if f"{name}.{method}" not in FREE]


def test_every_service_that_is_found_is_listed() -> None:
    unlisted = set(FOUND) - set(NEEDS) - PARTS
    assert not unlisted, f"say in NEEDS which permission each public method of {sorted(unlisted)} asks for"


def test_whatever_is_listed_is_there() -> None:
    listed = {(name, method) for name, methods in NEEDS.items() for method in methods}
    listed |= {(name.rpartition(".")[0], name.rpartition(".")[2]) for name in FREE}
    assert listed == set(METHODS), "NEEDS and FREE say what is there, no more and no less"
    assert set(FOUND) >= PARTS


@pytest.mark.parametrize("role", RoleName, ids=lambda role: role.value)
@pytest.mark.parametrize(("name", "method"), ASKING, ids=lambda part: part.rsplit(".", 1)[-1])
def test_a_method_refuses_every_role_that_the_table_does_not_allow(name: str, method: str, role: RoleName) -> None:
    assert method in NEEDS.get(name, {}), f"say in NEEDS which permission {name}.{method} asks for"
    needed = NEEDS[name][method]
    assert FOUND[name].first_question(method, role) == (needed, needed not in ALLOWED[role])


def test_no_face_knows_the_parts_of_a_service() -> None:
    parts = {(name.rpartition(".")[0], name.rpartition(".")[2]) for name in PARTS}
    for path in sorted((REPOSITORY / "ui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                known = {(node.module or "", alias.name) for alias in node.names} & parts
                assert not known, f"{path.name} imports {known}: ask the service, which asks for the permission"
