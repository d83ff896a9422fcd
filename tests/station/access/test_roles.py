# SPDX-License-Identifier: Apache-2.0
"""Who may do what is denied unless the table says so."""

from __future__ import annotations

import pytest

from station.access.roles import ALLOWED, ROLE_TITLES, Permission, allowed, role_needed
from station.ports.storage import RoleName


def test_every_role_has_a_row_and_a_title() -> None:
    assert set(ALLOWED) == set(RoleName) == set(ROLE_TITLES)


def test_every_act_can_be_done_by_somebody() -> None:
    assert set().union(*ALLOWED.values()) == set(Permission)


def test_a_role_without_a_row_may_do_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ALLOWED, RoleName.OFFICER)
    assert allowed(RoleName.OFFICER) == frozenset()


def test_a_technician_sees_no_personal_data_and_an_auditor_changes_nothing() -> None:
    assert allowed(RoleName.TECHNICIAN) == {Permission.SEE_DEVICES, Permission.USE_BENCH, Permission.SEE_SHIFT}
    assert allowed(RoleName.AUDITOR) == {Permission.VERIFY_AUDIT, Permission.SEE_SHIFT}


@pytest.mark.parametrize(
    ("permission", "role"),
    [(Permission.EXPORT, "supervisor"), (Permission.DECIDE, "officer"), (Permission.VERIFY_AUDIT, "supervisor")],
)
def test_the_least_role_that_may_is_named(permission: Permission, role: str) -> None:
    assert role_needed(permission).in_english() == role
